"""One channel, two motifs? A detector may answer to either of two patterns when the task does not tell them apart.

Objective: the mixture of two matrices under which the letters around a channel's sites are most likely, by
expectation-maximisation: Σ_n log Σ_k π_k Π_w p_k[w, x_nw]. All sites of a channel are aligned already (a channel fires
at one place of what it detects), so there is nothing to shift.
"""

import numpy as np
from numpy.typing import NDArray

RESTARTS = 8
ITERATIONS = 60
PSEUDOCOUNT = 1.0

Weights = NDArray[np.float64]


def two_patterns(codes: NDArray[np.uint8], fitted: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which of the sites belong to the second of the two matrices that fit best: (n,).

    ``codes`` (n, W) letters around each site, above 3 for none; the matrices are fitted to the rows ``fitted`` (two at
    least), and every row goes to the likelier one.

    >>> codes = np.array([[0, 0, 0]] * 6 + [[3, 3, 3]] * 6, dtype=np.uint8)
    >>> second = two_patterns(codes, np.ones(12, dtype=bool), np.random.default_rng(0))
    >>> len(set(second[:6])), len(set(second[6:])), bool(second[0] != second[6])
    (1, 1, True)
    """
    letters = (codes[:, :, None] == np.arange(4)).reshape(len(codes), -1).astype(np.float64)
    x = letters[fitted]
    best: tuple[float, Weights, Weights] | None = None
    for _ in range(RESTARTS):
        share = _start(x, rng)
        previous = -np.inf
        for _ in range(ITERATIONS):
            log_p, log_prior = _maximise(x, share)
            share, likelihood = _expect(x, log_p, log_prior)
            if likelihood - previous < 1e-6 * abs(likelihood):
                break
            previous = likelihood
        if best is None or likelihood > best[0]:
            best = (likelihood, log_p, log_prior)
    if best is None:
        raise ValueError("two_patterns needs at least one restart")
    share, _ = _expect(letters, best[1], best[2])
    return np.asarray(share[:, 1] > 0.5)


def _start(x: Weights, rng: np.random.Generator) -> Weights:
    """Responsibilities (n, 2) by likeness to two sites, the second drawn from those unlike the first."""
    first = x[rng.integers(len(x))]
    unlike = (x.sum(1) - x @ first).clip(min=0) ** 2
    total = unlike.sum()
    second = x[rng.choice(len(x), p=unlike / total)] if total > 0 else first
    nearer = (x @ second > x @ first).astype(np.float64)
    return np.stack([0.9 - 0.8 * nearer, 0.1 + 0.8 * nearer], axis=1)


def _maximise(x: Weights, share: Weights) -> tuple[Weights, Weights]:
    """Log probabilities (W·4, 2) and log priors (2,) under these responsibilities."""
    counts = (x.T @ share).reshape(-1, 4, 2) + PSEUDOCOUNT / 4
    log_p = np.log(counts / counts.sum(1, keepdims=True)).reshape(-1, 2)
    prior = (share.sum(0) + 1) / (len(x) + 2)
    return log_p, np.log(prior)


def _expect(x: Weights, log_p: Weights, log_prior: Weights) -> tuple[Weights, float]:
    """Responsibilities (n, 2) and the log likelihood."""
    joint = x @ log_p + log_prior
    total = np.logaddexp(joint[:, 0], joint[:, 1])
    return np.exp(joint - total[:, None]), float(total.sum())
