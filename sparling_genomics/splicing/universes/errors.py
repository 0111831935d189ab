"""Errors of top-k accuracy by resampling genes rather than sites, for sites of a gene are found together.

Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, ch. 8.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.splicing.metrics import KEPT, Ranked, Ranking

RESAMPLED = 1000
"""Times that genes are drawn anew."""


class Errors(NamedTuple):
    """Standard errors of top-k accuracy over genes drawn anew: donors, acceptors, their mean."""

    donor: float
    acceptor: float
    mean: float


def errors_of(ranking: Ranking, genes: int, seed: int) -> Errors:
    """Of a ranking of the positions of so many ``genes``."""
    weights = drawn_anew(genes, seed)
    donor, acceptor = (resampled(ranking.of(row), weights) for row in (0, 1))
    return Errors(*(float(each.std()) for each in (donor, acceptor, (donor + acceptor) / 2)))


def resampled(found: Ranked, weights: NDArray[np.int64]) -> NDArray[np.float64]:
    """Top-k accuracy with each gene taken so many times: ``weights`` (draws, genes) → (draws,).

    Positions beyond the `KEPT` × k best are not looked at.
    """
    number = int(found.true.sum())
    most = min(KEPT * number, len(found.scores))
    if not most:
        return np.full(len(weights), np.nan)
    best = np.argpartition(-found.scores, most - 1)[:most]
    order = best[np.lexsort((found.true[best], -found.scores[best].astype(np.float64)))]
    of, hit = found.genes[order], found.true[order]
    all_true = np.bincount(found.genes[found.true], minlength=weights.shape[1])
    accuracy = np.full(len(weights), np.nan)
    for i, weight in enumerate(weights):
        k = int(weight @ all_true)
        if k:
            taken = np.cumsum(weight[of])
            inside = np.minimum(taken, k) - np.minimum(taken - weight[of], k)
            accuracy[i] = inside[hit].sum() / k
    return accuracy


def drawn_anew(genes: int, seed: int, draws: int = RESAMPLED) -> NDArray[np.int64]:
    """How often each gene is taken when as many are drawn with replacement: (draws, genes)."""
    rng = generator(seed, Purpose.BOOTSTRAP)
    return rng.multinomial(genes, np.full(genes, 1 / genes), size=draws)
