"""Which sequences are bound: all of a file, or what a table or the ``label=`` words of the headers say."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling_genomics.files.fasta import FastaRecord
from sparling_genomics.files.text_files import input_error, numbered_lines

Labels = NDArray[np.float32]

_VALUES = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}


def read_labels(
    records: Sequence[FastaRecord],
    fasta: Path | str,
    *,
    negatives: Path | str | None = None,
    table: Path | str | None = None,
) -> Labels:
    """Label of each record of ``fasta``: 1 bound, 0 unbound, float32 (n,).

    All are bound where the unbound ones have a file of their own, ``negatives``. Otherwise labels come from the table,
    or from the ``label=`` words; where there are none either, all are bound.
    Raises ``InputError`` where both files are given, where a record has label=0 although ``negatives`` are given, and
    for the faults of ``labels_from_table`` and ``labels_from_words``.
    """
    if negatives is not None and table is not None:
        raise InputError("labels come either from a file of negatives or from a table, got both")
    all_bound = np.ones(len(records), dtype=np.float32)
    if table is not None:
        return labels_from_table(table, records, fasta)
    if negatives is None:
        words = labels_from_words(records, fasta)
        return all_bound if words is None else words
    for record in records:
        if record.attributes.get("label") == "0":
            message = f"sequence {record.name!r} has label=0, but a file of negatives makes all of this file bound"
            raise input_error(message, fasta, record.line)
    return all_bound


def labels_from_table(path: Path | str, records: Sequence[FastaRecord], fasta: Path | str) -> Labels:
    """Label of each record out of a tab-separated table: a header line, then a name and 0 or 1 in each line.

    Raises ``InputError`` with path and line for: an empty table, no header line, more or fewer than one task column,
    another value, a name given twice or absent from the FASTA file, a sequence without a label, and a FASTA file that
    uses a name twice, for which of the two is meant?
    """
    label_of = _read_table(path)
    known = {record.name for record in records}
    for record in records:
        if record.name != record.written_name:
            line = next(each.line for each in records if each.written_name == record.written_name)
            message = f"name {record.written_name!r} is used twice, first in line {line}; a table of labels needs"
            raise input_error(f"{message} first words of headers that differ", fasta, record.line)
    for name, (_, row) in label_of.items():
        if name not in known:
            raise input_error(f"sequence {name!r} is not in {fasta}", path, row)
    unlabelled = [record for record in records if record.name not in label_of]
    if unlabelled:
        first = unlabelled[0]
        message = f"{len(unlabelled)} sequences have no label in {path}, the first is {first.name!r}"
        raise input_error(message, fasta, first.line)
    return np.array([label_of[record.name][0] for record in records], dtype=np.float32)


def labels_from_words(records: Sequence[FastaRecord], fasta: Path | str) -> Labels | None:
    """Label of each record out of its ``label=`` word; None where no record has one.

    Raises ``InputError`` with path and line for a value other than 0 and 1 and for a record without the word among
    others that have it.
    """
    words = [record.attributes.get("label") for record in records]
    if all(word is None for word in words):
        return None
    for record, word in zip(records, words, strict=True):
        if word is None:
            raise input_error(f"sequence {record.name!r} has no label=, others have", fasta, record.line)
        if word not in _VALUES:
            raise input_error(f"label must be 0 or 1, got {word!r}", fasta, record.line)
    return np.array([_VALUES[word] for word in words if word is not None], dtype=np.float32)


def _read_table(path: Path | str) -> dict[str, tuple[float, int]]:
    """Name -> (label, line)."""
    label_of: dict[str, tuple[float, int]] = {}
    header: list[str] | None = None
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != 2:
            raise input_error(f"expected two tab-separated columns, name and label, got {len(cells)}", path, number)
        name, value = cells
        if header is None:
            if value in _VALUES:
                raise input_error(f"expected a header line such as 'name<tab>bound', got {line[:30]!r}", path, number)
            header = cells
        elif value not in _VALUES:
            raise input_error(f"label must be 0 or 1, got {value!r}", path, number)
        elif name in label_of:
            raise input_error(f"name {name!r} is used twice, first in line {label_of[name][1]}", path, number)
        else:
            label_of[name] = (_VALUES[value], number)
    if header is None:
        raise input_error("empty table, expected a header line and one line a sequence", path, 1)
    return label_of
