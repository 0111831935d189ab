"""One latent space over streams of known concepts, over seeds: Local and Global TopK, λ and k, beside what is known.

    python benchmarks/concepts.py --seeds 3 --out concepts.tsv
    python benchmarks/concepts.py --preset full --seeds 3 --out concepts.tsv
    python benchmarks/concepts.py --summary concepts.tsv

Every seed is the command itself, in a process of its own. Seeds that --out already has are not run again.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sparling.validation.result import RESULT
from sparling.worlds.concepts.presets import PRESETS
from sparling.worlds.concepts.published import PUBLISHED
from sparling.worlds.concepts.result import ConceptsResult, Found

KEY = ("preset", "seed", "choice", "lambda", "k")
FIGURES = (
    "alive",
    "dead",
    "mixed",
    "jaccard_0",
    "jaccard_1",
    "jaccard_2",
    "jaccard_3",
    "jaccard_strongest",
    "r1",
    "r5",
    "r10",
    "recall",
    "precision",
    "recovered",
    "recall_alone",
    "precision_alone",
    "private_f1",
    "probe",
    "own_nmse",
    "cross_nmse",
    "most_latents",
    "beyond_cap",
)
COLUMNS = (*KEY, *FIGURES, "samples", "seconds")
SHOWN = ("alive", "mixed", "jaccard_3", "r1", "recall", "precision", "recovered", "own_nmse", "cross_nmse")


def run(preset: str, seed: int, keep: Path, threads: int) -> list[dict[str, str]]:
    """One validation; its rows."""
    out = keep / f"concepts_{preset}_{seed}"
    if not (out / RESULT).is_file():
        command = [
            sys.executable,
            "-m",
            "sparling_cli",
            "validate",
            "concepts",
            "--preset",
            preset,
            "--seed",
            str(seed),
        ]
        command += ["--out", str(out), "--device", "cpu", *(["--resume"] if out.exists() else [])]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    result = ConceptsResult.from_json(json.loads((out / RESULT).read_text(encoding="utf-8")))
    return [row_of(result, found) for found in result.found]


def row_of(result: ConceptsResult, found: Found) -> dict[str, str]:
    """The row of one training."""
    recall = [statistics.mean(each.recall[rank] for each in found.retrieval) for rank in range(3)]
    numbers = {
        "alive": found.alive,
        "dead": found.dead,
        "mixed": found.mixed,
        **{f"jaccard_{depth}": value for depth, value in enumerate(found.jaccard)},
        "jaccard_strongest": found.jaccard_strongest[-1],
        **dict(zip(("r1", "r5", "r10"), recall, strict=True)),
        "recall": found.mean_recall,
        "precision": found.mean_precision,
        "recovered": found.recovered,
        "recall_alone": found.recall_alone,
        "precision_alone": found.precision_alone,
        "private_f1": found.private,
        "probe": found.mean_probe,
        "own_nmse": found.own_error,
        "cross_nmse": found.cross_error,
        "most_latents": max(found.occupied),
        "beyond_cap": found.beyond_cap,
    }
    key = (result.preset, result.seed, found.choice, f"{found.cross:g}", found.k)
    told = {name: "" if value is None else f"{value:.4g}" for name, value in numbers.items()}
    return (
        dict(zip(KEY, map(str, key), strict=True))
        | told
        | {"samples": str(found.samples), "seconds": f"{found.seconds:.1f}"}
    )


def read(path: Path) -> list[dict[str, str]]:
    """Rows of earlier runs."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """All rows, in order."""
    rows = sorted(
        rows, key=lambda row: (row["preset"], int(row["seed"]), int(row["k"]), row["choice"], float(row["lambda"]))
    )
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def summary(rows: list[dict[str, str]]) -> str:
    """A Markdown table: of each kind of training the mean of each figure over seeds, and its range; then published."""
    lines = ["| TopK | λ | k | seeds | " + " | ".join(SHOWN) + " |", "|" + "---|" * (4 + len(SHOWN))]
    kinds = dict.fromkeys((row["choice"], row["lambda"], row["k"]) for row in rows)
    for choice, cross, k in sorted(kinds, key=lambda kind: (int(kind[2]), kind[0], float(kind[1]))):
        mine = [row for row in rows if (row["choice"], row["lambda"], row["k"]) == (choice, cross, k)]
        cells = [_range([float(row[name]) for row in mine]) for name in SHOWN]
        lines.append(f"| {choice} | {cross} | {k} | {len(mine)} | " + " | ".join(cells) + " |")
    for (choice, weight), known in PUBLISHED.items():
        told = {"alive": known.alive, "mixed": known.mixed, "jaccard_3": known.jaccard}
        cells = [f"{told[name]:.3f}" if name in told else "–" for name in SHOWN]
        lines.append(f"| {choice}, published | {weight:g} | 64 | | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _range(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{statistics.mean(values):.3f} [{min(values):.3f}–{max(values):.3f}]"


def main() -> None:
    """Parse, run what is missing, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=tuple(PRESETS), default="quick")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path, help="table of all runs, TSV")
    parser.add_argument("--keep", type=Path, help="folder for the run folders [default: a temporary one]")
    parser.add_argument("--summary", type=Path, help="only print the table of these rows")
    options = parser.parse_args()
    if options.summary:
        print(summary(read(options.summary)))
        return
    if options.out is None:
        parser.error("--out is missing")
    rows = read(options.out)
    done = {(row["preset"], row["seed"]) for row in rows}
    with tempfile.TemporaryDirectory() as temporary:
        keep = options.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        for seed in range(options.seeds):
            if (options.preset, str(seed)) not in done:
                rows += run(options.preset, seed, keep, options.threads)
                write(options.out, rows)
    print(summary([row for row in rows if row["preset"] == options.preset]))


if __name__ == "__main__":
    main()
