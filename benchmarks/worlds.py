"""A world of images or sounds over several seeds: is the truth found, and what does each part of the method bring?

    python benchmarks/worlds.py digit-circle --seeds 5 --out digit_circle.tsv
    python benchmarks/worlds.py digit-circle --seeds 3 --variants all --jobs 2 --out digit_circle_variants.tsv
    python benchmarks/worlds.py latex-ocr --seeds 5 --out latex_ocr.tsv
    python benchmarks/worlds.py audio --clips recordings --held-out jackson,lucas --seeds 1 --out audio.tsv
    python benchmarks/worlds.py digit-circle --summary digit_circle_variants.tsv

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
from typing import Any

from scipy.stats import spearmanr

from sparling.validation.result import RESULT
from sparling.validation.variants import DEFAULT, VARIANTS

FIGURES = ("fpe", "fne", "ce", "ce_many", "e2ee", "exact_match", "perturbation_consistency")
SOUND = ("clips", "held_out")
KEY = ("preset", "variant", *SOUND, "seed")
"""What tells a row from the others; worlds of images have neither clips nor speakers."""
SHOWN = ("fpe", "fne", "fne_needed", "ce", "ce_many", "e2ee", "perturbation_consistency")
AS_MARKED = ("fpe", "fne", "ce")
"""Of the marks where they are, before they are placed."""
COLUMNS = (
    *KEY,
    *FIGURES,
    *(f"{name}_as_marked" for name in AS_MARKED),
    "fne_needed",
    "fne_alpha_rho",
    "entropy_bits",
    "density",
    "delta_star",
    "target_density",
    "samples",
    "seconds",
    "threads",
    "stop_reason",
)


NEEDED = 0.3
"""α̂ above which a class must be marked."""


def run(
    world: str, preset: str, variant: str, sound: tuple[str, str], seed: int, keep: Path, threads: int, extra: list[str]
) -> dict[str, str]:
    """One validation; its row."""
    clips, held_out = sound
    out = keep / "_".join([world, preset, variant, *(Path(name).stem for name in sound if name), str(seed)])
    command = [sys.executable, "-m", "sparling_cli", "validate", world, "--preset", preset]
    command += ["--variant", variant, "--seed", str(seed), "--out", str(out), *extra]
    command += ["--clips", clips] if clips else []
    command += ["--held-out", held_out] if held_out else []
    command += ["--resume"] if out.exists() else []
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return row_of(json.loads((out / RESULT).read_text(encoding="utf-8"))) | dict(zip(SOUND, sound, strict=True))


def row_of(found: dict[str, Any]) -> dict[str, str]:
    """The row of what is in a validation.json."""
    found = found | {f"{name}_as_marked": found["as_marked"][name] for name in AS_MARKED} | necessary(found)
    return {column: "" if found.get(column) is None else str(found[column]) for column in COLUMNS}


def necessary(found: dict[str, Any]) -> dict[str, float | None]:
    """The largest share missed of a class that is needed, and the rank correlation of shares missed and α̂."""
    alphas = [each["necessity"]["alpha"]["value"] for each in found["theorem"]["classes"] if each["necessity"]]
    missed = [each["missed"] / max(each["motifs"], 1) for each in found["classes"]]
    if not alphas:
        return {"fne_needed": None, "fne_alpha_rho": None}
    needed = [share for share, alpha in zip(missed, alphas, strict=True) if alpha > NEEDED]
    varies = len(set(alphas)) > 1 and len(set(missed)) > 1
    rho = float(spearmanr(missed, alphas).statistic) if varies else None
    return {"fne_needed": max(needed, default=None), "fne_alpha_rho": rho}


def read(path: Path) -> list[dict[str, str]]:
    """Rows of earlier runs."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


def write(path: Path, rows: list[dict[str, str]]) -> None:
    """All rows, in order of preset, variant and seed."""
    order = {name: i for i, name in enumerate(VARIANTS)}
    rows = sorted(
        rows, key=lambda row: (row["preset"], order[row["variant"]], *(row[name] for name in SOUND), int(row["seed"]))
    )
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def summary(rows: list[dict[str, str]]) -> str:
    """A Markdown table: of each kind of run the mean of each error and its range over seeds, in percent.

    Bits are those that a position of the map can carry, at most; "needed" is the FNE of the worst needed class.
    """
    names = "FPE | FNE | needed | CE | CE many | E2EE | perturbation"
    lines = [f"| preset | variant | seeds | {names} | density / δ* | bits | samples | s |", "|" + "---|" * 14]
    for kind in dict.fromkeys(tuple(row[name] for name in KEY[:-1]) for row in rows):
        mine = [row for row in rows if tuple(row[name] for name in KEY[:-1]) == kind]
        errors = [_range(mine, name) for name in SHOWN]
        ratio = statistics.mean(float(row["density"]) / float(row["delta_star"]) for row in mine)
        bits = statistics.mean(float(row["entropy_bits"]) for row in mine)
        means = [f"{statistics.mean(float(row[name]) for row in mine):,.0f}" for name in ("samples", "seconds")]
        preset, variant, clips, held_out = kind
        told = " ".join([variant, *(Path(name).stem for name in (clips, held_out) if name)])
        cells = [told, str(len(mine)), *errors, f"{ratio:.3g}", f"{bits:.3g}", *means]
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
    parser.add_argument("world", choices=("digit-circle", "latex-ocr", "audio"), help="a table is of one world")
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--variants", default=DEFAULT, help="names with commas between them, or all")
    parser.add_argument("--clips", default="", help="recordings, of the world of sound [default: its built-in voice]")
    parser.add_argument(
        "--held-out", default="", help="speakers, each held out in a run of its own, commas between them"
    )
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
    sounds = [(options.clips, speaker) for speaker in options.held_out.split(",")]
    wanted = [
        (v, sound, s)
        for s in range(options.seeds)
        for v in variants
        for sound in sounds
        if (options.preset, v, *sound, str(s)) not in done
    ]
    threads = options.threads or max(1, (os.cpu_count() or 1) // options.jobs)
    extra = ["--device", options.device]
    extra += ["--max-minutes", options.max_minutes] if options.max_minutes else []
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(options.jobs) as pool:
        keep = options.keep or Path(temporary)
        keep.mkdir(parents=True, exist_ok=True)
        for row in pool.map(lambda job: run(options.world, options.preset, *job, keep, threads, extra), wanted):
            rows.append(row)
            write(options.out, rows)
            print(" ".join(f"{name}={row[name]}" for name in (*KEY, *FIGURES, "seconds")), flush=True)
    print(summary(read(options.out)))


if __name__ == "__main__":
    main()
