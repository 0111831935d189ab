"""MOTIF-SUFFICIENCY: the inputs of a motif do not depend on the layout, given its class.

The second assumption of the Motif Identifiability Theorem (SPARLING, arXiv 2302.01976). Inputs and layout of the motifs
of one class are both put into orthonormal columns, X (n, p) and Z (n, q); the statistic is Pillai's trace ‖XᵀZ‖², the
sum of their squared canonical correlations. X is all inputs, or what they have in common: their mean, how like the mean
of the class they are, and how far from it. Z is each group of features of the layout. Where inputs do not depend on the
layout, motifs of a class can be exchanged, and permutations say how large each statistic is by chance; standardised by
that, they are also averaged over classes. The largest of all is compared with the largest of all in each permutation,
so that P is of all classes and groups together (Westfall and Young, Resampling-based multiple testing, 1993, max T).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.evaluation.identifiability.layout import Array, Surroundings

PERMUTATIONS = 499
MOST = 600
"""Motifs of a class that are looked at, at most, where nothing else is said."""
FEWEST = 20
"""Below so many motifs a class is not tested."""
EACH = 5
"""Motifs for each column of X or Z, at least: the columns that vary most are kept."""
AT_ONCE = 50
"""Permutations."""


@dataclass(frozen=True)
class Dependence:
    """How far the inputs of one class of motifs depend on the layout."""

    motifs: int
    feature: str
    """The group of features that they depend on most."""
    explained: float
    """Share of the variance of X that it explains, beyond chance."""
    p: float
    """Of so large a dependence of any class on any group."""


@dataclass(frozen=True)
class Sufficiency:
    """The test over all classes."""

    classes: tuple[Dependence | None, ...]
    """None for a class with too few motifs, or nothing that varies."""
    p: float | None
    """Of so large a dependence of any class, or of all on average; None where nothing was tested."""


class _Statistics(NamedTuple):
    """Of one class, for each of 2 G pairs of X and a group; the first row as observed, the others permuted."""

    motifs: int
    scores: NDArray[np.float64]
    """(1 + `PERMUTATIONS`, 2 G) standardised; 0 where there is nothing that varies."""
    explained: NDArray[np.float64]
    """(2 G,)."""


def sufficiency(classes: Sequence[Surroundings], rng: np.random.Generator, most: int = MOST) -> Sufficiency:
    """Test each of ``classes``; ``rng`` draws motifs where there are more than ``most``, and permutations."""
    tested = {k: _statistics(each, rng, most) for k, each in enumerate(classes) if len(each.inputs) >= FEWEST}
    tested = {k: each for k, each in tested.items() if each.scores[0].any()}
    if not tested:
        return Sufficiency((None,) * len(classes), None)
    scores = np.stack([each.scores for each in tested.values()])  # (classes, 1 + permutations, pairs)
    on_average = scores.sum(0) / len(scores) ** 0.5
    largest = np.maximum(scores.max((0, 2)), on_average.max(1))
    found: list[Dependence | None] = [None] * len(classes)
    for k, each in tested.items():
        best = int(each.scores[0].argmax())
        feature = list(classes[k].layout)[best // 2]
        found[k] = Dependence(each.motifs, feature, float(each.explained[best]), _p(each.scores[0, best], largest))
    return Sufficiency(tuple(found), _p(largest[0], largest))


def _p(observed: float, largest: NDArray[np.float64]) -> float:
    """Share of the largest, of which the first was observed, that are as large."""
    return (1 + int((largest[1:] >= observed).sum())) / len(largest)


def _statistics(each: Surroundings, rng: np.random.Generator, most: int) -> _Statistics:
    n = len(each.inputs)
    rows = np.sort(rng.choice(n, most, replace=False)) if n > most else np.arange(n)
    n = len(rows)
    inputs = each.inputs[rows]
    sides = [orthonormal(inputs), orthonormal(_summary(inputs))]
    groups = [orthonormal(values[rows]) for values in each.layout.values()]
    widths = [part.shape[1] for part in groups]
    z, ends = np.concatenate(groups, 1), np.cumsum([0, *widths])
    traces = [[_traces(x, z, ends, 1) for x in sides]]
    for start in range(0, PERMUTATIONS, AT_ONCE):
        orders = [rng.permutation(n) for _ in range(start, min(start + AT_ONCE, PERMUTATIONS))]
        shuffled = z[np.stack(orders, 1)].reshape(n, -1)  # (n, orders · q)
        traces.append([_traces(x, shuffled, ends, len(orders)) for x in sides])
    values = np.concatenate([np.stack(pair, 2) for pair in traces])  # (1 + permutations, groups, sides)
    mean, spread = values.mean(0), values.std(0)
    scores = np.where(spread > 1e-9, (values - mean) / np.maximum(spread, 1e-9), 0.0)
    width = np.array([max(x.shape[1], 1) for x in sides])
    explained = np.clip((values[0] - mean) / np.maximum(width - mean, 1e-9), 0, 1)
    return _Statistics(n, scores.reshape(len(scores), -1), explained.ravel())


def _traces(x: Array, z: Array, ends: NDArray[np.int64], orders: int) -> NDArray[np.float64]:
    """‖xᵀz‖² of each group of the columns of z, ``orders`` times side by side: (orders, groups)."""
    squared = ((x.T @ z) ** 2).sum(0, dtype=np.float64).reshape(orders, -1)
    summed = np.concatenate([np.zeros((orders, 1)), squared.cumsum(1)], 1)
    found: NDArray[np.float64] = summed[:, ends[1:]] - summed[:, ends[:-1]]
    return found


def _summary(inputs: Array) -> Array:
    """Their mean, how like the mean of all motifs they are, and how far from it, of inputs (n, p): (n, 3)."""
    typical = inputs.mean(0)
    around = inputs - typical
    summary: Array = np.stack([inputs.mean(1), around @ typical, (around**2).sum(1)], 1)
    return summary


def orthonormal(values: Array) -> Array:
    """Orthonormal columns, each of mean 0, that span what varies most in the standardised columns of (n, p).

    At most n / `EACH` of them; none where nothing varies.
    """
    centred = values - values.mean(0)
    spread = centred.std(0)
    varying = spread > 1e-6 * max(float(np.abs(values).max(initial=0)), 1e-12)
    if not varying.any():
        return np.zeros((len(values), 0), dtype=np.float32)
    u, s, _ = np.linalg.svd(centred[:, varying] / spread[varying], full_matrices=False)
    kept = min(int((s > 1e-4 * s[0]).sum()), max(len(values) // EACH, 1))
    columns: Array = u[:, :kept].astype(np.float32)
    return columns
