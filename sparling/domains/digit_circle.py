"""DigitCircle: digits on a circle in a noisy image; the output reads them in order of angle from the smallest.

Source: SPARLING (arXiv 2302.01976), DigitCircle domain, with stamps of our own. Where the digits lie is worked out on
the CPU in float64, pixels in integers on any device: the images are the same everywhere.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from sparling.domains.base import PAD, Samples
from sparling.domains.counter_random import sample_keys, uniforms, words
from sparling.domains.digit_sequence import END, DigitSequence
from sparling.domains.stamps import STAMPS
from sparling.evaluation.motif_errors import Motifs

FLIP = 0.05
"""Share of all pixels that are inverted at last."""
BACKGROUND = 0.5 * sum(float(stamp.float().mean()) for stamp in STAMPS) / len(STAMPS)
"""Share of the background that is on before that: half the mean ink of a stamp."""
SHIFT = 3
"""A stamp is moved by up to so many pixels along each axis."""

_HEIGHT, _WIDTH = (max(stamp.shape[axis] for stamp in STAMPS) for axis in (0, 1))
_SIZES = torch.tensor([stamp.shape for stamp in STAMPS])
_MARGIN = SHIFT + _HEIGHT
_CLEAR = 2
_TABLE = torch.stack([torch.nn.functional.pad(stamp, (0, _WIDTH - stamp.shape[1]), value=_CLEAR) for stamp in STAMPS])
"""The stamps (10, 12, 9), ``_CLEAR`` where nothing is stamped."""

_PLACES = 1 << 40
"""Random numbers below this counter are for pixels, the others for places."""
_COUNTERS = 64
"""Set aside for one try at placing k digits, which takes 4 + 3k; those of try 0 choose the digits."""
_TRIES, _MOST_TRIES = 16, 1 << 14
"""Tries made at a time, and before giving up."""


class Layout(NamedTuple):
    """Where the digits of B samples lie; slots past the first ``number`` of the k mean nothing."""

    number: Tensor
    """(B,) int64."""
    digit: Tensor
    """(B, k) int64, all different, in order of angle."""
    radius: Tensor
    """(B,) float64, of the circle, in pixels."""
    centre: Tensor
    """(B, 2) float64, row and column of the middle of the circle; pixel p covers [p, p + 1)."""
    angle: Tensor
    """(B, k) float64 in [0, 4π), increasing; from the direction of columns towards that of rows."""
    corner: Tensor
    """(B, k, 2) int64, first row and column of each stamp."""


@dataclass(frozen=True)
class DigitCircle(DigitSequence):
    """The world: images of ``side`` × ``side`` pixels with ``fewest`` to ``most`` digits; the defaults are published.

    ``radius`` is the smallest radius of the circle in pixels. Without ``overlap`` no two stamps share a pixel.
    Raises ``ValueError`` where the circle does not fit; `samples` does where no digits without overlap are found.
    """

    side: int = 100
    fewest: int = 3
    most: int = 6
    radius: float = 20.0
    overlap: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.fewest <= self.most <= END:
            raise ValueError(f"digits must satisfy 1 <= fewest <= most <= {END}; got {self.fewest}, {self.most}")
        if not 0 < self.radius < self.side / 2 - _MARGIN:
            raise ValueError(f"radius must lie in (0, side / 2 - {_MARGIN}); got {self.radius} for side {self.side}")

    @property
    def name(self) -> str:
        """DigitCircle."""
        return "DigitCircle"

    @property
    def size(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.side, self.side

    def samples(self, seed: int, index: Tensor) -> Samples:
        """Images (B, 1, side, side) of 0 and 1, targets and true stamps, for ``index`` (B,) int64."""
        layout = self.layout(seed, index)
        sample, slot = torch.nonzero(torch.arange(self.most) < layout.number[:, None], as_tuple=True)
        digit, low = layout.digit[sample, slot], layout.corner[sample, slot]
        motifs = Motifs(*(t.to(index.device) for t in (sample, digit, low, low + _SIZES[digit])))
        y = _from_smallest(layout.digit, layout.number).to(index.device)
        return Samples(self._paint(layout, sample_keys(seed, index)), y, motifs)

    def demanded(self, y: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """The same circle with digit ``target`` in place of ``source``, read from its smallest digit.

        Where ``target`` is there already the smallest may be there twice: the first of them in ``y`` begins.

        >>> DigitCircle(most=3).demanded(torch.tensor([[2, 7, 5, END]]), torch.tensor([5]), torch.tensor([0]))
        tensor([[ 0,  2,  7, 10]])
        """
        replaced = torch.where(y == source[:, None], target[:, None], y)
        return _from_smallest(replaced[:, :-1], ((y != PAD) & (y != END)).sum(1))

    def layout(self, seed: int, index: Tensor) -> Layout:
        """Where the digits of the samples ``index`` (B,) int64 lie: the first good one of as many tries as it takes."""
        keys = sample_keys(seed, index.cpu())
        u = uniforms(keys[:, None], _PLACES + torch.arange(1 + END))
        count = self.fewest + (u[:, 0] * (self.most - self.fewest + 1)).long()
        digit = u[:, 1:].argsort(1)[:, : self.most]
        start = 1
        layout, good = self._place(keys, count, digit, start)
        while not good.all():
            start += _TRIES
            if start > _MOST_TRIES:
                raise ValueError(
                    f"no place for so many digits without overlap found in {_MOST_TRIES} tries; got {self}"
                )
            bad = ~good
            again, good[bad] = self._place(keys[bad], count[bad], digit[bad], start)
            for kept, new in zip(layout, again, strict=True):
                kept[bad] = new
        return layout

    def _place(self, keys: Tensor, count: Tensor, digit: Tensor, start: int) -> tuple[Layout, Tensor]:
        """The first good one of the tries from ``start`` on, and whether there is one (B,).

        Tensors of all tries have shape (B, tries), then slots (k), then axes (2). Gaps are whole numbers, 1 to 2³²:
        their sums are exact in float64, whatever the order.
        """
        k = self.most
        counter = _PLACES + _COUNTERS * torch.arange(start, start + _TRIES)[:, None] + torch.arange(4 + 3 * k)
        u = uniforms(keys[:, None, None], counter)
        used = (torch.arange(k) < count[:, None])[:, None]

        radius = self.radius + u[..., 0] * (self.side / 2 - _MARGIN - self.radius)
        room = self.side - 2 * (radius + _MARGIN)
        centre = (radius + _MARGIN)[..., None] + u[..., 1:3] * room[..., None]

        gaps = (u[..., 4 : 4 + k] * 2**32 + 1).floor() * used
        whole = gaps.sum(-1, keepdim=True)
        good = ((2 * count[:, None, None] * gaps >= whole) | ~used).all(-1)
        angle = 2 * math.pi * (gaps.cumsum(-1) / whole + u[..., 3:4])

        outward = torch.stack([angle.sin(), angle.cos()], -1)
        size = _SIZES[digit][:, None]
        corner = (centre[..., None, :] + radius[..., None, None] * outward - size / 2).round().long()
        shift = (u[..., 4 + k :] * (2 * SHIFT + 1)).long() - SHIFT
        corner += shift.view(len(keys), _TRIES, 2, k).mT
        if not self.overlap:
            good &= ~_overlapping(corner, size, used)

        row, first = torch.arange(len(keys)), good.int().argmax(1)
        places = (t[row, first] for t in (radius, centre, angle, corner))
        return Layout(count, digit, *places), good.any(1)

    def _paint(self, layout: Layout, keys: Tensor) -> Tensor:
        """The images (B, 1, side, side), on the device of ``keys``.

        A pixel has 16 random bits for being on as background, which a stamp overwrites, and 16 for being flipped.
        """
        device, pixels = keys.device, self.side**2
        bits = words(keys[:, None], torch.arange((pixels + 1) // 2, device=device)).view(torch.int16)
        on, flip = bits[:, 0 : 2 * pixels : 2] < _int16_at(BACKGROUND), bits[:, 1 : 2 * pixels : 2] < _int16_at(FLIP)
        canvas = torch.nn.functional.pad(on, (0, 1)).byte()

        table = _TABLE.to(device)
        offset = torch.arange(_HEIGHT, device=device)[:, None] * self.side + torch.arange(_WIDTH, device=device)
        start = (layout.corner[..., 0] * self.side + layout.corner[..., 1]).to(device)
        digit, unused = layout.digit.to(device), (torch.arange(self.most) >= layout.number[:, None]).to(device)
        for slot in range(self.most):
            stamp = table[digit[:, slot]]
            nowhere = (stamp == _CLEAR) | unused[:, slot, None, None]
            place = (start[:, slot, None, None] + offset).masked_fill(nowhere, pixels)
            canvas.scatter_(1, place.flatten(1), stamp.flatten(1))
        return canvas[:, :pixels].bitwise_xor(flip).view(len(keys), 1, *self.size)


def _int16_at(share: float) -> int:
    """The number that this share of all int16 is below."""
    return round(share * (1 << 16)) - (1 << 15)


def _overlapping(corner: Tensor, size: Tensor, used: Tensor) -> Tensor:
    """Whether any two used stamps share a pixel: corners and sizes (B, tries, k, 2) → (B, tries)."""
    end = corner + size
    before = (end[..., :, None, :] <= corner[..., None, :, :]).any(-1)
    both = (used[..., :, None] & used[..., None, :]).triu(1)
    return (both & ~(before | before.mT)).flatten(-2).any(-1)


def _from_smallest(digit: Tensor, count: Tensor) -> Tensor:
    """Digits (B, k) in cyclic order, ``count`` of them used → (B, k + 1) rotated, then `END`, then `PAD`."""
    k = digit.shape[1]
    slot = torch.arange(k + 1, device=digit.device)
    start = digit.masked_fill(slot[:k] >= count[:, None], END).argmin(1, keepdim=True)
    turned = digit.gather(1, (start + slot) % count[:, None])
    return torch.where(slot < count[:, None], turned, PAD).masked_fill(slot == count[:, None], END)
