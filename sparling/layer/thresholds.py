"""Quantile thresholds (spatial top-k): what lets through a given fraction of scores. Pure functions, no state.

The objective: t such that #{z > t} = round(δ N) over the N scores that share it. Only the round(δ N) + 1 largest decide
it, so nothing is ever sorted whole, and the threshold of a union follows from each part's own largest
(SPARLING, arXiv 2302.01976, spatial sparsity layer; the union rule is ours).
"""

import math

import torch
from torch import Tensor

from sparling.shapes import check_fraction

SAMPLE_EXPECTED = 4096
"""Expected scores above a sampled threshold; the realised fraction errs by about 1/sqrt of it, 1.6 %."""


def active_count(n: int, density: float) -> int:
    """How many of ``n`` scores a density lets through, at least 1 and at most n - 1.

    >>> active_count(1000, 0.005)
    5
    """
    return min(max(round(n * density), 1), n - 1)


def largest(z: Tensor, k: int) -> Tensor:
    """The ``k`` largest of each row, in any order; rows (R, N) → (R, min(k, N))."""
    return z if k >= z.shape[1] else z.topk(k, dim=1, sorted=False).values


def threshold_from_largest(top: Tensor, k: int) -> Tensor:
    """Midway between the k-th and the (k+1)-th largest of each row, so that exactly ``k`` scores exceed it.

    ``top`` (R, ≥ k+1), the largest scores of each row in any order, −∞ where there is none → (R,). With fewer than
    k+1 scores the smallest of them is returned.

    >>> threshold_from_largest(torch.tensor([[4.0, 3.0, 2.0]]), k=2)
    tensor([2.5000])
    """
    chosen = largest(top, k + 1)
    none = chosen == float("-inf")
    pair = chosen.masked_fill(none, float("inf")).topk(min(2, chosen.shape[1]), dim=1, largest=False).values
    low, high = pair[:, 0], pair[:, -1]
    midway = (low + high) / 2
    return torch.where(none.any(1) | (midway >= high), low, midway)


def threshold_at_gap(top: Tensor, k: int, slack: int) -> Tensor:
    """Midway in the widest gap with k − slack to k + slack scores above it, never none.

    ``top`` (R, n), n > k + slack unless there are no more scores, the largest of each row in any order, −∞ where there
    is none → (R,). Without slack it is `threshold_from_largest`. Ours: docs/decisions.

    >>> threshold_at_gap(torch.tensor([[9.0, 8.5, 8.2, 8.0, 3.0, 2.7]]), k=3, slack=2)
    tensor([5.5000])
    """
    exact = threshold_from_largest(top, k)
    if not slack:
        return exact
    falling = largest(top, k + slack + 1).sort(dim=1, descending=True).values[:, max(k - slack, 1) - 1 :]
    high, low = falling[:, :-1], falling[:, 1:]
    gaps = (high - low).masked_fill(low == float("-inf"), 0.0)
    widest = gaps.argmax(1, keepdim=True)
    high, low = high.gather(1, widest)[:, 0], low.gather(1, widest)[:, 0]
    midway = (low + high) / 2
    return torch.where(gaps.amax(1) > 0, torch.where(midway >= high, low, midway), exact)


def threshold_at_counts(top: Tensor, counts: Tensor) -> Tensor:
    """As `threshold_from_largest` with a number of its own for each row.

    ``top`` (R, n), the largest scores of each row in any order, −∞ where there is none; ``counts`` int64 (R,) → (R,).
    With fewer than its count + 1 scores the smallest of a row is returned.

    >>> threshold_at_counts(torch.tensor([[4.0, 3.0, 2.0], [9.0, 8.0, 1.0]]), torch.tensor([1, 2]))
    tensor([3.5000, 4.5000])
    """
    falling = top.sort(dim=1, descending=True).values
    present = (falling > float("-inf")).sum(1, keepdim=True)
    places = torch.stack([counts - 1, counts], dim=1).to(top.device)
    high, low = falling.gather(1, places.clamp(max=(present - 1).clamp(min=0))).unbind(1)
    midway = (high + low) / 2
    return torch.where(midway >= high, low, midway)


def quantile_threshold(z: Tensor, density: float) -> Tensor:
    """Per-row value that exactly ``round(density * N)`` scores exceed.

    ``z`` (R, N) scores in any real unit, ``density`` in (0, 1) → (R,). Ties at the value may let through fewer.
    Raises ``ValueError`` for a density outside (0, 1) or rows of fewer than two scores.
    Source: SPARLING (arXiv 2302.01976), spatial sparsity layer.

    >>> quantile_threshold(torch.tensor([[1.0, 4.0, 2.0, 3.0]]), density=0.5)
    tensor([2.5000])
    """
    check_fraction("density", density)
    if z.ndim != 2 or z.shape[1] < 2:
        raise ValueError(f"z must have shape (R, N) with N >= 2; got {tuple(z.shape)}")
    k = active_count(z.shape[1], density)
    return threshold_from_largest(largest(z, k + 1), k)


def sample_stride(n: int, density: float, period: int) -> int:
    """Step with which ``n`` scores may be thinned so that `SAMPLE_EXPECTED` still exceed the threshold.

    ``period`` is the number of positions of one sample: the step shares no divisor with it, so that every position is
    sampled alike.

    >>> sample_stride(1_000_000, 0.5, period=100), sample_stride(1_000_000, 0.001, period=100)
    (121, 1)
    >>> sample_stride(1_000_000, 0.5, period=101)
    122
    """
    step = max(int(n * density / SAMPLE_EXPECTED), 1)
    while math.gcd(step, period) > 1:
        step -= 1
    return step


def moving_average(threshold: Tensor, observed: Tensor, momentum: float) -> Tensor:
    """t ← μ t + (1 − μ) q.

    >>> moving_average(torch.tensor([1.0]), torch.tensor([2.0]), momentum=0.9)
    tensor([1.1000])
    """
    return momentum * threshold + (1.0 - momentum) * observed
