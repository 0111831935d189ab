"""Sequence logos: letter heights in bits, in the colours of the field.

Drawn here, not by a plotting library, so that a logo costs milliseconds and a few kilobytes. Each is a list of
outlines, moved and stretched, which SVG, PNG and matplotlib axes draw alike.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.glyphs import (
    BAR,
    BITS,
    BITS_LENGTH,
    DIGIT_ADVANCE,
    DIGIT_HEIGHT,
    DIGITS,
    LETTERS,
    contours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A green, C blue, G orange, T and U red.
COLOURS = {"A": "#109648", "C": "#255c99", "G": "#f7b32b", "T": "#d62839", "U": "#d62839"}
INK = "#333333"

LEAST_BITS = 0.001
"""A letter lower than this is left out; it could not be seen."""
FILLED = 0.95
"""Share of a column that a letter is wide."""
COLUMN, LEFT, RIGHT = 21.0, 24.0, 3.0
TOP, PLOT, BOTTOM = 5.0, 76.0, 13.0
"""In points: a column; room left and right of the columns; room above the letters, their height, and room below."""
BITS_SIZE, TICK_SIZE, POSITION_SIZE = 8.0, 8.0, 7.0
"""Type sizes in points."""
PIXELS_A_POINT, FINER = 200 / 72, 3
"""A PNG has 200 dots an inch, each the mean of 3 × 3 finer ones."""


class Letter(NamedTuple):
    """A letter of a logo: in ``column`` (from 0), from ``bottom`` to ``bottom + height``, in bits."""

    letter: str
    column: int
    bottom: float
    height: float


class Mark(NamedTuple):
    """An outline of `glyphs` in a colour: its point (u, v) lies at (x + u · width / 1000, y + v · height / 1000)."""

    outline: str
    colour: str
    x: float
    y: float
    width: float
    height: float


def stacked(pwm: Pwm) -> list[Letter]:
    """The letters of a motif's logo, the least probable at the bottom: as high as probability × the column's bits.

    Letters below a thousandth of a bit are left out. Raises ``ValueError`` for a motif without columns.

    Bits are corrected for few sites.

    >>> [letter.letter for letter in stacked(Pwm("M1", [[30, 10, 0, 0], [0, 0, 40, 0]], n_sites=40))]
    ['C', 'A', 'G']
    """
    if pwm.width == 0:
        raise ValueError(f"motif {pwm.name} has no column to draw")
    letters = []
    heights = pwm.probabilities() * pwm.corrected_information()[:, None]
    for column, row in enumerate(heights):
        order = np.argsort(row, kind="stable")
        bottoms = np.cumsum(row[order]) - row[order]
        for index, bottom in zip(order.tolist(), bottoms.tolist(), strict=True):
            if row[index] >= LEAST_BITS:
                letters.append(Letter(pwm.alphabet.letters[index], column, bottom, float(row[index])))
    return letters


def draw_logo(pwm: Pwm, *paths: Path | str) -> None:
    """Draw the information logo of a motif into each of ``paths``, SVG or PNG by their suffix.

    A letter is as high as its probability times the column's bits; the axis goes from 0 to 2 bits, or to the most
    informative column where that has more. All is outlines: no font is needed to see it. The same motif gives the same
    bytes. Raises ``ValueError`` for another suffix, or a motif without columns.
    """
    for path in paths:
        if Path(path).suffix.lower() not in (".svg", ".png"):
            raise ValueError(f"logo must be written to .svg or .png; got {path}")
    size, marks = (LEFT + COLUMN * pwm.width + RIGHT, TOP + PLOT + BOTTOM), list(_marks(pwm))
    for path in paths:
        if Path(path).suffix.lower() == ".svg":
            title = escape(f"{pwm.name} {pwm.consensus()}")
            Path(path).write_text(_svg(title, size, marks), encoding="utf-8", newline="\n")
        else:
            _write_png(path, size, marks)


def logo_on(axes: "Axes", pwm: Pwm) -> None:
    """Draw the information logo of a motif onto matplotlib axes. Raises ``ValueError`` without a column."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    for letter, column, bottom, height in stacked(pwm):
        corner, size = (column - FILLED / 2, bottom + height), (FILLED / 1000, -height / 1000)
        closed = [np.append(points, points[:1], axis=0) for points, _ in contours(LETTERS[letter])]
        shape = Outline.make_compound_path(*(Outline(points * size + corner, closed=True) for points in closed))
        axes.add_patch(PathPatch(shape, facecolor=COLOURS[letter], linewidth=0))
    top = highest(pwm)
    axes.set_xlim(-0.5, pwm.width - 0.5)
    axes.set_ylim(0, top)
    axes.set_yticks(range(int(top) + 1), labels=[str(i) for i in range(int(top) + 1)], fontsize=TICK_SIZE)
    axes.set_ylabel("bits", fontsize=BITS_SIZE, labelpad=2)
    axes.set_xticks(range(pwm.width), labels=[str(i + 1) for i in range(pwm.width)], fontsize=POSITION_SIZE)
    axes.tick_params(axis="x", length=0, pad=2)
    axes.tick_params(axis="y", length=2.5, pad=2)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.axhline(0, color=INK, linewidth=0.6)


def highest(pwm: Pwm) -> float:
    """Where the axis ends, in bits."""
    return float(pwm.corrected_information().max(initial=2.0))


def _marks(pwm: Pwm) -> Iterator[Mark]:
    """Letters and axes in points, y down from the top."""
    top, floor, axis = highest(pwm), TOP + PLOT, LEFT - 2.0
    for letter, column, bottom, height in stacked(pwm):
        x = LEFT + COLUMN * (column + (1 - FILLED) / 2)
        y = floor - PLOT * (bottom + height) / top
        yield Mark(LETTERS[letter], COLOURS[letter], x, y, FILLED * COLUMN, PLOT * height / top)
    yield Mark(BAR, INK, axis, floor, COLUMN * pwm.width + 2.0, 0.6)
    yield Mark(BAR, INK, axis - 0.8, TOP, 0.8, PLOT + 0.6)
    for bits in range(int(top) + 1):
        y = floor - PLOT * bits / top
        yield Mark(BAR, INK, axis - 3.3, y if bits else floor - 0.1, 2.5, 0.7)
        yield from _number(bits, axis - 7.0, y + TICK_SIZE * DIGIT_HEIGHT / 2000, TICK_SIZE)
    yield Mark(BITS, INK, BITS_SIZE, floor - (PLOT - BITS_SIZE * BITS_LENGTH / 1000) / 2, BITS_SIZE, BITS_SIZE)
    for column in range(pwm.width):
        yield from _number(column + 1, LEFT + COLUMN * (column + 0.5), floor + BOTTOM - 3.5, POSITION_SIZE)


def _number(number: int, middle: float, baseline: float, size: float) -> Iterator[Mark]:
    digits, advance = [int(digit) for digit in str(number)], size * DIGIT_ADVANCE / 1000
    for place, digit in enumerate(digits):
        yield Mark(DIGITS[digit], INK, middle + (place - len(digits) / 2) * advance, baseline, size, size)


def _svg(title: str, size: tuple[float, float], marks: list[Mark]) -> str:
    width, height = size
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}pt" height="{height:g}pt" '
        f'viewBox="0 0 {width:g} {height:g}" role="img">',
        f"<title>{title}</title>",
    ]
    for mark in marks:
        matrix = f"{mark.width / 1000:.5g} 0 0 {mark.height / 1000:.5g} {mark.x:.6g} {mark.y:.6g}"
        lines.append(f'<path fill="{mark.colour}" transform="matrix({matrix})" d="{mark.outline}"/>')
    return "\n".join([*lines, "</svg>", ""])


def _write_png(path: Path | str, size: tuple[float, float], marks: list[Mark]) -> None:
    from PIL import Image, ImageDraw

    width, height = (round(side * PIXELS_A_POINT) for side in size)
    canvas = Image.new("RGB", (width * FINER, height * FINER), "white")
    draw, scale = ImageDraw.Draw(canvas), PIXELS_A_POINT * FINER
    for mark in marks:
        for points, hole in contours(mark.outline):
            placed = (points * (mark.width / 1000, mark.height / 1000) + (mark.x, mark.y)) * scale
            draw.polygon(placed.ravel().tolist(), fill="white" if hole else mark.colour)
    canvas.reduce(FINER).save(path, dpi=(200, 200))
