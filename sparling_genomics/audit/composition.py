"""Is a motif more than its letters? Its matrix against the same matrix with its columns in other orders.

A matrix with shuffled columns asks for the same letters in another order, and at the same score it matches random
letters equally often. A true motif is commoner in bound sequences than in shuffles of them, and its shuffled versions
are not; where they are, as with runs of A, the letters of the sequences explain it. Unbound sequences are not asked:
their letters may be others than those of the bound ones, and then any word of the bound ones' letters is enriched.
"""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.scan import word_scores

VERSIONS = 20
LETTERS_AT_ONCE = 200_000
LEAST_MATCHES = 20
"""Bound sequences that the matrix must match, at least, for a comparison; its cut is lowered to get them."""


FEWEST = 2 * LEAST_MATCHES
"""Bound sequences below which nothing is said: the cut would lie among chance matches."""


class Composition(NamedTuple):
    """How much commoner a matrix is in bound sequences than in shuffles of them, and the same of its column shuffles.

    Fields: ``own`` and ``shuffled`` (median over `VERSIONS`), log₂ of the share of bound sequences with a match over
    that of dinucleotide shuffles; ``explained`` the second divided by the first, between 0 and 1; 1 where the matrix
    itself is no commoner.
    """

    own: float
    shuffled: float
    explained: float


def composition(data: SequenceDataset, pwm: Pwm, matches: int, rng: np.random.Generator) -> Composition:
    """Compare ``pwm`` and its column shuffles on the bound sequences of ``data`` and one shuffle of each.

    At the score that gives ``pwm`` a match in so many of the bound ones. nan in all fields where there are fewer than
    `FEWEST`.
    """
    bound = data.subset(np.flatnonzero(data.labels == 1))
    if len(bound) < FEWEST:
        return Composition(math.nan, math.nan, math.nan)
    copies = replace(bound, codes=shuffle_joined(bound.codes, bound.offsets, rng))
    orders = [np.arange(pwm.width)] + [rng.permutation(pwm.width) for _ in range(VERSIONS)]
    matrices = np.stack([pwm.log_odds()[order] for order in orders])
    best, by_chance = (best_matches(each, matrices) for each in (bound, copies))
    wanted = min(max(matches, LEAST_MATCHES), len(bound))
    cut = np.sort(best[:, 0])[-wanted] - 1e-6
    each = enrichments(best >= cut, by_chance >= cut)
    own, shuffled = float(each[0]), float(np.median(each[1:]))
    explained = float(np.clip(shuffled / own, 0, 1)) if own > 0 else 1.0
    return Composition(own, shuffled, explained)


def enrichments(matched: NDArray[np.bool_], by_chance: NDArray[np.bool_]) -> NDArray[np.float64]:
    """log₂ of the number matched + ½ over the same of as many others, for each of K columns: (n, K), (n, K) → (K,).

    >>> enrichments(np.array([[True], [True]]), np.array([[False], [False]])).round(2)
    array([2.32])
    """
    ratio: NDArray[np.float64] = np.log2((matched.sum(0) + 0.5) / (by_chance.sum(0) + 0.5))
    return ratio


def best_matches(data: SequenceDataset, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Highest score in each sequence of each of ``matrices`` (K, W, 4), on both strands of DNA: (n, K).

    -∞ where a sequence is shorter than the matrix; N scores 0.
    """
    strands = [matrices, matrices[:, ::-1, ::-1]] if data.alphabet.double_stranded else [matrices]
    both = np.concatenate(strands)
    best = np.full((len(data), len(matrices)), -np.inf)
    order = np.argsort(data.lengths, kind="stable")
    order = order[data.lengths[order] >= matrices.shape[1]]
    size = max(1, LETTERS_AT_ONCE // max(int(data.lengths.max(initial=1)), 1))
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        highest = word_scores(data.padded(chosen), both, torch.float32).amax(2)
        best[chosen] = highest.reshape(len(chosen), -1, len(matrices)).amax(1).numpy()
    return best
