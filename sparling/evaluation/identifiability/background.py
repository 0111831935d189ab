"""MOTIF-SUFFICIENCY: the background is translation-invariant.

The second half of the second assumption of the Motif Identifiability Theorem (SPARLING, arXiv 2302.01976). Outside all
boxes of motifs, inputs have a mean at each place, and so have products of neighbours; a background that is
translation-invariant has the same everywhere. Places are blocks. Samples are independent of each other, and over them
the differences between blocks are tested together by Hotelling's T² (Ann. Math. Stat. 2, 1931). Higher moments are not
looked at.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.linalg import null_space
from scipy.stats import f
from torch import Tensor

from sparling.evaluation.motif_errors import Motifs

BLOCKS = {1: 8, 2: 3}
"""Blocks along each axis, by the number of axes; elsewhere 2."""
MIXED = 4
"""Channels of the inputs that are looked at; where there are more, so many random sums of them."""
EACH = 3
"""Samples for each difference that is tested, at least."""
AT_ONCE = 100
"""Samples."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Invariance:
    """Whether the background is the same everywhere."""

    samples: int
    largest: float
    """Difference of the most deviant block's mean input from that of all, in standard deviations of an input."""
    p: float


def invariance(x: Tensor, motifs: Motifs, rng: np.random.Generator) -> Invariance | None:
    """Test the inputs ``x`` (N, C, S...) outside the boxes of ``motifs``; None where N is too small for it.

    ``rng`` mixes channels where there are more than `MIXED`.
    """
    free = torch.ones(len(x), 1, *x.shape[2:], dtype=torch.bool, device=x.device)
    for sample, low, high in zip(motifs.sample.tolist(), motifs.low.tolist(), motifs.high.tolist(), strict=True):
        box = [slice(max(first, 0), max(last, 0)) for first, last in zip(low, high, strict=True)]
        free[(sample, 0, *box)] = False
    weights = None
    if x.shape[1] > MIXED:
        weights = torch.from_numpy(rng.standard_normal((MIXED, x.shape[1])) / x.shape[1] ** 0.5).to(x.device)
    mean, spread = _moments(x, free, weights)
    batches = []
    for start in range(0, len(x), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        batches.append(_sums((_mixed(x[rows], weights) - mean) * free[rows], free[rows].double()))
    blocks = [(torch.cat(values), torch.cat(counts)) for values, counts in map(_split, zip(*batches, strict=True))]
    p = _hotelling(torch.cat([_differences(*pair) for pair in blocks], 1).cpu().numpy())
    if p is None:
        return None
    values, counts = blocks[0]
    return Invariance(len(x), float((values.sum(0) / counts.sum(0).clamp_min(1)).abs().max()) / spread, p)


def _mixed(x: Tensor, weights: Tensor | None) -> Tensor:
    return x.double() if weights is None else torch.einsum("bc...,kc->bk...", x.double(), weights)


def _moments(x: Tensor, free: Tensor, weights: Tensor | None) -> tuple[Tensor, float]:
    """Mean of each channel (1, C, 1...) where ``free``, and the standard deviation around it over all channels."""
    total: Tensor | float = 0.0
    squares: Tensor | float = 0.0
    axes = (0, *range(2, x.ndim))
    for start in range(0, len(x), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        seen = _mixed(x[rows], weights) * free[rows]
        total, squares = total + seen.sum(axes, keepdim=True), squares + seen.square().sum(axes, keepdim=True)
    number = max(int(free.sum()), 1)
    mean = torch.as_tensor(total) / number
    return mean, max(float((torch.as_tensor(squares) / number - mean.square()).mean()), 1e-24) ** 0.5


def _sums(x: Tensor, free: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Sums over blocks of centred inputs and of their products with the next along each axis; each with its number."""
    found = [(_blocks(x), _blocks(free))]
    for axis in range(2, x.ndim):
        both = (
            values.narrow(axis, 1, x.shape[axis] - 1) * values.narrow(axis, 0, x.shape[axis] - 1)
            for values in (x, free)
        )
        products, pairs = both
        found.append((_blocks(products), _blocks(pairs)))
    return found


def _split(pairs: tuple[tuple[Tensor, Tensor], ...]) -> tuple[list[Tensor], list[Tensor]]:
    return [values for values, _ in pairs], [counts for _, counts in pairs]


def _blocks(values: Tensor) -> Tensor:
    """Sums (N, C, blocks) over blocks of (N, C, S...)."""
    rank = values.ndim - 2
    many = BLOCKS.get(rank, 2)
    for axis in range(2, 2 + rank):
        of = torch.arange(values.shape[axis], device=values.device) * many // values.shape[axis]
        shape = [*values.shape[:axis], many, *values.shape[axis + 1 :]]
        values = torch.zeros(shape, dtype=values.dtype, device=values.device).index_add_(axis, of, values)
    return values.flatten(2)


def _differences(values: Tensor, counts: Tensor) -> Tensor:
    """Sums (N, C, blocks) of ``counts`` (N, 1, blocks) numbers each → (N, ...) of mean 0 if the mean is one everywhere.

    A mean that is the same in all blocks adds to the sums in proportion to the counts, and is orthogonal to these.
    """
    orthogonal = null_space(counts.mean(0).cpu().numpy())
    return (values @ torch.from_numpy(orthogonal).to(values)).flatten(1)


def _hotelling(rows: Array) -> float | None:
    """P that the mean of rows (N, m) is 0 along all directions in which they vary; None below `EACH` · m rows."""
    n, mean = len(rows), rows.mean(0)
    scale = rows.std(0)
    kept = scale > 1e-12
    if n < 2 or not kept.any():
        return None
    correlation = np.cov(rows[:, kept] / scale[kept], rowvar=False).reshape(int(kept.sum()), -1)
    values, vectors = np.linalg.eigh(correlation)
    directions = values > 1e-8 * values[-1]
    m = int(directions.sum())
    if n < EACH * m:
        return None
    along = (mean[kept] / scale[kept]) @ vectors[:, directions]
    t2 = n * float((along**2 / values[directions]).sum())
    return float(f.sf(t2 * (n - m) / (m * (n - 1)), m, n - m))
