"""Precision: state keeps its own, arithmetic is at least in float32, and results have that of what came in."""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn


class OwnPrecision(nn.Module):
    """A module of which a cast (``half``, ``double``, ``to(dtype)``, of its model as well) leaves the buffers alone.

    Thresholds, densities and running statistics are no weights: rounded to bfloat16, a density of 0.001 is another one.
    Moves between devices, and casts of parameters, are as ever.

    >>> norm = type("Norm", (OwnPrecision, nn.BatchNorm1d), {})(1)
    >>> norm.half().running_var.dtype, norm.weight.dtype
    (torch.float32, torch.float16)
    """

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        before = [(name, buffer) for name, buffer in self._buffers.items() if buffer is not None]
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, buffer in before:
            after = self._buffers[name]
            if after is not None and after.dtype != buffer.dtype:
                self._buffers[name] = buffer.to(after.device)
        return self


def wide(z: Tensor) -> Tensor:
    """``z`` in float64 where it is so already, else in float32.

    >>> wide(torch.ones(1, dtype=torch.bfloat16)).dtype, wide(torch.ones(1, dtype=torch.float64)).dtype
    (torch.float32, torch.float64)
    """
    return z if z.dtype == torch.float64 else z.float()


def precision_of_result(z: Tensor) -> torch.dtype:
    """Of what a module gives for ``z`` whose arithmetic is `wide`: that of ``z``; within autocast float32 or more.

    Autocast leaves whatever needs the range in float32, and casts it again where it is multiplied.
    """
    kept = z.is_floating_point() and not torch.is_autocast_enabled(z.device.type)
    return z.dtype if kept else torch.promote_types(torch.float32, z.dtype)
