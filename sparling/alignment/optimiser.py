"""AdamW that keeps the rows of some matrices at length 1, as decoders of sparse autoencoders are kept."""

from collections.abc import Callable, Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.training.optimiser import AdamW


class UnitRows(AdamW):
    """`AdamW`, after each step of which the rows of the matrices ``unit`` have length 1 again.

    The part of a gradient along its row, which would only lengthen it, is left out. Source: Bricken et al.,
    Towards Monosemanticity (2023), as in SPARC (arXiv 2507.06265).
    """

    def __init__(self, parameters: Iterable[Tensor], unit: Sequence[Tensor], learning_rate: float) -> None:
        super().__init__(parameters, lr=learning_rate, weight_decay=0.0, fused=True)
        self.unit = tuple(unit)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One step."""
        for rows in self.unit:
            if rows.grad is not None:
                rows.grad.addcmul_(rows, (rows * rows.grad).sum(1, keepdim=True), value=-1.0)
        loss: float | None = super().step(closure)
        for rows in self.unit:
            F.normalize(rows, dim=1, out=rows)
        return loss
