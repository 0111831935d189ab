"""How well splice sites are told: top-k accuracy, area under the precision-recall curve, over all positions together.

Source: top-k accuracy as in Jaganathan et al. 2019, Cell 176:535; ties are broken against the model.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels
from sparling_genomics.tasks.ranking import average_precision


class SiteFigures(NamedTuple):
    """Of one kind of sites: how many there are, the share of them among as many best-scored positions, AUPRC."""

    sites: int
    top_k: float
    auprc: float


class SpliceFigures(NamedTuple):
    """Of donors and acceptors among ``positions``."""

    donor: SiteFigures
    acceptor: SiteFigures
    positions: int

    @property
    def top_k(self) -> float:
        """Mean of both kinds."""
        return (self.donor.top_k + self.acceptor.top_k) / 2

    @property
    def noise(self) -> float:
        """Standard error of ``top_k``, as if sites were drawn one by one."""
        kinds = (self.donor, self.acceptor)
        return float(np.sqrt(sum(kind.top_k * (1 - kind.top_k) / max(kind.sites, 1) for kind in kinds)) / 2)


def top_k(scores: NDArray[np.floating], true: NDArray[np.bool_]) -> float:
    """Share of the true ones among the k best, k their number; of equal scores the false come first.

    >>> top_k(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, False, True, False]))
    0.5
    """
    k = int(true.sum())
    if not k:
        return float("nan")
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    better, equal = scores > least, scores == least
    left = k - int(better.sum()) - int((equal & ~true).sum())
    return (int((better & true).sum()) + max(left, 0)) / k


def splice_figures(probabilities: NDArray[np.floating], labels: Labels) -> SpliceFigures:
    """Figures of ``probabilities`` (3, n) of none, donor and acceptor at positions with ``labels`` (n,)."""
    counted = labels != MASKED
    kinds = []
    for kind in (DONOR, ACCEPTOR):
        scores, true = probabilities[kind][counted], labels[counted] == kind
        auprc = average_precision(true.astype(np.float32), scores) if true.any() else float("nan")
        kinds.append(SiteFigures(int(true.sum()), top_k(scores, true), auprc))
    return SpliceFigures(kinds[0], kinds[1], int(counted.sum()))
