"""Where the glyphs and bars of a formula lie: TeX's boxes, as Matplotlib's mathtext puts them together.

Every number is computed by the same sums in the same order as there, for a pixel is decided by the whole part of a
number that is often nearly whole. What mathtext has and this grammar does not need is left out; nothing of it is
called. The outermost fraction is in display style, the next two are smaller by a level each, and any inside those keep
that size, as in TeX. Lengths are pixels; down is positive in places, heights are up.
"""

import math
from bisect import bisect_left
from typing import NamedTuple

from sparling.domains.latex_ocr.glyphs import DPI, POINTS, Extent, glyphs
from sparling.domains.latex_ocr.grammar import CLOSE, FRACTION, OPEN, PLUS, SUB, SUP

SHRINK = 0.7
SMALLER = 2
"""Fractions within fractions that are drawn smaller."""

_X_HEIGHT = 451470 / 2**20 * POINTS * DPI / 72
_AXIS = 262144 / 2**20 * POINTS * DPI / 72
_QUAD = 1048579 / 2**20 * POINTS * DPI / 72
_RULE = ((0.75 / 12) * POINTS * DPI) / 72
_SCRIPT_SPACE = _DELTA = 0.132861328125
_DELTA_SLANTED = 0.3
_SUP1, _SUB1 = 432949 / 451470, 157286 / 451470
_NUM1, _NUM2, _DENOM1, _DENOM2 = (value / 451470 for value in (709370, 412858, 719272, 361592))
"""Computer Modern's parameters, in x-heights (The TeXbook, appendix G)."""
_NEARLY = 1e-6


class Glyph(NamedTuple):
    """A glyph of the image."""

    token: int
    """Which is its class."""
    glyph: int
    row: int
    column: int
    """Of the image, where the ink of the glyph counts from."""


class Bar(NamedTuple):
    """The bar of a fraction: pixels [row, row + height) × [column, column + width)."""

    row: int
    column: int
    height: int
    width: int


class Page(NamedTuple):
    """A formula in pixels."""

    height: int
    width: int
    glyphs: list[Glyph]
    bars: list[Bar]


class _Char:
    """One glyph, of which the width is what the layout goes on by."""

    __slots__ = ("depth", "extent", "height", "level", "token", "width")

    def __init__(self, token: int, extent: Extent) -> None:
        self.token, self.extent, self.level = token, extent, 0
        self.width: float = extent.width
        self.height: float = extent.height
        self.depth: float = extent.depth

    def shrink(self) -> None:
        self.level += 1
        self.width *= SHRINK
        self.height *= SHRINK
        self.depth *= SHRINK


class _Row:
    """Children side by side: glyphs, rows, fractions and, as numbers, gaps."""

    __slots__ = ("centring", "children", "depth", "height", "shift", "width")

    def __init__(self, children: "list[_Node]") -> None:
        self.children: list[_Node] = []
        for child in children:
            self.children.append(child)
            if isinstance(child, _Char) and (gap := child.extent.advance - child.width) != 0.0:
                self.children.append(gap)
        self.shift, self.centring = 0.0, 0.0
        width = height = depth = 0.0
        for child in self.children:
            if isinstance(child, float):
                width += child
                continue
            width += child.width
            shift = 0.0 if isinstance(child, _Char) else child.shift
            height, depth = max(height, child.height - shift), max(depth, child.depth + shift)
        self.width: float = width
        self.height: float = height
        self.depth: float = depth

    def shrink(self) -> None:
        for index, child in enumerate(self.children):
            if isinstance(child, float):
                self.children[index] = child * SHRINK
            else:
                child.shrink()
        self.width *= SHRINK
        self.height *= SHRINK
        self.depth *= SHRINK
        self.shift *= SHRINK
        self.centring *= SHRINK


class _Fraction:
    """Numerator, gap, bar, gap, denominator, one below the other."""

    __slots__ = ("above", "bar", "below", "depth", "gap_above", "gap_below", "height", "shift", "width")

    def __init__(self, above: _Row, below: _Row, gap_above: float, gap_below: float, shift: float) -> None:
        self.above, self.below, self.gap_above, self.gap_below = above, below, gap_above, gap_below
        self.width: float = max(above.width, below.width)
        self.bar, self.shift = _RULE * 0.5, shift
        height, depth = 0.0, 0.0
        for up, down in ((above.height, above.depth), (0.0, gap_above), (self.bar, self.bar), (0.0, gap_below)):
            height += depth + up
            depth = down
        self.height: float = height + (depth + below.height)
        self.depth: float = below.depth

    def shrink(self) -> None:
        for part in (self.above, self.below):
            part.shrink()
        for name in ("width", "height", "depth", "shift", "bar", "gap_above", "gap_below"):
            setattr(self, name, getattr(self, name) * SHRINK)


_Node = _Char | _Row | _Fraction | float


def lay_out(tokens: list[int]) -> Page:
    """The formula of these tokens, without an end token."""
    nodes, end = _sequence(tokens, 0, 0)
    if end != len(tokens):
        raise ValueError(f"tokens must be a formula; got token {tokens[end]} at {end} too many")
    return _page(_Row([_Row(nodes)]))


def _sequence(tokens: list[int], at: int, depth: int) -> "tuple[list[_Node], int]":
    """What begins at token ``at``, up to a token that closes what stands before it; within ``depth`` fractions."""
    nodes: list[_Node] = []
    while at < len(tokens):
        token = tokens[at]
        if token == PLUS:
            nodes.append(_Row([_QUAD * 0.2, _Char(token, glyphs().signs[token]), _QUAD * 0.2]))
            at += 1
        elif token == OPEN:
            inner, at = _sequence(tokens, at + 1, depth)
            nodes.append(_bracketed(inner))
            at += 1
        elif token == FRACTION:
            above, at = _sequence(tokens, at + 1, depth + 1)
            below, at = _sequence(tokens, at + 1, depth + 1)
            nodes.append(_fraction(_Row(above), _Row(below), smaller=0 < depth <= SMALLER))
            at += 1
        elif token < PLUS:
            char = _Char(token, glyphs().signs[token])
            if at + 1 < len(tokens) and tokens[at + 1] in (SUP, SUB):
                script = _Char(tokens[at + 2], glyphs().signs[tokens[at + 2]])
                nodes.append(_scripted(char, script, raised=tokens[at + 1] == SUP))
                at += 4
            else:
                nodes.append(char)
                at += 1
        else:
            break
    return nodes, at


def _scripted(nucleus: _Char, script: _Char, raised: bool) -> _Row:
    """s^{s} or s_{s}."""
    nucleus.width = nucleus.extent.advance
    kern = _DELTA * _X_HEIGHT
    if nucleus.extent.slanted:
        kern += _DELTA * _X_HEIGHT
        kern += _DELTA_SLANTED * (nucleus.height - _X_HEIGHT * 2 / 3)
        if not raised:
            kern = 0.0
    row = _Row([kern, _Row([script])])
    row.shrink()
    if raised:
        row.shift = -max(0.0, _SUP1 * _X_HEIGHT, row.depth + _X_HEIGHT / 4)
    else:
        row.shift = max(0.0, _SUB1 * _X_HEIGHT, row.height - _X_HEIGHT * 4 / 5)
    row.width += _SCRIPT_SPACE * _X_HEIGHT
    return _Row([_Row([nucleus]), row])


def _bracketed(inner: "list[_Node]") -> _Row:
    """In brackets as high and as deep as what they enclose."""
    height = max(node.height for node in inner if not isinstance(node, float))
    depth = max(node.depth for node in inner if not isinstance(node, float))
    table = glyphs()
    pair = table.brackets[bisect_left(table.totals, height + depth - _NEARLY)]
    brackets = []
    for token, extent in zip((OPEN, CLOSE), pair, strict=True):
        bracket = _Row([_Char(token, extent)])
        bracket.shift = depth - extent.depth
        brackets.append(bracket)
    return _Row([brackets[0], *inner, brackets[1]])


def _fraction(above: _Row, below: _Row, smaller: bool) -> _Row:
    if smaller:
        above.shrink()
        below.shrink()
        x_height, up, down, least = _X_HEIGHT * SHRINK, _NUM2, _DENOM2, _RULE
    else:
        x_height, up, down, least = _X_HEIGHT, _NUM1, _DENOM1, 3 * _RULE
    half = _RULE / 2
    rows = [_Row([part]) for part in (above, below)]
    width = max(row.width for row in rows)
    for row in rows:
        row.centring, row.width = (width - row.width) / 2, width
    gap_above = max((up * x_height - rows[0].depth) - (_AXIS + half), least)
    gap_below = max((_AXIS - half) - (rows[1].height - down * x_height), least)
    shift = rows[1].height + gap_below + half - _AXIS
    return _Row([_RULE, _Fraction(rows[0], rows[1], gap_above, gap_below, shift), _RULE])


def _page(row: _Row) -> Page:
    """The page of a whole formula, one pixel wider on each side than it."""
    chars: list[tuple[_Char, float, float]] = []
    rules: list[tuple[float, float, float, float]] = []
    _place_row(row, 0.0, 0.0, chars, rules)
    drawn = glyphs().drawn
    table = [drawn[char.extent.glyph + char.level] for char, _, _ in chars]
    x = [at + 0 for _, at, _ in chars]
    y = [at + (0 + row.height) for _, _, at in chars]
    bars = [(x + 0, y + (0 + row.height) - h, w, h) for x, y, w, h in rules]
    left = min([*(a + d.left for a, d in zip(x, table, strict=True)), *(b[0] for b in bars), 0]) - 1
    top = min([*(a - d.above for a, d in zip(y, table, strict=True)), *(b[1] for b in bars), 0]) - 1
    right = max([*(a + d.right for a, d in zip(x, table, strict=True)), *(b[0] + b[2] for b in bars), 0]) + 1
    bottom = max([*(a - d.below for a, d in zip(y, table, strict=True)), *(b[1] + b[3] for b in bars), 0]) + 1
    height = bottom - top - row.depth
    beyond = bottom - top - row.height
    across, down = -left, -top + row.height
    return Page(
        height=math.ceil(height + max(beyond, 0)),
        width=math.ceil(right - left),
        glyphs=[
            Glyph(char.token, char.extent.glyph + char.level, int(v + down - d.top), int(h + across))
            for (char, h, v), d in zip(chars, table, strict=True)
        ],
        bars=[_bar(x + across, y + down - h, w, h) for x, y, w, h in rules],
    )


def _bar(x: float, y: float, width: float, height: float) -> Bar:
    """The pixels of a rule."""
    rows = max(int(height) - 1, 0)
    row = int(y) if rows else int((y + height / 2) - (rows + 1) / 2)
    first, last = math.floor(x), math.ceil(x + width)
    return Bar(row, first, rows + 1, last - first + 1)


def _place_row(
    row: _Row,
    h: float,
    v: float,
    chars: list[tuple[_Char, float, float]],
    rules: list[tuple[float, float, float, float]],
) -> None:
    """Places of everything in a row that begins at ``h`` and whose base line is ``v``."""
    h += round(row.centring)
    for child in row.children:
        if isinstance(child, float):
            h += child
            continue
        if isinstance(child, _Char):
            chars.append((child, h, v))
        elif isinstance(child, _Row):
            _place_row(child, h, v + child.shift, chars, rules)
        else:
            _place_fraction(child, h, v + child.shift, chars, rules)
        h += child.width


def _place_fraction(
    fraction: _Fraction,
    h: float,
    v: float,
    chars: list[tuple[_Char, float, float]],
    rules: list[tuple[float, float, float, float]],
) -> None:
    v -= fraction.height
    v += fraction.above.height
    _place_row(fraction.above, h, v, chars, rules)
    v = v + fraction.above.depth + fraction.gap_above
    thick = fraction.bar + fraction.bar
    v += thick
    rules.append((h, v, fraction.width, thick))
    v += fraction.gap_below
    v += fraction.below.height
    _place_row(fraction.below, h, v, chars, rules)
