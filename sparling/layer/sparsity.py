"""The spatial sparsity layer: s(z) = ReLU(BatchNorm(z) − t), with t following the data so that a fraction δ passes.

Density is the fraction of activations that are not zero; sparsity is 1 − density. The threshold gets no gradient:
t ← μ t + (1 − μ) q(z, 1 − δ), q the empirical quantile (SPARLING, arXiv 2302.01976, spatial sparsity layer and its
appendix on accumulation).
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.layer.inhibition import maxima, unrivalled, window
from sparling.layer.ranks import gather_largest, moments, world
from sparling.layer.thresholds import (
    active_count,
    largest,
    moving_average,
    sample_stride,
    threshold_from_largest,
)
from sparling.shapes import check_fraction, check_mask, check_scores, per_channel

Mode = Literal["per_channel", "shared"]


class SpatialSparsity(nn.Module):
    """Lets through a fraction ``density`` of the scores (B, C, S...), any number of spatial axes.

    ``mode``: "per_channel" gives each channel its own threshold (MT) and so the same density; "shared" gives all one
    threshold (ST), so a common motif may fire more often than a rare one. ``momentum`` is μ. ``min_expected``: scores
    are gathered over batches until this many activations are expected for each threshold; then one update is made.
    Without ``normalise`` the scores are taken as they are (a comparison; published as far worse). ``inhibition`` is the
    widest window, in positions, within which only the strongest mark stands (`sparling.layer.inhibition`); 0 for none.
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
        inhibition: int = 0,
    ) -> None:
        super().__init__()
        if channels < 1:
            raise ValueError(f"channels must be at least 1; got {channels}")
        if mode not in ("per_channel", "shared"):
            raise ValueError(f"mode must be 'per_channel' or 'shared'; got {mode!r}")
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"momentum must lie in [0, 1); got {momentum}")
        self.channels, self.mode, self.momentum = channels, mode, momentum
        if inhibition < 0 or (inhibition and inhibition % 2 == 0):
            raise ValueError(f"inhibition must be 0 or odd; got {inhibition}")
        self.min_expected, self.eps, self.normalise = min_expected, eps, normalise
        self.inhibition = inhibition
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
            if mask is not None:
                z = z.masked_fill(~mask, float("-inf"))
            scores = z.detach()
            standing = self.standing(scores)
            if self.training:
                self._observe(standing, mask)
            return self.active(z, standing)

    def active(self, z: Tensor, standing: Tensor) -> Tensor:
        """Activations of normalised scores ``z`` (B, C, S...); ``standing`` is −∞ where they may not pass."""
        active = F.relu(z - per_channel(self.threshold, z))
        return active * (standing > float("-inf")) if self.window(z.ndim - 2) else active

    def standing(self, z: Tensor) -> Tensor:
        """Normalised scores (B, C, S...) that may pass if they exceed their threshold, −∞ for the inhibited."""
        width = self.window(z.ndim - 2)
        if not width:
            return z
        threshold = self.threshold if self._started else torch.full_like(self.threshold, float("inf"))
        return unrivalled(maxima(z, width), threshold, width)

    def window(self, rank: int) -> int:
        """Width of inhibition at the present density on ``rank`` axes; 0 where there is none."""
        return window(self._density, self.channels, rank, self.inhibition)

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
        if mask is None and world() == 1:
            return F.batch_norm(z, self.running_mean, self.running_var, training=True, momentum=0.1, eps=self.eps)
        mean, variance, count = moments(z, mask)
        with torch.no_grad():
            self.running_mean.lerp_(mean, 0.1)
            self.running_var.lerp_(variance * count / (count - 1).clamp_min(1.0), 0.1)
        return (z - per_channel(mean, z)) * torch.rsqrt(per_channel(variance, z) + self.eps)

    @torch.no_grad()
    def _observe(self, z: Tensor, mask: Tensor | None) -> None:
        """Move the threshold towards that of these scores, −∞ where they cannot pass."""
        rows = self._rows(z)
        step = sample_stride(rows.shape[1], self._density, period=math.prod(z.shape[2:]))
        rows = rows[:, ::step]
        keep = round(self._density * rows.shape[1] * world()) + self.min_expected + 2
        self._gathered.append(largest(rows, keep))
        self._gathered_n += rows.shape[1] if mask is None else int(self._rows(mask.expand_as(z))[0, ::step].sum())
        top, count = gather_largest(torch.cat(self._gathered, dim=1), self._gathered_n)
        if self._started and count * self._density < self.min_expected:
            return
        observed = threshold_from_largest(top, active_count(count, self._density))
        if self._started:
            observed = torch.where(observed.isfinite(), observed, self.threshold)
            observed = moving_average(self.threshold, observed, self.momentum)
        self.set_threshold(observed)

    def _rows(self, z: Tensor) -> Tensor:
        """All scores that share a threshold in one row: (C, B·S) or (1, B·C·S)."""
        return z.transpose(0, 1).reshape(self.threshold.shape[0], -1)

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: object) -> None:
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self.density = float(self.density_state)
        self._started = bool(self.threshold.isfinite().all())
