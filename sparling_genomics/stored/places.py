"""Places of many sequences on a genome as columns: 21 bytes a sequence."""

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.letters.intervals import STRANDS, Interval

Place = Interval | None


class Places(Sequence[Place]):
    """A tuple of intervals, None where a sequence has no place.

    >>> places = Places([Interval("chr1", 5, 9, "-"), None])
    >>> places[0], places[1], len(places), places.located.tolist()
    (Interval(chrom='chr1', start=5, end=9, strand='-'), None, 2, [True, False])
    """

    def __init__(self, places: Iterable[Place]) -> None:
        number: dict[str, int] = {}
        rows = ((0, 0, 0, -1) if each is None else _row(each, number) for each in places)
        columns = np.fromiter(rows, dtype=[("start", "i8"), ("end", "i8"), ("chrom", "i4"), ("strand", "i1")])
        fields = ("start", "end", "chrom", "strand")
        self._start, self._end, self._chrom, self._strand = (columns[name].copy() for name in fields)
        self.chroms = tuple(number)
        """Names of the chromosomes, in the order of their first sequence."""

    @property
    def located(self) -> NDArray[np.bool_]:
        """Which have a place: (n,)."""
        return np.asarray(self._strand >= 0)

    def __len__(self) -> int:
        return len(self._start)

    @overload
    def __getitem__(self, index: int) -> Place: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Place, ...]: ...
    def __getitem__(self, index: int | slice) -> Place | tuple[Place, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        strand = int(self._strand[index])
        if strand < 0:
            return None
        chrom = self.chroms[self._chrom[index]]
        return Interval(chrom, int(self._start[index]), int(self._end[index]), STRANDS[strand])

    def __iter__(self) -> Iterator[Place]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Places, tuple, list)):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash((len(self), self._start.tobytes()))

    def __repr__(self) -> str:
        where = counted(len(self.chroms), "chromosome")
        return f"Places({int(self.located.sum()):,} of {counted(len(self), 'sequence')} on {where})"


def _row(interval: Interval, number: dict[str, int]) -> tuple[int, int, int, int]:
    chrom = number.setdefault(interval.chrom, len(number))
    return interval.start, interval.end, chrom, STRANDS.index(interval.strand)
