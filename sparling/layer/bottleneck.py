"""What may stand between local model and readout: the spatial sparsity layer, and whatever it is compared with."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from torch import Tensor

from sparling.precision import OwnPrecision

Scores = tuple[Tensor, Tensor | None]
"""Scores (B, C, S...), float32, and the mask (B, 1, S...) that is True at real positions, if there is one."""

_PARTS = {"threshold": "tracker", "density_state": "tracker", "running_mean": "normaliser", "running_var": "normaliser"}
"""Tensors that a layer in one piece had, as saved models know them, and the part that has them now."""


class Bottleneck(OwnPrecision, ABC):
    """Scores (B, C, S...) → activations of the same shape; all that model, trainer and calibration ask of it.

    They have the precision of the scores, within autocast float32; the arithmetic is in float32, of float64 in float64.
    """

    channels: int

    @property
    @abstractmethod
    def density(self) -> float:
        """The target fraction δ of non-zero activations, in (0, 1)."""

    @density.setter
    @abstractmethod
    def density(self, value: float) -> None: ...

    @property
    @abstractmethod
    def threshold(self) -> Tensor:
        """What scores must exceed: (C,), or (1,) for all channels."""

    @abstractmethod
    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...) → activations, same shape; ``mask`` (B, 1, S...) is True at real positions."""

    @abstractmethod
    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Put all statistics and thresholds where they are exact on ``scores`` (`sparling.layer.calibration`).

        They may be computed whenever they are walked, so they should be walked seldom and never kept.
        """

    def penalty(self, activations: Tensor) -> Tensor:
        """What is added to the training loss for these activations: nothing, if not said otherwise."""
        return activations.new_zeros(())

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Tensors of a layer in one piece go to the part that has them now, or nowhere."""
        for name, part in _PARTS.items():
            if name not in {*self._parameters, *self._buffers} and prefix + name in state_dict:
                value = state_dict.pop(prefix + name)
                if self._modules.get(part) is not None:
                    state_dict[f"{prefix}{part}.{name}"] = value
        super()._load_from_state_dict(state_dict, prefix, *rest)
