"""From which score on a detector's answer is a site."""

import math

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.motifs.activations import Activations

CHANCE = 2.0
"""A site is reported while bound sequences have at least this many times as many as unbound ones."""
OWN_LEAST = 0.5
"""Share of a motif's sites that must stand where its sequences' triplets are kept."""


def balanced_cut(data: SequenceDataset, sites: Activations) -> float:
    """Where a weaker site would as likely be chance as not: there bound sequences have `CHANCE` times as many.

    It is the score above which Σ (sites in bound − CHANCE × sites in unbound sequences) is largest, ∞ if that is never
    above 0. Near it F1 of the sites is largest (Lipton et al. 2014, arXiv 1402.1892). Training and validation sides
    only; unbound sites are counted as if there were as many unbound letters as bound.
    """
    seen = data.split != TEST
    counted = sites.select(seen[sites.sequence])
    bound = data.labels[counted.sequence] == 1
    return _balance(counted.score[bound], counted.score[~bound], _letters_ratio(data, seen))


def is_composition(data: SequenceDataset, sites: Activations, cut: float, copies: Activations) -> bool:
    """Whether the composition of bound sequences explains most sites of a channel, so that it is no motif.

    ``copies``: what the channel finds in a triplet shuffle of each bound training and validation sequence. Against
    those, too, a score has a cut; it explains most sites if fewer than `OWN_LEAST` of those above ``cut`` lie above
    this one. Words rich in G and C, or runs of A, are as frequent where triplets are kept; motifs are not.
    """
    bound = sites.select((data.split[sites.sequence] != TEST) & (data.labels[sites.sequence] == 1)).score
    own = bound[bound > cut]
    return bool((own > _balance(bound, copies.score, 1.0)).sum() < OWN_LEAST * len(own))


def _balance(bound: NDArray[np.float64], chance: NDArray[np.float64], weight: float) -> float:
    """The score above which Σ (bound − `CHANCE` × ``weight`` × chance) is largest."""
    scores = np.concatenate([bound, chance])
    gain = np.repeat([1.0, -CHANCE * weight], [len(bound), len(chance)])
    order = np.argsort(-scores, kind="stable")
    return just_below(scores[order], np.cumsum(gain[order]))


def above_chance(data: SequenceDataset, sites: Activations) -> bool:
    """Whether bound sequences have more than `CHANCE` times as many of the sites as unbound ones."""
    bound = int((data.labels[sites.sequence] == 1).sum())
    return bound > CHANCE * _letters_ratio(data, np.ones(len(data), dtype=bool)) * (len(sites) - bound)


def _letters_ratio(data: SequenceDataset, seen: NDArray[np.bool_]) -> float:
    """Letters of bound over letters of unbound sequences."""
    unbound, bound = (float(data.lengths[seen & (data.labels == label)].sum()) for label in (0, 1))
    return bound / max(unbound, 1.0)


def dense_cut(data: SequenceDataset, sites: Activations, wanted: float) -> float:
    """The score above which bound sequences have ``wanted`` sites each, on average, of all channels together."""
    bound = (data.split != TEST) & (data.labels == 1)
    scores = np.sort(sites.score[bound[sites.sequence]])[::-1]
    off = np.abs(np.arange(1, len(scores) + 1) - wanted * float(bound.sum()))
    return just_below(scores, off.max(initial=0.0) + 1 - off)


def just_below(scores: NDArray[np.float64], gain: NDArray[np.float64]) -> float:
    """Halfway from the falling score with the largest ``gain`` to the next one; ∞ where no gain is above 0.

    >>> just_below(np.array([5.0, 4.0, 4.0, 1.0]), np.array([1.0, 2.0, 3.0, 2.0]))
    2.5
    """
    last = np.append(scores[1:] < scores[:-1], True)[: len(scores)]
    gain = np.where(last, gain, -math.inf)
    if not len(scores) or gain.max() <= 0:
        return math.inf
    best = int(gain.argmax())
    following = scores[best + 1] if best + 1 < len(scores) else scores[best] - 1.0
    return float(scores[best] + following) / 2
