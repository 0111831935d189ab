"""Sizes and ink of every glyph that a formula may need: Computer Modern as Matplotlib draws it at 10 points, 200 dpi.

All of it is in one file of numbers, made by `mathtext`, so that no version of a font or of a renderer changes a sample.
A glyph is one sign at one of four levels, each 0.7 times the one before: displayed and plain text, script, script of
script, and script of that. Brackets are drawn as high as what they enclose; the file has every size that comes up.
Lengths are pixels, heights and depths are counted from the base line.
"""

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

FILE = "glyphs.npz"
LEVELS = 4
POINTS, DPI = 10, 200


class Extent(NamedTuple):
    """What a glyph measures at level 0, as the layout sees it."""

    width: float
    height: float
    depth: float
    advance: float
    """From where it begins to where the next one does."""
    slanted: bool
    glyph: int
    """Its number at level 0; those of the next levels follow."""


class Drawn(NamedTuple):
    """Where the ink of a glyph lies when it is drawn: its edges from the point that the layout gives it."""

    left: float
    right: float
    below: float
    above: float
    top: float
    """Above the base line; that pixel row is the first of its image."""


class Glyphs(NamedTuple):
    """The file of glyphs."""

    signs: list[Extent]
    """The 16 signs, then plus."""
    totals: list[float]
    """Heights with depths that brackets enclose, ascending."""
    brackets: list[tuple[Extent, Extent]]
    """For each of `totals` the opening and the closing one."""
    drawn: list[Drawn]
    """Of every glyph."""
    first: Tensor
    """(G + 1,) int64: where the ink of each glyph begins in ``row`` and ``column``."""
    row: Tensor
    """(P,) int64, of each pixel of ink, from the top of the glyph's image."""
    column: Tensor
    """(P,) int64, from the whole pixel in which the layout puts the glyph."""


@cache
def glyphs() -> Glyphs:
    """The file, read once."""
    with (
        (files("sparling.domains.latex_ocr") / FILE).open("rb") as handle,
        np.load(handle, allow_pickle=False) as content,
    ):
        part = {name: content[name] for name in content.files}
    extents = [
        Extent(width, height, depth, advance, bool(slanted), LEVELS * number)
        for number, (width, height, depth, advance, slanted) in enumerate(part["extents"].tolist())
    ]
    pairs = extents[len(extents) - 2 * len(part["totals"]) :]
    shapes, left = part["shapes"].tolist(), part["left"].tolist()
    pixels = np.unpackbits(part["ink"]).astype(bool)
    rows, columns, first, start = [], [], [0], 0
    for (height, width), shift in zip(shapes, left, strict=True):
        row, column = np.nonzero(pixels[start : start + height * width].reshape(height, width))
        rows.append(row)
        columns.append(column + shift)
        first.append(first[-1] + len(row))
        start += height * width
    return Glyphs(
        signs=extents[: len(extents) - len(pairs)],
        totals=part["totals"].tolist(),
        brackets=list(zip(pairs[::2], pairs[1::2], strict=True)),
        drawn=[Drawn(*row) for row in part["drawn"].tolist()],
        first=torch.tensor(first),
        row=torch.from_numpy(np.concatenate(rows)),
        column=torch.from_numpy(np.concatenate(columns)),
    )
