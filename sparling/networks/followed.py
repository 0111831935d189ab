"""What a `PositionReadout` gives at single positions when a few activations change, at the cost of what changes alone.

An output depends on few positions of each layer: on all near it in the first, in the last, whose dilation is large, on
one in many. A changed activation reaches some ten of these in each layer, however far the readout sees.
"""

from dataclasses import dataclass
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.layer.padding import RealNorm
from sparling.networks.readout import PositionReadout


class Changed(NamedTuple):
    """Activations that differ, in any number for each of n outputs: all (k,)."""

    rows: Tensor
    """Of which output, in [0, n), in ascending order; each has one at least."""
    channels: Tensor
    positions: Tensor
    by: Tensor
    """What each is more than it was; float."""


@dataclass(frozen=True)
class _Values:
    """Of each row the values (n, W, K) at the offsets ``begin`` to ``begin`` + K of a layer; ``low`` and ``high``:
    the offsets from the target between which they may differ from what they were."""

    values: Tensor
    begin: Tensor
    low: Tensor
    high: Tensor


class Followed:
    """The layers of ``readout`` over maps (B, C, L), ``mask`` as it takes them; its modules must be in evaluation mode.

    >>> readout = PositionReadout(2, 1, width=4, kernel=3, dilations=(1, 2)).eval()
    >>> z = torch.zeros(1, 2, 9)
    >>> with torch.no_grad():
    ...     followed, silenced = Followed(readout, z + 1), z + 1
    ...     silenced[0, 1, 4] = 0
    ...     one = Changed(*(torch.tensor([value]) for value in (0, 1, 4, -1.0)))
    ...     found = followed.after(torch.tensor([0]), torch.tensor([5]), one)
    ...     torch.allclose(found, readout(silenced)[:, :, 5], atol=1e-6)
    True
    """

    def __init__(self, readout: PositionReadout, activations: Tensor, mask: Tensor | None = None) -> None:
        self.readout, self.length = readout, activations.shape[2]
        self.real = None if mask is None else mask[:, 0]
        self.layers = [layer[:, :, 0].transpose(1, 2).contiguous() for layer in readout.layers(activations, mask)]
        half = readout.kernel // 2
        offsets = [torch.zeros(1, dtype=torch.long)]
        for dilation in reversed(readout.dilations):
            taps = dilation * torch.arange(-half, half + 1)
            offsets.insert(0, torch.unique(offsets[0][:, None] + taps))
        self.offsets = [each.to(activations.device) for each in offsets]

    def outputs(self) -> Tensor:
        """What the readout gives: (B, outputs, L)."""
        return self._head(self.layers[-1].transpose(1, 2))

    def after(self, samples: Tensor, targets: Tensor, changed: Changed) -> Tensor:
        """Outputs (n, outputs) at the positions ``targets`` (n,) of maps ``samples`` (n,), each with its own changes.

        A change further than the readout's reach from its target does nothing.
        """
        now = self._first(samples, targets, changed)
        for number in range(len(self.readout.dilations)):
            now = self._unit(number, now, samples, targets)
        return self._head(now.values[:, :, :1])[:, :, 0]

    def _first(self, samples: Tensor, targets: Tensor, changed: Changed) -> _Values:
        """Behind the stem, which sees one position alone."""
        relative = changed.positions - targets[changed.rows]
        low = torch.full_like(targets, self.length).scatter_reduce(0, changed.rows, relative, "amin")
        high = torch.full_like(targets, -self.length).scatter_reduce(0, changed.rows, relative, "amax")
        begin, count = _slice(self.offsets[0], low, high)
        places = begin[:, None] + torch.arange(count, device=begin.device)
        values = self._layer(0, samples, targets[:, None] + self.offsets[0][places])
        at = torch.searchsorted(self.offsets[0], relative)
        there = at.clamp(max=len(self.offsets[0]) - 1)
        column = there - begin[changed.rows]
        seen = (self.offsets[0][there] == relative) & (column >= 0) & (column < count)
        weight = self.readout.stem.weight[:, :, 0, 0].T
        more = weight[changed.channels[seen]] * changed.by[seen, None]
        values = values.index_put((changed.rows[seen], column[seen]), more, accumulate=True)
        return _Values(values.transpose(1, 2), begin, low, high)

    def _unit(self, number: int, now: _Values, samples: Tensor, targets: Tensor) -> _Values:
        """Behind one residual unit."""
        dilation, half = self.readout.dilations[number], self.readout.kernel // 2
        before, behind = self.offsets[number], self.offsets[number + 1]
        low, high = now.low - half * dilation, now.high + half * dilation
        begin, count = _slice(behind, low, high)
        offsets = behind[begin[:, None] + torch.arange(count, device=begin.device)]
        taps = offsets[:, :, None] + dilation * torch.arange(-half, half + 1, device=begin.device)
        column = torch.searchsorted(before, taps.contiguous()) - now.begin[:, None, None]
        new = (column >= 0) & (column < now.values.shape[2])
        rows = torch.arange(len(samples), device=begin.device)[:, None, None]
        positions = targets[:, None, None] + taps
        old = self._layer(number, samples, positions.flatten(1)).reshape(*taps.shape, -1)
        changed = now.values.transpose(1, 2)[rows, column.clamp(0, now.values.shape[2] - 1)]
        values = torch.where(new[..., None], changed, old)
        unit = cast(nn.Sequential, self.readout.units[number])
        norm, conv = cast(RealNorm, unit[0]), cast(nn.Conv2d, unit[2])
        flat = values.flatten(0, 2)
        flat = F.batch_norm(flat, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)
        active = flat.reshape(values.shape).relu() * self._real(samples, positions)[..., None]
        found = F.linear(active.flatten(2), conv.weight[:, :, 0].transpose(1, 2).flatten(1), conv.bias)
        return _Values((values[:, :, half] + found).transpose(1, 2), begin, low, high)

    def _layer(self, number: int, samples: Tensor, positions: Tensor) -> Tensor:
        """Values of a layer as it was (n, j, W) at positions (n, j); any beyond the ends."""
        return self.layers[number][samples[:, None], positions.clamp(0, self.length - 1)]

    def _real(self, samples: Tensor, positions: Tensor) -> Tensor:
        """Whether positions (n, j, k) are within the map, and no padding."""
        inside = (positions >= 0) & (positions < self.length)
        if self.real is None:
            return inside
        return inside & self.real[samples[:, None, None], positions.clamp(0, self.length - 1)]

    def _head(self, values: Tensor) -> Tensor:
        head = self.readout.head
        return F.linear(values.transpose(1, 2), head.weight[:, :, 0, 0], head.bias).transpose(1, 2)


def _slice(offsets: Tensor, low: Tensor, high: Tensor) -> tuple[Tensor, int]:
    """Where the sorted offsets from ``low`` on begin in each row, and how many go up to ``high`` in the longest."""
    begin = torch.searchsorted(offsets, low)
    count = max(int((torch.searchsorted(offsets, high, right=True) - begin).max()), 1)
    return begin.clamp(max=len(offsets) - count).clamp(min=0), min(count, len(offsets))
