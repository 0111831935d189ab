"""Padding never counts: what a sample gets does not depend on how far others of its batch make it be padded.

A mask (B, 1, S...), True at real positions, goes along with x to every module that is `PaddingAware`. Such a module
computes as if a sample ended where its mask does: what a convolution reads there is zero, as beyond the edge.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from sparling.shapes import check_mask


class PaddingAware:
    """A module called as ``module(x, mask)`` where positions are padding: what it gives at real ones ignores them.

    Local models, readouts and parts of them that derive from this are handed masks; all others are called as
    ``module(x)``. What comes out at padded positions means nothing.
    """


def masked(module: nn.Module, x: Tensor, mask: Tensor | None) -> Tensor:
    """``module(x, mask)`` where there is a mask and the module is `PaddingAware`, else ``module(x)``."""
    result: Tensor = module(x, mask) if mask is not None and isinstance(module, PaddingAware) else module(x)
    return result


def without_padding(x: Tensor, mask: Tensor | None) -> Tensor:
    """``x`` (B, C, S...) with zeros at padded positions. Raises ``ValueError`` for a mask that is not (B, 1, S...).

    >>> without_padding(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[True, True, False]]]))
    tensor([[[1., 2., 0.]]])
    """
    if mask is None:
        return x
    check_mask(mask, x)
    return x.masked_fill(~mask, 0.0)


class Rows(NamedTuple):
    """Where the real ones are among N positions of all samples together, and where all of them are among the real."""

    real: Tensor
    """Numbers of the n real positions: (n,)."""
    padded: Tensor
    """Numbers of the padded ones: (N − n,)."""
    place: Tensor
    """Of each position among the real ones, any for padded ones: (N,)."""


def real_rows(mask: Tensor | None) -> Rows | None:
    """The real positions of a mask (B, 1, S...), counted over batch and S together, as `RealNorm` takes them.

    >>> real_rows(torch.tensor([[[True, True, False]], [[True, False, False]]])).real
    tensor([0, 1, 3])
    """
    if mask is None:
        return None
    flat = mask.flatten()
    return Rows(flat.nonzero()[:, 0], (~flat).nonzero()[:, 0], (flat.cumsum(0) - 1).clamp_min(0))


class RealNorm(nn.BatchNorm2d):
    """BatchNorm (Ioffe and Szegedy, arXiv 1502.03167) of real positions alone; padded ones become zero.

    >>> norm, x = RealNorm(1), torch.tensor([[[[1.0, 3.0, 7.0]]]])
    >>> norm(x, real_rows(torch.tensor([[[True, True, False]]]))).flatten().tolist()
    [-0.9999949932098389, 0.9999949932098389, 0.0]
    """

    def forward(self, x: Tensor, rows: Rows | None = None) -> Tensor:
        """(B, C, H, W) → the same shape; ``rows`` as `real_rows` gives them, None where all positions are real."""
        if rows is None:
            return super().forward(x)
        shape = tuple(x.shape)
        if not len(rows.real):
            return x.masked_fill(torch.ones_like(x, dtype=torch.bool), 0.0)
        chosen: Tensor = _Gathered.apply(x, rows, shape)  # type: ignore[no-untyped-call]
        filled: Tensor = _Spread.apply(super().forward(chosen), rows, shape)  # type: ignore[no-untyped-call]
        return filled


def chained(layers: nn.Module, x: Tensor, rows: Rows | None) -> Tensor:
    """The parts of a sequence of layers one after the other; each `RealNorm` is told the real ``rows``."""
    for layer in layers.children():
        x = layer(x, rows) if isinstance(layer, RealNorm) else layer(x)
    return x


Shape = tuple[int, int, int, int]


def _gather(x: Tensor, rows: Rows, shape: Shape) -> Tensor:
    """(B, C, H, W) of that shape → its real positions (1, C, n, 1); channels last, as what it takes should lie."""
    real = x.permute(0, 2, 3, 1).reshape(-1, shape[1]).index_select(0, rows.real)
    return real.view(1, -1, 1, shape[1]).permute(0, 3, 1, 2)


def _spread(real: Tensor, rows: Rows, shape: Shape) -> Tensor:
    """The way back, with zero at padded positions. To read rows is several times faster than to write to them."""
    values = real.permute(0, 2, 3, 1).reshape(-1, shape[1])
    filled = torch.empty(shape, dtype=values.dtype, device=values.device, memory_format=torch.channels_last)
    flat = filled.permute(0, 2, 3, 1).view(-1, shape[1])
    torch.index_select(values, 0, rows.place, out=flat)
    flat.index_fill_(0, rows.padded, 0.0)
    return filled


class _Gathered(torch.autograd.Function):
    """`_gather`, whose gradient is spread: no row is read twice, so it needs no sums."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rows: Rows, shape: Shape) -> Tensor:
        ctx.to = rows, shape
        return _gather(x, rows, shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _spread(gradients[0], *ctx.to), None, None


class _Spread(torch.autograd.Function):
    """`_spread`, whose gradient is gathered; its result is no view, so that it can be changed in place."""

    @staticmethod
    def forward(ctx: Any, real: Tensor, rows: Rows, shape: Shape) -> Tensor:
        ctx.to = rows, shape
        return _spread(real, rows, shape)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return _gather(gradients[0], *ctx.to), None, None
