"""The model as an equation of its parts: y = h(s(g(x)))."""

from typing import NamedTuple

from torch import Tensor, nn

from sparling.layer.bottleneck import Bottleneck
from sparling.layer.padding import masked


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

    Source: SPARLING (arXiv 2302.01976), the model.
    """

    def __init__(self, local: nn.Module, sparsity: Bottleneck, readout: nn.Module) -> None:
        super().__init__()
        self.local = local
        self.sparsity = sparsity
        self.readout = readout

    def forward(self, x: Tensor, mask: Tensor | None = None, teacher: Tensor | None = None) -> ForwardOutput:
        """``x`` (B, in_channels, S...), ``mask`` (B, 1, S...) True at real positions → `ForwardOutput`.

        The mask goes to ``sparsity``, and to ``local`` and ``readout`` where they are `PaddingAware`.
        ``teacher`` is handed to a readout that is trained by teacher forcing.
        """
        scores = masked(self.local, x, mask)
        activations = self.sparsity(scores, mask)
        output = masked(self.readout, activations, mask) if teacher is None else self.readout(activations, teacher)
        return ForwardOutput(scores, activations, output)
