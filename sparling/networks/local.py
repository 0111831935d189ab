"""Local models g: convolutional stacks that cannot look further than a stated receptive field.

Locality is an assumption of the theory (SPARLING, arXiv 2302.01976, Motif Identifiability Theorem), so nothing here
pools, attends or normalises over positions other than by batch statistics. Padding keeps the length: score i looks at
inputs [i − r, i + r], r = `receptive_field` // 2. Where a sample is padded, scores are those that it has alone.
"""

from functools import cached_property

import torch
from torch import Tensor, nn

from sparling.layer.padding import PaddingAware, RealNorm, Rows, chained, real_rows, without_padding
from sparling.networks.receptive_field import receptive_field
from sparling.shapes import check_count


def _window(size: int, rank: int) -> tuple[int, int]:
    """A window of ``size`` along each of ``rank`` axes, as that of a 2-D layer.

    Sequences are computed as images of height 1: those alone can lie in memory with channels last, which a CPU
    computes faster.
    """
    return (size if rank == 2 else 1), size


def _conv(inputs: int, outputs: int, size: int, rank: int) -> nn.Conv2d:
    window = _window(size, rank)
    return nn.Conv2d(inputs, outputs, window, padding=(window[0] // 2, window[1] // 2), bias=False)


class ResidualUnit(nn.Module):
    """Pre-activation residual unit of two convolutions: x + conv(relu(bn(conv(relu(bn(x))))))."""

    def __init__(self, width: int, kernel: int, rank: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            RealNorm(width),
            nn.ReLU(inplace=True),
            _conv(width, width, kernel, rank),
            RealNorm(width),
            nn.ReLU(inplace=True),
            _conv(width, width, kernel, rank),
        )

    def forward(self, x: Tensor, rows: Rows | None = None) -> Tensor:
        """(B, width, H, W) → the same shape; H is 1 for sequences. ``rows`` as `RealNorm` takes them."""
        return x + chained(self.body, x, rows)


class ResidualLocal(nn.Module, PaddingAware):
    """Stem convolution, ``units`` residual units, 1-wide convolution to C channels.

    ``rank`` is the number of spatial axes (1 or 2); ``stem`` and ``kernel`` are odd widths. With ``cell`` above 1 the
    stem's output is max-pooled, and each position stands for so many inputs along each axis; a stem that sees single
    inputs keeps a motif alike wherever in a cell it begins. The published network is ``stem=1, kernel=3, width=64``
    with 4 (DigitCircle), 16 (LaTeX) or 8 (audio) units, and nothing between them and the last convolution; here
    BatchNorm and ReLU are. Raises ``ValueError`` for even or non-positive widths and a cell below 1.

    >>> ResidualLocal(in_channels=1, channels=10, units=4, rank=2).receptive_field
    17
    """

    def __init__(
        self,
        in_channels: int,
        channels: int,
        width: int = 64,
        units: int = 4,
        stem: int = 1,
        kernel: int = 3,
        rank: int = 1,
        cell: int = 1,
    ) -> None:
        super().__init__()
        if rank not in (1, 2):
            raise ValueError(f"rank must be 1 or 2; got {rank}")
        for name, value in (("stem", stem), ("kernel", kernel)):
            if value < 1 or value % 2 == 0:
                raise ValueError(f"{name} must be odd and positive; got {value}")
        for name, value in (("in_channels", in_channels), ("channels", channels), ("width", width), ("cell", cell)):
            check_count(name, value)
        check_count("units", units, least=0)
        self.channels, self.rank = channels, rank
        self.stem = _conv(in_channels, width, stem, rank)
        self.pool: nn.Module = nn.MaxPool2d(_window(cell, rank)) if cell > 1 else nn.Identity()
        self.units = nn.Sequential(*(ResidualUnit(width, kernel, rank) for _ in range(units)))
        self.head = nn.Sequential(RealNorm(width), nn.ReLU(inplace=True), _conv(width, channels, 1, rank))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, in_channels, S...) → scores (B, C, S / cell...), in evaluation float32 also under autocast.

        ``mask`` (B, 1, S...) is True at real positions. Raises ``ValueError`` for one together with cells.
        """
        return self.project(self.features(x, mask))

    def features(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, in_channels, S...) → (B, width, S / cell...) ≥ 0, of which each channel's score is a weighted sum."""
        if mask is not None and not isinstance(self.pool, nn.Identity):
            raise ValueError("a local model with cells takes no mask: pad to whole cells, or use cell=1")
        x, rows = without_padding(x, mask), real_rows(mask)
        x = (x if self.rank == 2 else x.unsqueeze(2)).contiguous(memory_format=torch.channels_last)
        cells = self.pool(self.stem(x)).contiguous(memory_format=torch.channels_last)
        hidden = cells
        for unit in self.units:
            hidden = unit(hidden, rows)
        hidden = chained(self.head[:-1], hidden, rows)
        return hidden if self.rank == 2 else hidden.squeeze(2)

    def project(self, features: Tensor) -> Tensor:
        """The scores (B, C, S...) of these features (B, width, S...).

        Scores rounded to bf16 tie by the hundred, and no threshold lets exactly k of them through.
        """
        if self.rank == 1:
            features = features.unsqueeze(2)
        if self.training:
            scores: Tensor = self.head[-1](features)
        else:
            with torch.autocast(features.device.type, enabled=False):
                scores = self.head[-1](features.to(self.weight.dtype))
        return scores if self.rank == 2 else scores.squeeze(2)

    @property
    def weight(self) -> Tensor:
        """(C, width, 1, 1): what each feature adds to each channel's score."""
        weight: Tensor = self.head.get_parameter("2.weight")
        return weight

    @cached_property
    def receptive_field(self) -> int:
        """Width, along each axis, of the input that one score depends on."""
        return receptive_field(self, torch.empty(1, self.stem.in_channels, *(1,) * self.rank))
