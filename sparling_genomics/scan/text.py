"""What is scanned: sequences held in memory or a genome, whole or regions of it, piece by piece at constant memory.

Each piece is a stretch of letters with more on both sides (a halo) than what is found in its middle can depend on, so
pieces together say what the whole would.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes
from sparling_genomics.letters.intervals import Interval

WINDOW = 2**18
"""Letters of a unit of work: about 0.1 s of a network, and tables of a matrix beside it fit into a core's cache."""


class Text(Protocol):
    """Sequences that can be asked for any piece."""

    @property
    def names(self) -> Sequence[str]:
        """Of each sequence, in order."""
        ...

    @property
    def lengths(self) -> NDArray[np.int64]:
        """In bp, of each sequence."""
        ...

    def letters(self, number: int, start: int, end: int) -> Codes:
        """Codes of [start, end) of sequence ``number``, forward strand."""
        ...


class GivenText:
    """Sequences held in memory, a byte a letter."""

    def __init__(self, data: SequenceDataset) -> None:
        self.data, self.names = data, data.names
        self.lengths = data.lengths

    def letters(self, number: int, start: int, end: int) -> Codes:
        """As `Text.letters`."""
        begin = int(self.data.offsets[number])
        return self.data.codes[begin + start : begin + end]


class GenomeText:
    """A genome, of which no more is held than what is asked for."""

    def __init__(self, genome: Genome) -> None:
        self.genome, self.names = genome, tuple(genome.lengths)
        self.lengths = np.array(list(genome.lengths.values()), dtype=np.int64)

    def letters(self, number: int, start: int, end: int) -> Codes:
        """As `Text.letters`."""
        return self.genome.codes(self.names[number], start, end)


class Stretch(NamedTuple):
    """[start, end) of sequence ``number``."""

    number: int
    start: int
    end: int


class Piece(NamedTuple):
    """Letters of sequence ``number`` from ``begin`` on. Finds in [first, last) are taken; [start, end) is counted."""

    number: int
    begin: int
    codes: Codes
    first: int
    last: int
    start: int
    end: int


Unit = list[Piece]
"""Pieces that are scanned at once, in order of place."""


def whole(text: Text) -> list[Stretch]:
    """All of each sequence."""
    return [Stretch(number, 0, int(length)) for number, length in enumerate(text.lengths)]


def merged(intervals: Iterable[Interval], names: Sequence[str]) -> list[Stretch]:
    """Regions in the order of the sequences ``names``, by start; those that overlap or touch are one.

    >>> merged([Interval("b", 5, 9), Interval("a", 3, 6), Interval("a", 0, 4)], ["a", "b"])
    [Stretch(number=0, start=0, end=6), Stretch(number=1, start=5, end=9)]
    """
    number_of = {name: number for number, name in enumerate(names)}
    found: list[Stretch] = []
    for number, start, end in sorted((number_of[each.chrom], each.start, each.end) for each in intervals):
        if found and found[-1].number == number and start <= found[-1].end:
            found[-1] = found[-1]._replace(end=max(found[-1].end, end))
        else:
            found.append(Stretch(number, start, end))
    return found


def units(text: Text, stretches: Sequence[Stretch], halo: int, margin: int = 0, window: int = WINDOW) -> Iterator[Unit]:
    """The stretches in units of about ``window`` letters, in order.

    ``halo``: letters beside what is taken. ``margin``: bp beside a stretch from which finds are taken as well, so that
    it can be told which of two near ones is the better; two stretches share what lies between them.
    """
    unit: Unit = []
    size = 0
    for before, stretch, after in zip((None, *stretches), stretches, (*stretches[1:], None)):  # noqa: B905
        number, start, end = stretch
        length = int(text.lengths[number])
        first, last = max(0, start - margin), min(length, end + margin)
        if before is not None and before.number == number:
            first = max(first, (before.end + start) // 2)
        if after is not None and after.number == number:
            last = min(last, (end + after.start) // 2)
        for at in range(first, max(last, first + 1), window):
            until = min(at + window, last)
            begin, stop = max(0, at - halo), min(length, until + halo)
            codes = text.letters(number, begin, stop)
            if unit and size + len(codes) > window:
                yield unit
                unit, size = [], 0
            unit.append(Piece(number, begin, codes, at, until, max(at, start), max(at, start, min(until, end))))
            size += len(codes)
    if unit:
        yield unit


def sample(text: Text, stretches: Sequence[Stretch], pieces: int, length: int) -> list[Codes]:
    """``pieces`` stretches of at most ``length`` letters, evenly spread; the same ones again where there are fewer."""
    sizes = np.array([each.end - each.start for each in stretches], dtype=np.int64)
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    if not total:
        return []
    found = []
    for at in (np.arange(pieces) * total // pieces).tolist():
        i = int(np.searchsorted(ends, at, side="right"))
        stretch = stretches[i]
        start = stretch.start + at - int(ends[i] - sizes[i])
        start = max(stretch.start, min(start, stretch.end - length))
        found.append(text.letters(stretch.number, start, min(start + length, stretch.end)))
    return found


def composition(pieces: Sequence[Codes], both_strands: bool) -> tuple[float, float, float, float]:
    """Frequencies of A C G T, of both strands together if so wished; none is 0.

    >>> composition([np.array([0, 0, 0, 1, 4], dtype=np.uint8)], both_strands=True)
    (0.375, 0.125, 0.125, 0.375)
    """
    counts = np.zeros(AMBIGUOUS + 1)
    for codes in pieces:
        counts += np.bincount(codes, minlength=AMBIGUOUS + 1)[: AMBIGUOUS + 1]
    four = counts[:4]
    if both_strands:
        four = four + four[::-1]
    four = np.maximum(four, 1e-6 * max(four.sum(), 1.0))
    a, c, g, t = (four / four.sum()).tolist()
    return a, c, g, t
