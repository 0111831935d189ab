"""What the sparsity layer needs of the other processes of a distributed run; alone, it needs nothing."""

from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor

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


def gather_largest(top: Tensor, n: int) -> tuple[Tensor, int]:
    """The largest scores of all ranks together, and how many scores stand behind them."""
    if world() == 1:
        return top, n
    ranks = world()
    sizes = [torch.zeros(2, dtype=torch.int64, device=top.device) for _ in range(ranks)]
    dist.all_gather(sizes, torch.tensor([top.shape[1], n], device=top.device))
    width = max(int(size[0]) for size in sizes)
    padded = F.pad(top, (0, width - top.shape[1]), value=float("-inf"))
    parts = [torch.empty_like(padded) for _ in range(ranks)]
    dist.all_gather(parts, padded)
    return torch.cat(parts, dim=1), sum(int(size[1]) for size in sizes)


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
