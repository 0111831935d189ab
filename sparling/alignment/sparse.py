"""Products with matrices of L rows of which a sample needs k: a decoder's output, and an encoder's gradient.

Both are sums of k weighted rows a sample, as an embedding bag computes them, so no (B, L) matrix of mostly zeros is
multiplied. The same arithmetic as the dense product; measured in benchmarks/alignment_speed.py.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def decode(index: Tensor, value: Tensor, weight: Tensor) -> Tensor:
    """Sums over j of ``value[b, j] · weight[index[b, j]]``: int64 (B, k), (B, k), (L, D) → (B, D).

    >>> decode(torch.tensor([[2, 0]]), torch.tensor([[10.0, 1.0]]), torch.eye(3)).tolist()
    [[1.0, 0.0, 10.0]]
    """
    return F.embedding_bag(index, weight, per_sample_weights=value.to(weight.dtype), mode="sum")


def encoded(x: Tensor, weight: Tensor, bias: Tensor, scores: Tensor, index: Tensor) -> Tensor:
    """Scores at ``index``, with gradients to the k rows of ``weight`` and entries of ``bias`` they come from alone.

    ``x`` (B, D), ``weight`` (L, D), ``bias`` (L,), ``scores`` = x weightᵀ + bias (B, L), known already and without a
    graph, ``index`` int64 (B, k) → (B, k).
    """
    result: Tensor = _Encoded.apply(x, weight, bias, scores, index)  # type: ignore[no-untyped-call]
    return result


class _Encoded(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, scores: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(x, index)
        ctx.latents = len(weight)
        return scores.gather(1, index)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        x, index = ctx.saved_tensors
        gradient = gradients[0].contiguous().to(x.dtype)
        return None, *_sums_by_latent(x, gradient, index, ctx.latents), None, None


def _sums_by_latent(x: Tensor, gradient: Tensor, index: Tensor, latents: int) -> tuple[Tensor, Tensor]:
    """For each latent the sum of gradient · x, and of gradient alone, over the samples that have it: (L, D), (L,)."""
    flat = index.flatten()
    order = flat.argsort(stable=True)
    counts = torch.bincount(flat, minlength=latents)
    starts = counts.cumsum(0) - counts
    samples = order // index.shape[1]
    weights = gradient.flatten()[order]
    summed = F.embedding_bag(samples, x, starts, per_sample_weights=weights, mode="sum")
    return summed, gradient.new_zeros(latents).index_add_(0, flat, gradient.flatten())
