"""DigitCircle over several seeds: is the truth found, and what does each part of the method bring?

    python benchmarks/digit_circle.py --seeds 5 --out digit_circle.tsv
    python benchmarks/digit_circle.py --seeds 3 --variants all --jobs 2 --out digit_circle_variants.tsv
    python benchmarks/digit_circle.py --summary digit_circle_variants.tsv

Every run is the command itself, in a process of its own. Rows that --out already has are not run again.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sparling.evaluation.entropy import BITS, map_entropy
from sparling.validation.result import RESULT
from sparling.validation.variants import DEFAULT, VARIANTS

FIGURES = ("fpe", "fne", "ce", "ce_many", "e2ee", "exact_match", "perturbation_consistency")
CHANNELS = 10
KEY = ("preset", "variant", "seed")
AS_MARKED = ("fpe", "fne", "ce")
"""Of the marks where they are, before they are placed."""
COLUMNS = (
    *KEY,
    *FIGURES,
    *(f"{name}_as_marked" for name in AS_MARKED),
    "density",
    "delta_star",
    "target_density",
    "samples",
    "seconds",
    "threads",
    "stop_reason",
)


def run(preset: str, variant: str, seed: int, keep: Path, threads: int, extra: list[str]) -> dict[str, str]:
    """One validation; its row."""
    out = keep / f"{preset}_{variant}_{seed}"
    command = [sys.executable, "-m", "sparling_cli", "validate", "digit-circle", "--preset", preset]
    command += ["--variant", variant, "--seed", str(seed), "--out", str(out), *extra]
    command += ["--resume"] if out.exists() else []
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    found = json.loads((out / RESULT).read_text(encoding="utf-8"))
    found |= {f"{name}_as_marked": found["as_marked"][name] for name in AS_MARKED}
    return {column: "" if found[column] is None else str(found[column]) for column in COLUMNS}


def read(path: Path) -> list[dict[str, str]]:
    """Rows of earlier runs."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """All rows, in order of preset, variant and seed."""
    order = {name: i for i, name in enumerate(VARIANTS)}
    rows = sorted(rows, key=lambda row: (row["preset"], order[row["variant"]], int(row["seed"])))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def summary(rows: list[dict[str, str]]) -> str:
    """A Markdown table: per preset and variant the mean of each error and its range over seeds, in percent.

    Bits are those that a position of the map can carry, at most.
    """
    names = "FPE | FNE | CE | CE many | E2EE | perturbation"
    lines = [f"| preset | variant | seeds | {names} | density / δ* | bits | samples | s |", "|" + "---|" * 13]
    for preset, variant in dict.fromkeys((row["preset"], row["variant"]) for row in rows):
        mine = [row for row in rows if (row["preset"], row["variant"]) == (preset, variant)]
        errors = [_range(mine, name) for name in ("fpe", "fne", "ce", "ce_many", "e2ee", "perturbation_consistency")]
        ratio = statistics.mean(float(row["density"]) / float(row["delta_star"]) for row in mine)
        bits = statistics.mean(map_entropy(float(row["density"]), CHANNELS, BITS) for row in mine)
        means = [f"{statistics.mean(float(row[name]) for row in mine):,.0f}" for name in ("samples", "seconds")]
        cells = [variant, str(len(mine)), *errors, f"{ratio:.3g}", f"{bits:.3g}", *means]
        lines.append(" | ".join([f"| {preset}", *cells]) + " |")
    return "\n".join(lines)


def _range(rows: list[dict[str, str]], name: str) -> str:
    values = [100 * float(row[name]) for row in rows if row[name]]
    if not values:
        return "–"
    return f"{statistics.mean(values):.2f} [{min(values):.2f}–{max(values):.2f}]"


def main() -> None:
    """Parse, run what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--variants", default=DEFAULT, help="names with commas between them, or all")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--threads", type=int, help="threads a run [default: cores / jobs]")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--max-minutes", help="time budget of each training")
    parser.add_argument("--out", type=Path, help="table of all runs, TSV")
    parser.add_argument("--keep", type=Path, help="folder for the run folders [default: a temporary one]")
    parser.add_argument("--summary", type=Path, help="only print the table of these rows")
    options = parser.parse_args()
    if options.summary:
        print(summary(read(options.summary)))
        return
    if options.out is None:
        parser.error("--out is missing")
    variants = list(VARIANTS) if options.variants == "all" else options.variants.split(",")
    rows = read(options.out)
    done = {tuple(row[name] for name in KEY) for row in rows}
    wanted = [(v, s) for s in range(options.seeds) for v in variants if (options.preset, v, str(s)) not in done]
    threads = options.threads or max(1, (os.cpu_count() or 1) // options.jobs)
    extra = ["--device", options.device]
    extra += ["--max-minutes", options.max_minutes] if options.max_minutes else []
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.jobs) as pool:
        keep = options.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        for row in pool.map(lambda job: run(options.preset, *job, keep, threads, extra), wanted):
            rows.append(row)
            write(options.out, rows)
            print(" ".join(f"{name}={row[name]}" for name in (*KEY, *FIGURES, "seconds")), flush=True)
    print(summary(read(options.out)))


if __name__ == "__main__":
    main()
