"""Strand-aware local models: the same weights read the sequence and its reverse complement.

``mask`` (B, 1, L) is True at real positions; on the reverse strand padding lies before the sequence.
"""

import torch
from torch import Tensor, nn

from sparling.layer.padding import PaddingAware, masked
from sparling.networks.local import ResidualLocal


class StrandMax(nn.Module, PaddingAware):
    """The better of both strands at every position and channel: max(g(x), flip(g(rc(x)))).

    ``local`` maps one-hot (B, 4, L) in the order A C G T to scores (B, C, L). Reverse-complementing the input mirrors
    the scores: score i of the one is score L − 1 − i of the other.
    """

    def __init__(self, local: nn.Module) -> None:
        super().__init__()
        self.local = local

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """One-hot (B, 4, L) → scores (B, C, L)."""
        return self.both(x, mask).amax(0)

    def both(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores of the forward and of the reverse strand, in forward coordinates: (2, B, C, L)."""
        scores = masked(self.local, *_both_strands(x, mask))
        forward, reverse = scores.chunk(2)
        return torch.stack([forward, reverse.flip(2)])


class ForwardOnly(nn.Module, PaddingAware):
    """The same interface for single-stranded RNA: the forward strand alone."""

    def __init__(self, local: nn.Module) -> None:
        super().__init__()
        self.local = local

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """One-hot (B, 4, L) → scores (B, C, L)."""
        return masked(self.local, x, mask)

    def both(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores with a leading strand axis of length 1: (1, B, C, L)."""
        return self.forward(x, mask).unsqueeze(0)


class StrandPair(StrandMax):
    """Each strand a channel of its own, by the same weights: channel c the forward strand, channel C + c the reverse.

    Scores of reverse-complemented input are mirrored, and the channels of a pair change places.
    """

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """One-hot (B, 4, L) → scores (B, 2C, L)."""
        return self.both(x, mask).transpose(0, 1).flatten(1, 2)


class FeaturedStrandMax(StrandMax):
    """`StrandMax` that shows the features of both strands, for `sparling.training.revival.recruitment`."""

    local: ResidualLocal

    def features(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """One-hot (B, 4, L) → (2B, width, L), in forward coordinates: the forward strand, then the reverse."""
        forward, reverse = self.local.features(*_both_strands(x, mask)).chunk(2)
        return torch.cat([forward, reverse.flip(2)])

    def project(self, features: Tensor) -> Tensor:
        """The scores (B, C, L) of these features: the better strand."""
        return torch.stack(self.local.project(features).chunk(2)).amax(0)

    @property
    def weight(self) -> Tensor:
        """(C, width, 1, 1)."""
        return self.local.weight


def _both_strands(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """The sequences, then their reverse complements, and the mask of both: (2B, 4, L), (2B, 1, L)."""
    return torch.cat([x, x.flip(1, 2)]), None if mask is None else torch.cat([mask, mask.flip(2)])
