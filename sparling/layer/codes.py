"""Codes of a dense map: where something is marked, and what all channels say there together. No truth is used.

While the density is above the true one, a motif is written as a code, the marks of several channels near each other,
and channels are shared between motifs as bits are between numbers. Ours.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.layer.inhibition import around, maxima

ENOUGH = 0.4
"""What marks at a place must sum to, nearer ones counting more, in units of a channel's usual mark."""


class Codes(NamedTuple):
    """Places that are marked, n in all parts of a map together, in their order."""

    strengths: Tensor
    """(n, C) of each channel's strongest mark around each place, in units of its usual one."""
    at: list[Tensor]
    """Where they are, of each part (B, S...) bool."""


def read_codes(parts: Sequence[Tensor], heard: Tensor, width: int) -> Codes:
    """Places of activations (B, C, S...) ≥ 0 where most is marked in a window ``width`` positions wide, odd.

    Only channels that are ``heard`` (C,) count; of the others strengths are 0.

    >>> part = torch.tensor([[[0.0, 2, 0, 0, 0, 0, 0], [0, 4, 0, 0, 0, 0, 4], [9, 0, 0, 0, 9, 0, 0]]])
    >>> codes = read_codes([part], torch.tensor([True, True, False]), width=3)
    >>> codes.at[0].nonzero()[:, 1].tolist(), codes.strengths.tolist()
    ([1, 6], [[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
    """
    count = sum((part > 0).flatten(2).sum((0, 2)) for part in parts)
    usual = sum(part.flatten(2).sum((0, 2)) for part in parts) / torch.as_tensor(count).clamp_min(1)
    strengths, at = [], []
    for part in parts:
        rank = part.ndim - 2
        size = (heard / torch.as_tensor(usual).clamp_min(1e-6)).view(-1, *(1,) * rank)
        relative = part * size
        places = maxima(_nearby(relative.sum(1, keepdim=True), width), width)[:, 0] > ENOUGH
        strengths.append(around(relative, width).movedim(1, -1)[places])
        at.append(places)
    return Codes(torch.cat(strengths), at)


def _nearby(marks: Tensor, width: int) -> Tensor:
    """``marks`` (B, 1, S...) summed around each position, with weights that fall to nothing at a third of ``width``."""
    rank, reach = marks.ndim - 2, max(1, width // 4)
    weights = 1 - (torch.arange(-reach, reach + 1, device=marks.device).abs() / (reach + 1))
    for axis in range(2, rank + 2):
        kernel = weights.view(1, 1, *(-1 if other == axis else 1 for other in range(2, rank + 2)))
        marks = (F.conv2d if rank == 2 else F.conv1d)(
            marks, kernel, padding=tuple(reach if other == axis else 0 for other in range(2, rank + 2))
        )
    return marks
