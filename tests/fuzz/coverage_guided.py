"""The readers under a coverage-guided fuzzer (Atheris, libFuzzer), one a process.

    python -m tests.fuzz.coverage_guided READER FOLDER SECONDS

FOLDER/READER/corpus is gone on with, and grows; each kind of fault leaves one input under FOLDER/READER/faults, with
its traceback beside it. A hang of ten seconds and 1 GB of memory end the process, with the input that did it.
"""

import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path


def main() -> None:
    import atheris  # of no other test's environment

    with atheris.instrument_imports(include=["sparling_genomics"]):
        from tests.fuzz.readers import READERS, holds

    warnings.simplefilter("error")  # as in the suite
    name, folder, seconds = sys.argv[1], Path(sys.argv[2]) / sys.argv[1], sys.argv[3]
    corpus, faults = folder / "corpus", folder / "faults"
    for each in (corpus, faults):
        each.mkdir(parents=True, exist_ok=True)
    reader = READERS[name]
    for i, seed in enumerate(reader.seeds):
        (corpus / f"seed{i}").write_bytes(seed)
    words = folder / "words.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in reader.words))
    path = Path(tempfile.mkdtemp(dir="/dev/shm")) / "input"
    runs, seen, begun = 0, set[str](), time.process_time()

    def once(data: bytes) -> None:
        nonlocal runs
        runs += 1
        if runs % 2000 == 0:
            used = resource.getrusage(resource.RUSAGE_SELF)
            said = f"{runs} runs, {time.process_time() - begun:.0f} s of CPU, {used.ru_maxrss / 1024:.0f} MB"
            (folder / "progress").write_text(f"{said}, {len(seen)} kinds of fault\n")
        try:
            holds(reader, data, path)
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)
            ours = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in where]
            kind = f"{type(error).__name__} {ours[-1]} {[each for each in ours if 'fuzz' not in each][:3]}"
            if kind not in seen:
                seen.add(kind)
                stem = faults / f"{len(seen):03d}"
                stem.with_suffix(".input").write_bytes(data)
                stem.with_suffix(".txt").write_text(f"{kind}\n{''.join(traceback.format_exception(error))}")

    limits = [
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-max_len=4096",
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], str(corpus), f"-dict={words}", f"-artifact_prefix={faults}/", *limits], once)
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(x if x.isalnum() else f"\\x{ord(x):02x}" for x in word)


if __name__ == "__main__":
    main()
