"""Top-k accuracy at three depths, AUPRC, recall and precision of splice sites; errors by resampling genes.

Source: top-k accuracy as in Jaganathan et al. 2019, Cell 176:535, ties broken against the model; resampling of genes
rather than of sites, for sites of a gene are found together (Efron & Tibshirani 1993, ch. 8).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.streams import Purpose, generator

DEPTHS = (0.5, 1.0, 2.0)
"""k as multiples of the number of true sites."""
RESAMPLED = 1000
"""Times that genes are drawn anew."""
KEPT = 20
"""Positions that are looked at in resampling, the best-scored, as a multiple of the true ones."""


class KindFigures(NamedTuple):
    """Of donors or of acceptors: how many there are, k; the share of the best k/2 and k positions that are such sites,
    and of such sites that are among the best 2k; AUPRC; the share of them with P ≥ 0.5, and of positions with P ≥ 0.5
    that are one."""

    sites: int
    top_k_half: float
    top_k: float
    top_k_double: float
    auprc: float
    recall: float
    precision: float


class Errors(NamedTuple):
    """Standard errors of top-k accuracy over genes drawn anew: donors, acceptors, their mean."""

    donor: float
    acceptor: float
    mean: float


def kind_figures(false: NDArray[np.int64], true: NDArray[np.int64], called: NDArray[np.bool_]) -> KindFigures:
    """From how many ``false`` and ``true`` positions have each score, the highest first, and which of them is P ≥ 0.5.

    Of equal scores the false come first; in AUPRC they come together, as in `average_precision`.
    """
    sites = int(true.sum())
    nothing = float("nan")
    if not sites:
        return KindFigures(0, nothing, nothing, nothing, nothing, nothing, nothing)
    above_false, above_true = np.cumsum(false), np.cumsum(true)
    half, whole, double = (
        _among(round(depth * sites), false, true, above_false, above_true) / round(min(depth, 1) * sites)
        if round(depth * sites)
        else nothing
        for depth in DEPTHS
    )
    precision = above_true / np.maximum(above_true + above_false, 1)
    hits, calls = int(true[called].sum()), int((true + false)[called].sum())
    return KindFigures(
        sites,
        half,
        whole,
        double,
        float((precision * true).sum() / sites),
        hits / sites,
        hits / calls if calls else nothing,
    )


def _among(
    k: int, false: NDArray[np.int64], true: NDArray[np.int64], above_false: NDArray[np.int64], above: NDArray[np.int64]
) -> int:
    """True positions among the k best."""
    at = int(np.searchsorted(above + above_false, k))
    if at == len(true):
        return int(above[-1])
    left = k - int(above[at] - true[at]) - int(above_false[at] - false[at])
    return int(above[at] - true[at]) + max(left - int(false[at]), 0)


def counts_of(
    scores: NDArray[np.floating], true: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """How many false and true positions have each of the scores, which are log-odds, as `kind_figures` takes them."""
    values, of = np.unique(scores, return_inverse=True)
    counts = [np.bincount(of[true == is_true], minlength=len(values))[::-1] for is_true in (False, True)]
    return counts[0], counts[1], values[::-1] >= 0


def resampled(
    scores: NDArray[np.floating], true: NDArray[np.bool_], genes: NDArray[np.int64], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Top-k accuracy with each gene taken so many times: (draws,); ``genes`` (n,) the gene of each position.

    ``weights`` (draws, genes). Positions beyond the `KEPT` × k best are not looked at.
    """
    number = int(true.sum())
    most = min(KEPT * number, len(scores))
    if not most:
        return np.full(len(weights), np.nan)
    best = np.argpartition(-scores, most - 1)[:most]
    order = best[np.lexsort((true[best], -scores[best].astype(np.float64)))]
    of, hit = genes[order], true[order]
    all_true = np.bincount(genes[true], minlength=weights.shape[1])
    found = np.full(len(weights), np.nan)
    for i, weight in enumerate(weights):
        k = int(weight @ all_true)
        if k:
            taken = np.cumsum(weight[of])
            inside = np.minimum(taken, k) - np.minimum(taken - weight[of], k)
            found[i] = inside[hit].sum() / k
    return found


def drawn_anew(genes: int, seed: int, draws: int = RESAMPLED) -> NDArray[np.int64]:
    """How often each gene is taken when as many are drawn with replacement: (draws, genes)."""
    rng = generator(seed, Purpose.BOOTSTRAP)
    return rng.multinomial(genes, np.full(genes, 1 / genes), size=draws)
