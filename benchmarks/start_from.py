"""Channels that start as a known matrix, beside the free model and the matrix as it is.

    python benchmarks/start_from.py --out results/start_from.tsv
    python benchmarks/start_from.py --sets SRF --seeds 0 --out start_from.tsv
    python benchmarks/start_from.py --summary results/start_from.tsv

Three runs a set and seed on the same sequences (`recovery_sets.py`), all defaults but the start: `free` from seeds,
`known` with `--start-from` the set's JASPAR matrix, `frozen` with `--freeze` as well.
"""

import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from recovery_sets import SETS, RecoverySet
from tables import command_line, mean, read_rows, write_rows
from tools import Meter, ToolFailed

from sparling_genomics.files.motif_files import read_meme, write_meme

MATRICES = {"GABPA": "MA0062.4", "SRF": "MA0083.3"}
MODES = ("free", "known", "frozen")
COLUMNS = (
    "set",
    "seed",
    "start",
    "status",
    "test_auroc",
    "auroc_se",
    "n_motifs",
    "m1_consensus",
    "became",  # motif of the channel that began as the matrix
    "likeness",  # of both
    "sites",
    "alone_auroc",  # of that motif's sites alone
    "cpu_s",
    "peak_MiB",
)


def rows(
    chosen: Iterable[RecoverySet], seeds: Sequence[int], folder: Path, limit_s: float
) -> Iterable[dict[str, object]]:
    """One row a set, seed and start."""
    for each in chosen:
        for seed in seeds:
            case = each.case(seed, folder / f"{each.name}_{seed}")
            case.write()
            known = case.folder / "known.meme"
            write_meme(known, [pwm for pwm in read_meme(case.database) if pwm.name == MATRICES[each.name]])
            for mode in MODES:
                row: dict[str, object] = {"set": each.name, "seed": seed, "start": mode}
                words = [] if mode == "free" else ["--start-from", known, *(["--freeze"] if mode == "frozen" else [])]
                try:
                    yield row | run(case.path("input"), case.folder / mode, seed, words, limit_s)
                except ToolFailed as error:
                    yield row | {"status": str(error)[:200]}


def run(fasta: Path, out: Path, seed: int, words: Sequence[str | Path], limit_s: float) -> dict[str, object]:
    """Train, and what the run folder says."""
    meter = Meter(out.with_suffix(".log"), limit_s)
    sparling = Path(sys.executable).with_name("sparling")
    meter.run(sparling, "motifs", "train", "--fasta", fasta, "--out", out, "--seed", str(seed), "--force", *words)
    metrics = json.loads((out / "run.json").read_text())["metrics"]
    with (out / "motifs.tsv").open() as handle:
        motifs = list(csv.DictReader(handle, delimiter="\t"))
    found: dict[str, object] = {
        "status": "ok",
        "test_auroc": metrics["auroc"],
        "auroc_se": metrics["auroc_standard_error"],
        "n_motifs": len(motifs),
        "m1_consensus": motifs[0]["consensus"] if motifs else "",
        "cpu_s": round(meter.cpu_s, 1),
        "peak_MiB": round(meter.peak_mib),
    }
    for motif in motifs:
        if motif["started_from"]:
            found |= {"became": motif["motif_id"], "likeness": float(motif["start_likeness"])}
            found |= {"sites": int(motif["n_sites"]), "alone_auroc": float(motif["auroc"])}
    return found


def summary(path: Path) -> str:
    """Markdown: means over seeds."""
    done = [row for row in read_rows(path) if row["status"] == "ok"]
    keys = ("test_auroc", "alone_auroc", "likeness", "n_motifs", "cpu_s")
    lines = [f"| set | start | seeds | {' | '.join(keys)} |", "|" + "---|" * (len(keys) + 3)]
    for name in dict.fromkeys(row["set"] for row in done):
        for mode in MODES:
            own = [row for row in done if (row["set"], row["start"]) == (name, mode)]
            means = " | ".join(mean(own, key, 3) for key in keys)
            lines.append(f"| {name} | {mode} | {len(own)} | {means} |")
    return "\n".join(lines)


def main() -> None:
    parser = command_line(__doc__, "start_from.tsv")
    parser.add_argument("--sets", nargs="*", choices=tuple(MATRICES), default=list(MATRICES))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    options = parser.parse_args()
    if options.summary:
        print(summary(options.summary))
        return
    folder = (options.keep or Path(tempfile.mkdtemp())).resolve()
    chosen = [each for each in SETS if each.name in options.sets]
    write_rows(options.out, COLUMNS, rows(chosen, options.seeds, folder, options.limit_s))
    print(summary(options.out))


if __name__ == "__main__":
    main()
