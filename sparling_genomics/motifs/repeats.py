"""Is a motif one factor's, or a piece of a repeated element? The letters beyond it tell.

Around the sites of a factor the letters are what they are anywhere. Around copies of one element they are alike, far
beyond what any protein touches (ours; measured in docs/decisions). Two factors at one distance, as in a promoter,
are no element: what is alike beyond the one are sites of the other, and where these are left out nothing is.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.motifs.activations import letter_counts, windows
from sparling_genomics.motifs.motif import Motif, covered

GAP, REACH = 5, 30
"""Letters beyond either end of a matrix that may still belong to its motif, and how many after these are looked at."""
FEWEST, LEAST = 20, 10
"""Sites whose sequence goes so far, below which a column says nothing, and columns below which the whole does not."""
OFTEN = 0.25
"""Share of the sites, beside which another motif has a site at one place, from which on the place is that one's."""
ALIKE, EVERYWHERE = 0.1, 0.6
"""Bits of a column that is alike, and the share of columns beyond a matrix from which on an element is there."""
REPEATED = 0.1
"""Bits a letter beyond its matrix from which on a motif is a piece of a repeated element. On thirteen sets
motifs of factors had 0.02 at most, those with some of their sites in an element 0.03 to 0.12, pieces of one 0.19 on."""


def flank_information(data: SequenceDataset, motif: Motif, others: Sequence[Motif] = ()) -> float:
    """Mean information of the letters beyond a motif's matrix, bits each, against their own composition.

    Of its bound training and validation sites, corrected for their number, so about 0 where letters are independent of
    the motif. Letters in sites of ``others`` are left out, and all at a place where such sites are `OFTEN`: there those
    that were missed are alike, too. Not so where letters are alike nearly `EVERYWHERE`: no neighbour is so wide, and
    the others are pieces of the same element. NaN where too few letters are left to tell.
    """
    sites = motif.sites
    seen = sites.select((data.labels[sites.sequence] == 1) & (data.split[sites.sequence] != TEST))
    beyond = GAP + REACH
    flank = beyond + max(-motif.first, motif.first + motif.pwm.width, 0)
    begin = flank + motif.first
    end = begin + motif.pwm.width
    columns = np.r_[begin - beyond : begin - GAP, end + GAP : end + beyond]
    letters = letter_counts(windows(data, seen, flank))[columns]
    bits = _bits(letters[letters.sum(1) >= FEWEST])
    if len(bits) >= LEAST and (bits >= ALIKE).mean() >= EVERYWHERE:
        return float(bits.mean())
    free = replace(data, codes=np.where(covered(data, others), AMBIGUOUS, data.codes)) if others else data
    counts = letter_counts(windows(free, seen, flank))[columns] if others else letters
    number = counts.sum(1)
    counts = counts[(number >= FEWEST) & (number > (1 - OFTEN) * letters.sum(1))]
    if len(counts) < LEAST:
        return float("nan")
    return float(_bits(counts).mean())


def _bits(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Information of each column against the letters of all of them, corrected for their number."""
    number = counts.sum(1)
    nats = scipy.special.rel_entr(counts / number[:, None], counts.sum(0) / max(counts.sum(), 1)).sum(1) - 1.5 / number
    return np.asarray(nats / np.log(2))


def is_repeated(data: SequenceDataset, motif: Motif, others: Sequence[Motif] = ()) -> bool:
    """Whether a motif is a piece of a repeated element, by letters in no site of ``others``; False where none tells."""
    return flank_information(data, motif, others) >= REPEATED
