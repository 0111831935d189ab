"""Exact batch statistics and thresholds on given data, instead of running estimates (ours).

The threshold of a union follows from each part's largest scores (`layer.thresholds`), so nothing is sorted whole.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparling.layer.inhibition import maxima, unrivalled
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import active_count, largest, threshold_at_gap

ROUNDS = 50
"""After so many rounds inhibited thresholds are taken as they are; trained DigitCircle models took 4 to 7."""


class Calibration(NamedTuple):
    """What `calibrate` found on its data."""

    density: float
    """Realised fraction of non-zero activations."""
    target: float
    """The density that was asked for."""
    positions: int
    """Number of scores (all channels) that were looked at."""


@torch.no_grad()
def calibrate(
    local: nn.Module,
    sparsity: SpatialSparsity,
    batches: Iterable[tuple[Tensor, Tensor | None]],
    slack: float = 0.0,
) -> Calibration:
    """Re-estimate every BatchNorm of ``local`` and the threshold of ``sparsity`` exactly on ``batches``.

    ``batches`` must be iterable twice; each item is (x, mask) with ``local(x)`` the scores (B, C, S...). First the
    statistics inside ``local`` are averaged over the batches, each weighing by its size; then, with them fixed, mean,
    variance and threshold of the sparsity layer are those of all scores together, so the realised density is the
    target up to 1/n. Modes of all modules are left as they were.

    How many motifs some samples have is itself left to chance, so a map that is exact may miss the target on them. With
    ``slack`` the number of activations above a threshold may differ by so many of its standard errors, the square root
    of the number (Poisson), and the threshold lies in the widest gap between scores in that range.
    """
    with _averaging(local) as norms:
        seen = 0
        for x, _ in batches:
            seen += x.numel()
            for norm in norms:
                norm.momentum = x.numel() / seen
            local(x)
    with evaluating(local):
        return _settle(sparsity, [(local(x).float(), mask) for x, mask in batches], slack)


def _settle(layer: SpatialSparsity, scores: list[tuple[Tensor, Tensor | None]], slack: float) -> Calibration:
    """Moments, then thresholds, of all scores together."""
    sums, n = torch.zeros((2, layer.channels), dtype=torch.float64), 0
    for z, mask in scores:
        rows = z.transpose(0, 1).flatten(1)
        if mask is not None:
            rows = rows[:, mask.flatten()]
        sums = sums.to(z.device) + torch.stack([rows.double().sum(1), rows.double().square().sum(1)])
        n += rows.shape[1]
    if n < 2:
        raise ValueError(f"calibration needs at least two positions; got {n}")
    mean, square = sums / n
    layer.running_mean.copy_(mean)
    layer.running_var.copy_((square - mean.square()).clamp_min(0.0))
    for index, (z, mask) in enumerate(scores):
        z = layer.normalised(z)
        scores[index] = (z if mask is None else z.masked_fill(~mask, float("-inf")), mask)
    threshold = _threshold([z for z, _ in scores], layer, n, slack)
    layer.set_threshold(threshold)
    active = sum(int(layer.active(z, layer.standing(z)).count_nonzero()) for z, _ in scores)
    total = n * layer.channels
    return Calibration(active / total, layer.density, total)


def _threshold(scores: list[Tensor], layer: SpatialSparsity, n: int, slack: float) -> Tensor:
    """(C,) or (1,) such that the target density stands, up to ``slack`` standard errors.

    Under inhibition a mark stands or falls with the thresholds of its rivals. With all of them high nobody has a rival;
    each round lowers them to what is left then, so more rivals stand, until nothing changes.
    """
    rows = layer.threshold.shape[0]
    k = active_count(n * layer.channels // rows, layer.density)
    off = int(slack * k**0.5)
    width = layer.window(scores[0].ndim - 2)
    if not width:
        return threshold_at_gap(_tops(scores, rows, k + off + 1), k, off)
    scores = [maxima(z, width) for z in scores]
    threshold = scores[0].new_full((rows,), float("inf"))
    for _ in range(ROUNDS):
        tops = _tops((unrivalled(z, threshold, width) for z in scores), rows, k + off + 1)
        before, threshold = threshold, threshold_at_gap(tops, k, off)
        threshold = torch.where(threshold.isfinite(), threshold, before)
        if torch.equal(before, threshold):
            break
    return threshold


def _tops(scores: Iterable[Tensor], rows: int, k: int) -> Tensor:
    """The ``k`` largest scores of each part for each threshold."""
    return torch.cat([largest(z.transpose(0, 1).reshape(rows, -1), k) for z in scores], dim=1)


_Norm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


@contextmanager
def _averaging(module: nn.Module) -> Iterator[list[_Norm]]:
    """Everything in evaluation mode but each BatchNorm, which restarts; gives the BatchNorms, to set their momentum."""
    norms = [m for m in module.modules() if isinstance(m, _Norm)]
    momenta = [m.momentum for m in norms]
    try:
        with evaluating(module):
            for norm in norms:
                norm.reset_running_stats()
                norm.train()
            yield norms
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """``module`` in evaluation mode; afterwards each of its parts has the mode it had."""
    modes = [(m, m.training) for m in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for m, training in modes:
            m.training = training
