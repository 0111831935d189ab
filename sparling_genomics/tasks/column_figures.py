"""How well each label or value is predicted: AUROC, or rank correlation and R², with intervals over clusters."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.clusters import Groups
from sparling_genomics.data.targets import Column, Targets
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.tasks.auroc import RESAMPLES, auroc_interval
from sparling_genomics.tasks.ranking import average_precision, rank_correlation


class ColumnFigures(NamedTuple):
    """Figures of one column; None where they are not of its kind, or cannot be told."""

    name: str
    kind: str
    known: int
    """Sequences of which it is known."""
    ones: int | None
    """Those with label 1."""
    auroc: float | None
    auprc: float | None
    spearman: float | None
    r2: float | None
    """Share of the variance that is predicted; below 0 where the mean would be better."""
    low: float | None
    """Bounds of the 95 % interval of AUROC or Spearman's ρ, by bootstrap over clusters."""
    high: float | None
    by_letters: float | None = None
    """Spearman's ρ of what pairs of letters alone say, where that is part of the prediction."""


def column_figures(
    targets: Targets, outputs: NDArray[np.float64], cluster: Groups, seed: int
) -> tuple[ColumnFigures, ...]:
    """Figures of outputs (n, T) for each column of ``targets``; ``cluster`` (n,) of relatives."""
    found = []
    for i, column in enumerate(targets.columns):
        known = np.isfinite(targets.values[:, i])
        rng = generator(seed, Purpose.BOOTSTRAP, i)
        values, own = targets.values[known, i], outputs[known, i]
        if column.kind == "label":
            found.append(_of_labels(column, values, own, cluster[known], rng))
        else:
            found.append(_of_values(column, values, own, targets.by_letters[known, i], cluster[known], rng))
    return tuple(found)


def _of_labels(
    column: Column,
    labels: NDArray[np.float32],
    scores: NDArray[np.float64],
    cluster: Groups,
    rng: np.random.Generator,
) -> ColumnFigures:
    auroc = auroc_interval(labels, scores, cluster, rng)
    told = not math.isnan(auroc.value)
    return ColumnFigures(
        column.name,
        column.kind,
        len(labels),
        int(labels.sum()),
        auroc.value if told else None,
        average_precision(labels, scores) if told else None,
        None,
        None,
        _or_none(auroc.low),
        _or_none(auroc.high),
    )


def _of_values(
    column: Column,
    rest: NDArray[np.float32],
    scores: NDArray[np.float64],
    by_letters: NDArray[np.float32],
    cluster: Groups,
    rng: np.random.Generator,
) -> ColumnFigures:
    """Of the values as they were given, ``rest`` and ``by_letters``."""
    values = rest.astype(np.float64) + by_letters
    predicted = scores * column.scale + column.mean + by_letters
    _, group = np.unique(cluster, return_inverse=True)
    members = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    rhos = []
    for _ in range(RESAMPLES if len(members) > 1 else 0):
        drawn = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        rhos.append(rank_correlation(values[drawn], predicted[drawn]))
    low, high = np.quantile(rhos, [0.025, 0.975]).tolist() if rhos else (None, None)
    spread = float(((values - values.mean()) ** 2).sum())
    r2 = 1 - float(((values - predicted) ** 2).sum()) / spread if spread else None
    rho = rank_correlation(values, predicted)
    alone = rank_correlation(values, by_letters.astype(np.float64)) if column.pairs else None
    return ColumnFigures(column.name, column.kind, len(values), None, None, None, rho, r2, low, high, alone)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
