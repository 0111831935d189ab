"""AUROC with an interval that knows which sequences are relatives.

The bootstrap draws clusters, not sequences (`data.clusters`): relatives have like scores, and an interval that takes
them for independent is too narrow. Source: cluster bootstrap, Field & Welsh 2007, J. R. Stat. Soc. B 69:369.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset, concatenate
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.tasks.ranking import area_under_roc

RESAMPLES = 200
COPIES = 5
Scorer = Callable[[SequenceDataset], NDArray[np.float64]]
"""Scores of the sequences of a dataset, (n,)."""


class Auroc(NamedTuple):
    """``value`` with the bounds of its interval, nan where a label has one cluster; all nan where it has none."""

    value: float
    low: float
    high: float


def auroc_interval(
    labels: NDArray[np.float32],
    scores: NDArray[np.float64],
    cluster: NDArray[np.intp],
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
) -> Auroc:
    """AUROC of scores (n,) for labels (n,), 1 bound, 0 unbound, and its percentile bootstrap interval.

    Each resample draws, within either label, as many clusters as there are, with replacement, each with all of its
    sequences of that label.

    >>> auroc_interval(np.array([1, 1, 0, 0]), np.array([3.0, 1.0, 2.0, 0.0]), np.arange(4), np.random.default_rng(0))
    Auroc(value=0.75, low=0.0, high=1.0)
    """
    bound, unbound = (np.flatnonzero(labels == label) for label in (1, 0))
    if not len(bound) or not len(unbound):
        return Auroc(np.nan, np.nan, np.nan)
    value = float(area_under_roc(labels, scores))
    (number, group), (number_0, group_0) = (
        np.unique(cluster[own], return_inverse=True) for own in (bound, unbound[np.argsort(scores[unbound])])
    )
    if min(len(number), len(number_0)) == 1:
        return Auroc(value, np.nan, np.nan)
    in_order = np.sort(scores[unbound])
    left, right = (np.searchsorted(in_order, scores[bound], side=side) for side in ("left", "right"))
    values = np.empty(resamples)
    for i in range(resamples):
        times, times_0 = (np.bincount(rng.integers(n, size=n), minlength=n) for n in (len(number), len(number_0)))
        below = np.concatenate([[0], np.cumsum(times_0[group_0])])
        weight = times[group]
        values[i] = weight @ (below[left] + below[right]) / (2 * weight.sum() * below[-1])
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Auroc(value, float(low), float(high))


def auroc_of_test(data: SequenceDataset, score: Scorer, seed: int, copies: int = COPIES) -> Auroc:
    """AUROC of a scorer on the test side of ``data``, which holds no shuffled copies.

    Against the unbound sequences of that side, else against ``copies`` dinucleotide shuffles of each of its sequences:
    the mean over them, as one shuffle of a few sequences says little. All shuffles of a sequence are of one cluster.
    """
    own = data.subset(data.indices(TEST))
    parts = [own]
    if not data.has_negatives(TEST):
        for draw in range(copies):
            shuffled = shuffle_joined(own.codes, own.offsets, generator(seed, Purpose.COPIES, TEST, draw))
            parts.append(own.joined(shuffled, label=0).subset(np.arange(len(own), 2 * len(own))))
    looked_at = concatenate(parts)
    rng = generator(seed, Purpose.BOOTSTRAP)
    return auroc_interval(looked_at.labels, score(looked_at), looked_at.cluster, rng)
