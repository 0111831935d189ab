"""How well scores put samples in order: area under the ROC curve, average precision, rank correlation.

Ours, a few lines of NumPy each, since scikit-learn takes half a second to import; it is the referee in the tests.
"""

from typing import Any

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray


def area_under_roc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Chance that a sample of label 1 scores above one of label 0; an equal score counts half.

    ``labels`` (n,) of 0 and 1, ``scores`` (n,) finite; nan where either label is missing. Raises ``ValueError`` where
    lengths differ or a score is not finite. Source: Mann & Whitney 1947, Ann. Math. Stat. 18:50.

    >>> area_under_roc([1, 1, 0, 0], [3.0, 1.0, 1.0, 0.0])
    0.875
    """
    ones, zeros = _classes(labels, scores)
    if not len(ones) or not len(zeros):
        return float("nan")
    below, not_above = (np.searchsorted(zeros, ones, side) for side in ("left", "right"))
    return int(below.sum() + not_above.sum()) / (2 * len(ones) * len(zeros))


def average_precision(labels: ArrayLike, scores: ArrayLike) -> float:
    """Mean over samples of label 1 of the precision among all that score at least as high.

    ``labels`` (n,) of 0 and 1, ``scores`` (n,) finite; nan without a label 1. Raises ``ValueError`` where lengths
    differ or a score is not finite.

    >>> round(average_precision([1, 0, 1, 0], [4.0, 3.0, 2.0, 1.0]), 4)
    0.8333
    """
    ones, zeros = _classes(labels, scores)
    if not len(ones):
        return float("nan")
    hits, false = (len(each) - np.searchsorted(each, ones, "left") for each in (ones, zeros))
    return float((hits / (hits + false)).mean())


def rank_correlation(values: ArrayLike, scores: ArrayLike) -> float:
    """Spearman's ρ of ``values`` and ``scores`` (n,), finite; equal ones share a rank; 0 where either is constant.

    >>> rank_correlation([1.0, 2.0, 3.0, 4.0], [0.1, 0.2, 7.0, 3.0])
    0.8
    """
    ranks = [scipy.stats.rankdata(each) for each in (values, scores)]
    a, b = (each - each.mean() for each in ranks)
    size = float(np.sqrt((a @ a) * (b @ b)))
    return round(float(a @ b) / size, 12) if size else 0.0


def rank_correlation_error(rho: float, n: int) -> float:
    """Standard error of Spearman's ρ of n samples, by Fisher's z: (1 − ρ²) √((1 + ρ²/2) / (n − 3)).

    Source: Bonett & Wright 2000, Psychometrika 65:23.

    >>> round(rank_correlation_error(0.6, 103), 4)
    0.0695
    """
    return float((1 - rho**2) * np.sqrt((1 + rho**2 / 2) / max(n - 3, 1)))


def _classes(labels: ArrayLike, scores: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Scores of label 1 and of label 0, each in ascending order."""
    is_one, values = np.asarray(labels) == 1, np.asarray(scores)
    if values.ndim != 1 or is_one.shape != values.shape:
        raise ValueError(f"labels and scores must both have shape (n,); got {is_one.shape} and {values.shape}")
    faulty = int((~np.isfinite(values)).sum())
    if faulty:
        raise ValueError(f"scores must be finite; got {faulty} of {len(values)} that are not")
    return np.sort(values[is_one]), np.sort(values[~is_one])
