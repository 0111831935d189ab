"""Which known matrix is the most enriched: is it one of the factor's own family?

    python benchmarks/enrichment.py --out results/enrichment.tsv
    python benchmarks/enrichment.py --sets GABPA SRF --out enrichment.tsv
    python benchmarks/enrichment.py --summary results/enrichment.tsv

Each of the 17 real sets (`recovery_sets.py`) goes to `sparling motifs enrich` with its whole database: the first 5,000
bound sequences of the training side, all defaults. Unbound are, where the set has some, its own, else shuffled copies
(`given`, `shuffled`); and of the ChIP-seq sets once more peaks of other factors, alike in GC content (`others`,
`negatives.py`). A matrix is of the family if it is one of those that count as the set's motif in the motif-recovery
benchmark; where the database has none of them, if its likeness to the motif is 0.75. CPU seconds are those of the whole
command, with reading the files.
"""

import csv
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cases import Case
from negatives import AgainstOthers, has_others
from recovery_sets import SETS, RecoverySet
from tables import command_line, mean, read_rows, write_rows
from tools import Meter, ToolFailed

from sparling.errors import InputError
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.letters.likeness import MERGE_CORRELATION, similarity

MOST = 5000
COLUMNS = (
    "set",
    "negatives",
    "status",
    "bound",
    "unbound",
    "matrices",
    "first",
    "first_name",
    "first_log10_p",
    "rank",  # of the best matrix of the family among all
    "family_rank",  # of its family among those that lead one, 1 where the first matrix is of the factor's family
    "own",
    "own_name",
    "own_log10_p",
    "own_auroc",
    "enriched",
    "families",
    "cpu_s",
    "peak_MiB",
)


def own_matrices(case: Case) -> set[str]:
    """Names of the database's matrices that count as a known motif of the set."""
    names = {name for known in case.known for name in known.targets}
    for known in case.known:
        if not known.targets:
            names |= {
                pwm.name
                for pwm in read_meme(case.database)
                if similarity(known.pwm, pwm, reverse_complement=case.both_strands).correlation >= MERGE_CORRELATION
            }
    return names


def first_only(case: Case) -> Case:
    """The case with its first 5,000 bound sequences, and as many unbound ones where it has some."""
    return replace(case, foreground=case.foreground[:MOST], background=case.background[:MOST])


def figures(table: Sequence[dict[str, str]], own: set[str]) -> dict[str, object]:
    """One row from a table of enriched matrices, the smallest P first, and the names of the factor's family.

    >>> row = {"motif_id": "a", "name": "A", "log10_p": "-9", "auroc": "0.9", "family": "a"}
    >>> other = row | {"motif_id": "b", "name": "B", "log10_p": "-5"}
    >>> found = figures([row, other], {"b"})
    >>> found["first"], found["rank"], found["family_rank"], found["own"], found["families"]
    ('a', 2, 1, 'b', 1)
    """
    leading = [line["motif_id"] for line in table if line["family"] == line["motif_id"]]
    rank = next((i for i, line in enumerate(table) if line["motif_id"] in own), None)
    found: dict[str, object] = {
        "matrices": len(table),
        "first": table[0]["motif_id"],
        "first_name": table[0]["name"],
        "first_log10_p": round(float(table[0]["log10_p"]), 1),
        "enriched": sum(bool(line["family"]) for line in table),
        "families": len(leading),
    }
    if rank is None:
        return found
    best = table[rank]
    return found | {
        "rank": rank + 1,
        "family_rank": leading.index(best["family"]) + 1 if best["family"] in leading else "",
        "own": best["motif_id"],
        "own_name": best["name"],
        "own_log10_p": round(float(best["log10_p"]), 1),
        "own_auroc": float(best["auroc"]),
    }


def rows(chosen: Iterable[RecoverySet], kinds: Sequence[str], limit_s: float) -> Iterable[dict[str, object]]:
    """One row a set and kind of unbound sequences."""
    for each in chosen:
        for kind in kinds:
            if kind == "others" and not has_others(each):
                continue
            with tempfile.TemporaryDirectory() as place:
                folder = Path(place)
                source = AgainstOthers(each, 1, in_training=True) if kind == "others" else each
                row: dict[str, object] = {"set": each.name}
                try:
                    case = first_only(source.case(0, folder))
                    case.write()
                    row["negatives"] = kind if kind == "others" else ("given" if case.given_background else "shuffled")
                    table, meter = run(case, limit_s)
                except (ToolFailed, InputError) as error:
                    yield row | {"negatives": row.get("negatives", kind), "status": str(error)[:200]}
                    continue
                sizes = {"bound": len(case.foreground), "unbound": len(case.background)}
                cost = {"cpu_s": round(meter.cpu_s, 1), "peak_MiB": round(meter.peak_mib)}
                yield row | {"status": "ok"} | sizes | figures(table, own_matrices(case)) | cost


def run(case: Case, limit_s: float) -> tuple[list[dict[str, str]], Meter]:
    """The table of the command, and what it cost."""
    out = case.folder / "enriched.tsv"
    meter = Meter(case.folder / "log.txt", limit_s)
    words: list[str | Path] = [
        "motifs",
        "enrich",
        "--fasta",
        case.path("foreground"),
        "--db",
        case.database,
        "--out",
        out,
    ]
    words += ["--negatives", case.path("background")] if case.given_background else []
    words += ["--alphabet", case.alphabet]
    meter.run(Path(sys.executable).with_name("sparling"), *words)
    with out.open() as handle:
        return list(csv.DictReader(handle, delimiter="\t")), meter


def summary(path: Path) -> str:
    """Markdown: a line a set, and how often the family is first."""
    done = [row for row in read_rows(path) if row["status"] == "ok"]
    keys = ("negatives", "first_name", "first_log10_p", "rank", "own_name", "own_log10_p", "enriched", "families")
    lines = [f"| set | {' | '.join(keys)} | cpu_s |", "|" + "---|" * (len(keys) + 2)]
    lines += [f"| {row['set']} | {' | '.join(row[key] for key in keys)} | {row['cpu_s']} |" for row in done]
    for kinds in (("given", "shuffled"), ("others",)):
        own = [row for row in done if row["negatives"] in kinds]
        first = sum(row["rank"] == "1" for row in own)
        most = max((float(row["cpu_s"]) for row in own), default=0)
        lines.append("")
        lines.append(
            f"{' or '.join(kinds)}: the family is first on {first} of {len(own)} sets; "
            f"{mean(own, 'cpu_s', 1)} CPU s on average, {most:.1f} at most."
        )
    return "\n".join(lines)


def main() -> None:
    parser = command_line(__doc__, "enrichment.tsv")
    parser.add_argument("--sets", nargs="*", help="default: all 17")
    parser.add_argument("--negatives", nargs="*", choices=("own", "others"), default=["own", "others"])
    options = parser.parse_args()
    if options.summary:
        print(summary(options.summary))
        return
    known = [each for each in SETS if not each.null]
    if unknown := set(options.sets or ()) - {each.name for each in known}:
        parser.error(f"no such set: {', '.join(sorted(unknown))}")
    chosen = [each for each in known if not options.sets or each.name in options.sets]
    write_rows(options.out, COLUMNS, rows(chosen, options.negatives, options.limit_s))
    print(summary(options.out))


if __name__ == "__main__":
    main()
