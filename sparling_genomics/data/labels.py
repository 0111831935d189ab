"""Which sequences are bound: all of a file, or what a table or the ``label=`` words of the headers say.

A table may say more than that: several labels, values, weights (`label_table`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling_genomics.data.label_table import LabelTable, read_label_table
from sparling_genomics.files.fasta import FastaRecord
from sparling_genomics.files.text_files import input_error

Labels = NDArray[np.float32]

_VALUES = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}


def read_labels(
    records: Sequence[FastaRecord],
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
    for record in records:
        if record.attributes.get("label") == "0":
            message = f"sequence {record.name!r} has label=0, but a file of negatives makes all of this file bound"
            raise input_error(message, fasta, record.line)
    return all_bound, None


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
