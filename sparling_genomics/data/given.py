"""Sequences that are given without labels, to be scanned or predicted: a FASTA file, regions of a genome, letters."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import IO, TypeVar

import numpy as np

from sparling.errors import InputError
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.data.regions import window_of
from sparling_genomics.files.bed import Region
from sparling_genomics.files.fasta import FastaRecord, FreeNames, iter_fasta, places, read_fasta
from sparling_genomics.files.genome import Genome
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import Alphabet, Codes, encode
from sparling_genomics.letters.intervals import Interval

Thing = TypeVar("Thing")

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
        for record in records:
            if not len(record.codes):
                raise input_error(f"sequence {record.name!r} is empty", sequences, record.line)
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


def fasta_in_parts(
    path: Path | str, alphabet: Alphabet, longest: int, names: FreeNames | None = None
) -> Iterator[SequenceDataset]:
    """The records of a FASTA file of any size as data, `PART` letters or so at a time.

    ``names`` numbers those that are used again, and counts them. Empty records are among them. Raises ``InputError`` as
    `read_fasta` does, and with the line of a record that has more than ``longest`` letters.
    """
    names = FreeNames() if names is None else names
    for part in _parts(iter_fasta(path), lambda record: len(record.codes)):
        for record in part:
            _check_length(record.name, len(record.codes), longest, path, record.line)
        codes = [record.codes for record in part]
        yield unlabelled([names.free(record.name) for record in part], codes, [None] * len(part), alphabet)


def fasta_on_disk(path: Path | str, alphabet: Alphabet, file: IO[bytes]) -> SequenceDataset:
    """The records of a FASTA file as `given_sequences` has them, with their codes in ``file``, new and empty.

    No more is held in memory than the longest record; ``file`` must stay open as long as the data are used. Raises
    ``InputError`` as `given_sequences` does.
    """
    heads: list[FastaRecord] = []
    lengths: list[int] = []
    for record in iter_fasta(path):
        if not len(record.codes):
            raise input_error(f"sequence {record.name!r} is empty", path, record.line)
        file.write(record.codes.tobytes())
        lengths.append(len(record.codes))
        heads.append(replace(record, codes=record.codes[:0].copy()))
    file.flush()
    codes = np.frombuffer(mmap(file.fileno(), 0, access=ACCESS_READ), dtype=np.uint8)
    names = FreeNames(record.name for record in heads)
    numbered = [names.free(record.name) for record in heads]
    data = unlabelled(numbered, [codes[:0]] * len(heads), places(heads, lengths), alphabet)
    return replace(
        data,
        codes=codes,
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        skipped={names.SAID: names.renamed} if names.renamed else {},
    )


def regions_in_parts(
    path: Path | str,
    regions: Sequence[Region],
    genome: Genome,
    alphabet: Alphabet,
    longest: int,
    size: int | None = None,
) -> Iterator[SequenceDataset]:
    """The ``regions`` of a file as data, read from ``genome`` on their strands, `PART` letters at a time, in order.

    ``size``: bp that are read around each summit, or middle; None: regions as they are. One without a name is called by
    its own place. Raises ``InputError`` with the line of one of more than ``longest`` bp.
    """
    for part in _parts(regions, lambda region: size or region.interval.length):
        intervals = [window_of(region, size, genome) for region in part]
        for region, interval in zip(part, intervals, strict=True):
            _check_length(str(interval), interval.length, longest, path, region.line)
        names = [region.name or str(region.interval) for region in part]
        yield unlabelled(names, [genome.at(interval) for interval in intervals], intervals, alphabet)


def _parts(things: Iterable[Thing], letters: Callable[[Thing], int]) -> Iterator[list[Thing]]:
    """The things in lists of about `PART` letters, and `PART` / 100 of them at most."""
    part: list[Thing] = []
    held = 0
    for thing in things:
        part.append(thing)
        held += letters(thing)
        if held >= PART or len(part) >= PART // 100:
            yield part
            part, held = [], 0
    if part:
        yield part


def _check_length(name: str, length: int, longest: int, path: Path | str, line: int) -> None:
    if length > longest:
        raise input_error(f"sequence {name!r} has {length:,} letters, expected at most {longest:,}", path, line)


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
