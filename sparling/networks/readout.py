"""Readouts h: from the sparse map (B, C, S...) to the output. Any architecture is allowed here.

Those that look at `pooled` activations can say what each channel contributes to an output (`contributions`).
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.layer.padding import PaddingAware, RealNorm, chained, real_rows
from sparling.shapes import check_count, check_mask


def pooled(activations: Tensor) -> Tensor:
    """Per channel the largest activation and log(1 + sum of all): (B, C, S...) → (B, 2C).

    The maximum says whether a motif is there and how well it fits, the sum how often.

    >>> pooled(torch.tensor([[[0.0, 1.0, 0.0, 2.0]]]))
    tensor([[2.0000, 1.3863]])
    """
    flat = activations.flatten(2)
    return torch.cat([flat.amax(2), flat.sum(2).log1p()], dim=1)


class TwoLayers(NamedTuple):
    """outer · relu(inner · features + inner_bias) + outer_bias."""

    inner: Tensor
    """(hidden, 2C)."""
    inner_bias: Tensor
    """(hidden,)."""
    outer: Tensor
    """(outputs, hidden)."""
    outer_bias: Tensor
    """(outputs,)."""

    @torch.no_grad()
    def outputs(self, features: Tensor) -> Tensor:
        """What they give for features (n, 2C): (n, outputs), in float64, so that small differences are kept.

        >>> unit = TwoLayers(torch.tensor([[1.0, 3.0]]), torch.tensor([-1.0]), torch.ones(1, 1), torch.zeros(1))
        >>> unit.outputs(torch.tensor([[2.0, 2.0], [0.0, 0.0]]))
        tensor([[7.],
                [0.]], dtype=torch.float64)
        """
        inner, inner_bias, outer, outer_bias = (part.double() for part in self)
        return F.linear(F.relu(F.linear(features.to(inner), inner, inner_bias)), outer, outer_bias)


class Contributions(NamedTuple):
    """Logits taken apart: ``empty`` + the sum of ``channels`` over C."""

    empty: Tensor
    """Of a map without any activation: (outputs,)."""
    channels: Tensor
    """What each channel adds to it: (B, outputs, C)."""


class PooledReadout(nn.Module):
    """One output a sample: `pooled` activations, then a small network. (B, C, S...) → (B, outputs)."""

    def __init__(self, channels: int, outputs: int, hidden: int = 32) -> None:
        super().__init__()
        for name, value in (("channels", channels), ("outputs", outputs), ("hidden", hidden)):
            check_count(name, value)
        self.net = nn.Sequential(nn.Linear(2 * channels, hidden), nn.ReLU(), nn.Linear(hidden, outputs))

    def forward(self, activations: Tensor) -> Tensor:
        """Activations (B, C, S...) → logits (B, outputs)."""
        return self.of_pooled(pooled(activations))

    def of_pooled(self, features: Tensor) -> Tensor:
        """`pooled` activations (B, 2C) → logits (B, outputs)."""
        logits: Tensor = self.net(features)
        return logits

    def layers(self) -> TwoLayers:
        """Its weights, as they act."""
        return TwoLayers(*self.net[0].parameters(), *self.net[2].parameters())


class MonotoneReadout(nn.Module):
    """One output a sample that no activation can lower: `pooled`, then two layers with weights kept positive.

    (B, C, S...) → (B, outputs). A channel can only speak *for* an output, so one that fires where the output is absent
    is an error and not evidence, and channels that are not needed fall silent (measured in docs/decisions).
    """

    def __init__(self, channels: int, outputs: int, hidden: int = 32) -> None:
        super().__init__()
        for name, value in (("channels", channels), ("outputs", outputs), ("hidden", hidden)):
            check_count(name, value)
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

    def layers(self) -> TwoLayers:
        """Its weights, as they act: positive."""
        return TwoLayers(F.softplus(self.inner), self.inner_bias, F.softplus(self.outer), self.outer_bias)


@torch.no_grad()
def contributions(layers: TwoLayers, features: Tensor) -> Contributions:
    """What each channel adds to the logits of maps with these `pooled` ``features`` (B, 2C), in float64.

    What a hidden unit has above its value for an empty map is shared out in proportion to what each channel's features
    put into it. So the parts sum to the logit; where one channel alone is active, its part is what the logit loses when
    it is silenced. Source: integrated gradients from the empty map (Sundararajan et al. 2017, arXiv 1703.01365), which
    for one hidden layer of ReLUs have this closed form.

    >>> unit = TwoLayers(torch.tensor([[1.0, 3.0, 0.0, 0.0]]), torch.tensor([-1.0]), torch.ones(1, 1), torch.zeros(1))
    >>> contributions(unit, torch.tensor([[2.0, 2.0, 0.0, 0.0]])).channels  # 7 = relu(2 + 6 - 1), shared 2 : 6
    tensor([[[1.7500, 5.2500]]], dtype=torch.float64)
    """
    inner, inner_bias, outer, outer_bias = (part.double() for part in layers)
    x = features.to(inner)
    put_in = F.linear(x, inner)
    risen = F.relu(put_in + inner_bias) - F.relu(inner_bias)
    slope = torch.where(put_in == 0, (inner_bias > 0).to(inner), risen / put_in)
    parts = x.unsqueeze(1) * ((outer * slope.unsqueeze(1)) @ inner)
    largest, total = parts.chunk(2, dim=2)
    return Contributions(F.linear(F.relu(inner_bias), outer, outer_bias), largest + total)


class PositionReadout(nn.Module, PaddingAware):
    """One output a position: a dilated residual stack that sees ``reach`` positions to either side.

    (B, C, L) → (B, outputs, L). ``dilations`` lists one residual unit each. Computed as an image of height 1, which
    can lie in memory with channels last: a third faster on a CPU.
    """

    def __init__(
        self, channels: int, outputs: int, width: int = 32, kernel: int = 11, dilations: tuple[int, ...] = (1, 1, 4, 4)
    ) -> None:
        super().__init__()
        sizes = (("channels", channels), ("outputs", outputs), ("width", width), ("kernel", kernel))
        for name, value in (*sizes, *(("dilation", dilation) for dilation in dilations)):
            check_count(name, value)
        if kernel % 2 == 0:
            raise ValueError(f"kernel must be odd; got {kernel}")
        self.stem = nn.Conv2d(channels, width, 1)
        self.units = nn.ModuleList(
            nn.Sequential(
                RealNorm(width),
                nn.ReLU(inplace=True),
                nn.Conv2d(width, width, (1, kernel), padding=(0, dilation * (kernel // 2)), dilation=(1, dilation)),
            )
            for dilation in dilations
        )
        self.head = nn.Conv2d(width, outputs, 1)
        self.kernel, self.dilations = kernel, dilations
        self.reach = sum(dilation * (kernel // 2) for dilation in dilations)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, activations: Tensor, mask: Tensor | None = None) -> Tensor:
        """Activations (B, C, L) → logits (B, outputs, L); ``mask`` (B, 1, L) is True at real positions."""
        for x in self.layers(activations, mask):
            last = x
        logits: Tensor = self.head(last).squeeze(2)
        return logits

    def layers(self, activations: Tensor, mask: Tensor | None = None) -> Iterator[Tensor]:
        """What the stem gives for activations (B, C, L), and each residual unit after it: (B, width, 1, L) each."""
        if mask is not None:
            check_mask(mask, activations)
        rows = real_rows(mask)
        x = self.stem(activations.unsqueeze(2).contiguous(memory_format=torch.channels_last))
        yield x
        for unit in self.units:
            x = x + chained(unit, x, rows)
            yield x
