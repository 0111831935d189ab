"""Exact batch statistics and thresholds on given data, instead of running estimates.

For the statistics this is precise BatchNorm (Wu and Johnson, arXiv 2105.07576); the same for thresholds is ours. The
threshold of a union follows from each part's largest scores (`layer.thresholds`), so nothing is sorted whole.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparling.errors import ScoresNotFinite
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.padding import masked, without_padding


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
    sparsity: Bottleneck,
    batches: Iterable[tuple[Tensor, Tensor | None]],
    slack: float = 0.0,
) -> Calibration:
    """Re-estimate every BatchNorm of ``local`` and the threshold of ``sparsity`` exactly on ``batches``.

    ``batches`` must be iterable twice; each item is (x, mask) with ``local(x)``, or ``local(x, mask)`` where it is
    `PaddingAware`, the scores (B, C, S...). First the statistics inside ``local`` are averaged over the batches, each
    weighing by its real positions; then, with them fixed, mean, variance and threshold of the sparsity layer are those
    of all real scores together, so the realised density is the target up to 1/n. Modes of all modules are left as they
    were. Raises ``ValueError`` for fewer than two positions, ``ScoresNotFinite``, which is one, for scores that are NaN
    or infinite; only those in padding may be.

    How many motifs some samples have is itself left to chance, so a map that is exact may miss the target on them. With
    ``slack`` the number of activations above a threshold may differ by so many of its standard errors, the square root
    of the number (Poisson), and the threshold lies in the widest gap between scores in that range.
    """
    with _averaging(local) as norms:
        seen = 0.0
        for x, mask in batches:
            size = x.numel() * (1.0 if mask is None else int(mask.sum()) / mask.numel())
            seen += size
            for norm in norms:
                norm.momentum = size / seen
            masked(local, x, mask)
    with evaluating(local):
        scores = [(masked(local, x, mask).float(), mask) for x, mask in batches]
    n = sum(z[:, :1].numel() if mask is None else int(mask.sum()) for z, mask in scores)
    if n < 2:
        raise ValueError(f"calibration needs at least two positions; got {n}")
    wrong = torch.stack([_not_finite(z, mask) for z, mask in scores]).sum(0)
    if bool(wrong.any()):
        raise ScoresNotFinite(wrong.nonzero()[:, 0].tolist(), int(wrong.sum()), n * sparsity.channels)
    sparsity.calibrate(scores, slack)
    with evaluating(sparsity):
        active = sum(int(sparsity(z, mask).count_nonzero()) for z, mask in scores)
    total = n * sparsity.channels
    return Calibration(active / total, sparsity.density, total)


def _not_finite(z: Tensor, mask: Tensor | None) -> Tensor:
    """How many scores (B, C, S...) of each channel are NaN or infinite, padding left out: (C,)."""
    wrong = ~without_padding(z, mask).isfinite()
    return wrong.transpose(0, 1).flatten(1).sum(1)


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
