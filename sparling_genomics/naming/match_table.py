"""matches.tsv and matches.meme: the best matches of each motif, and their matrices, to be drawn aligned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sparling.atomic import write_atomically
from sparling.names import table_row
from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.files.rows import Match
from sparling_genomics.files.tables import read_table
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.pwm import UNIFORM, Pwm

MATCHES, MATRICES = "matches.tsv", "matches.meme"
COLUMNS = (
    *("motif_id", "rank", "target", "target_name", "taxon", "p", "e", "q"),
    *("likeness", "offset", "strand"),
)


class Matched(NamedTuple):
    """A match with the matrix of its target, as it stands in the database."""

    match: Match
    target: Pwm


def write_matches(folder: Path, matches: Sequence[Sequence[Match]], targets: Mapping[str, Pwm]) -> None:
    """Write the matches of each motif, best first, and the matrices of ``targets`` among them, by name."""
    lines = [table_row(COLUMNS)]
    for own in matches:
        for rank, each in enumerate(own, start=1):
            names = (each.query, rank, _one_word(each.target), each.target_name, each.taxon)
            lines.append(table_row((*names, each.p, each.e, each.q, each.likeness, each.offset, each.strand)))
    text = "".join(lines)
    write_atomically(folder / MATCHES, lambda path: path.write_bytes(text.encode()))
    used = dict.fromkeys(each.target for own in matches for each in own)
    pwms = [replace(targets[name], name=_one_word(name), alt_name="", background=UNIFORM) for name in used]
    write_atomically(folder / MATRICES, lambda path: write_meme(path, pwms))


def read_matches(folder: Path) -> dict[str, list[Matched]]:
    """The matches of each motif by its id, best first; empty where the run was not compared with a database.

    Raises ``InputError`` with path and line where a file is missing or damaged, or a matrix is not there.
    """
    path = folder / MATCHES
    if not path.exists():
        return {}
    targets = {pwm.name: pwm for pwm in read_meme(folder / MATRICES, allow_empty=True)}
    found: dict[str, list[Matched]] = {}
    for number, cells in read_table(path, COLUMNS, "matches"):
        try:
            match = Match(
                query=cells["motif_id"],
                target=cells["target"],
                target_name=cells["target_name"],
                p=float(cells["p"]),
                e=float(cells["e"]),
                q=float(cells["q"]),
                offset=int(cells["offset"]),
                strand={"+": "+", "-": "-"}[cells["strand"]],
                taxon=cells["taxon"],
                likeness=float(cells["likeness"]) if cells["likeness"] else None,
            )
        except (ValueError, KeyError):
            raise input_error(f"expected {len(COLUMNS)} cells of a match", path, number) from None
        if match.target not in targets:
            raise input_error(f"{match.target} has no matrix in {MATRICES}", path, number)
        found.setdefault(match.query, []).append(Matched(match, targets[match.target]))
    return found


def _one_word(name: str) -> str:
    return "_".join(name.split())
