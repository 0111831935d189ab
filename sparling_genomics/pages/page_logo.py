"""Logos inside a page: each letter's outline stands once in it, and every logo refers to it.

A page needs three things: the style ``logos.css``, `letter_symbols` once in its body, and as many logos as it likes.
The letters stand as `logo.stacked` has them; their colours are the page's, so that they suit a dark one too.
"""

from html import escape

from markupsafe import Markup

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.glyphs import LETTERS
from sparling_genomics.pages.logo import highest, stacked

SHOWN_BITS = 0.3
"""Of the columns, corrected, at which a logo in a page begins and ends; the matrix has those beside them, too."""
LEAST_BITS = 0.02
"""A letter lower than this is left out; it would be less than a pixel."""
_COLUMN, _LETTER, _HEIGHT, _LEFT, _TOP, _BOTTOM = 100, 94, 360, 130, 20, 80
"""A column, a letter's width, the height of the axis, and room around: a column is 100 wide."""
_PIXELS = 0.2
"""Of a unit, where there is room."""
_EACH = 5
"""Of columns whose number is written, beside the first and the last one."""


def letter_symbols() -> Markup:
    """The outlines that the logos of a page refer to: once in its body, drawn nowhere."""
    symbols = "".join(
        f'<symbol id="letter-{name}" viewBox="0 0 1000 1000" preserveAspectRatio="none">'
        f'<path class="letter-{name}" d="{outline}"/></symbol>'
        for name, outline in LETTERS.items()
    )
    return Markup(f'<svg class="symbols" width="0" height="0" aria-hidden="true" focusable="false">{symbols}</svg>')


def shown_span(pwm: Pwm) -> tuple[int, int]:
    """Columns [start, end) that a page shows: from the first to the last of `SHOWN_BITS`, all where none has these.

    >>> shown_span(Pwm("M1", [[25, 25, 25, 25], [100, 0, 0, 0], [0, 90, 5, 5], [30, 30, 20, 20]], 100))
    (1, 3)
    """
    strong = (pwm.corrected_information() >= SHOWN_BITS).nonzero()[0].tolist()
    return (strong[0], strong[-1] + 1) if strong else (0, pwm.width)


def page_logo(
    pwm: Pwm, name: str = "", *, turned: bool = False, frame: tuple[int, int] | None = None, bare: bool = False
) -> Markup:
    """The logo of a motif as SVG for a page that has `letter_symbols`, ``turned`` to its reverse complement.

    Drawn are the columns of `shown_span`. ``frame``: columns [start, end) that the picture is wide, those of the matrix
    (if ``turned``, of its reverse complement), which may begin before it and end behind it, so that logos of one frame
    stand aligned. ``bare``: letters alone, without axes, for a small picture. ``name``: what the motif is called in the
    title, which is also its alternative text; the title says which columns are shown. Raises ``ValueError`` for a motif
    without columns.
    """
    shown = pwm.reverse_complement() if turned else pwm
    start, end = shown_span(shown)
    first, last = (start, end) if frame is None else frame
    top, left = highest(pwm), 0 if bare else _LEFT
    width, floor = left + _COLUMN * (last - first), _TOP + _HEIGHT
    height = floor + (_TOP if bare else _BOTTOM)
    title = escape(_title(pwm, name, turned, (start, end)))
    parts = [
        f'<svg class="logo" viewBox="0 0 {width} {height}" width="{width * _PIXELS:g}" height="{height * _PIXELS:g}" '
        f'role="img"><title>{title}</title>'
    ]
    for letter in stacked(shown):
        if start <= letter.column < end and letter.height >= LEAST_BITS:
            low, high = (floor - round(_HEIGHT * bits / top) for bits in (letter.bottom, letter.bottom + letter.height))
            x = left + _COLUMN * (letter.column - first) + (_COLUMN - _LETTER) // 2
            size = f'width="{_LETTER}" height="{max(low - high, 1)}"'
            parts.append(f'<use href="#letter-{letter.letter}" x="{x}" y="{high}" {size}/>')
    if not bare:
        parts += _axis(top, width, floor)
        for column in range(start, end):
            number = pwm.width - column if turned else column + 1
            if column in (start, end - 1) or (number % _EACH == 0 and start + 1 < column < end - 2):
                x = _LEFT + _COLUMN * (column - first) + _COLUMN // 2
                parts.append(f'<text x="{x}" y="{floor + 64}">{number}</text>')
    return Markup("".join([*parts, "</svg>"]))


def both_strands(pwm: Pwm, name: str = "") -> Markup:
    """The logo of a motif and, of DNA, its reverse complement, of which a switch below shows one; without a script."""
    forward = page_logo(pwm, name)
    if not pwm.alphabet.double_stranded:
        return Markup('<span class="strands">{}</span>').format(forward)
    switch = Markup('<label class="turn"><input type="checkbox" aria-label="reverse complement of {}">')
    switch = switch.format(pwm.name) + Markup(" reverse complement</label>")
    reverse = page_logo(pwm, name, turned=True)
    each = Markup('<span class="{}">{}</span>')
    both = each.format("forward", forward) + each.format("reverse", reverse)
    return Markup('<span class="strands">{}{}</span>').format(both, switch)


def _title(pwm: Pwm, name: str, turned: bool, span: tuple[int, int]) -> str:
    letters = (pwm.reverse_complement() if turned else pwm).consensus()
    called = f"{pwm.name}, {name}" if name else pwm.name
    said = f"Sequence logo of {called}: {letters[slice(*span)]}"
    if turned:
        said += ", the reverse complement"
    if span == (0, pwm.width):
        return said
    start, end = (pwm.width - span[1], pwm.width - span[0]) if turned else span
    return f"{said}; columns {start + 1} to {end} of {pwm.width}, those beside them carry less than {SHOWN_BITS} bits"


def _axis(top: float, width: int, floor: int) -> list[str]:
    """The line of 0 bits, and the axis with its numbers."""
    x = _LEFT - 16
    ticks = [(bits, floor - round(_HEIGHT * bits / top)) for bits in range(int(top) + 1)]
    lines = "".join(f"M{x - 14} {y}H{x}" for _, y in ticks)
    numbers = [f'<text class="end" x="{x - 22}" y="{y + 20}">{bits}</text>' for bits, y in ticks]
    unit = f'<text class="unit" transform="rotate(-90)" x="{-_TOP - _HEIGHT // 2}" y="48">bits</text>'
    return [f'<path class="axis" d="M{width} {floor}H{x}V{_TOP}{lines}"/>', *numbers, unit]
