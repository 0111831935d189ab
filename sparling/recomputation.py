"""Activation checkpointing: a forward pass repeated during the backward pass moves no state, and finds what it used.

`torch.utils.checkpoint` (Chen et al., arXiv 1604.06174) does not keep what lies within a part of a model, but computes
it again when gradients are needed. A layer that learns from each batch must then neither learn twice nor use what it
has learned since.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import torch
from torch import Tensor

RECENT = 64
"""Forward passes that may lie between one and its repetition."""
KEYS = 64
"""Scores by which a pass is found again."""


P = ParamSpec("P")
R = TypeVar("R")


def recomputing() -> bool:
    """Whether a backward pass is running: a forward pass within it repeats one that was made before."""
    return bool(torch._C._current_graph_task_id() != -1)


def uncompiled(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """``function(*args)``; where the caller is compiled, as it is written, between two graphs."""
    if torch.compiler.is_compiling():
        function = torch.compiler.disable(function)  # type: ignore[no-untyped-call]
    return function(*args, **kwargs)


class _Pass(NamedTuple):
    keys: Tensor
    used: tuple[Tensor, ...]
    like: tuple[object, ...]
    """Shape and device of the scores."""

    @property
    def shapes(self) -> list[torch.Size]:
        """Those of what was used."""
        return [each.shape for each in self.used]


class Recent:
    """What the last `RECENT` forward passes used, found by the scores that they were given.

    >>> recent, first, second = Recent(), torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    >>> recent.keep(first, torch.tensor(0.1))
    >>> recent.keep(second, torch.tensor(0.2))
    >>> recent.find(first)
    (tensor(0.1000),)
    """

    def __init__(self) -> None:
        self._passes: deque[_Pass] = deque(maxlen=RECENT)

    def keep(self, z: Tensor, *used: Tensor) -> None:
        """Remember copies of what the pass with scores ``z`` used."""
        self._passes.append(_Pass(_keys(z), tuple(each.clone() for each in used), (z.shape, z.device)))

    def find(self, z: Tensor) -> tuple[Tensor, ...] | None:
        """What was used for ``z``, or for the scores most like it, the last of them; None where nothing can be.

        Most like it: some operations on a GPU do not give the same bits twice.
        """
        alike = [each for each in reversed(self._passes) if each.like == (z.shape, z.device)]
        alike = [each for each in alike if each.shapes == alike[0].shapes]
        if not alike:
            return None
        keys = _keys(z)
        nearest = torch.stack([(each.keys - keys).abs().sum() for each in alike]).argmin()
        columns = zip(*(each.used for each in alike), strict=True)
        return tuple(torch.stack(column).index_select(0, nearest.view(1))[0] for column in columns)


def _keys(z: Tensor) -> Tensor:
    """Some of the scores, finite, from all over ``z``."""
    places = torch.arange(0, z.numel(), max(z.numel() // KEYS, 1), device=z.device)
    return z.detach().take(places).float().nan_to_num()
