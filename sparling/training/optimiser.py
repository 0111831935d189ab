"""AdamW that does not load the compiler, and one that keeps the rows of some matrices at length 1.

Every optimiser of torch imports ``torch._dynamo`` when it is made, about a second, so that `torch.compile` knows where
to stop. Nothing is compiled here.
"""

import inspect
from collections.abc import Callable, Iterable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


class AdamW(torch.optim.AdamW):
    """``torch.optim.AdamW`` without the wrappers that `torch.compile` needs around its methods; the same arithmetic.

    ``differentiable=True`` is of no effect: a step is never part of a graph. Source: Loshchilov & Hutter,
    arXiv 1711.05101.
    """

    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.AdamW.load_state_dict)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


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
