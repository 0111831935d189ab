"""Precise BatchNorm (Wu and Johnson, arXiv 2105.07576) of every BatchNorm inside a module.

Each batch is normalised by its own statistics, as in training, and their mean over all batches of all ranks, each
weighing by its real positions, is put as what evaluations use. So it does not matter which rank has which batches.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from types import MethodType

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parameter import is_lazy

from sparling.layer.padding import masked
from sparling.layer.ranks import summed
from sparling.layer.streamed.walks import Pair


def average_statistics(module: nn.Module, batches: Iterable[Pair]) -> None:
    """Put precise statistics into each BatchNorm of ``module``, which should be in evaluation mode.

    Of all kinds: also SyncBatchNorm, which here knows its own rank's batch alone, and lazy ones, for which a batch is
    run first. One without running statistics has none to put. Momenta and modes are left as they were, and the
    statistics too where anything raises. Where there is no BatchNorm, no batch is looked at.
    Raises ``ValueError`` for a lazy module and no batch.
    """
    _materialise(module, batches)
    norms = [_Averaged(m) for m in module.modules() if isinstance(m, _BatchNorm) and m.running_mean is not None]
    if not norms:
        return
    with _by_batch(norms):
        for x, mask in batches:
            weight = x.numel() * (1.0 if mask is None else int(mask.sum()) / mask.numel())
            for norm in norms:
                norm.weight = weight
            masked(module, x, mask)
        together = summed(torch.cat([norm.sums.flatten() for norm in norms]))
        first = 0
        for norm in norms:
            norm.put(together[first : first + norm.sums.numel()].view_as(norm.sums))
            first += norm.sums.numel()


class _Averaged:
    """What one BatchNorm found in each batch, summed in float64, each times ``weight``."""

    def __init__(self, norm: _BatchNorm) -> None:
        self.norm, self.weight = norm, 0.0
        self.before = [tensor.clone() for tensor in _state(norm)]
        self.settings = norm.momentum, norm.training
        self.sums = torch.zeros((4, norm.num_features), dtype=torch.float64, device=self.before[0].device)

    def begin(self) -> torch.utils.hooks.RemovableHandle:
        """Each call puts the statistics of its batch, as a momentum of 1 does, and they are added here."""
        self.norm.reset_running_stats()
        self.norm.momentum = 1.0
        self.norm.train()
        if isinstance(self.norm, nn.SyncBatchNorm):  # ranks may have unequal numbers of batches, so none may wait
            self.norm.forward = MethodType(_BatchNorm.forward, self.norm)  # type: ignore[method-assign]
        return self.norm.register_forward_hook(self._add)

    def put(self, sums: Tensor) -> None:
        """Of all ranks: means, variances, weights and calls."""
        mean, variance, weight, calls = sums
        if float(weight[0]) > 0:
            _set(self.norm, [mean / weight, variance / weight, calls[0].round()])
        else:
            _set(self.norm, self.before)

    def end(self) -> None:
        self.norm.momentum, self.norm.training = self.settings
        self.norm.__dict__.pop("forward", None)

    def restore(self) -> None:
        _set(self.norm, self.before)

    def _add(self, norm: nn.Module, inputs: object, output: object) -> None:
        mean, variance, *_ = _state(self.norm)
        weight = torch.full_like(self.sums[0], self.weight)
        self.sums += torch.stack([mean * weight, variance * weight, weight, torch.ones_like(weight)])


def _state(norm: _BatchNorm) -> list[Tensor]:
    """Running mean and variance, and the number of batches behind them."""
    state = norm.running_mean, norm.running_var, norm.num_batches_tracked
    return [tensor for tensor in state if tensor is not None]


def _set(norm: _BatchNorm, values: Iterable[Tensor]) -> None:
    for tensor, value in zip(_state(norm), values, strict=False):
        tensor.copy_(value)


@contextmanager
def _by_batch(norms: list[_Averaged]) -> Iterator[None]:
    """Each of ``norms`` normalises by its batch, which it adds up; what it had is put back where anything raises."""
    handles = [norm.begin() for norm in norms]
    try:
        yield
    except BaseException:
        for norm in norms:
            norm.restore()
        raise
    finally:
        for handle, norm in zip(handles, norms, strict=True):
            handle.remove()
            norm.end()


def _materialise(module: nn.Module, batches: Iterable[Pair]) -> None:
    """Run one batch where parts of ``module`` are lazy, so that they learn their shapes."""
    if not any(is_lazy(tensor) for tensor in chain(module.parameters(), module.buffers())):
        return
    for x, mask in batches:
        masked(module, x, mask)
        return
    raise ValueError("calibration needs a batch to find the shapes of lazy modules; got none")
