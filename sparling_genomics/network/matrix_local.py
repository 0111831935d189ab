"""A local model that starts as known matrices: score = matrix · letters + what a network adds.

Rare motifs have too few sites to train a network from nothing, and are then read by their matrix; for common ones the
network learns what a matrix cannot say. "Adjusted motifs" in Gupta et al. 2024 (Genome Biology,
10.1186/s13059-023-03162-x) are such sums; there the matrices come from experiments, here from the data themselves.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from sparling.networks.local import ResidualLocal
from sparling_genomics.letters.pwm import Pwm


class MatrixLocal(nn.Module):
    """Scores in nats: log odds of each channel's matrix, its bias, and a `ResidualLocal` whose last layer starts at 0.

    ``width`` of the matrices in bp, odd; ``network`` the residual part, with as many channels.
    One-hot (B, 4, L) → (B, C, L); score i is that of the matrix whose middle column lies on letter i.
    """

    def __init__(self, network: ResidualLocal, width: int) -> None:
        super().__init__()
        if width < 1 or width % 2 == 0:
            raise ValueError(f"width must be odd and positive; got {width}")
        self.network = network
        self.matrices = nn.Conv1d(4, network.channels, width, padding=width // 2)
        nn.init.zeros_(network.weight)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot (B, 4, L) → scores (B, C, L); in evaluation float32 also under autocast."""
        added: Tensor = self.network(x)
        if self.training:
            scores: Tensor = self.matrices(x) + added
        else:
            with torch.autocast(x.device.type, enabled=False):
                scores = self.matrices(x.to(self.matrices.weight.dtype)) + added
        return scores

    @torch.no_grad()
    def start_from(self, pwms: Sequence[Pwm], prior: Sequence[float]) -> None:
        """Put the log odds of ``pwms``, at most ``width`` columns each, and as bias log ``prior``, sites a position."""
        width = self.matrices.weight.shape[2]
        self.matrices.weight.zero_()
        for channel, pwm in enumerate(pwms):
            if pwm.width > width:
                raise ValueError(f"matrices must have at most {width} columns; {pwm.name} has {pwm.width}")
            first = width // 2 - middle(pwm)
            odds = torch.from_numpy(pwm.log_odds().T * np.log(2))
            self.matrices.weight[channel, :, first : first + pwm.width] = odds
        bias: Tensor = self.matrices.get_parameter("bias")
        bias.copy_(torch.tensor(prior, dtype=torch.float64).log())


def middle(pwm: Pwm) -> int:
    """The column of a matrix that lies on the position of a site."""
    return (pwm.width - 1) // 2
