"""What JASPAR says of its matrices besides the matrix: taxon, families and classes of the factors.

Its MEME and JASPAR files have the number of a matrix and the factor's name alone, so `jaspar_core.tsv.gz` lies beside
this module: a line for each matrix of the CORE collection, whatever its version. It is made from the database itself,
the SQLite files that the package `pyjaspar` 4.0.0 brings in `pyjaspar/data`; what a later one says holds:

    python -m sparling_genomics.naming.jaspar JASPAR2022.sqlite JASPAR2024.sqlite JASPAR2026.sqlite

Source: JASPAR, CC BY 4.0 (Rauluseviciute et al. 2024, Nucleic Acids Research 52:D174); families and classes are those
of TFClass (Wingender et al. 2018, Nucleic Acids Research 46:D343).
"""

import gzip
import re
import sqlite3
import sys
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from sparling_genomics.files.motif_databases import Annotation

TABLE = "jaspar_core.tsv.gz"
_NUMBER = re.compile(r"(MA\d{4,})(\.\d+)?")
_HOCOMOCO = re.compile(r"(.+)\.H\d+(CORE|INVIVO|INVITRO|RSNP)\..+")
_TAGS = ("tax_group", "family", "class")


def of_matrix(name: str, alt_name: str = "") -> Annotation:
    """What JASPAR says of the matrix of this name; of HOCOMOCO's, what it says of the vertebrate factor of that symbol.

    Empty where it says nothing, and where the factor has another name in JASPAR: files of preliminary releases have
    other matrices under some of the numbers. HOCOMOCO's names say no taxon, and so nor does this of them.

    >>> of_matrix("MA0062.4")
    Annotation(factor='GABPA', taxon='vertebrates', families=('Ets-related',), classes=('Tryptophan cluster factors',))
    >>> of_matrix("GABPA.H12CORE.0.P.B").families, of_matrix("M1").families
    (('Ets-related',), ())
    """
    numbered, by_symbol = _table()
    if (match := _NUMBER.fullmatch(name)) and match[1] in numbered:
        known = numbered[match[1]]
        if not alt_name or alt_name.upper() == known.factor.upper():
            return known._replace(factor=alt_name or known.factor)
    if match := _HOCOMOCO.fullmatch(name):
        return by_symbol.get(match[1].upper(), Annotation())._replace(factor=alt_name or match[1], taxon="")
    return Annotation(factor=alt_name)


@cache
def _table() -> tuple[dict[str, Annotation], dict[str, Annotation]]:
    """Annotations by number, and those of vertebrates by symbol."""
    text = gzip.decompress(files(__package__).joinpath(TABLE).read_bytes()).decode()
    numbered = {}
    for line in text.splitlines()[1:]:
        number, factor, taxon, families, classes = line.split("\t")
        numbered[number] = Annotation(factor, taxon, _parts(families), _parts(classes))
    by_symbol = {each.factor.upper(): each for each in numbered.values() if each.taxon == "vertebrates"}
    return numbered, by_symbol


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def table_of(databases: Sequence[Path]) -> str:
    """The lines of the table, from the SQLite files of releases; the last one that has a matrix holds."""
    query = (
        "select m.base_id, m.version, m.name, a.tag, a.val from matrix m join matrix_annotation a on a.id = m.id "
        "where m.collection = 'CORE' and a.tag in ('tax_group', 'family', 'class') "
        "order by m.base_id, m.version, a.local_id"
    )
    latest: dict[str, tuple[tuple[int, int], str, tuple[list[str], ...]]] = {}
    for release, path in enumerate(databases):
        with sqlite3.connect(path) as connection:
            for number, version, name, tag, value in connection.execute(query):
                if number not in latest or latest[number][0] != (release, version):
                    latest[number] = ((release, version), name, ([], [], []))
                own = latest[number][2][_TAGS.index(tag)]
                if value and value not in own:
                    own.append(" ".join(value.split()))
    lines = ["\t".join(("number", "factor", "taxon", "families", "classes"))]
    for number, (_, name, cells) in sorted(latest.items()):
        lines.append("\t".join((number, name, *("|".join(cell) for cell in cells))))
    return "".join(line + "\n" for line in lines)


if __name__ == "__main__":
    made = gzip.compress(table_of([Path(each) for each in sys.argv[1:]]).encode(), mtime=0)
    Path(__file__).with_name(TABLE).write_bytes(made)
