"""Many sequences: CPU seconds until a training begins, samples a CPU second then, peak memory.

    python benchmarks/larger_than_memory.py 5000 50000 200000 1000000 --out larger_than_memory.tsv
    python benchmarks/larger_than_memory.py 1000000 --until training     # stopped when its samples are spent

Each number is a process of its own: 200 bp of random letters, one motif of 10 bp in each at a random place, nine of ten
letters kept; the training sees `SAMPLES` sequences. Start-up is all before its first batch: imports, reading, clusters,
sides, seeds. ``start_mb`` is the peak by then; peaks count pages of mapped files that the system can take back, so
``own_mb``, what the process holds by itself at the end of the training, stands beside.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tables import write_rows

COLUMNS = ("sequences", "start_cpu_s", "samples_a_cpu_s", "start_mb", "training_mb", "own_mb", "cpu_s", "peak_mb")
LENGTH, BLOCK, SAMPLES = 200, 20_000, 40_000
MOTIF = "TGACGTCATG"


def write_fasta(path: Path, sequences: int) -> None:
    """The sequences, a block at a time."""
    rng = np.random.default_rng(0)
    letters, motif = np.frombuffer(b"ACGT", dtype=np.uint8), np.frombuffer(MOTIF.encode(), dtype=np.uint8)
    with path.open("w") as file:
        for first in range(0, sequences, BLOCK):
            n = min(BLOCK, sequences - first)
            rows = letters[rng.integers(0, 4, (n, LENGTH))]
            start = rng.integers(0, LENGTH - len(motif), n)
            own = np.where(rng.random((n, len(motif))) < 0.9, motif, letters[rng.integers(0, 4, (n, len(motif)))])
            rows[np.arange(n)[:, None], start[:, None] + np.arange(len(motif))] = own
            file.writelines(f">seq_{first + i}\n{row.tobytes().decode()}\n" for i, row in enumerate(rows))


def peak_mb() -> float:
    """Highest memory of this process so far, mapped files included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def own_mb() -> float:
    """Memory of this process now, without mapped files."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


class Enough(Exception):
    """The samples are spent."""


class Clock:
    """Watches a training: CPU seconds and memory at its first batch, and at its last."""

    def __init__(self, until: str) -> None:
        self.until, self.first, self.last = until, (0.0, 0, 0.0), (0.0, 0, 0.0, 0.0)
        self.before = 0

    def watch(self, _stage: object, _rule: object, _settings: object) -> "Clock":
        self.before = self.last[1]
        return self

    def on_batch(self, progress: object) -> None:
        samples = self.before + int(progress.samples)  # type: ignore[attr-defined]
        if not self.first[1]:
            self.first = time.process_time(), samples, peak_mb()
        self.last = time.process_time(), samples, peak_mb(), own_mb() if self.until == "training" else 0.0
        if self.until == "training" and samples >= SAMPLES:
            raise Enough

    def on_evaluation(self, _record: object) -> None:
        return

    def row(self) -> dict[str, str]:
        start, first, start_mb = self.first
        now, samples, training_mb, own = self.last
        speed = (samples - first) / (now - start)
        return {
            "start_cpu_s": f"{start:.1f}",
            "samples_a_cpu_s": f"{speed:.0f}",
            "start_mb": f"{start_mb:.0f}",
            "training_mb": f"{training_mb:.0f}",
            "own_mb": f"{own:.0f}" if own else "",
        }


def measure(fasta: Path, folder: Path, until: str) -> None:
    """Train on a file in this process, and print the row."""
    from sparling_genomics.runs.run_folder import RunFolder
    from sparling_genomics.runs.train import open_run, train_motifs

    clock = Clock(until)
    run = RunFolder(folder)
    samples = SAMPLES if until == "end" else 20 * SAMPLES
    prepared = open_run(run, {"fasta": fasta, "max_samples": samples, "device": "cpu"}, force=False, resume=False)
    row = {"sequences": str(len(prepared.data))}
    try:
        train_motifs(prepared, run, "benchmark", clock.watch)
        row |= {"cpu_s": f"{time.process_time():.0f}", "peak_mb": f"{peak_mb():.0f}"}
    except Enough:
        pass
    print("\t".join(f"{key}={value}" for key, value in (row | clock.row()).items()))


def rows(numbers: list[int], until: str) -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            fasta = Path(folder) / "sequences.fa"
            write_fasta(fasta, number)
            command = [sys.executable, __file__, "--measure", str(fasta), "--until", until]
            said = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout
            yield dict(cell.split("=", 1) for cell in said.strip().splitlines()[-1].split("\t"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", type=int, nargs="*", help="how many sequences")
    parser.add_argument("--until", choices=["training", "end"], default="end")
    parser.add_argument("--out", type=Path, default=Path("larger_than_memory.tsv"))
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure is None:
        write_rows(options.out, COLUMNS, rows(options.numbers, options.until))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            measure(options.measure, Path(scratch) / "run", options.until)
