"""RNA maps as pictures: marks around sites and decoys above, what they do below."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sparling.atomic import write_atomically
from sparling.validation.drawing import BLUE, INK, ORANGE, RED, RULE, SOFT, bare, house_style, new_figure, save_png, svg
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.logo import logo_on
from sparling_genomics.splicing.genes import DONOR
from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.maps.rna_map import OFFSETS, Floats, RnaMap
from sparling_genomics.splicing.maps.sites import KINDS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Pair = tuple[RnaMap, RnaMap]
"""One motif around true sites of a kind, and around their decoys."""
MARKS_SHARE = 0.62
"""Of a panel's height, that marks have; the rest is of effects."""
SHOWN, NEAR = 150, 100
"""nt to either side of a site that are drawn, and those in a panel for a page; the table goes further."""
LABEL = 0.36
"""Inches from the axis to its name."""
COLUMNS = {"donor": "from the donor, nt", "acceptor": "from the acceptor, nt"}


def pairs(maps: Sequence[RnaMap], motif: int) -> list[Pair]:
    """Of a motif: donors, and acceptors, each with its decoys."""
    own = {(each.kind, each.true): each for each in maps if each.motif == motif}
    return [(own[kind, True], own[kind, False]) for kind in KINDS]


def panel(pair: Pair, reach: int = NEAR, size: tuple[float, float] = (3.05, 1.85)) -> bytes:
    """One motif around one kind of sites, as SVG of ``size`` inches."""
    with house_style():
        figure = new_figure(*size, layout=None)
        axes = _stacked(figure, (0.17, 0.21, 0.78, 0.75), reach, pair[0].kind)
        draw_map(*axes, pair, reach)
        axes[1].set_xticks([-reach, -reach // 2, 0, reach // 2, reach])
        axes[1].set_xlabel(COLUMNS[KINDS[pair[0].kind]], labelpad=2)
        return _small(svg(figure))


def draw_rna_maps(pwms: Sequence[Pwm], maps: Sequence[RnaMap], *paths: Path, reach: int = SHOWN) -> None:
    """A row a motif: its logo, its map around donors, and around acceptors; into each path, .svg or else PNG."""
    row, head, foot = 1.25, 0.45, 0.62
    tall = head + row * max(len(pwms), 1) + foot
    with house_style():
        figure = new_figure(9.4, tall, layout=None)
        for left, title in ((0.27, "Donors"), (0.66, "Acceptors")):
            figure.text(left, 1 - 0.2 / tall, title, fontsize=9.5, fontweight="bold", va="center")
        for number, pwm in enumerate(pwms):
            bottom = (foot + row * (len(pwms) - 1 - number) + 0.12) / tall
            height = (row - 0.22) / tall
            width = min(0.016 * pwm.width + 0.02, 0.17)
            logo_on(figure.add_axes((0.045, bottom + 0.2 * height, width, 0.52 * height)), pwm)
            figure.text(0.022, bottom + 0.86 * height, f"{pwm.name}  {pwm.consensus()}", fontweight="bold")
            for left, pair in zip((0.27, 0.66), pairs(maps, number), strict=True):
                axes = _stacked(figure, (left, bottom, 0.325, height), reach, pair[0].kind)
                draw_map(*axes, pair, reach)
                if number + 1 < len(pwms):
                    axes[1].tick_params(labelbottom=False)
                else:
                    axes[1].set_xlabel(COLUMNS[KINDS[pair[0].kind]], labelpad=2)
        _legend(figure, 0.17 / tall)
        for path in paths:
            if path.suffix == ".svg":
                write_atomically(path, lambda partial: partial.write_bytes(_small(svg(figure))))
            else:
                write_atomically(path, lambda partial: save_png(figure, partial))


def draw_map(marks: "Axes", effect: "Axes", pair: Pair, reach: int) -> None:
    """Marks of a motif on the upper axes, its effects on the lower ones, within ``reach`` nt."""
    shown = np.abs(OFFSETS) <= reach
    x = OFFSETS[shown]
    for each, colour, over in ((pair[1], ORANGE, 2), (pair[0], BLUE, 3)):
        mean, low, high = (100 * values[shown] for values in each.marks)
        marks.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0, zorder=over)
        marks.plot(x, mean, color=colour, linewidth=1.0, zorder=over)
    top = 100 * max(float(each.marks.high[shown].max()) for each in pair)
    marks.set_ylim(0, max(top * 1.06, 1.0))
    mean, low, high = (values[shown] for values in pair[0].effect)
    effect.axhline(0, color=INK, linewidth=0.5)
    for colour, there in ((BLUE, mean < 0), (RED, mean > 0)):
        _bars(effect, x[there], np.zeros(int(there.sum())), mean[there], colour, 0.9)
    sure = (low != 0) | (high != 0)
    _bars(effect, x[sure], low[sure], high[sure], INK, 0.3)
    bounds = min(float(low.min()), -0.1), max(float(high.max()), 0.1)
    effect.set_ylim(bounds[0] * 1.06, bounds[1] * 1.06)


def _bars(axes: "Axes", x: Ints, low: Floats, high: Floats, colour: str, width: float) -> None:
    """Upright lines from ``low`` to ``high``, one path for all."""
    gaps = np.full(len(x), np.nan)
    ends = np.stack([low, high, gaps], axis=1).ravel()
    axes.plot(np.repeat(x, 3), ends, color=colour, linewidth=width, solid_capstyle="butt")


def _small(picture: bytes) -> bytes:
    """The same SVG with places to a hundredth of a point."""
    return re.sub(rb' d="[^"]*"', lambda found: re.sub(rb"(\.\d\d)\d+", rb"\1", found[0]), picture)


def _stacked(figure: "Figure", box: tuple[float, float, float, float], reach: int, kind: int) -> tuple["Axes", "Axes"]:
    """Axes of marks and of effects, with the exon as a bar between."""
    left, bottom, width, height = box
    below = height * (1 - MARKS_SHARE)
    effect = figure.add_axes((left, bottom, width, below * 0.8))
    gene = figure.add_axes((left, bottom + below * 0.84, width, below * 0.2))
    marks = figure.add_axes((left, bottom + below * 1.12, width, height - below * 1.12))
    for axes in (marks, gene, effect):
        axes.set_xlim(-reach, reach)
    bare(gene).set_ylim(0, 1)
    gene.axhline(0.5, color=SOFT, linewidth=0.8)
    exon = (-reach, 0) if kind == DONOR else (0, reach)
    gene.fill_between(exon, 0.12, 0.88, color=SOFT, linewidth=0)
    marks.spines["bottom"].set_visible(False)
    marks.tick_params(axis="x", bottom=False, labelbottom=False)
    for axes, label in ((marks, "marks, %"), (effect, "effect")):
        axes.axvline(0, color=RULE, linewidth=0.8, zorder=0)
        axes.tick_params(labelsize=6.5, length=2.5, pad=2)
        axes.locator_params(axis="y", nbins=3 if axes is marks else 2)
        axes.yaxis.set_major_formatter("{x:g}")
        axes.set_ylabel(label, fontsize=6.5)
        axes.yaxis.set_label_coords(-LABEL / (width * figure.get_figwidth()), 0.5)
    return marks, effect


def _legend(figure: "Figure", y: float) -> None:
    """What the colours say, in words beside them."""
    said = (
        (BLUE, "true sites; silenced, the site loses: speaks for it"),
        (ORANGE, "decoys: GT or AG that is no site"),
        (RED, "silenced, the site gains: speaks against it"),
    )
    x = 0.022
    for colour, words in said:
        figure.text(x, y, "■", color=colour, fontsize=8, va="center")
        figure.text(x + 0.016, y, words, color=SOFT, fontsize=7.5, va="center")
        x += 0.03 + 0.0062 * len(words)
