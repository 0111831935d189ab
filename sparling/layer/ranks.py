"""What the sparsity layer needs of the other processes of a distributed run; alone, it needs nothing."""

from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

from sparling.layer.thresholds import largest
from sparling.shapes import per_channel


def world() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def moments(z: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), variance (C,) and count (1,) over batch, positions where ``mask`` is True, and all ranks.

    ``z`` must be zero where ``mask`` is False; where it is so everywhere, mean and variance are 0. Two passes, for the
    difference of two large sums would lose the variance of scores far from zero.
    """
    axes = [0, *range(2, z.ndim)]
    weight = torch.ones_like(z[:, :1]) if mask is None else mask.to(z.dtype)
    sums = _sum_ranks(torch.cat([z.sum(axes), weight.sum().expand(1)]))
    count = sums[-1:]
    some = count.clamp_min(1.0)
    mean = sums[:-1] / some
    centred = z - per_channel(mean, z)
    return mean, _sum_ranks((centred.square() * weight).sum(axes)) / some, count


def total(n: int, device: torch.device) -> int:
    """The sum over all ranks."""
    return n if world() == 1 else _reduced(n, device, dist.ReduceOp.SUM)


def most(n: int, device: torch.device) -> int:
    """The largest of all ranks."""
    return n if world() == 1 else _reduced(n, device, dist.ReduceOp.MAX)


def _reduced(n: int, device: torch.device, how: Any) -> int:
    value = torch.tensor(n, device=device)
    dist.all_reduce(value, how)
    return int(value)


def gather_largest(rows: Tensor, k: int) -> Tensor:
    """The ``k`` largest of each row (R, N) of all ranks together, and perhaps others: (R, ≥ min(k, N of all)).

    ``k`` is the same in all ranks, N need not be; −∞ fills what a rank lacks.
    """
    top = largest(rows, k)
    if world() == 1:
        return top
    padded = F.pad(top, (0, k - top.shape[1]), value=float("-inf"))
    parts = [torch.empty_like(padded) for _ in range(world())]
    dist.all_gather(parts, padded)
    return torch.cat(parts, dim=1)


@torch.no_grad()
def summed(values: Tensor) -> Tensor:
    """The sum over all ranks; without a gradient."""
    if world() == 1:
        return values
    total = values.clone()
    dist.all_reduce(total)
    return total


@torch.no_grad()
def highest(values: Tensor) -> Tensor:
    """The maximum over all ranks, of each."""
    if world() == 1:
        return values
    top = values.clone()
    dist.all_reduce(top, op=dist.ReduceOp.MAX)
    return top


class _AllReduce(torch.autograd.Function):
    """The sum over all ranks; its gradient is the sum over all ranks of theirs."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def _sum_ranks(values: Tensor) -> Tensor:
    """The sum over all ranks, through which gradients flow."""
    if world() == 1:
        return values
    total: Tensor = _AllReduce.apply(values)  # type: ignore[no-untyped-call]
    return total
