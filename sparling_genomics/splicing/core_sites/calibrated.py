"""A logistic curve from scores to the probability of a site.

Source: Platt 1999, Advances in Large Margin Classifiers 61; with his targets, which keep the curve finite where scores
tell all sites.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from sparling_genomics.splicing.genes import MASKED, Labels

MOST = 4_000_000
"""Positions of the training side that a curve is fitted on, of whole genes."""


def logistic(scores: NDArray[np.floating], labels: Labels, kind: int) -> tuple[float, float]:
    """Slope and intercept of the log-odds of sites of a ``kind``, by maximum likelihood over labelled positions.

    >>> slope, intercept = logistic(np.repeat([0.0, 1.0], 4000), np.array([1, 0, 0, 0] * 1000 + [1, 1, 1, 0] * 1000), 1)
    >>> round(slope, 2), round(intercept, 2)  # odds 1:3 at 0 and 3:1 at 1
    (2.2, -1.1)
    """
    counted = labels != MASKED
    z, is_site = scores[counted].astype(np.float64), labels[counted] == kind
    sites = int(is_site.sum())
    y = np.where(is_site, (sites + 1) / (sites + 2), 1 / (len(z) - sites + 2))
    mean, scale = z.mean(), max(z.std(), 1e-9)
    z -= mean
    z /= scale

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = weights[0] * z + weights[1]
        wrong = expit(logits) - y
        return float((np.logaddexp(0, logits) - y * logits).sum()), np.array([wrong @ z, wrong.sum()])

    start = np.array([0.0, np.log(y.mean() / (1 - y.mean()))])
    slope, intercept = minimize(loss, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-12, "maxiter": 200}).x
    return float(slope / scale), float(intercept - slope * mean / scale)
