"""In training windows of a map are silenced at random (DropBlock, Ghiasi, Lin and Le, arXiv 1810.12890).

A readout that always sees all marks may take the absence of one for a motif, whose places then need no mark and get no
gradient that would bring one back; and it may tell one motif by another. Where any mark may be gone, absence says
little, and every motif is worth a mark of its own.
"""

import torch
from torch import Tensor, nn

from sparling.errors import SettingOutOfRange
from sparling.layer.inhibition import around


class DropBlock(nn.Module):
    """Activations (B, C, S...) → the same; while training, all channels are 0 in windows ``width`` positions wide.

    ``share``, in [0, 1), is the part of the map that is silenced on average, 0 for none. What is left is not scaled up:
    a mark says what it says. Raises ``SettingOutOfRange`` for a width that is even or below 1.

    >>> dropped = DropBlock(width=3)
    >>> dropped.share
    0.0
    """

    silenced: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        if width < 1 or width % 2 == 0:
            raise SettingOutOfRange("width", width, "odd and at least 1")
        self.width = width
        self.register_buffer("silenced", torch.zeros((), dtype=torch.float64))
        self._share = 0.0

    @property
    def share(self) -> float:
        """Part of the map that is silenced; it goes with the state dict."""
        return self._share

    @share.setter
    def share(self, value: float) -> None:
        if not 0 <= value < 1:
            raise SettingOutOfRange("share", value, "at least 0 and below 1")
        self._share = value
        self.silenced.fill_(value)

    def forward(self, activations: Tensor) -> Tensor:
        """Activations with windows silenced."""
        if not self.training or not self._share:
            return activations
        kept = (1 - self._share) ** (1 / self.width ** (activations.ndim - 2))
        centres = torch.rand_like(activations[:, :1]) >= kept
        return activations * (around(centres.to(activations.dtype), self.width) <= 0)

    def extra_repr(self) -> str:
        """Settings, for ``print``."""
        return f"width={self.width}, share={self._share:g}"

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: object) -> None:
        """A state dict that knows of none silences nothing."""
        state_dict.setdefault(f"{prefix}silenced", torch.zeros_like(self.silenced))
        super()._load_from_state_dict(state_dict, prefix, *rest)
        self._share = float(self.silenced)
