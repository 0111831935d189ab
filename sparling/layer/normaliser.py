"""BatchNorm that leaves out padding and knows the other ranks, without a learned scale and shift and with them.

Statistics of the batch in training, running averages in evaluation (Ioffe and Szegedy, arXiv 1502.03167); `calibrate`
puts the exact ones of given data in their place: precise BatchNorm (Wu and Johnson, arXiv 2105.07576).
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.layer.bottleneck import Scores
from sparling.layer.padding import without_padding
from sparling.layer.ranks import moments, world
from sparling.layer.streamed.scores import summarised
from sparling.precision import OwnPrecision
from sparling.recomputation import recomputing, uncompiled
from sparling.shapes import check_count, check_number, per_channel


class Normaliser(OwnPrecision):
    """(z − mean) / √(variance + ``eps``) for each channel; running averages move by ``momentum`` a batch.

    They stay where a batch has no real position, or of a channel a score that is not finite. Raises ``ValueError``
    unless ``eps`` is at least 0 and ``momentum`` in [0, 1].

    >>> Normaliser(channels=1)(torch.tensor([[[1.0, 3.0]]])).tolist()
    [[[-0.9999949932098389, 0.9999949932098389]]]
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        check_count("channels", channels)
        check_number("eps", eps)
        check_number("momentum", momentum, most=1.0)
        self.channels, self.eps, self.momentum = channels, eps, momentum
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...), float32 or float64 → the same normalised; ``mask`` (B, 1, S...): True where real."""
        if not self.training:
            return self.frozen(z)
        if mask is None and world() == 1:
            mean, variance = self._running(z)
            normalised = F.batch_norm(z, mean, variance, training=True, momentum=self.momentum, eps=self.eps)
            uncompiled(self._put, mean, variance)
            return normalised
        z = without_padding(z, mask)
        mean, variance, count = moments(z, mask)
        with torch.no_grad():
            momentum = self.momentum * (count > 0).to(z.dtype)
            unbiased = variance * count / (count - 1).clamp_min(1.0)
            before_mean, before_variance = self._running(z)
            uncompiled(self._put, before_mean.lerp(mean, momentum), before_variance.lerp(unbiased, momentum))
        return (z - per_channel(mean, z)) * torch.rsqrt(per_channel(variance, z) + self.eps)

    def frozen(self, z: Tensor) -> Tensor:
        """Scores (B, C, S...) normalised by the running statistics, whatever the mode."""
        return F.batch_norm(z, *self._running(z), eps=self.eps)

    @torch.no_grad()
    def calibrate(self, scores: Iterable[Scores]) -> None:
        """Mean and (biased) variance of all scores of all ranks together, padding left out."""
        found = summarised(scores, self.channels, self.running_mean)
        self.running_mean.copy_(found.mean)
        self.running_var.copy_(found.variance)

    def extra_repr(self) -> str:
        """Settings, for ``print``."""
        return f"eps={self.eps:g}, momentum={self.momentum:g}"

    def _running(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Copies of both running averages (C,), in the precision of ``z``."""
        return self.running_mean.to(z.dtype, copy=True), self.running_var.to(z.dtype, copy=True)

    @torch.no_grad()
    def _put(self, mean: Tensor, variance: Tensor) -> None:
        """The next running averages (C,), of channels where both are finite; none where a pass is repeated."""
        if recomputing():
            return
        finite = mean.isfinite() & variance.isfinite()
        self.running_mean.copy_(torch.where(finite, mean, self.running_mean))
        self.running_var.copy_(torch.where(finite, variance, self.running_var))


class AffineNormaliser(Normaliser):
    """`Normaliser`, then a learned scale and shift for each channel.

    >>> AffineNormaliser(channels=1)(torch.tensor([[[1.0, 3.0]]])).tolist()
    [[[-0.9999949932098389, 0.9999949932098389]]]
    """

    def __init__(self, channels: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(channels, eps, momentum)
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...), float32 or float64 → the same normalised, scaled and shifted."""
        return self._moved(super().forward(z, mask)) if self.training else self.frozen(z)

    def frozen(self, z: Tensor) -> Tensor:
        """Scores (B, C, S...) normalised by the running statistics, scaled and shifted, whatever the mode."""
        return self._moved(super().frozen(z))

    def _moved(self, z: Tensor) -> Tensor:
        return z * per_channel(self.scale, z) + per_channel(self.shift, z)
