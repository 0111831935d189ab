"""Known matrices as channels: in the width of the network's field, with their first budgets, and where they may fire.

"Adjusted motifs" of Gupta et al. 2024 (Genome Biology, 10.1186/s13059-023-03162-x): a channel fires only where its
known matrix scores well already, and learns from there how well: an approximate prior.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.growing import CHANCE, TYPICAL, Counts, chance_cut, log_odds, of_own_words, scan
from sparling_genomics.discovery.seeds import evenly
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.words import Text

MOST = 64
"""Matrices that channels start as, at most."""
LOOKED_AT = 2000
"""Training sequences of either label in which their marks are counted."""
ADMITTED = 0.2
"""Share of all letters at which a channel may fire: those where its known matrix scores highest."""


@dataclass(frozen=True, eq=False)
class KnownStart:
    """A known matrix, and how its channel begins.

    ``pwm`` as given; ``first`` and ``width`` its columns that are used; ``counts`` (W, 4) these in the middle of the
    field, zero beside them; ``marks`` sites in bound training sequences, about; ``floor`` score in nats, against the
    letters of the training side, from which on its channel may fire.
    """

    pwm: Pwm
    first: int
    width: int
    counts: Counts = field(repr=False)
    marks: int
    floor: float

    @property
    def used(self) -> Pwm:
        """The columns that are used, as a matrix."""
        return Pwm(
            self.pwm.name,
            self.pwm.counts[self.first : self.first + self.width],
            self.pwm.n_sites,
            self.pwm.alphabet,
            self.pwm.background,
            self.pwm.alt_name,
        )


def most_informative(pwm: Pwm, width: int) -> tuple[int, int]:
    """First column and number of columns of the stretch of at most ``width`` columns with the most bits.

    >>> most_informative(Pwm("m", [[1, 1, 1, 1], [9, 0, 0, 0], [0, 9, 0, 0], [5, 4, 0, 0]], 9), 2)
    (1, 2)
    """
    if pwm.width <= width:
        return 0, pwm.width
    bits = np.convolve(pwm.information(), np.ones(width), mode="valid")
    return int(bits.argmax()), width


def known_starts(training: SequenceDataset, pwms: Sequence[Pwm], width: int) -> list[KnownStart]:
    """Each matrix as a channel of a field of ``width`` bp; ``training`` holds bound and unbound training sequences."""
    looked_at = training.subset(evenly(training, LOOKED_AT))
    text = Text(looked_at.codes, looked_at.offsets, looked_at.labels == 1, looked_at.alphabet, apart=width)
    background = np.array(training.background)
    letters = text.codes < AMBIGUOUS
    edges = np.flatnonzero(np.diff(text.owner, prepend=-1))
    scale = float(training.labels.sum() / looked_at.labels.sum())
    starts = []
    for pwm in pwms:
        first, used = most_informative(pwm, width)
        counts = np.zeros((width, 4))
        begin = (width - used) // 2
        counts[begin : begin + used] = pwm.counts[first : first + used]
        odds = log_odds(counts, background)
        score = np.where(letters, scan(text, odds)[0], -np.inf)
        mean, deviation = of_own_words(odds, background)
        cut = max(chance_cut(text, np.maximum.reduceat(score, edges), CHANCE), mean - TYPICAL * deviation)
        marks = int(scale * text.bound[text.owner[score > cut]].sum())
        floor = float(np.quantile(score[letters], 1 - ADMITTED))
        starts.append(KnownStart(pwm, first, used, counts, marks, floor))
    return starts


def trimmed(pwms: Sequence[Pwm], width: int) -> str:
    """A sentence on matrices wider than the field; empty where none is."""
    wide = [pwm for pwm in pwms if pwm.width > width]
    if not wide:
        return ""
    names = ", ".join(pwm.name for pwm in wide[:5]) + (" and others" if len(wide) > 5 else "")
    what = "matrix is" if len(wide) == 1 else "matrices are"
    return (
        f"{len(wide)} {what} wider than the field of {width} bp: the {width} columns with most information are used "
        f"({names}); --width sets it."
    )
