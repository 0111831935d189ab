"""Tables of alleles: a line two sequences, that of the reference and that of the alternative allele."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.letters.alphabet import Codes, encode

COLUMNS = ("name", "reference", "alternative")
"""Those that a table must have; others are ignored."""


class AllelePair(NamedTuple):
    """Two alleles of one place, flanks included, read on the same strand; ``line`` from 1."""

    name: str
    reference: Codes
    alternative: Codes
    line: int


def iter_allele_pairs(path: Path | str) -> Iterator[AllelePair]:
    """The pairs of a tab-separated table, plain or gzip, with a line of column names (`COLUMNS`), one at a time.

    Raises ``InputError`` with path and line for: a file that ``numbered_lines`` refuses, a missing column, a line of
    another number of cells, an empty sequence, a letter that is no nucleotide, and a table without pairs.
    """
    names: list[str] | None = None
    number = found = 0
    for number, line in numbered_lines(path):
        if not line.strip() or (names is None and line.startswith("##")):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if names is None:
            names = [cell.lstrip("#") for cell in cells]
            missing = [column for column in COLUMNS if column not in names]
            if missing:
                got = ", ".join(names[:6])
                raise input_error(f"the table lacks the columns {', '.join(missing)}; got {got}", path, number)
            continue
        if len(cells) != len(names):
            raise input_error(f"expected {len(names)} cells, got {len(cells)}", path, number)
        row = dict(zip(names, cells, strict=True))
        reference, alternative = (_codes(row[column], column, path, number) for column in COLUMNS[1:])
        found += 1
        yield AllelePair(row["name"], reference, alternative, number)
    if not found:
        raise input_error("no pair of alleles, expected a line of column names and a line a pair", path, number or 1)


def _codes(letters: str, column: str, path: Path | str, line: int) -> Codes:
    if not letters:
        raise input_error(f"column {column} is empty, expected letters", path, line)
    try:
        return encode(letters)
    except ValueError as error:
        raise input_error(f"column {column}: {error}", path, line) from error
