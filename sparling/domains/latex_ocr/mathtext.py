r"""Matplotlib's mathtext as the one that draws: it makes the file of glyphs, and is the oracle of our layout.

    python -m sparling.domains.latex_ocr.mathtext OUT.npz

Nothing else of the package imports it, for it calls private parts of Matplotlib. A test compares it with the layout, so
it fails where a new version draws otherwise; samples stay as they are, for they follow from the file alone.
"""

import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from matplotlib import _mathtext
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import LoadFlags
from numpy.typing import NDArray

from sparling.domains.latex_ocr.glyphs import DPI, LEVELS, POINTS
from sparling.domains.latex_ocr.grammar import END_FRACTION, FRACTION, SYMBOLS, TOKENS
from sparling.domains.latex_ocr.layout import SHRINK, SMALLER

INK = 64
"""Grey of 255 from which on a pixel is ink: an image is binarised at 0.75 of white."""


class Rendering(NamedTuple):
    """A formula as mathtext draws it."""

    whole: NDArray[np.bool_]
    """(H, W) ink."""
    glyphs: list[tuple[str, NDArray[np.bool_]]]
    """The character of each glyph, and its ink alone (H, W)."""
    bars: list[NDArray[np.bool_]]
    """The ink of each bar alone."""


def spelled(tokens: list[int]) -> str:
    r"""LaTeX that looks in mathtext as the formula does in display style.

    >>> spelled([FRACTION, 1, FRACTION + 1, 2, END_FRACTION])
    '$\\dfrac{1}{2}$'
    """
    depth, parts = 0, []
    for token in tokens:
        depth -= token == END_FRACTION
        smaller = 0 < depth <= SMALLER
        parts.append(r"\dfrac{" if token == FRACTION and not smaller else TOKENS[token])
        depth += token == FRACTION
    return f"${''.join(parts)}$"


def draw(tokens: list[int]) -> Rendering:
    """The formula, whole and each glyph alone."""
    box = _parsed(spelled(tokens))
    whole = _mathtext.ship(box).to_raster(antialiased=True)
    shape = whole.image.shape
    shipped = _mathtext.ship(box)
    x = min(*[x + info.metrics.xmin for x, _, info in shipped.glyphs], *[r[0] for r in shipped.rects], 0) - 1
    y = min(*[y - info.metrics.ymax for _, y, info in shipped.glyphs], *[r[1] for r in shipped.rects], 0) - 1
    shifted = _mathtext.ship(box, (-x, -y))
    glyphs, bars = [], []
    for x, y, info in shifted.glyphs:
        image = np.zeros(shape, np.uint8)
        info.font.draw_glyph_to_bitmap(image, int(x), int(y - info.metrics.iceberg), info.glyph, antialiased=True)
        glyphs.append((chr(info.num), image >= INK))
    for rect in shifted.rects:
        alone = _mathtext.Output(box)
        alone.rects.append(rect)
        bars.append(_bar(rect, shape))
    return Rendering(whole.image >= INK, glyphs, bars)


def _bar(rect: tuple[float, float, float, float], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """The lines of `matplotlib._mathtext.Output.to_raster` that fill a rectangle."""
    x, y, width, height = rect
    image = np.zeros(shape, np.bool_)
    rows = max(int(height) - 1, 0)
    top = int(y) if rows else int((y + height / 2) - (rows + 1) / 2)
    image[top : top + rows + 1, int(np.floor(x)) : int(np.ceil(x + width)) + 1] = True
    return image


def _parsed(text: str) -> _mathtext.Hlist:
    return _mathtext.Parser.parse(_parser(), text, _fonts(), POINTS, DPI)


@cache
def _parser() -> _mathtext.Parser:
    return _mathtext.Parser()


@cache
def _fonts() -> _mathtext.Fonts:
    return _mathtext.BakomaFonts(FontProperties(math_fontfamily="cm", size=POINTS), LoadFlags.DEFAULT)


def make_file(path: Path) -> None:
    """Write the file of glyphs."""
    state = _mathtext.ParserState(_fonts(), "normal", "rm", POINTS, DPI)
    signs = [_mathtext.Char(sign, state) for sign in (*SYMBOLS, "+")]
    totals, brackets = _brackets(state)
    chars = signs + brackets
    drawn, shapes, left, ink = [], [], [], []
    for char in chars:
        size = char.fontsize
        for _ in range(LEVELS):
            info = _fonts()._get_info(char.font, char.font_class, char.c, size, DPI)
            metrics = info.metrics
            drawn.append([metrics.xmin, metrics.xmax, metrics.ymin, metrics.ymax, metrics.iceberg])
            shift, image = _ink_of(info)
            shapes.append(image.shape)
            left.append(shift)
            ink.append(image.ravel())
            size *= SHRINK
    np.savez_compressed(
        path,
        extents=[[c.width, c.height, c.depth, c._metrics.advance, c.is_slanted()] for c in chars],
        totals=totals,
        drawn=drawn,
        shapes=np.array(shapes, np.int16),
        left=np.array(left, np.int16),
        ink=np.packbits(np.concatenate(ink)),
    )


def _ink_of(info: _mathtext.FontInfo) -> tuple[int, NDArray[np.bool_]]:
    """The glyph's ink, and how many columns right of the whole pixel of its place it begins.

    Some brackets in scripts would have none; no formula has brackets there.
    """
    margin = 8
    image = np.zeros((int(info.metrics.height) + 2, int(info.metrics.width) + 2 * margin + 8), np.uint8)
    info.font.set_size(info.fontsize, DPI)
    info.font.draw_glyph_to_bitmap(image, margin, 0, info.glyph, antialiased=True)
    rows, columns = np.nonzero(image >= INK)
    if not len(rows):
        return 0, image[:0, :0] >= INK
    left, right, bottom = columns.min(), columns.max() + 1, rows.max() + 1
    return int(left) - margin, image[:bottom, left:right] >= INK


def _brackets(state: _mathtext.ParserState) -> tuple[list[float], list[_mathtext.Char]]:
    """Heights with depths of all that brackets may enclose, and their two brackets each.

    Whatever stands in brackets is as high as one of its parts and as deep as one; the parts are signs, signs with a
    script, a sum, and brackets, whose sizes follow from what they enclose in turn.
    """
    texts = [*SYMBOLS, "x+x", *(f"{a}{op}{{{b}}}" for a in SYMBOLS for b in SYMBOLS for op in "^_")]
    parts = {(box.height, box.depth) for box in (_parsed(f"${text}$") for text in texts)}
    pairs: dict[float, list[_mathtext.Char]] = {}
    seen: set[tuple[float, float]] = set()
    while True:
        heights, depths = {height for height, _ in parts}, {depth for _, depth in parts}
        new = {(height, depth) for height in heights for depth in depths} - seen
        if not new:
            break
        for height, depth in new:
            rows = [_mathtext.AutoHeightChar(bracket, height, depth, state) for bracket in "()"]
            chars = [cast(_mathtext.Char, row.children[0]) for row in rows]
            pairs.setdefault(round(height + depth, 6), chars)
            parts.add(
                (
                    max(height, *(row.height - row.shift_amount for row in rows)),
                    max(depth, *(row.depth + row.shift_amount for row in rows)),
                )
            )
        seen |= new
    totals = sorted(pairs)
    return totals, [char for total in totals for char in pairs[total]]


if __name__ == "__main__":
    make_file(Path(sys.argv[1]))
