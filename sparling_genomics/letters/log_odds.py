"""Matrices as scores of words, and how likely a random word scores as high: the exact distribution.

A score is the sum, over columns, of log2(probability / background), each rounded to `STEP` bits. So scores are whole
numbers of steps, and their distribution over words of independent letters is a product of polynomials, computed column
by column (Staden 1989, CABIOS 5:89; as in FIMO, Grant et al. 2011, Bioinformatics 27:1017).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.pwm import Pwm

STEP = 0.002
"""Bits: what scores are multiples of."""
PSEUDOCOUNT = 0.1
"""Added to each column's total, spread as the background; that of FIMO."""


class Tail(NamedTuple):
    """How likely a random word scores at least so much."""

    lowest: int
    """The lowest score, in steps."""
    p: NDArray[np.float64]
    """P of ``lowest`` + i steps or more."""

    def at(self, steps: NDArray[np.int64]) -> NDArray[np.float64]:
        """P of at least these scores."""
        p: NDArray[np.float64] = self.p[(steps - self.lowest).clip(0, len(self.p) - 1)]
        return p

    def reaching(self, p: float) -> int | None:
        """The lowest score, in steps, with a P of at most ``p``; None where no word scores so high."""
        low_enough = np.flatnonzero(self.p <= p)
        return None if not len(low_enough) else int(low_enough[0]) + self.lowest


@dataclass(frozen=True, eq=False)
class LogOdds:
    """The scores of a matrix against a background.

    ``steps`` int64 (W, 4) in units of ``STEP`` bits; ``background`` frequencies of A C G T; ``tail`` the distribution.
    """

    name: str
    steps: NDArray[np.int64]
    background: tuple[float, ...]
    tail: Tail

    @property
    def width(self) -> int:
        """Columns W."""
        return len(self.steps)

    def within(self, p: float) -> "LogOdds":
        """The same with the distribution of scores that have a P of at most ``p`` alone, which is much smaller."""
        cut = self.tail.reaching(p)
        lowest = self.tail.lowest + len(self.tail.p) if cut is None else cut
        return replace(self, tail=Tail(lowest, self.tail.p[lowest - self.tail.lowest :].copy()))

    def reversed(self) -> NDArray[np.int64]:
        """The scores that a word has whose reverse complement is read: (W, 4)."""
        return self.steps[::-1, ::-1]


def log_odds(pwm: Pwm, background: tuple[float, ...], pseudocount: float = PSEUDOCOUNT, step: float = STEP) -> LogOdds:
    """The scores of ``pwm`` against ``background``, in ``step`` bits.

    A letter that is never seen has the pseudocount's share; without pseudocount, a score as low as 64 bits.

    >>> odds = log_odds(Pwm("M1", [[8, 0, 0, 0], [0, 4, 4, 0]], 8), (0.25, 0.25, 0.25, 0.25), pseudocount=0)
    >>> int(odds.tail.lowest + len(odds.tail.p) - 1) * STEP, float(odds.tail.p[-1])
    (3.0, 0.125)
    """
    frequencies = np.asarray(background)
    total = pwm.counts.sum(1, keepdims=True) + pseudocount
    weighted = pwm.counts + pseudocount * frequencies
    p = np.where(total > 0, weighted / np.where(total > 0, total, 1.0), frequencies)
    with np.errstate(divide="ignore"):
        bits = np.log2(p / frequencies).clip(-64.0)
    steps = np.round(bits / step).astype(np.int64)
    return LogOdds(pwm.name, steps, tuple(background), tail_of(steps, background))


def tail_of(steps: NDArray[np.int64], background: tuple[float, ...]) -> Tail:
    """The distribution of the sum of one entry a column of ``steps`` (W, 4), letters being independent.

    >>> tail_of(np.array([[0, 0, 0, 2], [0, 0, 0, 1]]), (0.25, 0.25, 0.25, 0.25)).p.tolist()
    [1.0, 0.4375, 0.25, 0.0625]
    """
    lowest = steps.min(1)
    density = np.ones(1)
    for column, low in zip(steps, lowest, strict=True):
        wider = np.zeros(len(density) + int(column.max() - low))
        for entry, frequency in zip(column, background, strict=True):
            at = int(entry - low)
            wider[at : at + len(density)] += frequency * density
        density = wider
    return Tail(int(lowest.sum()), np.minimum(density[::-1].cumsum()[::-1], 1.0))
