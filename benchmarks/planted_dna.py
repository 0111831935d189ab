"""Planted DNA over all grammars and several seeds: are the sites found, and the answers right?

    python benchmarks/planted_dna.py --seeds 3 --out planted_dna.tsv
    python benchmarks/planted_dna.py --summary planted_dna.tsv

Every run is `sparling validate planted-dna` in a process of its own, all defaults.
"""

import json
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from tables import command_line, read_rows, write_rows
from tools import Meter, ToolFailed

from sparling.validation.result import RESULT
from sparling_genomics.worlds.planted_dna.grammars import GRAMMARS

ERRORS = ("fpe", "fne", "ce")
FIGURES = ("e2ee", "exact_match", "majority", "perturbation_consistency", *ERRORS)
COLUMNS = (
    "grammar",
    "seed",
    "status",
    *FIGURES,
    *(f"{name}_as_marked" for name in ERRORS),
    *(f"{name}_known_matrices" for name in ERRORS),
    "lucky_starts",  # starts that answered within `LUCKY` of the best
    "target_density",
    "delta_star",
    "samples",
    "seconds",
)
LUCKY = 0.03


def row_of(folder: Path) -> dict[str, object]:
    """What the columns say of a finished run."""
    found = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    scores = [start["score"] for start in found["starts"]]
    row = {column: found[column] for column in COLUMNS if column in found}
    for name in ERRORS:
        row[f"{name}_as_marked"] = found["as_marked"][name]
        row[f"{name}_known_matrices"] = found["known_matrices"][name]
    return row | {"status": "ok", "lucky_starts": sum(score > max(scores) - LUCKY for score in scores)}


def rows(grammars: Iterable[str], seeds: int, folder: Path, limit_s: float) -> Iterable[dict[str, object]]:
    """One row a grammar and seed, as soon as it is known."""
    sparling = Path(sys.executable).with_name("sparling")
    for seed in range(seeds):
        for grammar in grammars:
            out = folder / f"{grammar}_{seed}"
            options = ("--grammar", grammar, "--seed", str(seed), "--out", out)
            try:
                if not (out / RESULT).exists():
                    resume = ["--resume"] if out.exists() else []
                    meter = Meter(folder / f"{grammar}_{seed}.log", limit_s)
                    meter.run(sparling, "validate", "planted-dna", *options, *resume)
                yield row_of(out)
            except ToolFailed as error:
                yield {"grammar": grammar, "seed": seed, "status": str(error)[:200]}


def summary(table: Sequence[dict[str, str]]) -> str:
    """A Markdown table: for each grammar the mean of each figure over seeds and its range, in percent."""
    titles = ("answers right", "all right", "guessing", "FPE", "FNE", "CE", "exchanged", "matrices: FPE, FNE, CE")
    lines = [f"| grammar | seeds | {' | '.join(titles)} | sequences | s |", "|" + "---|" * (len(titles) + 4)]
    done = [row for row in table if row["status"] == "ok"]
    for grammar in dict.fromkeys(row["grammar"] for row in done):
        own = [row for row in done if row["grammar"] == grammar]
        right = spread([1 - float(row["e2ee"]) for row in own])
        exact, guess, swapped, *errors = (spread([float(r[name]) for r in own if r[name]]) for name in FIGURES[1:])
        known = ", ".join(spread([float(row[f"{name}_known_matrices"]) for row in own], False) for name in ERRORS)
        sizes = [f"{sum(float(row[name]) for row in own) / len(own):,.0f}" for name in ("samples", "seconds")]
        cells = [grammar, str(len(own)), right, exact, guess, *errors, swapped, known, *sizes]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def spread(values: Sequence[float], ends: bool = True) -> str:
    """Mean in percent, and the range where ``ends``.

    >>> spread([0.01, 0.02]), spread([0.01, 0.02], ends=False), spread([])
    ('1.50 (1.00–2.00)', '1.50', '–')
    """
    if not values:
        return "–"
    mean = f"{100 * sum(values) / len(values):.2f}"
    return f"{mean} ({100 * min(values):.2f}–{100 * max(values):.2f})" if ends else mean


def main() -> None:
    """Parse, run what is missing, print the table."""
    parser = command_line(__doc__, "planted_dna.tsv")
    parser.add_argument("--grammars", nargs="*", choices=GRAMMARS, default=list(GRAMMARS))
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    if options.summary:
        print(summary(read_rows(options.summary)))
        return
    folder = (options.keep or Path(tempfile.mkdtemp())).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    write_rows(options.out, COLUMNS, rows(options.grammars, options.seeds, folder, options.limit_s))
    print(summary(read_rows(options.out)))


if __name__ == "__main__":
    main()
