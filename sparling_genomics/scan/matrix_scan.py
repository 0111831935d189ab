"""Matrices along letters: each word on either strand whose score is as unlikely as wished.

A word of eight letters is a number below 65,536, so one table says of each whether the best eight columns of a matrix
leave a word a chance, on either strand; the few that pass are scored in full. No word with an N is ever one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, Codes
from sparling_genomics.letters.log_odds import STEP, LogOdds
from sparling_genomics.scan.hits import Found, Hits, Settling, hit_type, in_order, none_found, on_strand
from sparling_genomics.scan.text import Unit

_WORD, _HALF = 8, 4
"""Letters of the first test, and of a step of the full score."""


@dataclass(frozen=True, eq=False)
class MatrixScan:
    """Scanner of matrices; scores are bits.

    ``p_value``: that of a hit at most. Without ``both_strands`` the forward strand alone is read.
    """

    matrices: Sequence[LogOdds]
    p_value: float
    both_strands: bool = True
    step: float = STEP

    @cached_property
    def names(self) -> tuple[str, ...]:
        """As `Scanner.names`."""
        return tuple(each.name for each in self.matrices)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """As `Scanner.widths`."""
        return tuple(each.width for each in self.matrices)

    @property
    def mark_type(self) -> np.dtype[np.void]:
        """As `Scanner.mark_type`."""
        return hit_type(self.halo)

    @property
    def halo(self) -> int:
        """As `Scanner.halo`."""
        return max(self.widths)

    @property
    def reach(self) -> int:
        """None: a word's score is its own."""
        return 0

    @cached_property
    def _tests(self) -> list["_Test | None"]:
        cuts = [each.tail.reaching(self.p_value) for each in self.matrices]
        return [
            None if cut is None else _Test.of(each, cut, self.both_strands)
            for each, cut in zip(self.matrices, cuts, strict=True)
        ]

    @property
    def hopeless(self) -> list[str]:
        """Motifs of which no word is as unlikely as wished: too short, or too vague."""
        return [name for name, test in zip(self.names, self._tests, strict=True) if test is None]

    def find(self, unit: Unit) -> Found:
        """As `Scanner.find`."""
        text = _Joined(unit, max(self.halo, _WORD))
        parts = [
            self._hits(text, number, strand, *found)
            for number, test in enumerate(self._tests)
            if test is not None
            for strand, found in enumerate(test.words(text))
        ]
        hits = in_order(np.concatenate(parts)) if parts else none_found(self.halo)
        strands = 2 if self.both_strands else 1
        tested = {width: strands * text.words(width) for width in set(self.widths)}
        return Found(hits, np.array([tested[width] for width in self.widths], dtype=np.int64))

    def settling(self, lengths: NDArray[np.int64]) -> Settling:
        """As `Scanner.settling`: a hit is one as it is found."""
        return lambda found, last: found

    def p_values(self, motif: int) -> NDArray[np.float64]:
        """As `Scanner.p_values`: a level is a score in steps above the lowest."""
        return self.matrices[motif].tail.p

    def _hits(self, text: "_Joined", number: int, strand: int, at: NDArray[np.int64], steps: NDArray[np.int64]) -> Hits:
        matrix = self.matrices[number]
        at, steps = text.taken(at, steps)
        hits = np.zeros(len(at), dtype=hit_type(self.halo))
        if not len(at):
            return hits
        piece = text.piece[np.searchsorted(text.offsets, at, side="right") - 1]
        hits["sequence"] = piece["number"]
        hits["motif"] = number
        hits["start"] = at - piece["offset"] + piece["begin"]
        hits["end"] = hits["start"] + matrix.width
        hits["level"] = steps - matrix.tail.lowest
        hits["score"] = steps * self.step
        hits["reverse"] = bool(strand)
        hits["letters"] = PAD
        letters = text.codes[at[:, None] + np.arange(matrix.width)]
        hits["letters"][:, : matrix.width] = on_strand(letters, hits["reverse"])
        return hits


class _Joined:
    """The letters of a unit in one row, an N between pieces and many behind, and what they are as numbers."""

    def __init__(self, unit: Unit, beyond: int) -> None:
        ends = np.cumsum([len(piece.codes) + 1 for piece in unit])
        self.offsets = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        gap = np.full(1, AMBIGUOUS, dtype=np.uint8)
        tail = np.full(2 * beyond, AMBIGUOUS, dtype=np.uint8)
        self.codes: Codes = np.concatenate([*(each for piece in unit for each in (piece.codes, gap)), tail])
        self.end = int(ends[-1])
        self.unit = unit
        self.piece = np.array(
            [(p.number, p.begin, offset) for p, offset in zip(unit, self.offsets.tolist(), strict=True)],
            dtype=[("number", "<i4"), ("begin", "<i8"), ("offset", "<i8")],
        )
        unknown = self.codes > 3
        self.before = np.concatenate([[0], np.cumsum(unknown, dtype=np.int32)])
        two = np.where(unknown, 0, self.codes).astype(np.int32)
        two = two[:-1] * 4 + two[1:]
        self.halves = two[:-2] * 16 + two[2:]
        self.numbers = torch.from_numpy(self.halves[:-4] * 256 + self.halves[4:])
        spans = [(o + p.first - p.begin, o + p.last - p.begin) for p, o in zip(unit, self.offsets, strict=True)]
        self._spans = np.array(spans, dtype=np.int64)

    def clean(self, at: NDArray[np.int64], width: int) -> NDArray[np.bool_]:
        """Which words of ``width`` letters at these places are without N."""
        inside = (at >= 0) & (at < self.end)
        at = at.clip(0, self.end)
        clean: NDArray[np.bool_] = inside & (self.before[at + width] == self.before[at])
        return clean

    def taken(self, at: NDArray[np.int64], steps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Those of the places, which rise, that lie in the middle of a piece."""
        borders = np.searchsorted(at, self._spans)
        keep = np.zeros(len(at), dtype=bool)
        for begin, end in borders.tolist():
            keep[begin:end] = True
        return at[keep], steps[keep]

    def words(self, width: int) -> int:
        """Words of ``width`` letters without N that count."""
        before = self.before
        total = 0
        for piece, offset in zip(self.unit, self.offsets.tolist(), strict=True):
            stop = offset + len(piece.codes) - width + 1
            a, b = (min(offset + place - piece.begin, max(stop, 0)) for place in (piece.start, piece.end))
            if b > a:
                clean = before[b + width - 1] == before[a]
                total += b - a if clean else int(np.count_nonzero(before[a + width : b + width] == before[a:b]))
        return total


@dataclass(frozen=True, eq=False)
class _Test:
    """How the words of one matrix are found.

    ``passes`` (65536,): bit 1 where the forward strand has a chance, bit 2 the reverse one. A word that has its number
    at i begins at i - ``back`` of its strand.
    """

    passes: torch.Tensor
    back: tuple[int, ...]
    quarters: tuple[NDArray[np.int64], ...]
    """Of each strand: scores (ceil(W / 4), 256) of four letters from each fourth column on."""
    width: int
    cut: int

    @classmethod
    def of(cls, matrix: LogOdds, cut: int, both_strands: bool) -> "_Test":
        """Scores from ``cut`` steps on are hits."""
        strands = [matrix.steps, matrix.reversed()] if both_strands else [matrix.steps]
        passes = np.zeros(4**_WORD, dtype=np.uint8)
        back = []
        for bit, steps in enumerate(strands):
            start = _best_stretch(steps)
            block = _padded(steps[start : start + _WORD], _WORD)
            rest = steps.max(1).sum() - steps[start : start + _WORD].max(1).sum()
            passes |= ((_sums(block) + rest >= cut) << bit).astype(np.uint8)
            back.append(start)
        blocks = [_padded(steps, -(-matrix.width // _HALF) * _HALF).reshape(-1, _HALF, 4) for steps in strands]
        quarters = tuple(np.stack([_sums(each) for each in block]) for block in blocks)
        return cls(torch.from_numpy(passes), tuple(back), quarters, matrix.width, cut)

    def words(self, text: _Joined) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Of each strand, where its words begin in the text, rising, and their scores in steps."""
        bits = torch.index_select(self.passes, 0, text.numbers)
        candidates = bits.nonzero()[:, 0]
        which = bits[candidates].numpy()
        places = candidates.numpy()
        return [self._scored(text, places[which & (1 << bit) > 0] - back, bit) for bit, back in enumerate(self.back)]

    def _scored(self, text: _Joined, at: NDArray[np.int64], strand: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        at = at[text.clean(at, self.width)]
        steps = np.zeros(len(at), dtype=np.int64)
        for number, table in enumerate(self.quarters[strand]):
            steps += table[text.halves[at + number * _HALF]]
        hit = steps >= self.cut
        return at[hit], steps[hit]


def _best_stretch(steps: NDArray[np.int64]) -> int:
    """Where the eight columns begin that tell words apart best: most between the best letter and the mean."""
    gap = steps.max(1) - steps.mean(1)
    return int(np.convolve(gap, np.ones(_WORD), "valid").argmax()) if len(gap) > _WORD else 0


def _padded(steps: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    return np.concatenate([steps, np.zeros((width - len(steps), 4), dtype=np.int64)])


def _sums(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Score of every word of as many letters, in the order of their numbers."""
    sums = np.zeros(1, dtype=np.int64)
    for column in steps:
        sums = (sums[:, None] + column).ravel()
    return sums
