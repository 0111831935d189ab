"""What the spatial sparsity layer is compared with, in its place: no sparsity, L1, KL, top-k and noise.

L1 and KL are those that SPARLING is compared with (arXiv 2302.01976), after BatchNorm with a learned scale and shift,
without which no penalty could push a map down; KL is the sparse autoencoder's penalty on mean activations (Ng, CS294A
lecture notes, 2011). Top-k keeps a fixed number a sample (Makhzani and Frey, arXiv 1312.5663); noise lets through as
many bits as a sparse map could carry, in all positions.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.layer.bottleneck import Bottleneck, Scores
from sparling.layer.normaliser import AffineNormaliser, Normaliser
from sparling.layer.padding import without_padding
from sparling.layer.ranks import moments
from sparling.precision import precision_of_result, wide
from sparling.recomputation import recomputing, uncompiled
from sparling.shapes import check_above_zero, check_count, check_fraction, check_mask, check_number, check_scores


class Unthresholded(Bottleneck):
    """A bottleneck that has no threshold: it is told a density, and lets through what it lets through."""

    density_state: Tensor

    def __init__(self, channels: int, density: float = 0.5) -> None:
        super().__init__()
        check_count("channels", channels)
        self.channels = channels
        self.register_buffer("density_state", torch.zeros((), dtype=torch.float64))
        self.density = density

    @property
    def density(self) -> float:
        """The density δ that is asked for, in (0, 1); what is made of it is up to the subclass."""
        return self._density

    @density.setter
    def density(self, value: float) -> None:
        check_fraction("density", value)
        self._density = value
        self.density_state.fill_(value)

    @property
    def threshold(self) -> Tensor:
        """Zero for each channel: (C,)."""
        return self.density_state.new_zeros(self.channels, dtype=torch.float32)

    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Nothing to be put anywhere."""

    def extra_repr(self) -> str:
        """Settings, for ``print``."""
        return f"channels={self.channels}, density={self.density:g}"

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self.density = float(self.density_state)


class Unsparse(Unthresholded):
    """ReLU after BatchNorm, whatever the density.

    >>> layer = Unsparse(channels=1)
    >>> layer(torch.tensor([[[1.0, 4.0, 2.0, 3.0]]])).count_nonzero().item()
    2
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.normaliser: Normaliser = Normaliser(channels)

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...) → activations ≥ 0, same shape; zero where ``mask`` (B, 1, S...) is False."""
        check_scores(z, self.channels)
        if mask is not None:
            check_mask(mask, z)
        given = precision_of_result(z)
        with torch.autocast(z.device.type, enabled=False):
            active = F.relu(self.normaliser(wide(z), mask))
            return (active if mask is None else active.masked_fill(~mask, 0.0)).to(given)

    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Mean and variance of all ``scores`` together, which are walked."""
        self.normaliser.calibrate(scores)


class PenalisedL1(Unsparse):
    """ReLU after affine BatchNorm, with ``weight`` (λ) × the mean activation added to the loss."""

    def __init__(self, channels: int, weight: float = 1.0) -> None:
        super().__init__(channels)
        self.normaliser = AffineNormaliser(channels)
        check_number("weight", weight)
        self.weight = weight

    def penalty(self, activations: Tensor) -> Tensor:
        """``weight`` × mean |activation|."""
        return self.weight * activations.mean()


class PenalisedKL(Unsparse):
    """ReLU(p − ½), p the sigmoid of affine BatchNorm, with ``weight`` (λ) × KL(density ‖ mean p) added to the loss.

    The mean is one over all channels, samples and positions of all ranks, also of those that do not pass.

    >>> layer = PenalisedKL(channels=1)
    >>> layer(torch.tensor([[[1.0, 4.0, 2.0, 3.0]]])).count_nonzero().item()
    2
    """

    def __init__(self, channels: int, weight: float = 1.0) -> None:
        super().__init__(channels)
        self.normaliser = AffineNormaliser(channels)
        check_number("weight", weight)
        self.weight = weight
        self._mean: Tensor | None = None

    def __getstate__(self) -> dict[str, Any]:
        """A copy has seen no scores: a mean that carries a graph cannot be copied."""
        return {**self.__dict__, "_mean": None}

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...) → activations in [0, ½), same shape; zero where ``mask`` is False."""
        check_scores(z, self.channels)
        if mask is not None:
            check_mask(mask, z)
        given = precision_of_result(z)
        with torch.autocast(z.device.type, enabled=False):
            p = self.normaliser(wide(z), mask).sigmoid()
            p = without_padding(p, mask)
            uncompiled(self._remember, moments(p, mask)[0].mean() if self.training else None)
            return F.relu(p - 0.5).to(given)

    def _remember(self, mean: Tensor | None) -> None:
        """For the penalty; a pass that is repeated in a backward pass comes too late for it."""
        if not recomputing():
            self._mean = mean

    def penalty(self, activations: Tensor) -> Tensor:
        """``weight`` × the divergence of two coins, in nats, of the last scores seen in training; without any, 0."""
        if self._mean is None:
            return super().penalty(activations)
        mean, wanted = self._mean.clamp(1e-7, 1 - 1e-7), self.density
        divergence = wanted * (math.log(wanted) - mean.log()) + (1 - wanted) * (math.log1p(-wanted) - (-mean).log1p())
        return self.weight * divergence


class TopK(Unsparse):
    """`Unsparse`, of which only the largest activations of each sample pass: ``density`` of its map, at least one."""

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """At most ⌈density · C · S⌉ activations of a sample are not zero."""
        flat = super().forward(z, mask).flatten(1)
        top = flat.topk(math.ceil(self.density * flat.shape[1]), dim=1)
        return torch.zeros_like(flat).scatter(1, top.indices, top.values).view_as(z)


class Noisy(Unsparse):
    """ReLU after BatchNorm and Gaussian noise, which leaves as many bits an activation as ``bits`` has for the density.

    A Gaussian channel of signal variance 1 and noise variance σ² carries ½ log₂(1 + 1/σ²) bits (Shannon, Bell Syst.
    Tech. J. 27, 1948). In evaluation mode the noise is the same every time.
    """

    def __init__(self, channels: int, bits: Callable[[float], float]) -> None:
        super().__init__(channels)
        self.bits = bits

    @property
    def noise(self) -> float:
        """σ. Raises ``ValueError`` where no bits are left.

        >>> layer = Noisy(1, bits=lambda density: density)
        >>> layer.density = 0.5
        >>> layer.noise
        1.0
        """
        bits = self.bits(self.density)
        check_above_zero("bits", bits)
        return float((4.0**bits - 1) ** -0.5)

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...) → activations ≥ 0, same shape; zero where ``mask`` (B, 1, S...) is False."""
        check_scores(z, self.channels)
        if mask is not None:
            check_mask(mask, z)
        given = precision_of_result(z)
        with torch.autocast(z.device.type, enabled=False):
            same = None if self.training else torch.Generator(z.device).manual_seed(0)
            drawn = torch.randn(z.shape, generator=same, device=z.device)
            active = F.relu(self.normaliser(wide(z), mask) + self.noise * drawn)
            return (active if mask is None else active.masked_fill(~mask, 0.0)).to(given)
