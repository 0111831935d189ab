"""Windows of the genome that are like the bound ones in all but what binds: length, GC, repeats.

Each bound window looks for one of its own: pieces of the genome are drawn at random, and in each the free window
is taken that is nearest in GC content and, where the genome is soft-masked, in the share of masked letters; where none
is near enough, in another piece. Free is what shares no bp with a region of the file, with an excluded one, or with a
window taken before, and has no N.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, gc_content, strong
from sparling_genomics.letters.intervals import Interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GC_NEAR, MASKED_NEAR = 0.005, 0.1
"""Differences in GC content and in the share of masked letters up to which a window is near enough."""
PIECE, BESIDE = 16, 10
"""Lengths of a window that a piece is long; that flanks reach on either side."""
TRIES, WIDER = 200, 50
"""Pieces drawn for a window at most; number after which what is near enough is as far again."""
ANEW = 8
"""Times that a flank is sought, each at other places, for the nearest may be that of another window already."""


class Taken:
    """Places that are not free; overlapping ones are merged."""

    def __init__(self, intervals: Sequence[Interval]) -> None:
        by_chrom: dict[str, list[tuple[int, int]]] = {}
        for each in intervals:
            by_chrom.setdefault(each.chrom, []).append((each.start, each.end))
        self._fixed = {chrom: _merged(spans) for chrom, spans in by_chrom.items()}
        self._added: dict[str, list[tuple[int, int]]] = {}

    def free(self, chrom: str, starts: Ints, ends: Ints) -> NDArray[np.bool_]:
        """Which of the windows share no bp with a place that was given.

        >>> Taken([Interval("c", 5, 9), Interval("c", 8, 12)]).free("c", np.array([0, 4, 12]), np.array([5, 6, 20]))
        array([ True, False,  True])
        """
        if chrom not in self._fixed:
            return np.ones(len(starts), dtype=bool)
        begins, stops = self._fixed[chrom]
        behind = np.searchsorted(stops, starts, side="right")  # the first place that ends behind the window's start
        nearest = np.append(begins, np.iinfo(np.int64).max)[behind]
        free: NDArray[np.bool_] = nearest >= ends
        return free

    def add(self, chrom: str, start: int, end: int) -> bool:
        """Take a window too, unless it shares a bp with one that was added before: then False."""
        added = self._added.setdefault(chrom, [])
        at = bisect_left(added, (start, end))
        if (at and added[at - 1][1] > start) or (at < len(added) and added[at][0] < end):
            return False
        insort(added, (start, end))
        return True


def like_them(
    genome: Genome, windows: Sequence[Interval], taken: Taken, chroms: Sequence[str], rng: np.random.Generator
) -> list[Interval | None]:
    """For each window another one of the same length and strand, on one of ``chroms``; None where none is free.

    The nearest of all that were seen where none is near enough. ``taken`` gets those that are found.
    """
    wanted = [_Wanted(genome, each) for each in windows]
    sizes = np.array([genome.lengths[chrom] for chrom in chroms], dtype=np.float64)
    found: list[Interval | None] = [None] * len(windows)
    for i in rng.permutation(len(windows)).tolist():
        own = wanted[i]
        room = np.maximum(sizes - own.length + 1, 0)
        if not room.any():
            continue
        best: list[tuple[float, str, int]] = []
        for number in range(TRIES):
            chrom = chroms[int(rng.choice(len(chroms), p=room / room.sum()))]
            length = genome.lengths[chrom]
            reach = min(PIECE * own.length, length)
            start = int(rng.integers(0, length - reach + 1))
            near = own.nearest(genome, chrom, (start, start + reach), taken, rng)
            if near is None:
                continue
            insort(best, (near[0], chrom, near[1]))
            if near[0] <= 1 + number // WIDER and taken.add(chrom, near[1], near[1] + own.length):
                found[i] = own.at(chrom, near[1])
                break
        else:
            found[i] = next((own.at(chrom, at) for _, chrom, at in best if taken.add(chrom, at, at + own.length)), None)
    return found


def beside_them(
    genome: Genome, windows: Sequence[Interval], taken: Taken, rng: np.random.Generator
) -> list[Interval | None]:
    """For each window the free one beside it, up to `BESIDE` lengths away on either side, that is nearest in GC."""
    found: list[Interval | None] = [None] * len(windows)
    for i in rng.permutation(len(windows)).tolist():
        own, reach = _Wanted(genome, windows[i]), BESIDE * windows[i].length
        chrom = windows[i].chrom
        piece = (max(0, windows[i].start - reach), min(genome.lengths[chrom], windows[i].end + reach))
        for _ in range(ANEW):
            near = own.nearest(genome, chrom, piece, taken, rng)
            if near is not None and taken.add(chrom, near[1], near[1] + own.length):
                found[i] = own.at(chrom, near[1])
                break
    return found


def as_rich_in_gc(bound: Floats, pool: Floats, width: float, rng: np.random.Generator, ratio: int = 1) -> list[int]:
    """``ratio`` members of ``pool`` for each of ``bound``, none twice, from the same bin of GC, by ascending GC.

    Both hold GC contents; bins are ``width`` wide. A bin that is used up is filled from the nearest one that is not,
    after all others have taken their own. Raises ``ValueError`` for a pool that is too small.

    >>> as_rich_in_gc(np.array([0.5, 0.2]), np.array([0.9, 0.21, 0.55]), 0.1, np.random.default_rng(0))
    [1, 2]
    """
    if len(pool) < ratio * len(bound):
        raise ValueError(f"pool must have {ratio} records for each of {len(bound)}; got {len(pool)}")
    left: dict[int, list[int]] = {}
    for i in rng.permutation(len(pool)).tolist():
        left.setdefault(int(pool[i] / width), []).append(i)
    chosen: list[int] = []
    missing: list[int] = []
    for gc in sorted(int(each / width) for each in bound.tolist() for _ in range(ratio)):
        if left.get(gc):
            chosen.append(left[gc].pop())
        else:
            missing.append(gc)
    for gc in missing:
        nearest = min((other for other in left if left[other]), key=lambda other: (abs(other - gc), other))
        chosen.append(left[nearest].pop())
    return chosen


class _Wanted:
    """A bound window, and how far another one is from it: 1 is just near enough."""

    def __init__(self, genome: Genome, window: Interval) -> None:
        codes = genome.codes(window.chrom, window.start, window.end)
        self.length, self._strand = window.length, window.strand
        self._gc = gc_content(codes) * window.length
        self._repeat = int(genome.soft_masked(window.chrom, window.start, window.end).sum())
        self._near = max(GC_NEAR * window.length, 0.5)

    def nearest(
        self, genome: Genome, chrom: str, piece: tuple[int, int], taken: Taken, rng: np.random.Generator
    ) -> tuple[float, int] | None:
        """Distance and start of the nearest free window that begins at every half length of a piece of a chromosome."""
        begin, end = piece
        codes = genome.codes(chrom, begin, end)
        step = max(1, self.length // 2)
        at = np.arange(int(rng.integers(0, step)), len(codes) - self.length + 1, step)
        if not at.size:
            at = np.array([rng.integers(0, len(codes) - self.length + 1)])
        usable = _sums(codes >= AMBIGUOUS, at, self.length) == 0
        usable &= taken.free(chrom, begin + at, begin + at + self.length)
        if not usable.any():
            return None
        at = at[usable]
        distance = np.abs(_sums(strong(codes), at, self.length) - self._gc) / self._near
        if genome.has_soft_masks:
            repeat = _sums(genome.soft_masked(chrom, begin, end), at, self.length)
            distance = np.maximum(distance, np.abs(repeat - self._repeat) / (MASKED_NEAR * self.length))
        nearest = np.flatnonzero(distance == distance.min())
        chosen = int(nearest[rng.integers(0, len(nearest))])
        return float(distance[chosen]), begin + int(at[chosen])

    def at(self, chrom: str, start: int) -> Interval:
        return Interval(chrom, start, start + self.length, self._strand)


def _sums(flags: NDArray[np.bool_], starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """How many are set in each window."""
    before = np.concatenate([[0], np.cumsum(flags)])
    sums: NDArray[np.int64] = before[starts + length] - before[starts]
    return sums


def _merged(spans: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Begins and ends of the stretches that the spans cover, ascending."""
    begins, ends = np.array(sorted(spans), dtype=np.int64).T
    reach = np.maximum.accumulate(ends)
    first = np.append(True, begins[1:] > reach[:-1])
    return begins[first], reach[np.append(first[1:], True)]
