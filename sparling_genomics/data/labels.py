"""Which sequences are bound: all of a file, or what a table or the ``label=`` words of the headers say.

A table may say more than that: several labels, real values, NA, weights (`LabelTable`).
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.plurals import agreeing, counted
from sparling_genomics.files.text_files import input_error, numbered_lines
from sparling_genomics.stored.records import Records

Labels = NDArray[np.float32]

_VALUES = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}
UNKNOWN = frozenset({"", "na", "nan", "n/a"})
WEIGHT = "weight"
_LARGEST = float(np.finfo(np.float32).max)
STRAY = 0.01
"""Share of the values of a column that may be other than 0 and 1 and still be taken for slips of a column of labels."""


class LabelTable(NamedTuple):
    """Columns of a table for n sequences, in their order."""

    names: tuple[str, ...]
    values: NDArray[np.float32]
    """(n, T), NaN where unknown."""
    weights: NDArray[np.float32] | None
    """(n,), where the table has them."""
    path: Path | str
    """Of the table."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of each column: "label" if its known values are 0 and 1, else "value"."""
        return tuple("label" if _is_01(each[~np.isnan(each)]).all() else "value" for each in self.values.T)

    @property
    def is_presence(self) -> bool:
        """Whether it says bound or unbound of each sequence, and nothing else."""
        one = self.weights is None and len(self.names) == 1
        return one and self.kinds == ("label",) and not np.isnan(self.values).any()


def read_labels(
    records: Records,
    fasta: Path | str,
    *,
    negatives: Path | str | None = None,
    table: Path | str | None = None,
) -> tuple[Labels, LabelTable | None]:
    """Label of each record of ``fasta``: 1 bound, 0 unbound, float32 (n,); and the table, where it says more than that.

    All are bound where the unbound ones have a file of their own, ``negatives``. Otherwise labels come from the table,
    or from the ``label=`` words; where there are none either, or the table says more, all are 1.
    Raises ``InputError`` where both files are given, where a record has label=0 although ``negatives`` are given, and
    for the faults of `read_label_table` and ``labels_from_words``.
    """
    if negatives is not None and table is not None:
        raise InputError("labels come either from a file of negatives or from a table, got both")
    all_bound = np.ones(len(records), dtype=np.float32)
    if table is not None:
        columns = read_label_table(table, records, fasta)
        return (columns.values[:, 0].copy(), None) if columns.is_presence else (all_bound, columns)
    if negatives is None:
        words = labels_from_words(records, fasta)
        return all_bound if words is None else words, None
    for i, word in enumerate(records.words("label")):
        if word == "0":
            message = f"sequence {records.names[i]!r} has label=0, but a file of negatives makes all of this file bound"
            raise input_error(message, fasta, int(records.line[i]))
    return all_bound, None


def labels_from_words(records: Records, fasta: Path | str) -> Labels | None:
    """Label of each record out of its ``label=`` word; None where no record has one.

    Raises ``InputError`` with path and line for a value other than 0 and 1 and for a record without the word among
    others that have it.
    """
    words = records.words("label")
    if all(word is None for word in words):
        return None
    for i, word in enumerate(words):
        line = int(records.line[i])
        if word is None:
            raise input_error(f"sequence {records.names[i]!r} has no label=, others have", fasta, line)
        if word not in _VALUES:
            raise input_error(f"label must be 0 or 1, got {word!r}", fasta, line)
    return np.array([_VALUES[word] for word in words if word is not None], dtype=np.float32)


def read_label_table(path: Path | str, records: Records, fasta: Path | str) -> LabelTable:
    """The table's columns for each record; a column named weight says how much each sequence counts.

    Raises ``InputError`` with path and line for: an empty table, no header line, a name of a column that is missing or
    used twice, a line with more or fewer cells, what is neither a number nor NA, a column without values or with one
    value alone, a few values in a column of 0 and 1 that are neither, a weight that is unknown or below 0, weights that
    are all 0, a name given twice or absent from the FASTA file, a sequence without a line, and a FASTA file that uses a
    name twice, for which of the two is meant?
    """
    header, rows = _rows(path)
    if records.renamed:
        written = [records.header(i).split(maxsplit=1)[0] for i in range(len(records))]
        again = next(i for i, (word, name) in enumerate(zip(written, records.names, strict=True)) if word != name)
        first = int(records.line[written.index(written[again])])
        message = f"name {written[again]!r} is used twice, first in line {first}; a table of labels needs"
        raise input_error(f"{message} first words of headers that differ", fasta, int(records.line[again]))
    unlabelled = [i for i, name in enumerate(records.names) if name not in rows]
    if len(rows) > len(records) - len(unlabelled):
        known = set(records.names)
        name, (_, line) = next(item for item in rows.items() if item[0] not in known)
        raise input_error(f"sequence {name!r} is not in {fasta}", path, line)
    if unlabelled:
        name, line = records.names[unlabelled[0]], int(records.line[unlabelled[0]])
        have = agreeing(len(unlabelled), "has", "have")
        message = f"{counted(len(unlabelled), 'sequence')} {have} no label in {path}, the first is {name!r}"
        raise input_error(message, fasta, line)
    columns, lines = header[0], [rows[name][1] for name in records.names]
    values = np.array([rows[name][0] for name in records.names], dtype=np.float32).reshape(len(records), -1)
    weights = None
    if WEIGHT in columns:
        place = columns.index(WEIGHT)
        weights = values[:, place]
        columns, values = columns[:place] + columns[place + 1 :], np.delete(values, place, axis=1)
        _check_weights(weights, lines, path)
    if not columns:
        raise input_error("a weight, and no column of labels or values", path, header[1])
    for name, column in zip(columns, values.T, strict=True):
        _check_column(name, column, lines, path, header[1], alone=len(columns) == 1 and weights is None)
    return LabelTable(tuple(columns), values, weights, path)


def _rows(path: Path | str) -> tuple[tuple[list[str], int], dict[str, tuple[list[float], int]]]:
    """Names of the columns and their line; name of a sequence -> (numbers, line)."""
    header: tuple[list[str], int] | None = None
    rows: dict[str, tuple[list[float], int]] = {}
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        name, *cells = (cell.strip() for cell in line.split("\t"))
        if header is None:
            header = _header(cells, line, path, number), number
            continue
        columns = header[0]
        if len(cells) != len(columns):
            message = f"expected {len(columns) + 1} tab-separated cells, as the header line has, got {len(cells) + 1}"
            raise input_error(message, path, number)
        if name in rows:
            raise input_error(f"name {name!r} is used twice, first in line {rows[name][1]}", path, number)
        rows[name] = [_number(*each, path, number) for each in zip(cells, columns, strict=True)], number
    if header is None:
        raise input_error("empty table, expected a header line and one line a sequence", path, 1)
    return header, rows


def _header(cells: list[str], line: str, path: Path | str, number: int) -> list[str]:
    if not cells:
        raise input_error("expected tab-separated columns, a name and one label or more, got 1", path, number)
    if all(cell.lower() in UNKNOWN - {""} or _is_number(cell) for cell in cells):
        raise input_error(f"expected a header line such as 'name<tab>bound', got {line[:30]!r}", path, number)
    columns = [WEIGHT if cell.lower() == WEIGHT else cell for cell in cells]
    for place, column in enumerate(columns):
        if not column:
            raise input_error(f"column {place + 2} has no name", path, number)
        if column in columns[:place]:
            raise input_error(f"two columns are called {column!r}", path, number)
    return columns


def _is_number(cell: str) -> bool:
    try:
        return abs(float(cell)) <= _LARGEST
    except ValueError:
        return False


def _number(cell: str, column: str, path: Path | str, line: int) -> float:
    if cell.lower() in UNKNOWN:
        return math.nan
    if not _is_number(cell):
        raise input_error(f"column {column!r} must be 0, 1, another number or NA, got {cell!r}", path, line)
    return float(cell)


def _is_01(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray((values == 0) | (values == 1))


def _check_weights(weights: NDArray[np.float32], lines: Sequence[int], path: Path | str) -> None:
    for wrong, what in ((np.isnan(weights), "NA"), (weights < 0, "less")):
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            got = "NA" if what == "NA" else f"{weights[first]:g}"
            raise input_error(f"a weight must be 0 or more, got {got}", path, lines[first])
    if not weights.any():
        raise input_error("all weights are 0", path)


def _check_column(
    name: str, values: NDArray[np.float32], lines: Sequence[int], path: Path | str, header: int, *, alone: bool
) -> None:
    """``alone``: the one column there is may be 1 everywhere: then unbound sequences are made."""
    known = values[~np.isnan(values)]
    if not len(known):
        raise input_error(f"column {name!r} has no value, all are NA", path, header)
    if len(np.unique(known)) == 1 and not (alone and _is_01(known).all()):
        raise input_error(f"column {name!r} is {known[0]:g} everywhere: nothing to learn from", path, header)
    odd = ~np.isnan(values) & ~_is_01(values)
    if 0 < odd.sum() <= STRAY * len(known):
        first = int(np.flatnonzero(odd)[0])
        message = f"column {name!r} holds 0 and 1, but for {int(odd.sum())}: {values[first]:g}"
        raise input_error(message, path, lines[first])
