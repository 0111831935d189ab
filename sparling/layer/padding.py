"""Padding never counts: what a sample gets does not depend on how far others of its batch make it be padded.

A mask (B, 1, S...), True at real positions, goes along with x to every module that is `PaddingAware`. Such a module
computes as if a sample ended where its mask does: what a convolution reads there is zero, as beyond the edge.
"""

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


def real_rows(mask: Tensor | None) -> Tensor | None:
    """Numbers of the real positions, counted over batch and S together: (n,), as `RealNorm` takes them.

    >>> real_rows(torch.tensor([[[True, True, False]], [[True, False, False]]]))
    tensor([0, 1, 3])
    """
    return None if mask is None else mask.flatten().nonzero()[:, 0]


class RealNorm(nn.BatchNorm2d):
    """BatchNorm (Ioffe and Szegedy, arXiv 1502.03167) of real positions alone; padded ones become zero.

    >>> norm, x = RealNorm(1), torch.tensor([[[[1.0, 3.0, 7.0]]]])
    >>> norm(x, real_rows(torch.tensor([[[True, True, False]]]))).flatten().round(decimals=3).tolist()
    [-1.0, 1.0, 0.0]
    """

    def forward(self, x: Tensor, real: Tensor | None = None) -> Tensor:
        """(B, C, H, W) → the same shape; ``real`` as `real_rows` gives it, None where all positions are."""
        if real is None:
            return super().forward(x)
        batch, channels, height, width = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(-1, channels)
        chosen = rows.index_select(0, real).view(1, -1, 1, channels).permute(0, 3, 1, 2)  # channels last, as x is
        normed = super().forward(chosen).permute(0, 2, 3, 1).reshape(-1, channels)
        filled = normed.new_zeros(rows.shape).index_copy(0, real, normed)
        return filled.view(batch, height, width, channels).permute(0, 3, 1, 2)


def chained(layers: nn.Module, x: Tensor, real: Tensor | None) -> Tensor:
    """The parts of a sequence of layers one after the other; each `RealNorm` is told the ``real`` positions."""
    for layer in layers.children():
        x = layer(x, real) if isinstance(layer, RealNorm) else layer(x)
    return x
