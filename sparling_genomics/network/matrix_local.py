"""A local model that starts as known matrices: score = matrix · letters, and what a network adds, if there is one.

Alone it is a position weight matrix a channel, trained end to end. With a network it also learns what a matrix cannot
say: "adjusted motifs" in Gupta et al. 2024 (Genome Biology, 10.1186/s13059-023-03162-x) are such sums.
"""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sparling.layer.padding import PaddingAware, without_padding
from sparling.networks.local import ResidualLocal

SHUT = 20.0
"""Nats below all others at which a channel scores where its known matrix does not let it fire."""
RANDOM = 0.05
"""Standard deviation of a weight that starts as no matrix."""


class MatrixLocal(nn.Module, PaddingAware):
    """Scores in nats: log odds of each channel's matrix, and of a `ResidualLocal` whose last layer starts at 0.

    ``width`` of the matrices in bp, odd; ``network`` the residual part, with as many channels, or None.
    One-hot (B, 4, L) → (B, C, L); score i is that of the matrix whose middle column lies on letter i.
    ``gated``: a channel scores only where a fixed matrix of its own does (`admit`), if it has one; elsewhere its score
    is `SHUT` below 0, or lower. ``frozen``: the matrices are not trained.
    """

    gate: Tensor
    floor: Tensor

    def __init__(
        self,
        channels: int,
        width: int,
        network: ResidualLocal | None = None,
        *,
        gated: bool = False,
        frozen: bool = False,
    ) -> None:
        super().__init__()
        if width < 1 or width % 2 == 0:
            raise ValueError(f"width must be odd and positive; got {width}")
        self.network = network
        self.matrices = nn.Conv2d(4, channels, (1, width), padding=(0, width // 2), bias=False)
        nn.init.normal_(self.matrices.weight, std=RANDOM)
        self.matrices.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.matrices.requires_grad_(not frozen)
        if network is not None:
            nn.init.zeros_(network.weight)
        self.gated = gated
        if gated:
            self.register_buffer("gate", torch.zeros(channels, 4, 1, width))
            self.register_buffer("floor", torch.full((channels,), float("-inf")))

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """One-hot (B, 4, L) → scores (B, C, L); in evaluation float32 also under autocast.

        ``mask`` (B, 1, L) is True at real positions.
        """
        x = without_padding(x, mask)
        image = x.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        if self.training:
            scores: Tensor = self.matrices(image)[:, :, 0]
        else:
            with torch.autocast(x.device.type, enabled=False):
                scores = self.matrices(image.to(self.matrices.weight.dtype))[:, :, 0]
        if self.network is not None:
            added: Tensor = self.network(x, mask)
            scores = scores + added
        if not self.gated:
            return scores
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            known = F.conv2d(image.to(self.gate.dtype), self.gate, padding=self.matrices.padding)[:, :, 0]
        return torch.where(known >= self.floor[:, None], scores, scores.clamp(max=0.0) - SHUT)

    @torch.no_grad()
    def start_from(self, odds: Sequence[NDArray[np.float64]], first: int = 0) -> None:
        """Put log odds (W, 4) in nats, W that of the matrices, into channels from ``first`` on."""
        weight = self.matrices.weight
        for channel, matrix in enumerate(odds, start=first):
            if matrix.shape != (weight.shape[3], 4):
                raise ValueError(f"log odds must have shape ({weight.shape[3]}, 4); got {matrix.shape}")
            weight[channel, :, 0] = torch.from_numpy(matrix.T.copy()).to(weight)

    @torch.no_grad()
    def admit(self, floors: Sequence[float]) -> None:
        """Let the first channels fire only where their present matrices score ``floors`` (nats) or more."""
        for channel, floor in enumerate(floors):
            self.gate[channel] = self.matrices.weight[channel]
            self.floor[channel] = floor
