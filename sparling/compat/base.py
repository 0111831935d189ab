"""What all layers share: a sparsity that can be set at any time, and a flag to leave out the ReLU.

Each is a `Bottleneck`, so `calibrate`, `SparlingModel` and `Trainer` take it wherever nothing is padded.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from sparling.layer.bottleneck import Bottleneck, Scores
from sparling.layer.normaliser import Normaliser

Norm = nn.BatchNorm1d | nn.BatchNorm2d
Flag = bool | Tensor | None
"""Whether to leave out the ReLU; None is no. Where a `Bottleneck` takes a mask, a tensor, these layers refuse it."""


class Sparsity(Bottleneck):
    """A layer that is told the fraction of its activations to be zero; subclasses define ``forward``."""

    def __init__(self, starting_sparsity: float, channels: int) -> None:
        super().__init__()
        self._sparsity = starting_sparsity
        self.channels = channels

    def notify_sparsity(self) -> None:
        """Called whenever ``sparsity`` was set; for subclasses."""

    @property
    def sparsity(self) -> float:
        """The fraction of activations that is to be zero."""
        return self._sparsity

    @sparsity.setter
    def sparsity(self, value: float) -> None:
        self._sparsity = value
        self.notify_sparsity()

    @property
    def density(self) -> float:
        """The fraction of activations that is not to be zero."""
        return 1 - self.sparsity

    @density.setter
    def density(self, value: float) -> None:
        self.sparsity = 1 - value

    @property
    def threshold(self) -> Tensor:
        """What scores must exceed: (C,), or (1,) for all channels; zero where nothing is subtracted."""
        return torch.zeros(self.channels)

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores → activations of the same shape."""
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Nothing to be put anywhere; subclasses have more to do."""


def without_relu(disable_relu: Flag) -> bool:
    """Whether the ReLU is to be left out. Raises ``TypeError`` for a mask."""
    if isinstance(disable_relu, Tensor):
        raise TypeError("layers of sparling 0.3.0 know no padding: disable_relu is True or False; got a mask")
    return bool(disable_relu)


def always_with_relu(layer: Sparsity, disable_relu: Flag) -> None:
    """Raise ``ValueError`` where the ReLU of a layer is to be left out that cannot do without."""
    if without_relu(disable_relu):
        raise ValueError(f"{type(layer).__name__} cannot leave out its nonlinearity: disable_relu must be False")


def unpadded(scores: Iterable[Scores], channels: int) -> list[Tensor]:
    """The scores alone. Raises ``ValueError`` where some have a mask, or another number of channels."""
    rows = []
    for z, mask in scores:
        if mask is not None:
            raise ValueError(
                "layers of sparling 0.3.0 know no padding: calibrate without masks, or spatial_sparsity(layer)"
            )
        if z.shape[1] != channels:
            raise ValueError(f"scores to calibrate on must have shape (B, C={channels}, S...); got {tuple(z.shape)}")
        rows.append(z)
    return rows


@torch.no_grad()
def settle(norm: Norm, scores: Sequence[Tensor]) -> None:
    """Give ``norm`` mean and variance of all ``scores`` (B, C, S...) together."""
    exact = Normaliser(norm.num_features)
    exact.calibrate([(z, None) for z in scores])
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(exact.running_mean)
    norm.running_var.copy_(exact.running_var)
