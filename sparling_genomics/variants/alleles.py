"""Two alleles of one stretch of DNA or RNA as values: their letters, where they differ, and places on either."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sparling_genomics.letters.alphabet import Codes
from sparling_genomics.letters.intervals import Interval


class Edit(NamedTuple):
    """[``start``, ``end``) of the forward strand of a chromosome becomes ``letters``."""

    start: int
    end: int
    letters: Codes


class Block(NamedTuple):
    """Where alleles differ: [``start``, ``end``) of the reference is [``start_there``, ``end_there``) of the other."""

    start: int
    end: int
    start_there: int
    end_there: int


@dataclass(frozen=True, eq=False)
class Alleles:
    """The reference and the alternative sequence of one window, read on the same strand.

    ``blocks``: where they differ, in order; everything else is the same in both. ``interval``: the window of the
    reference on the genome, None where it is not known.
    """

    name: str
    reference: Codes
    alternative: Codes
    blocks: tuple[Block, ...]
    interval: Interval | None = None

    def in_reference(self, position: int) -> int:
        """The place in the reference of a position in the alternative; within a block as far from its start.

        >>> deleted = Alleles("d", np.arange(4, dtype=np.uint8), np.array([0, 3], dtype=np.uint8), (Block(1, 3, 1, 1),))
        >>> [deleted.in_reference(i) for i in range(2)], [deleted.in_alternative(i) for i in range(4)]
        ([0, 3], [0, 1, 1, 1])
        """
        return _across([(b.start_there, b.end_there, b.start, b.end) for b in self.blocks], position)

    def in_alternative(self, position: int) -> int:
        """The place in the alternative of a position in the reference; within a block as far from its start."""
        return _across(self.blocks, position)


def _across(blocks: Sequence[tuple[int, int, int, int]], position: int) -> int:
    index = bisect_right([block[0] for block in blocks], position) - 1
    if index < 0:
        return position
    start, end, start_there, end_there = blocks[index]
    if position >= end:
        return position - end + end_there
    return min(start_there + position - start, max(end_there - 1, start_there))


def edited(name: str, window: Interval, reference: Codes, edits: Sequence[Edit]) -> Alleles:
    """The alleles of ``window``, whose letters are ``reference``; the other one has all ``edits``.

    ``edits`` lie in the window, in order, and do not overlap. Raises ``ValueError`` where they do.

    >>> both = edited("v", Interval("I", 10, 14), np.zeros(4, dtype=np.uint8), [Edit(11, 12, np.array([2, 3]))])
    >>> both.alternative.tolist(), both.blocks
    ([0, 2, 3, 0, 0], (Block(start=1, end=2, start_there=1, end_there=3),))
    """
    parts, blocks = [], []
    done, length = 0, 0
    for start, end, letters in edits:
        first, last = start - window.start, end - window.start
        if not done <= first <= last <= len(reference):
            raise ValueError(f"edits must lie apart and in the window {window}; got {start} to {end}")
        parts += [reference[done:first], letters.astype(np.uint8)]
        length += first - done
        blocks.append(Block(first, last, length, length + len(letters)))
        length += len(letters)
        done = last
    parts.append(reference[done:])
    return Alleles(name, reference, np.concatenate(parts), tuple(blocks), window)


def compared(name: str, reference: Codes, alternative: Codes) -> Alleles:
    """Two sequences as alleles: of equal length letter for letter, else with one block between what both ends share.

    >>> compared("p", np.array([0, 1, 2], dtype=np.uint8), np.array([0, 3, 2], dtype=np.uint8)).blocks
    (Block(start=1, end=2, start_there=1, end_there=2),)
    """
    if len(reference) == len(alternative):
        differ = np.flatnonzero(reference != alternative)
        runs = np.split(differ, np.flatnonzero(np.diff(differ) > 1) + 1) if len(differ) else []
        blocks = [Block(int(run[0]), int(run[-1]) + 1, int(run[0]), int(run[-1]) + 1) for run in runs]
        return Alleles(name, reference, alternative, tuple(blocks))
    before, behind = shared_ends(reference, alternative)
    block = Block(before, len(reference) - behind, before, len(alternative) - behind)
    return Alleles(name, reference, alternative, (block,))


def shared_ends(a: Codes, b: Codes) -> tuple[int, int]:
    """Letters that two sequences share at their start, and then at their end, counted once.

    >>> shared_ends(np.array([0, 0, 0]), np.array([0, 0]))
    (2, 0)
    """
    shorter = min(len(a), len(b))
    before = _same(a[:shorter] == b[:shorter])
    behind = _same(a[::-1][: shorter - before] == b[::-1][: shorter - before])
    return before, behind


def _same(agree: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> int:
    return len(agree) if agree.all() else int(agree.argmin())
