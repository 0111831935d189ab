"""Layers without a threshold, to compare with: everything passes, penalties from outside, noise."""

import math
from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.compat.base import Flag, Sparsity, always_with_relu, settle, unpadded, without_relu
from sparling.layer.bottleneck import Scores


class NoSparsity(Sparsity):
    """Lets everything through, negative scores too."""

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores of any shape → the same."""
        without_relu(disable_relu)
        return x


class SparsityForL1(Sparsity):
    """ReLU; the penalty is the caller's."""

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores of any shape → activations, same shape."""
        return x if without_relu(disable_relu) else F.relu(x)


class ChangingSparsityForL1(Sparsity):
    """ReLU, and what an L1 penalty that rises with sparsity is to be taken of; the penalty is the caller's."""

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Any:
        """Scores of any shape → {"result": activations, "motifs_for_loss": activations / density}."""
        always_with_relu(self, disable_relu)
        active = F.relu(x)
        return {"result": active, "motifs_for_loss": active / self.density}


class SparsityForKL(Sparsity):
    """Sigmoid; the penalty is the caller's."""

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores of any shape → activations in (0, 1), same shape."""
        always_with_relu(self, disable_relu)
        return torch.sigmoid(x)


class NoiseRatherThanSparsity(Sparsity):
    """Gaussian noise on scores that are normalised together, which leaves about the bits that a sparse map would have.

    A coin of this sparsity has H nats, a Gaussian channel of signal variance 1 and noise variance σ² ½ ln(1 + 1/σ²)
    (Shannon, Bell Syst. Tech. J. 27, 1948): σ² = 1/(exp(2 H) − 1). ``channels`` is not needed.
    """

    def __init__(self, starting_sparsity: float, channels: int | None = None) -> None:
        super().__init__(starting_sparsity, 1)
        self.norm = nn.BatchNorm1d(1, affine=False)

    @property
    def sigma(self) -> float:
        """σ. Raises ``ValueError`` for a sparsity of 0 or 1, where no bits are left.

        >>> round(NoiseRatherThanSparsity(0.5).sigma, 4)
        0.5774
        """
        if not 0.0 < self.sparsity < 1.0:
            raise ValueError(f"noise needs a sparsity strictly between 0 and 1; got {self.sparsity}")
        s = self.sparsity
        nats = -(s * math.log(s) + (1 - s) * math.log(1 - s))
        return math.sqrt(1 / (math.exp(2 * nats) - 1))

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores (B, C, H, W) → the same normalised, with noise, in evaluation mode too; negative ones pass."""
        always_with_relu(self, disable_relu)
        if x.ndim != 4:
            raise ValueError(f"scores must have shape (B, C, H, W); got {tuple(x.shape)}")
        normalised: Tensor = self.norm(x.reshape(len(x), 1, -1)).reshape(x.shape)
        return normalised + torch.randn_like(normalised) * self.sigma

    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Mean and variance of all ``scores`` (B, 1, S...) together."""
        settle(self.norm, [z.reshape(len(z), 1, -1) for z in unpadded(scores, 1)])
