"""What the letters at a site alone say of a window: its maximum entropy score as a logit, fitted in training."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.splicing.core_sites.calibrated import logistic
from sparling_genomics.splicing.core_sites.maxent import MaxEntTables
from sparling_genomics.splicing.decoys.reading import DONOR, KINDS, SiteWindows

FLOOR = -10.0
"""Bits below which a site is as good as none."""


class CoreLogit(NamedTuple):
    """Logit of a window: ``slopes[kind]`` × score + ``intercepts[kind]``; the network's is added to it."""

    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]

    def of(self, scores: NDArray[np.floating], kinds: NDArray[np.int8]) -> NDArray[np.float32]:
        """Logits (n,) of windows with these `site_scores` and kinds."""
        slopes, intercepts = np.array(self.slopes)[kinds], np.array(self.intercepts)[kinds]
        return np.asarray(slopes * np.maximum(scores, FLOOR) + intercepts, dtype=np.float32)


def site_scores(tables: MaxEntTables, windows: SiteWindows) -> NDArray[np.float32]:
    """Maximum entropy score of the site of each window, (n,) bits."""
    scores, reach = tables.scores(windows.codes), windows.reach
    return np.where(windows.kinds == DONOR, scores.donor[:, reach - 1], scores.acceptor[:, reach])


def fit_core_logit(scores: NDArray[np.floating], windows: SiteWindows) -> CoreLogit:
    """The logistic curve of each kind; 0 where there are no windows of it."""
    lines = [(0.0, 0.0)] * len(KINDS)
    for kind in np.unique(windows.kinds).tolist():
        own = windows.kinds == kind
        lines[kind] = logistic(np.maximum(scores[own], FLOOR), windows.labels[own], 1)
    slopes, intercepts = zip(*lines, strict=True)
    return CoreLogit(slopes, intercepts)
