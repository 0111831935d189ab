"""A local model that starts as known matrices: score = matrix · letters, and what a network adds, if there is one.

Alone it is a position weight matrix a channel, trained end to end. With a network it also learns what a matrix cannot
say: "adjusted motifs" in Gupta et al. 2024 (Genome Biology, 10.1186/s13059-023-03162-x) are such sums.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sparling.networks.local import ResidualLocal

RANDOM = 0.05
"""Standard deviation of a weight that starts as no matrix."""


class MatrixLocal(nn.Module):
    """Scores in nats: log odds of each channel's matrix, and of a `ResidualLocal` whose last layer starts at 0.

    ``width`` of the matrices in bp, odd; ``network`` the residual part, with as many channels, or None.
    One-hot (B, 4, L) → (B, C, L); score i is that of the matrix whose middle column lies on letter i.
    """

    def __init__(self, channels: int, width: int, network: ResidualLocal | None = None) -> None:
        super().__init__()
        if width < 1 or width % 2 == 0:
            raise ValueError(f"width must be odd and positive; got {width}")
        self.network = network
        self.matrices = nn.Conv2d(4, channels, (1, width), padding=(0, width // 2), bias=False)
        nn.init.normal_(self.matrices.weight, std=RANDOM)
        self.matrices.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if network is not None:
            nn.init.zeros_(network.weight)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot (B, 4, L) → scores (B, C, L); in evaluation float32 also under autocast."""
        image = x.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        if self.training:
            scores: Tensor = self.matrices(image)[:, :, 0]
        else:
            with torch.autocast(x.device.type, enabled=False):
                scores = self.matrices(image.to(self.matrices.weight.dtype))[:, :, 0]
        if self.network is None:
            return scores
        added: Tensor = self.network(x)
        return scores + added

    @torch.no_grad()
    def start_from(self, odds: Sequence[NDArray[np.float64]], first: int = 0) -> None:
        """Put log odds (W, 4) in nats, W that of the matrices, into channels from ``first`` on."""
        weight = self.matrices.weight
        for channel, matrix in enumerate(odds, start=first):
            if matrix.shape != (weight.shape[3], 4):
                raise ValueError(f"log odds must have shape ({weight.shape[3]}, 4); got {matrix.shape}")
            weight[channel, :, 0] = torch.from_numpy(matrix.T.copy()).to(weight)
