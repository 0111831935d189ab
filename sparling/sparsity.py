"""The spatial sparsity layer: s(z) = ReLU(BatchNorm(z) − t), with t following the data so that a fraction δ passes.

Density is the fraction of activations that are not zero; sparsity is 1 − density. The threshold gets no gradient:
t ← μ t + (1 − μ) q(z, 1 − δ), q the empirical quantile (SPARLING, arXiv 2302.01976, spatial sparsity layer and its
appendix on accumulation). `calibrate`, which replaces the running estimates by exact ones, is ours.
"""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.shapes import check_fraction, check_mask, check_scores
from sparling.thresholds import (
    active_count,
    largest,
    moving_average,
    sample_stride,
    threshold_from_largest,
)

Mode = Literal["per_channel", "shared"]


class SpatialSparsity(nn.Module):
    """Lets through a fraction ``density`` of the scores (B, C, S...), any number of spatial axes.

    ``mode``: "per_channel" gives each channel its own threshold (MT) and so the same density; "shared" gives all one
    threshold (ST), so a common motif may fire more often than a rare one. ``momentum`` is μ. ``min_expected``: scores
    are gathered over batches until this many activations are expected for each threshold; then one update is made.
    Without ``normalise`` the scores are taken as they are (a comparison; published as far worse). With ``foresight``
    below 1 every second training batch lets through only this share of the density, but no less than ``sparsest``:
    what will not fit at densities to come is felt while other batches still explore (ours; docs/decisions.md).
    Raises ``ValueError`` for settings or shapes outside these ranges.

    >>> layer = SpatialSparsity(channels=1, density=0.5)
    >>> layer(torch.tensor([[[1.0, 4.0, 2.0, 3.0]] * 1])).count_nonzero().item()
    2
    """

    threshold: Tensor
    running_mean: Tensor
    running_var: Tensor
    density_state: Tensor

    def __init__(
        self,
        channels: int,
        density: float = 0.5,
        mode: Mode = "per_channel",
        momentum: float = 0.9,
        min_expected: int = 10,
        eps: float = 1e-5,
        normalise: bool = True,
        foresight: float = 1.0,
        sparsest: float = 0.0,
    ) -> None:
        super().__init__()
        if channels < 1:
            raise ValueError(f"channels must be at least 1; got {channels}")
        if mode not in ("per_channel", "shared"):
            raise ValueError(f"mode must be 'per_channel' or 'shared'; got {mode!r}")
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"momentum must lie in [0, 1); got {momentum}")
        self.channels, self.mode, self.momentum = channels, mode, momentum
        if not 0.0 < foresight <= 1.0:
            raise ValueError(f"foresight must lie in (0, 1]; got {foresight}")
        self.min_expected, self.eps, self.normalise = min_expected, eps, normalise
        self.foresight, self.sparsest = foresight, sparsest
        self._looks_ahead = False
        rows = channels if mode == "per_channel" else 1
        self.register_buffer("threshold", torch.full((rows,), float("nan")))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.register_buffer("density_state", torch.zeros((), dtype=torch.float64))
        self._gathered: list[Tensor] = []
        self._gathered_n = 0
        self._started = False
        self.density = density

    @property
    def density(self) -> float:
        """The target fraction δ of non-zero activations, in (0, 1); setting it drops what had been gathered."""
        return self._density

    @density.setter
    def density(self, value: float) -> None:
        check_fraction("density", value)
        self._density = value
        self.density_state.fill_(value)
        self._gathered, self._gathered_n = [], 0

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...) → activations, same shape, float32, ≥ 0; zero where ``mask`` (B, 1, S...) is False."""
        check_scores(z, self.channels)
        if mask is not None:
            check_mask(mask, z)
        if not self.training and not self._started:
            raise RuntimeError("the sparsity layer has no threshold yet: train, calibrate or load weights first")
        with torch.autocast(z.device.type, enabled=False):
            z = self._normalise(z.float(), mask)
            if self.training:
                self._observe(z.detach(), mask)
            shape = (1, -1) + (1,) * (z.ndim - 2)
            active = F.relu(z - self._threshold_for(z.detach(), mask).view(shape))
            return active if mask is None else active * mask

    def normalised(self, z: Tensor) -> Tensor:
        """The scores (B, C, S...) in units of their running standard deviation, as `forward` compares them to t."""
        if not self.normalise:
            return z.float()
        return F.batch_norm(z.float(), self.running_mean, self.running_var, eps=self.eps)

    def penalty(self, activations: Tensor) -> Tensor:
        """What is added to the training loss for these activations: nothing."""
        return activations.new_zeros(())

    def set_threshold(self, threshold: Tensor) -> None:
        """Put the threshold(s), (C,) or (1,), in units of the normalised scores; drops what had been gathered."""
        self.threshold.copy_(threshold)
        self._started = True
        self._gathered, self._gathered_n = [], 0

    def _normalise(self, z: Tensor, mask: Tensor | None) -> Tensor:
        if not self.training or not self.normalise:
            return self.normalised(z)
        if mask is None and _world() == 1:
            return F.batch_norm(z, self.running_mean, self.running_var, training=True, momentum=0.1, eps=self.eps)
        mean, variance, count = _moments(z, mask)
        with torch.no_grad():
            self.running_mean.lerp_(mean, 0.1)
            self.running_var.lerp_(variance * count / (count - 1).clamp_min(1.0), 0.1)
        shape = (1, -1) + (1,) * (z.ndim - 2)
        return (z - mean.view(shape)) * torch.rsqrt(variance.view(shape) + self.eps)

    def train(self, mode: bool = True) -> "SpatialSparsity":
        """As any module; the first batch after it does not look ahead, so that a resumed run goes on alike."""
        self._looks_ahead = False
        return super().train(mode)

    @torch.no_grad()
    def _threshold_for(self, z: Tensor, mask: Tensor | None) -> Tensor:
        """The threshold that this batch is held to: its own at the stricter density where it looks ahead."""
        stricter = max(self.foresight * self._density, self.sparsest)
        looks_ahead, self._looks_ahead = self._looks_ahead, self.training and not self._looks_ahead
        if not looks_ahead or stricter >= self._density:
            return self.threshold
        rows = self._rows(z, mask)
        top = largest(rows, round(stricter * rows.shape[1] * _world()) + 2)
        top, count = _gather_ranks(top, _real(rows, mask))
        return threshold_from_largest(top, active_count(count, stricter))

    @torch.no_grad()
    def _observe(self, z: Tensor, mask: Tensor | None) -> None:
        rows = self._rows(z, mask)
        rows = rows[:, :: sample_stride(rows.shape[1], self._density, period=math.prod(z.shape[2:]))]
        keep = round(self._density * rows.shape[1] * _world()) + self.min_expected + 2
        self._gathered.append(largest(rows, keep))
        self._gathered_n += _real(rows, mask)
        top, count = _gather_ranks(torch.cat(self._gathered, dim=1), self._gathered_n)
        if self._started and count * self._density < self.min_expected:
            return
        observed = threshold_from_largest(top, active_count(count, self._density))
        self.set_threshold(moving_average(self.threshold, observed, self.momentum) if self._started else observed)

    def _rows(self, z: Tensor, mask: Tensor | None) -> Tensor:
        """All scores that share a threshold in one row: (C, B·S) or (1, B·C·S); masked ones are −∞."""
        if mask is not None:
            z = z.masked_fill(~mask, float("-inf"))
        return z.transpose(0, 1).reshape(self.threshold.shape[0], -1)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: object) -> None:
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self.density = float(self.density_state)
        self._started = bool(self.threshold.isfinite().all())


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
    local: nn.Module, sparsity: SpatialSparsity, batches: Iterable[tuple[Tensor, Tensor | None]]
) -> Calibration:
    """Re-estimate every BatchNorm of ``local`` and the threshold of ``sparsity`` exactly on ``batches``.

    ``batches`` must be iterable twice; each item is (x, mask) with ``local(x)`` the scores (B, C, S...). First the
    statistics inside ``local`` are averaged over the batches, each weighing by its size; then, with them fixed, mean,
    variance and threshold of the sparsity layer are those of all scores together, so the realised density is the
    target up to 1/n. Modes of all modules are left as they were.
    """
    with _averaging(local) as norms:
        seen = 0
        for x, _ in batches:
            seen += x.numel()
            for norm in norms:
                norm.momentum = x.numel() / seen
            local(x)
    with evaluating(local):
        scores = _Union(sparsity)
        for x, mask in batches:
            scores.add(local(x).float(), mask)
    return scores.settle()


class _Union:
    """Moments and scores of everything added."""

    def __init__(self, sparsity: SpatialSparsity) -> None:
        self.sparsity = sparsity
        self.parts: list[Tensor] = []
        self.n = 0
        self.sums: Tensor | None = None

    def add(self, z: Tensor, mask: Tensor | None) -> None:
        rows = z.transpose(0, 1).reshape(z.shape[1], -1)
        if mask is not None:
            rows = rows[:, mask.reshape(-1)]
        self.parts.append(rows)
        self.n += rows.shape[1]
        sums = torch.stack([rows.double().sum(1), rows.double().square().sum(1)])
        self.sums = sums if self.sums is None else self.sums + sums

    def settle(self) -> Calibration:
        layer, sums = self.sparsity, self.sums
        if sums is None or self.n < 2:
            raise ValueError(f"calibration needs at least two positions; got {self.n}")
        mean, square = sums / self.n
        layer.running_mean.copy_(mean)
        layer.running_var.copy_((square - mean.square()).clamp_min(0.0))
        shared = layer.mode == "shared"
        n = self.n * (layer.channels if shared else 1)
        k = active_count(n, layer.density)
        tops = torch.cat([largest(part, k + 1) for part in self.parts], dim=1)
        tops = layer.normalised(tops.unsqueeze(0)).squeeze(0)
        tops = tops.reshape(1, -1) if shared else tops
        layer.set_threshold(threshold_from_largest(tops, k))
        active = sum(int((layer.normalised(part[None])[0] > layer.threshold[:, None]).sum()) for part in self.parts)
        total = self.n * layer.channels
        return Calibration(active / total, layer.density, total)


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


def _real(rows: Tensor, mask: Tensor | None) -> int:
    """How many scores of a row are no padding."""
    return rows.shape[1] if mask is None else int((rows[0] > float("-inf")).sum())


def _world() -> int:
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def _moments(z: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), variance (C,) and count (1,) over batch, positions where ``mask`` is True, and all ranks.

    Two passes, for the difference of two large sums would lose the variance of scores far from zero.
    """
    axes = [0, *range(2, z.ndim)]
    weight = torch.ones_like(z[:, :1]) if mask is None else mask.to(z.dtype)
    sums = _sum_ranks(torch.cat([(z * weight).sum(axes), weight.sum().expand(1)]))
    mean, count = sums[:-1] / sums[-1], sums[-1:]
    centred = z - mean.view((1, -1) + (1,) * (z.ndim - 2))
    return mean, _sum_ranks((centred.square() * weight).sum(axes)) / count, count


class _AllReduce(torch.autograd.Function):
    """The sum over all ranks; its gradient is the sum over all ranks of theirs."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def _sum_ranks(values: Tensor) -> Tensor:
    """The sum over all ranks, through which gradients flow."""
    if _world() == 1:
        return values
    total: Tensor = _AllReduce.apply(values)  # type: ignore[no-untyped-call]
    return total


def _gather_ranks(top: Tensor, n: int) -> tuple[Tensor, int]:
    """The largest scores of all ranks together, and how many scores stand behind them."""
    if _world() == 1:
        return top, n
    world = _world()
    sizes = [torch.zeros(2, dtype=torch.int64, device=top.device) for _ in range(world)]
    dist.all_gather(sizes, torch.tensor([top.shape[1], n], device=top.device))
    width = max(int(size[0]) for size in sizes)
    padded = F.pad(top, (0, width - top.shape[1]), value=float("-inf"))
    parts = [torch.empty_like(padded) for _ in range(world)]
    dist.all_gather(parts, padded)
    return torch.cat(parts, dim=1), sum(int(size[1]) for size in sizes)
