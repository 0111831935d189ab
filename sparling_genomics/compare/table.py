"""compare.tsv: one line for each motif of each run, the motifs of a group together."""

from collections.abc import Sequence
from pathlib import Path

from sparling.names import table_row
from sparling_genomics.compare.groups import Group, Member
from sparling_genomics.compare.read import ComparedRun
from sparling_genomics.compare.words import name_of
from sparling_genomics.files.rows import CARRIER_SHARES, Carriers

COLUMNS = (
    *("group", "name", "runs", "run", "motif_id", "consensus", "strand", "offset", "correlation"),
    *Carriers._fields,
    *CARRIER_SHARES,
    *("effect", "e_value", "verdict", "doubts", "label", "best_match", "match_name", "match_q"),
)
"""``group`` G1, G2, … and its ``name``; ``runs`` that have it; ``run`` and the motif's own columns of motifs.tsv;
``strand``, ``offset`` and ``correlation`` as in `groups.Member`."""


def write_compare_tsv(path: Path, groups: Sequence[Group], runs: Sequence[ComparedRun]) -> None:
    """Write compare.tsv; without motifs, its line of columns alone."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(table_row(COLUMNS))
        for number, group in enumerate(groups, start=1):
            head = (f"G{number}", name_of(group, runs), len(group.members))
            file.writelines(table_row((*head, *_cells(member, runs))) for member in group.members)


def _cells(member: Member, runs: Sequence[ComparedRun]) -> list[str | float | None]:
    run = runs[member.run]
    motif = run.motifs[member.motif]
    counts = motif.carriers
    shares = [None] * 8 if counts is None else [*counts, *(getattr(counts, name) for name in CARRIER_SHARES)]
    return [
        *(run.name, motif.row.motif_id, motif.row.consensus, member.strand, member.offset, member.correlation),
        *shares,
        *(motif.row.effect, motif.row.e_value, motif.verdict, "; ".join(motif.doubts), motif.row.label),
        *(motif.row.best_match, motif.row.match_name, motif.row.match_q),
    ]
