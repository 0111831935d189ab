"""DigitCircle: digits on a noisy image, on a circle; the output reads them in order of angle, the smallest first.

Source: SPARLING (arXiv 2302.01976), DigitCircle domain. The stamps are ours: DejaVu Sans as it comes with matplotlib.
Layouts are worked out on the CPU in float64 and pixels in integers, so every device gives the same images.
"""

import functools
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from sparling.domains.base import PAD, Samples
from sparling.domains.counter_random import sample_keys, uniforms, words
from sparling.evaluation.motif_errors import Motifs

CLASSES = 10
END = CLASSES
_SHIFT = 3
_PAD = _SHIFT + 12
_FLIP = 0.05
_ATTEMPTS = 32
_SLOTS = 64
"""Counters that one attempt at a layout may use; pixels use those below `_LAYOUT`."""
_LAYOUT = 1 << 40


@functools.cache
def stamps() -> tuple[Tensor, ...]:
    """The ten digits as binary images (12, 7–9) uint8, with one pixel of margin."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = ImageFont.truetype(str(path), 14)
    glyphs = []
    for digit in range(CLASSES):
        image = Image.new("1", (24, 24))
        draw = ImageDraw.Draw(image)
        draw.fontmode = "1"
        draw.text((6, 3), str(digit), font=font, fill=1)
        cropped = image.crop(image.getbbox())
        ink = torch.tensor(list(cropped.getdata()), dtype=torch.uint8).clamp_max(1)
        glyphs.append(torch.nn.functional.pad(ink.view(cropped.height, cropped.width), (1, 1, 1, 1)))
    return tuple(glyphs)


@dataclass(frozen=True)
class Layout:
    """Where the digits of some samples are; slots past ``count`` are void. k is the largest count."""

    count: Tensor
    """(B,) number of digits."""
    digit: Tensor
    """(B, k) in order of angle."""
    top: Tensor
    """(B, k) first row of the stamp."""
    left: Tensor
    """(B, k) first column of the stamp."""


@dataclass(frozen=True)
class DigitCircle:
    """The world: images of ``side`` × ``side`` pixels with ``fewest`` to ``most`` digits; the defaults are the published ones.

    ``radius`` is the smallest radius of the circle in pixels. Without ``overlap`` a layout is drawn again until no two
    stamps overlap. Raises ``ValueError`` for a world in which the circle does not fit.
    """

    side: int = 100
    fewest: int = 3
    most: int = 6
    radius: float = 20.0
    overlap: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.fewest <= self.most <= CLASSES:
            raise ValueError(f"digits must satisfy 1 <= fewest <= most <= {CLASSES}; got {self.fewest}, {self.most}")
        if not 0 < self.radius < self.side / 2 - _PAD:
            raise ValueError(f"radius must lie in (0, side / 2 - {_PAD}); got {self.radius} for side {self.side}")

    @property
    def name(self) -> str:
        """DigitCircle."""
        return "DigitCircle"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The digits."""
        return tuple(str(digit) for digit in range(CLASSES))

    @property
    def tokens(self) -> int:
        """Ten digits and the end."""
        return CLASSES + 1

    @property
    def length(self) -> int:
        """The most digits, and the end."""
        return self.most + 1

    @property
    def size(self) -> tuple[int, int]:
        """Rows, columns."""
        return self.side, self.side

    @property
    def motifs_per_sample(self) -> float:
        """Mean number of digits."""
        return (self.fewest + self.most) / 2

    def samples(self, seed: int, index: Tensor) -> Samples:
        """Images (B, 1, side, side) of 0 and 1, targets and true stamps, for ``index`` (B,) int64."""
        device = index.device
        layout = self.layout(seed, index.cpu())
        x = self._paint(layout, sample_keys(seed, index))
        row, slot = torch.nonzero(torch.arange(self.most) < layout.count[:, None], as_tuple=True)
        digit, top, left = (t[row, slot] for t in (layout.digit, layout.top, layout.left))
        heights, widths = _sizes()
        low = torch.stack([top, left], 1)
        motifs = Motifs(row, digit, low, low + torch.stack([heights[digit], widths[digit]], 1))
        return Samples(x, _target(layout).to(device), Motifs(*(t.to(device) for t in motifs)))

    def demanded(self, y: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """The cyclic order with ``source`` replaced by ``target``, read from its smallest digit."""
        replaced = torch.where(y == source[:, None], target[:, None], y)
        count = ((y != PAD) & (y != END)).sum(1)
        return _smallest_first(replaced[:, :-1], count)

    def layout(self, seed: int, index: Tensor) -> Layout:
        """Draw the layouts of ``index`` (B,) int64, on the CPU."""
        keys = sample_keys(seed, index)
        first = uniforms(keys[:, None], _LAYOUT + torch.arange(CLASSES + 1))
        count = self.fewest + (first[:, 0] * (self.most - self.fewest + 1)).long()
        digit = first[:, 1:].argsort(1)[:, : self.most]
        top, left = torch.zeros_like(digit), torch.zeros_like(digit)
        pending, attempt = torch.arange(len(index)), 1
        while len(pending):
            tops, lefts, good = self._attempts(keys[pending], count[pending], digit[pending], attempt)
            done, chosen = good.any(1), good.int().argmax(1)
            rows = torch.nonzero(done).squeeze(1)
            top[pending[rows]] = tops[rows, chosen[rows]]
            left[pending[rows]] = lefts[rows, chosen[rows]]
            pending, attempt = pending[~done], attempt + _ATTEMPTS
        return Layout(count, digit, top, left)

    def _attempts(self, keys: Tensor, count: Tensor, digit: Tensor, start: int) -> tuple[Tensor, Tensor, Tensor]:
        """Several tries at placing the digits: rows and columns (B, tries, k), and which tries are good (B, tries)."""
        most = self.most
        counter = _LAYOUT + _SLOTS * torch.arange(start, start + _ATTEMPTS)[:, None] + torch.arange(4 + 3 * most)
        u = uniforms(keys[:, None, None], counter)
        used = (torch.arange(most) < count[:, None])[:, None]
        radius = self.radius + u[..., 0] * (self.side / 2 - _PAD - self.radius)
        room = self.side - 2 * (radius + _PAD)
        centre = [radius + _PAD + u[..., axis] * room for axis in (1, 2)]
        gaps = u[..., 4 : 4 + most] * used
        gaps = gaps / gaps.sum(-1, keepdim=True)
        wide = ((gaps >= 1 / (2 * count[:, None, None])) | ~used).all(-1)
        angle = 2 * math.pi * (gaps.cumsum(-1) + u[..., 3:4])
        heights, widths = _sizes()
        jitter = (u[..., 4 + most :] * (2 * _SHIFT + 1)).long() - _SHIFT
        place = []
        for axis, (extent, turn) in enumerate(((heights, torch.sin), (widths, torch.cos))):
            middle = centre[axis][..., None] + radius[..., None] * turn(angle) - extent[digit][:, None] / 2
            place.append(middle.round().long() + jitter[..., axis * most : (axis + 1) * most])
        if not self.overlap:
            wide &= ~_overlapping(place[0], place[1], heights[digit][:, None], widths[digit][:, None], used)
        return place[0], place[1], wide

    def _paint(self, layout: Layout, keys: Tensor) -> Tensor:
        device, pixels = keys.device, self.side**2
        table, ink = _stamp_table()
        table = table.to(device)
        bits = words(keys[:, None], torch.arange((pixels + 1) // 2, device=device))
        bits = bits.view(torch.int16).view(len(keys), -1, 2)[:, :pixels]
        on, flip = ((bits[..., i] < _below(share)) for i, share in ((0, 0.5 * ink), (1, _FLIP)))
        canvas = torch.cat([on, on[:, :1]], 1).to(torch.uint8)
        height, width = table.shape[1:]
        place = torch.arange(height, device=device)[:, None] * self.side + torch.arange(width, device=device)
        corner = (layout.top * self.side + layout.left).to(device)
        digit, void = layout.digit.to(device), (torch.arange(self.most) >= layout.count[:, None]).to(device)
        for slot in range(self.most):
            stamp = table[digit[:, slot]]
            at = (corner[:, slot, None, None] + place).masked_fill((stamp > 1) | void[:, slot, None, None], pixels)
            canvas.scatter_(1, at.flatten(1), stamp.flatten(1))
        return (canvas[:, :pixels] ^ flip.to(torch.uint8)).view(-1, 1, self.side, self.side)


def _below(share: float) -> int:
    """The int16 that a share of all int16 is below."""
    return round(share * (1 << 16)) - (1 << 15)


@functools.cache
def _sizes() -> tuple[Tensor, Tensor]:
    shapes = torch.tensor([stamp.shape for stamp in stamps()])
    return shapes[:, 0], shapes[:, 1]


@functools.cache
def _stamp_table() -> tuple[Tensor, float]:
    """The stamps in one array (10, height, width), 2 where a stamp ends, and their mean ink."""
    heights, widths = _sizes()
    table = torch.full((CLASSES, int(heights.max()), int(widths.max())), 2, dtype=torch.uint8)
    for digit, stamp in enumerate(stamps()):
        table[digit, : stamp.shape[0], : stamp.shape[1]] = stamp
    return table, sum(float(stamp.float().mean()) for stamp in stamps()) / CLASSES


def _overlapping(top: Tensor, left: Tensor, height: Tensor, width: Tensor, used: Tensor) -> Tensor:
    """Whether any two used stamps share a pixel: (B, tries, k) → (B, tries)."""
    apart = torch.zeros((), dtype=torch.bool)
    for start, extent in ((top, height), (left, width)):
        end = start + extent
        apart = apart | (end[..., :, None] <= start[..., None, :]) | (end[..., None, :] <= start[..., :, None])
    both = (used[..., :, None] & used[..., None, :]).triu(1)
    return (both & ~apart).flatten(-2).any(-1)


def _target(layout: Layout) -> Tensor:
    return _smallest_first(layout.digit, layout.count)


def _smallest_first(digit: Tensor, count: Tensor) -> Tensor:
    """(B, k) digits in cyclic order, ``count`` of them used → (B, k + 1) rotated, then `END`, then `PAD`."""
    k = digit.shape[1]
    slot = torch.arange(k + 1, device=digit.device)
    start = digit.masked_fill(slot[:k] >= count[:, None], CLASSES).argmin(1, keepdim=True)
    turned = digit.gather(1, ((start + slot) % count[:, None]))
    return torch.where(slot < count[:, None], turned, PAD).masked_fill(slot == count[:, None], END)
