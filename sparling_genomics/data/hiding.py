"""Sequences with what has been explained taken out: the letters of known sites turned to N.

What is left can then be searched again, as MEME and STREME erase a motif before they look for the next. The holes must
not tell bound from unbound: shuffled copies keep those of their original (`background.shuffle_joined`), and unbound
sequences of the dataset's own get, beside their own sites, the holes of a bound one.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.streams import Purpose, generator

Places = NDArray[np.int64]


def hide(data: SequenceDataset, sequence: Places, start: Places, end: Places, seed: int) -> SequenceDataset:
    """``data`` with N in [start, end) of each ``sequence`` (an index): three arrays of n.

    Each sequence also gets N where one of the other class, drawn at random from its side, has been given some, so that
    holes are as many in both; the same ``seed`` draws the same ones.
    """
    holes = np.zeros(len(data.codes) + 1, dtype=np.int64)
    inside = end > start
    np.add.at(holes, data.offsets[sequence[inside]] + start[inside], 1)
    np.add.at(holes, data.offsets[sequence[inside]] + end[inside], -1)
    hidden = np.cumsum(holes)[:-1] > 0
    bound = data.labels == 1
    rng = generator(seed, Purpose.HOLES)
    lent = hidden.copy()
    for side in np.unique(data.split):
        classes = [np.flatnonzero((bound == label) & (data.split == side)) for label in (True, False)]
        for lenders, takers in (classes, classes[::-1]):
            if not len(lenders):
                continue
            for taker, lender in zip(takers, lenders[rng.integers(len(lenders), size=len(takers))], strict=True):
                length = min(data.lengths[taker], data.lengths[lender])
                to, of = data.offsets[taker], data.offsets[lender]
                lent[to : to + length] |= hidden[of : of + length]
    return replace(data, codes=np.where(lent, AMBIGUOUS, data.codes).astype(np.uint8))
