"""Whether bound sequences have a site of a known matrix more often: its cut chosen on one half, tested on the other.

The scheme of SEA (Bailey & Grant 2021, bioRxiv 2021.08.23.457422), with halves in place of a tenth: a P at the best of
thousands of cuts, on the sequences that it was chosen on, would be far too small. HOMER's fixed cuts need no choice,
but there a matrix stands or falls with what its database took for a site.
"""

import math
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.tasks.ranking import area_under_roc

Labels = NDArray[np.bool_]
LOWEST = -1e4
"""Bits in place of the -∞ of a sequence that is shorter than a matrix."""


class Judged(NamedTuple):
    """One matrix; all but ``auroc`` is of the testing half."""

    cut: float
    """Bits, from which on a word is a site; ∞ where no cut favours bound sequences."""
    log_p: float
    """Natural logarithm of P (one-sided Fisher exact test)."""
    bound_with: int
    """Bound sequences with a site, of ``bound``."""
    bound: int
    unbound_with: int
    unbound: int
    auroc: float
    """Of the best site, in all sequences: it needs no cut."""


def judged(score: NDArray[np.float32], bound: Labels, choosing: Labels) -> Judged:
    """The enrichment of a matrix with these scores of best sites (n,), of sequences that are ``bound`` or not (n,).

    ``choosing``: those on which the cut is chosen; all others test it.
    """
    cut = best_cut(score[choosing], bound[choosing])
    has, own = score[~choosing] >= cut, bound[~choosing]
    table = int((has & own).sum()), int(own.sum()), int((has & ~own).sum()), int((~own).sum())
    auroc = area_under_roc(bound, np.maximum(score, LOWEST))
    return Judged(cut, log_fisher(*table), *table, auroc)


def best_cut(score: NDArray[np.float32], bound: Labels) -> float:
    """The score from which on bound sequences are most surprisingly common; ∞ where nowhere are more than by chance.

    Surprise is the log likelihood ratio G of the two by two table, whose largest value has the smallest P, nearly.

    >>> best_cut(np.array([3, 2, 2, 1, 0], dtype=np.float32), np.array([True, True, True, False, False]))
    2.0
    """
    order = np.argsort(-score, kind="stable")
    ranked = score[order]
    falls = np.append(ranked[1:] < ranked[:-1], False)  # all sequences together say nothing
    falls &= np.isfinite(ranked)
    n, n_bound = len(score), int(bound.sum())
    above = np.flatnonzero(falls) + 1.0
    with_site = np.cumsum(bound[order])[falls]
    more = with_site * n > above * n_bound
    if not more.any():
        return math.inf
    above, with_site = above[more], with_site[more].astype(np.float64)
    xlogy = scipy.special.xlogy
    unbound_with = above - with_site
    g = xlogy(with_site, with_site) + xlogy(unbound_with, unbound_with) - xlogy(above, above)
    without = (n_bound - with_site, n - n_bound - unbound_with, n - above)
    g += xlogy(without[0], without[0]) + xlogy(without[1], without[1]) - xlogy(without[2], without[2])
    return float(ranked[falls][more][int(g.argmax())])


def log_fisher(bound_with: int, bound: int, unbound_with: int, unbound: int) -> float:
    """log P of as many bound sequences with a site, or more, by chance: one-sided Fisher exact test.

    >>> math.isclose(log_fisher(3, 3, 0, 3), math.log(1 / 20))
    True
    """
    with_site = bound_with + unbound_with
    if not with_site or not bound or not unbound:
        return 0.0
    return min(float(scipy.stats.hypergeom.logsf(bound_with - 1, bound + unbound, bound, with_site)), 0.0)
