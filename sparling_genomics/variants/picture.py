"""The two alleles of a variant with their sites: the whole window, and letter by letter around the change."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import PathPatch, Polygon, Rectangle
from matplotlib.path import Path as Outline
from numpy.typing import NDArray

from sparling.names import printable
from sparling.validation.drawing import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    RED,
    RULE,
    SOFT,
    bare,
    house_style,
    new_figure,
    save_png,
    svg,
)
from sparling_genomics.letters.alphabet import ALPHABETS, decode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.glyphs import LETTERS, contours
from sparling_genomics.pages.logo import COLOURS, stacked
from sparling_genomics.runs.finished import StoredRun
from sparling_genomics.variants.alleles import Alleles
from sparling_genomics.variants.change import GAINED, LOST, Change, Site

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Ints = NDArray[np.int64]
FLANK = 22
"""Letters shown on either side of the change."""
MOST_LETTERS = 90
"""Columns of letters at most; of a longer change the beginning is shown."""
MOST_SAID = 4
"""Of several labels or values those that are told, at most: which change most."""
HEAD = 1.7
"""Inches of title and window together."""
COLUMN = 0.125
"""Inches of a column of letters."""
MOTIF_COLOURS = (BLUE, ORANGE, "#4d9078", "#8a5a9e", "#a3752c", "#5b8db8", "#c46b8c", SOFT)
"""Of the motifs in order; all after the seventh share the last."""
ROOM_FOR_NAME = 0.025
"""Of the window, that an arrow takes which has its motif's name in it."""
ROOM = 16
"""Columns that the words beside a logo take."""
LOGO, ROW = 1.5, 1.0
"""Heights of a logo and of a row of letters, in rows."""


def draw_change(run: StoredRun, change: Change, path: Path) -> None:
    """Draw a change into ``path`` with .svg and .png behind it."""
    columns = _Columns(change.alleles)
    shown = columns.around()
    lanes = [_lanes(sites) for sites in _sites_shown(run, change, columns, shown)]
    height = sum(len(lane) * LOGO for lane in lanes) + 2 * ROW + 0.9
    width = max(7.2, 1.5 + COLUMN * len(shown))
    tall = HEAD + 0.28 * height
    with house_style():
        figure = new_figure(width, tall, layout=None)
        window = figure.add_axes((0.13, 1 - HEAD / tall, 0.85, (HEAD - 0.5) / tall))
        letters = figure.add_axes((0.13, 0.03, 0.85, 0.96 - HEAD / tall))
        figure.text(0.012, 1 - 0.16 / tall, _title(change), va="center", fontsize=9.5, fontweight="bold")
        figure.text(0.012, 1 - 0.37 / tall, _said(run, change), va="center", color=SOFT)
        _draw_window(window, run, change)
        _draw_letters(letters, run, change, columns, shown, lanes)
        path.with_name(path.name + ".svg").write_bytes(svg(figure))
        save_png(figure, path.with_name(path.name + ".png"))


def _title(change: Change) -> str:
    name = printable(change.alleles.name)
    return name if len(name) <= 90 else name[:89] + "…"


def _said(run: StoredRun, change: Change) -> str:
    where = "" if change.alleles.interval is None else f"{change.alleles.interval} (0-based)   ·   "
    if not run.columns:
        before, after = change.said[0].predictions
        rise = f"{change.said[0].change:+.2f}".replace("-", "−")
        return f"{where}probability {before:.3f} → {after:.3f}   ·   logit {rise}"
    most = sorted(change.said, key=lambda each: -abs(each.change) / each.column.scale)[:MOST_SAID]
    told = (f"{s.column.name} {s.predictions[0]:.3g} → {s.predictions[1]:.3g}".replace("-", "−") for s in most)
    return where + "   ·   ".join(told)


class _Columns:
    """The two alleles under each other: which column each letter stands in, with gaps where one has fewer letters."""

    def __init__(self, alleles: Alleles) -> None:
        reference: list[int] = []
        alternative: list[int] = []
        column = at = 0
        changed: list[range] = []
        for block in alleles.blocks:
            same = block.start - at
            reference += range(column, column + same)
            alternative += range(column, column + same)
            column += same
            sizes = block.end - block.start, block.end_there - block.start_there
            reference += range(column, column + sizes[0])
            alternative += range(column, column + sizes[1])
            changed.append(range(column, column + max(sizes)))
            column += max(sizes)
            at = block.end
        rest = len(alleles.reference) - at
        reference += range(column, column + rest)
        alternative += range(column, column + rest)
        self.of = np.array(reference), np.array(alternative)
        self.number, self.changed = column + rest, changed

    def around(self) -> range:
        """The columns that are shown letter by letter."""
        first = max(self.changed[0].start - FLANK, 0)
        last = min(self.changed[-1].stop + FLANK, self.number)
        return range(first, min(last, first + MOST_LETTERS))


def _sites_shown(run: StoredRun, change: Change, columns: _Columns, shown: range) -> tuple[list[Site], list[Site]]:
    """Sites of the reference and of the alternative near the change, the strongest first."""
    found = []
    blocks = change.alleles.blocks
    spans = [(blocks[0].start, blocks[-1].end), (blocks[0].start_there, blocks[-1].end_there)]
    for sites, (start, end), of in zip(
        (change.reference_sites, change.alternative_sites), spans, columns.of, strict=True
    ):
        near = [site for site in sites if site.start < end + 3 and start - 3 < site.end]
        inside = [site for site in near if _visible(site, of, shown)]
        found.append(sorted(inside, key=lambda site: -site.score)[:3])
    return found[0], found[1]


def _visible(site: Site, of: Ints, shown: range) -> bool:
    inside = range(max(site.start, 0), min(site.end, len(of)))
    return bool(inside) and of[inside[0]] < shown.stop and of[inside[-1]] >= shown.start


def _lanes(sites: Sequence[Site]) -> list[list[Site]]:
    """Sites in lanes in which none overlap, the strongest in the lane nearest to the letters."""
    lanes: list[list[Site]] = []
    for site in sites:
        for lane in lanes:
            if all(site.end <= other.start or other.end <= site.start for other in lane):
                lane.append(site)
                break
        else:
            lanes.append([site])
    return lanes


def _draw_window(axes: "Axes", run: StoredRun, change: Change) -> None:
    """Both alleles over the whole window, sites as arrows."""
    bare(axes)
    alleles = change.alleles
    first = 0 if alleles.interval is None else alleles.interval.start
    length = max(len(alleles.reference), len(alleles.alternative))
    axes.set(xlim=(0, length), ylim=(-0.6, 1.95))
    for place, side in ((0, "left"), (len(alleles.reference), "right")):
        axes.text(place, 1.68, f"{first + place:,}", ha=side, va="center", color=SOFT, fontsize=7)
    rows = (
        ("reference", 1.0, alleles.reference, change.reference_sites, [(b.start, b.end) for b in alleles.blocks]),
        (
            "alternative",
            0.0,
            alleles.alternative,
            change.alternative_sites,
            [(b.start_there, b.end_there) for b in alleles.blocks],
        ),
    )
    for name, y, codes, sites, blocks in rows:
        axes.plot([0, len(codes)], [y, y], color=SOFT, linewidth=0.8, zorder=1)
        axes.text(-0.012 * length, y, name, ha="right", va="center", color=SOFT)
        for start, end in blocks:
            wide = max(end - start, length / 250)
            axes.add_patch(Rectangle((start, y - 0.42), wide, 0.84, facecolor=RED, alpha=0.22, linewidth=0, zorder=0))
        for site in sites:
            _arrow(axes, site, y, len(codes), length)
            start, end = max(site.start, 0), min(site.end, len(codes))
            if end - start >= ROOM_FOR_NAME * length:
                name = run.pwms[site.motif].name
                axes.text((start + end) / 2, y, name, ha="center", va="center", color="white", fontsize=6.8, zorder=3)


def _arrow(axes: "Axes", site: Site, y: float, letters: int, length: int) -> None:
    start, end = max(site.start, 0), min(site.end, letters)
    tip = min(0.012 * length, (end - start) / 2)
    low, high = y - 0.3, y + 0.3
    if site.reverse:
        corners = [(end, low), (end, high), (start + tip, high), (start, y), (start + tip, low)]
    else:
        corners = [(start, low), (start, high), (end - tip, high), (end, y), (end - tip, low)]
    axes.add_patch(Polygon(corners, facecolor=_colour(site.motif), linewidth=0, zorder=2))


def _colour(motif: int) -> str:
    return MOTIF_COLOURS[min(motif, len(MOTIF_COLOURS) - 1)]


def _draw_letters(
    axes: "Axes",
    run: StoredRun,
    change: Change,
    columns: _Columns,
    shown: range,
    lanes: Sequence[list[list[Site]]],
) -> None:
    """Letters of both alleles around the change; logos of their sites above and below."""
    bare(axes)
    above, below = (len(lane) * LOGO for lane in lanes)
    axes.set(xlim=(shown.start, shown.stop), ylim=(-below - ROW - 0.35, above + ROW + 0.35))
    for block in columns.changed:
        if block.start < shown.stop:
            stop = min(max(block.stop, block.start + 1), shown.stop)
            corner = (block.start, -ROW - 0.1)
            axes.add_patch(Rectangle(corner, stop - block.start, 2 * ROW + 0.2, facecolor=RED, alpha=0.16, linewidth=0))
    alphabet = ALPHABETS[run.network.alphabet]
    rows = (
        ("reference", change.alleles.reference, columns.of[0], 0.0, lanes[0], 1),
        ("alternative", change.alleles.alternative, columns.of[1], -ROW, lanes[1], -1),
    )
    for name, codes, of, bottom, own, side in rows:
        axes.text(shown.start - 0.6, bottom + ROW / 2, name, ha="right", va="center", color=SOFT)
        text = decode(codes, alphabet)
        _draw_text(axes, text, of, shown, bottom)
        for number, lane in enumerate(own):
            base = ROW + 0.12 + number * LOGO if side > 0 else -ROW - 0.12 - (number + 1) * LOGO
            for site in lane:
                told = _score_told(run.pwms[site.motif].name, site, change, side > 0)
                _draw_site(axes, run.pwms[site.motif], site, of, shown, base, told)


def _draw_text(axes: "Axes", text: str, of: Ints, shown: range, bottom: float) -> None:
    filled = {int(column): letter for column, letter in zip(of, text, strict=True)}
    for column in shown:
        letter = filled.get(column)
        if letter in LETTERS:
            _glyph(axes, letter, column + 0.12, bottom + 0.16, 0.76, 0.68 * ROW)
        else:
            mark = "–" if letter is None else letter
            axes.text(column + 0.5, bottom + ROW / 2, mark, ha="center", va="center", color=SOFT)


def _draw_site(
    axes: "Axes",
    pwm: Pwm,
    site: Site,
    of: Ints,
    shown: range,
    base: float,
    told: str,
) -> None:
    """The logo of a site's motif on its strand, each column over its letter, and which it is."""
    oriented = pwm.reverse_complement() if site.reverse else pwm
    inside = [(i, int(of[site.start + i])) for i in range(pwm.width) if 0 <= site.start + i < len(of)]
    places = {i: column for i, column in inside if column in shown}
    if not places:
        return
    high = LOGO - 0.3
    first, last = min(places.values()), max(places.values()) + 1
    axes.add_patch(
        Rectangle((first, base), last - first, high, facecolor=FAINT, edgecolor=RULE, linewidth=0.6, zorder=0)
    )
    for letter, column, bottom, height in stacked(oriented):
        if column in places:
            scale = high / max(2.0, float(pwm.corrected_information().max(initial=2.0)))
            _glyph(axes, letter, places[column] + 0.025, base + bottom * scale, 0.95, height * scale)
    x, side = (
        (last + 0.4, "left") if shown.stop - last >= ROOM or first - shown.start < ROOM else (first - 0.4, "right")
    )
    axes.text(x, base + high / 2, told, ha=side, va="center", color=_colour(site.motif), fontweight="bold")


def _score_told(name: str, site: Site, change: Change, in_reference: bool) -> str:
    """Motif, strand and score of a site, and what the other allele has in its place where that is none."""
    text = f"{name} ({'−' if site.reverse else '+'})  {site.score:.2f}"
    for other in change.sites:
        own, there = (other.reference_score, other.alternative_score)[:: 1 if in_reference else -1]
        if other.motif == name and own == site.score and other.kind == (LOST if in_reference else GAINED):
            gone = "beyond the end" if there is None else f"{there:.2f}".replace("-", "−")
            return f"{text}, {'becomes' if in_reference else 'was'} {gone}"
    return text


def _glyph(axes: "Axes", letter: str, x: float, bottom: float, width: float, height: float) -> None:
    corner, size = (x, bottom + height), (width / 1000, -height / 1000)
    closed = [np.append(points, points[:1], axis=0) for points, _ in contours(LETTERS[letter])]
    shape = Outline.make_compound_path(*(Outline(points * size + corner, closed=True) for points in closed))
    axes.add_patch(PathPatch(shape, facecolor=COLOURS.get(letter, INK), linewidth=0))
