"""Sequences that are given without labels, to be scanned or predicted: a FASTA file, or letters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from sparling.errors import InputError
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.files.fasta import iter_fasta, places, read_fasta
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import Alphabet, Codes, encode
from sparling_genomics.letters.intervals import Interval

PART = 1_000_000
"""Letters that are held at once of a file that is read in parts."""

Sequences = Path | str | Mapping[str, str] | Iterable[str]
"""Path of a FASTA file, letters by name, or letters alone (then named sequence_1, sequence_2, …)."""


def given_sequences(sequences: Sequences, alphabet: Alphabet) -> SequenceDataset:
    """The sequences as data, all of the test side and unlabelled (0); none is left out.

    Raises ``InputError`` where there is none, one is empty or has a letter that is no IUPAC nucleotide (with file and
    line where it is in a file), or ``sequences`` is a name of no file.
    """
    if isinstance(sequences, str) and not Path(sequences).exists() and set(sequences.upper()) <= set("ACGTUN"):
        raise InputError(f"no such file, {sequences[:40]!r}; letters are given as a list: [{sequences[:12]!r}, …]")
    if isinstance(sequences, (str, Path)):
        records = read_fasta(sequences)
        names = [record.name for record in records]
        codes = [record.codes for record in records]
        intervals = places(records)
    else:
        pairs = sequences.items() if isinstance(sequences, Mapping) else _numbered(sequences)
        names, codes = [], []
        for name, letters in pairs:
            names.append(str(name))
            codes.append(_encoded(str(name), letters))
        intervals = (None,) * len(names)
    if not names:
        raise InputError("no sequence was given, expected at least one")
    empty = [name for name, own in zip(names, codes, strict=True) if not len(own)]
    if empty:
        raise InputError(f"sequence {empty[0]!r} is empty")
    return unlabelled(names, codes, intervals, alphabet)


def fasta_in_parts(path: Path | str, alphabet: Alphabet, longest: int) -> Iterator[SequenceDataset]:
    """The records of a FASTA file of any size as data, `PART` letters or so at a time; names stand as they are.

    Empty records are among them. Raises ``InputError`` as `read_fasta` does, and with the line of a record that has
    more than ``longest`` letters.
    """
    names: list[str] = []
    codes: list[Codes] = []
    letters = 0
    for record in iter_fasta(path):
        if len(record.codes) > longest:
            message = f"sequence {record.name!r} has {len(record.codes):,} letters, expected at most {longest:,}"
            raise input_error(message, path, record.line)
        names.append(record.name)
        codes.append(record.codes)
        letters += len(record.codes)
        if letters > PART or len(names) > PART // 100:
            yield unlabelled(names, codes, [None] * len(names), alphabet)
            names, codes, letters = [], [], 0
    if names:
        yield unlabelled(names, codes, [None] * len(names), alphabet)


def _numbered(sequences: Iterable[str]) -> list[tuple[str, str]]:
    return [(f"sequence_{number}", letters) for number, letters in enumerate(sequences, start=1)]


def _encoded(name: str, letters: str) -> Codes:
    if not isinstance(letters, str):
        raise InputError(f"sequence {name!r} must be letters (str); got {type(letters).__name__}")
    try:
        return encode("".join(letters.split()))
    except ValueError as error:
        raise InputError(f"sequence {name!r}: {error}") from error


def unlabelled(
    names: Sequence[str], codes: Sequence[Codes], intervals: Sequence[Interval | None], alphabet: Alphabet
) -> SequenceDataset:
    """These sequences as data, all of the test side and unlabelled (0)."""
    return SequenceDataset(
        names=tuple(names),
        codes=np.concatenate(codes),
        offsets=np.concatenate([[0], np.cumsum([len(own) for own in codes])]).astype(np.int64),
        labels=np.zeros(len(names), dtype=np.float32),
        split=np.full(len(names), TEST, dtype=np.uint8),
        intervals=tuple(intervals),
        cluster=np.arange(len(names)),
        alphabet=alphabet,
        skipped={},
    )
