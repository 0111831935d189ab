"""The model as an equation of its parts: y = h(s(g(x)))."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparling.layer.bottleneck import Bottleneck
from sparling.layer.padding import masked
from sparling.networks.dropping import DropBlock


class ForwardOutput(NamedTuple):
    """Everything one pass computes."""

    scores: Tensor
    """g(x): (B, C, S...), before normalisation."""
    activations: Tensor
    """s(g(x)): (B, C, S...), ≥ 0, mostly zero."""
    output: Tensor
    """h(s(g(x))): whatever the readout gives."""


class SparlingModel(nn.Module):
    """``local`` g, ``sparsity`` s and ``readout`` h, built outside and handed in.

    ``beside``, if there is one, computes K tracks (B, K, S...) from x that the readout sees beside the activations:
    what is known already, so that the map need only explain the rest. They are no marks, and count for no density.
    ``dropping``, if there is one, silences windows of the map before the readout sees it, in training.
    Source: SPARLING (arXiv 2302.01976), the model; tracks beside the layer as the LSSI of its splicing models.
    """

    def __init__(
        self,
        local: nn.Module,
        sparsity: Bottleneck,
        readout: nn.Module,
        beside: nn.Module | None = None,
        dropping: DropBlock | None = None,
    ) -> None:
        super().__init__()
        self.local = local
        self.sparsity = sparsity
        self.readout = readout
        self.beside = beside
        self.dropping = dropping

    def forward(self, x: Tensor, mask: Tensor | None = None, teacher: Tensor | None = None) -> ForwardOutput:
        """``x`` (B, in_channels, S...), ``mask`` (B, 1, S...) True at real positions → `ForwardOutput`.

        The mask goes to ``sparsity``, and to ``local``, ``readout`` and ``beside`` where they are `PaddingAware`.
        ``teacher`` is handed to a readout that is trained by teacher forcing.
        """
        scores = masked(self.local, x, mask)
        activations = self.sparsity(scores, mask)
        seen = activations if self.dropping is None else self.dropping(activations)
        return ForwardOutput(scores, activations, self.read(seen, x, mask, teacher))

    def read(
        self, activations: Tensor, x: Tensor | None = None, mask: Tensor | None = None, teacher: Tensor | None = None
    ) -> Tensor:
        """h of a map (B, C, S...), the model's own of ``x`` or a changed one; ``x`` is needed for tracks beside it.

        Raises ``ValueError`` where there are tracks beside the layer and no ``x``.
        """
        seen = self.seen(activations, x, mask)
        output: Tensor = masked(self.readout, seen, mask) if teacher is None else self.readout(seen, teacher)
        return output

    def seen(self, activations: Tensor, x: Tensor | None, mask: Tensor | None = None) -> Tensor:
        """What the readout sees of a map (B, C, S...): with the K tracks beside it (B, C + K, S...), if there are any.

        Raises ``ValueError`` where there are tracks and no ``x``.
        """
        if self.beside is None:
            return activations
        if x is None:
            raise ValueError("the readout sees tracks beside the map, so it must be told x")
        return torch.cat([activations, masked(self.beside, x, mask).to(activations.dtype)], dim=1)
