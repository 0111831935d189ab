"""Lateral inhibition (non-maximum suppression): of marks in one window, of any channel, only the strongest stands.

At the true density every motif has one mark, so two within a footprint are one too many: the second is a copy, or two
channels that share a motif. The window follows from the density: as wide as leaves room for twice the marks that the
density asks for, so a dense map is not inhibited at all and a sparse one in a whole footprint. Ours; measured in
docs/decisions.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.shapes import per_channel

ROOM = 2.0
"""Windows for each mark that the density asks for."""


def window(density: float, channels: int, rank: int, widest: int) -> int:
    """Width in positions, odd, along each of ``rank`` axes; 1 lets channels rival at the same position, 0 not at all.

    >>> [window(density, channels=10, rank=2, widest=7) for density in (0.1, 0.05, 0.005, 0.001, 0.0001)]
    [0, 1, 3, 7, 7]
    """
    room = int((1.0 / (ROOM * channels * density)) ** (1.0 / rank) + 1e-9)
    return min(room - 1 + room % 2, widest) if room and widest else 0


def suppressed(z: Tensor, threshold: Tensor, width: int, by_excess: bool = False) -> Tensor:
    """Scores (B, C, S...) that may pass if they exceed their ``threshold`` (C,) or (1,), −∞ in place of non-maxima.

    ``width`` is that of `window`; at 0 all may pass. ``by_excess``: see `unrivalled`.
    """
    return unrivalled(maxima(z, width), threshold, width, by_excess) if width else z


def maxima(z: Tensor, width: int) -> Tensor:
    """``z`` (B, C, S...) where no score of the same channel within the window is larger, −∞ elsewhere.

    >>> maxima(torch.tensor([[[1.0, 4.0, 2.0, 3.0]]]), width=3).tolist()
    [[[-inf, 4.0, -inf, 3.0]]]
    """
    return z.masked_fill(z < around(z, width), float("-inf"))


def unrivalled(z: Tensor, threshold: Tensor, width: int, by_excess: bool = False) -> Tensor:
    """`maxima` ``z`` (B, C, S...) with no larger one above its ``threshold`` (C,) or (1,) in the window, any channel's.

    A maximum at or below its own threshold rivals nobody, but may stand itself. Gives ``z`` with −∞ elsewhere.
    ``by_excess``: larger is what exceeds its own threshold by more, where each channel has one of its own.
    """
    limit = per_channel(threshold, z)
    size = z - limit.nan_to_num(posinf=0.0) if by_excess else z
    rival = size.masked_fill(z <= limit, float("-inf")).amax(1, keepdim=True)
    return z.masked_fill(size < around(rival, width), float("-inf"))


def around(z: Tensor, width: int) -> Tensor:
    """Maximum over the window around each position, one axis after the other."""
    for axis in range(2, z.ndim):
        z = _running_maximum(z, axis, width)
    return z


def _running_maximum(z: Tensor, axis: int, width: int) -> Tensor:
    """Maximum over ``width`` positions, the window doubled step by step: on a CPU many times faster than pooling."""
    before, after = [0, 0] * (z.ndim - 1 - axis), [0, 0] * axis
    z = F.pad(z, [*before, width // 2, width // 2, *after], value=float("-inf"))
    seen = 1
    while seen < width:
        step = min(seen, width - seen)
        left = z.shape[axis] - step
        z = torch.maximum(z.narrow(axis, 0, left), z.narrow(axis, step, left))
        seen += step
    return z
