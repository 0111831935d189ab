"""Readouts h: from the sparse map (B, C, S...) to the output. Any architecture is allowed here."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def pooled(activations: Tensor) -> Tensor:
    """Per channel the largest activation and log(1 + sum of all): (B, C, S...) → (B, 2C).

    The maximum says whether a motif is there and how well it fits, the sum how often.

    >>> pooled(torch.tensor([[[0.0, 1.0, 0.0, 2.0]]]))
    tensor([[2.0000, 1.3863]])
    """
    flat = activations.flatten(2)
    return torch.cat([flat.amax(2), flat.sum(2).log1p()], dim=1)


class PooledReadout(nn.Module):
    """One output a sample: `pooled` activations, then a small network. (B, C, S...) → (B, outputs)."""

    def __init__(self, channels: int, outputs: int, hidden: int = 32) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2 * channels, hidden), nn.ReLU(), nn.Linear(hidden, outputs))

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (B, C, S...) → logits (B, outputs)."""
        return self.of_pooled(pooled(activations))

    def of_pooled(self, features: Tensor) -> Tensor:
        """`pooled` activations (B, 2C) → logits (B, outputs)."""
        logits: Tensor = self.net(features)
        return logits


class MonotoneReadout(nn.Module):
    """One output a sample that no activation can lower: `pooled`, then two layers with weights kept positive.

    (B, C, S...) → (B, outputs). A channel can only speak *for* an output, so one that fires where the output is absent
    is an error and not evidence, and channels that are not needed fall silent (measured in docs/decisions).
    """

    def __init__(self, channels: int, outputs: int, hidden: int = 32) -> None:
        super().__init__()
        self.inner = nn.Parameter(0.1 * torch.randn(hidden, 2 * channels) - 2.0)
        self.inner_bias = nn.Parameter(0.5 * torch.randn(hidden))
        self.outer = nn.Parameter(0.1 * torch.randn(outputs, hidden) - 3.0)
        self.outer_bias = nn.Parameter(torch.full((outputs,), -1.0))

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (B, C, S...) → logits (B, outputs), non-decreasing in every activation."""
        return self.of_pooled(pooled(activations))

    def of_pooled(self, features: Tensor) -> Tensor:
        """`pooled` activations (B, 2C) → logits (B, outputs)."""
        hidden = F.relu(F.linear(features, F.softplus(self.inner), self.inner_bias))
        return F.linear(hidden, F.softplus(self.outer), self.outer_bias)


class PositionReadout(nn.Module):
    """One output a position: a dilated residual stack that sees ``reach`` positions to either side.

    (B, C, L) → (B, outputs, L). ``dilations`` lists one residual unit each. Computed as an image of height 1, which
    can lie in memory with channels last: a third faster on a CPU.
    """

    def __init__(
        self, channels: int, outputs: int, width: int = 32, kernel: int = 11, dilations: tuple[int, ...] = (1, 1, 4, 4)
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(channels, width, 1)
        self.units = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
                nn.Conv2d(width, width, (1, kernel), padding=(0, dilation * (kernel // 2)), dilation=(1, dilation)),
            )
            for dilation in dilations
        )
        self.head = nn.Conv2d(width, outputs, 1)
        self.reach = sum(dilation * (kernel // 2) for dilation in dilations)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (B, C, L) → logits (B, outputs, L)."""
        x = self.stem(activations.unsqueeze(2).contiguous(memory_format=torch.channels_last))
        for unit in self.units:
            x = x + unit(x)
        logits: Tensor = self.head(x).squeeze(2)
        return logits
