"""What the spatial sparsity layer is compared with, behind the same interface: no sparsity, L1, KL and top-k.

L1 follows the comparison in SPARLING (arXiv 2302.01976); KL is the sparse autoencoder's penalty on mean activations
(Ng, CS294A lecture notes, 2011), with activations brought below 1 by tanh; top-k keeps a fixed number a sample
(Makhzani and Frey, arXiv 1312.5663).
"""

import math

import torch
from torch import Tensor

from sparling.layer.sparsity import SpatialSparsity


class Unsparse(SpatialSparsity):
    """ReLU after BatchNorm, whatever the density: the threshold stays 0.

    >>> layer = Unsparse(channels=1)
    >>> layer(torch.tensor([[[1.0, 4.0, 2.0, 3.0]]])).count_nonzero().item()
    2
    """

    def set_threshold(self, threshold: Tensor) -> None:
        """Zero, whatever is asked."""
        super().set_threshold(torch.zeros_like(threshold))


class PenalisedL1(Unsparse):
    """`Unsparse` with ``weight`` × the mean activation added to the loss."""

    def __init__(self, channels: int, weight: float = 1.0) -> None:
        super().__init__(channels)
        self.weight = weight

    def penalty(self, activations: Tensor) -> Tensor:
        """``weight`` × mean |activation|."""
        return self.weight * activations.mean()


class PenalisedKL(Unsparse):
    """`Unsparse` with ``weight`` × Σ over channels of KL(density ‖ mean of tanh(activation)) added to the loss."""

    def __init__(self, channels: int, weight: float = 1.0) -> None:
        super().__init__(channels)
        self.weight = weight

    def penalty(self, activations: Tensor) -> Tensor:
        """``weight`` × the sum over channels of the divergence of two coins, in nats."""
        mean = activations.tanh().transpose(0, 1).flatten(1).mean(1).clamp(1e-7, 1 - 1e-7)
        wanted = self.density
        divergence = wanted * (math.log(wanted) - mean.log()) + (1 - wanted) * (math.log1p(-wanted) - (-mean).log1p())
        return self.weight * divergence.sum()


class TopK(Unsparse):
    """`Unsparse`, of which only the largest activations of each sample pass: ``density`` of its map, at least one."""

    def active(self, z: Tensor, standing: Tensor) -> Tensor:
        """At most ⌈density · C · S⌉ activations of a sample are not zero."""
        flat = super().active(z, standing).flatten(1)
        top = flat.topk(math.ceil(self.density * flat.shape[1]), dim=1)
        return torch.zeros_like(flat).scatter(1, top.indices, top.values).view_as(z)
