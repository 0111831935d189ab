"""Images with the sites that were found in them, and what each channel looks for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from numpy.typing import NDArray

from sparling.validation.drawing import BLUE, FAINT, INK, ORANGE, RED, RULE, SOFT, WIDTH, bare, new_figure
from sparling.validation.evidence import OUTSIDE, RIGHT, WRONG, Evidence

MOST_NAMES = 12
"""Sites on no motif that are labelled in one example; where there are more, none is."""

_JUDGED = {RIGHT: BLUE, WRONG: ORANGE, OUTSIDE: RED}
_PALE_INK = LinearSegmentedColormap.from_list("pale ink", ["white", "#c2c9cf"])
_HALO = [patheffects.withStroke(linewidth=2, foreground="white")]
_GAP = 0.14


def draw_examples(
    evidence: Evidence, noun: str, written: Callable[[NDArray[Any]], str], cell: int, most_sites: int, named: bool
) -> Figure:
    """Test images with the boxes of their motifs, the sites the model marked, and both sequences below.

    Motifs and channels are named where they have room for it (``named``), else only channels that are wrong.
    """
    images = evidence.arrays.examples
    rows, columns = images.shape[1:]
    across = 4 if columns <= 64 else 3 if columns <= 200 else 2
    down = -(-len(images) // across)
    wide = (WIDTH - (across - 1) * _GAP) / across
    high = wide * rows / columns
    caption, key = 0.46, 0.32
    height = key + down * (high + caption)
    figure = new_figure(WIDTH, height)
    for index, image in enumerate(images):
        row, column = divmod(index, across)
        left, top = column * (wide + _GAP), key + row * (high + caption)
        place = (left / WIDTH, 1 - (top + high) / height, wide / WIDTH, high / height)
        axes = bare(figure.add_axes(place))
        _draw_image(axes, image)
        _draw_truth(axes, evidence, index, named)
        _draw_sites(axes, evidence, index, cell, most_sites, named)
        _caption(axes, evidence, index, written)
    handles = [
        Patch(facecolor="none", edgecolor=INK, linewidth=0.8, label=noun),
        Patch(facecolor="none", edgecolor=RED, linewidth=0.9, linestyle=(0, (2, 1.5)), label=f"{noun} that was missed"),
        _dot(BLUE, "site of the right channel"),
        _dot(ORANGE, "site of another channel"),
        _dot(RED, f"site on no {noun}"),
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.006, 1.0), ncols=5, handlelength=1.1,
                  handletextpad=0.5, columnspacing=2.0, borderpad=0.1)  # fmt: skip
    return figure


def _draw_image(axes: Any, image: NDArray[Any]) -> None:
    rows, columns = image.shape
    axes.imshow(image, cmap=_PALE_INK, vmin=0, vmax=1, extent=(0, columns, rows, 0), interpolation="none")
    axes.add_patch(Rectangle((0, 0), columns, rows, fill=False, edgecolor=RULE, linewidth=1, clip_on=False))
    axes.set(xlim=(0, columns), ylim=(rows, 0))


def _draw_truth(axes: Any, evidence: Evidence, index: int, named: bool) -> None:
    found = {site.box for site in evidence.sites(index)}
    for number, box in enumerate(evidence.boxes(index)):
        missed = number not in found
        style: dict[str, Any] = (
            {"edgecolor": RED, "linestyle": (0, (2, 1.5)), "linewidth": 0.9}
            if missed
            else {"edgecolor": INK, "linewidth": 0.7}
        )
        (top, left), (bottom, right) = box.low, box.high
        axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, **style))
        if named:
            _label(axes, left, top, evidence.classes[box.kind].name, INK, "left")


def _draw_sites(axes: Any, evidence: Evidence, index: int, cell: int, most_sites: int, named: bool) -> None:
    half = 0.5 * (cell % 2)
    boxes, sites = evidence.boxes(index), evidence.sites(index)[:most_sites]
    columns = evidence.arrays.examples.shape[2]
    few = sum(site.box is None for site in sites) <= MOST_NAMES
    for site in reversed(sites):
        (y, x), colour = (at + half for at in site.place), _JUDGED[site.judgement]
        axes.plot(x, y, "o", color=colour, markersize=4.2, markeredgecolor="white", markeredgewidth=0.6, clip_on=False)
        if site.box is None and few:
            side, shift = ("right", -1.6) if x > 0.94 * columns else ("left", 1.6)
            _label(axes, x + shift, y + 1.6, evidence.channel_name(site.channel), colour, side)
    strongest = {site.box: site for site in reversed(sites) if site.box is not None}
    for number, site in strongest.items():
        box, name = boxes[number], evidence.channel_name(site.channel)
        if named or site.judgement != RIGHT:
            _label(axes, box.high[1], box.low[0], name, _JUDGED[site.judgement], "right")


def _label(axes: Any, x: float, y: float, text: str, colour: str, side: str) -> None:
    axes.text(x, y - 0.6, text, color=colour, fontsize=7.5, fontweight="bold", ha=side, va="bottom", path_effects=_HALO)


def _caption(axes: Any, evidence: Evidence, index: int, written: Callable[[NDArray[Any]], str]) -> None:
    true, read = (written(rows[index]) for rows in (evidence.arrays.truth, evidence.arrays.guess))
    lines = (("true", true), ("read", read)) if evidence.reads else (("true", true),)
    for line, (name, text) in enumerate(lines):
        colour = INK if name == "true" else BLUE if read == true else RED
        where = {
            "xycoords": "axes fraction",
            "textcoords": "offset points",
            "va": "top",
            "fontsize": 8.5,
            "parse_math": False,
        }
        offset = -4 - 11.5 * line
        axes.annotate(name, (0, 0), (0, offset), color=SOFT, **where)
        weight = "bold" if name == "read" else "normal"
        axes.annotate(text or "nothing", (0, 0), (27, offset), color=colour, fontweight=weight, **where)


def _dot(colour: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="", marker="o", color=colour, markersize=4.5, label=label)


def draw_patches(evidence: Evidence, noun: str) -> Figure:
    """The mean of the pixels around each channel's strongest sites, in the order of the channels' classes."""
    patches = evidence.arrays.looked_for
    across = 5 if len(patches) <= 20 else 8
    down = -(-len(patches) // across)
    side = (WIDTH - (across - 1) * 3 * _GAP) / across
    title = 0.46
    height = down * (side + title) + (down - 1) * _GAP
    figure = new_figure(WIDTH, height)
    for index, channel in enumerate(evidence.channel_order):
        row, column = divmod(index, across)
        left, top = column * (side + 3 * _GAP), title + row * (side + title + _GAP)
        place = (left / WIDTH, 1 - (top + side) / height, side / WIDTH, side / height)
        axes = bare(figure.add_axes(place))
        k, marks = evidence.class_of_channel[channel], evidence.marks(channel)
        name = f"channel {channel}" if across == 5 else str(channel)
        if k is not None:
            name += f" = {noun} {evidence.classes[k].name}" if across == 5 else f" = {evidence.classes[k].name}"
        number = f"{marks:,} mark{'s' if marks > 1 else ''}" if marks else "no sites"
        if marks and across == 5:
            number += " on test images"
        axes.annotate(name, (0, 1), (0, 14.5), xycoords="axes fraction", textcoords="offset points",
                      fontsize=9, fontweight="bold", color=SOFT if k is None else INK)  # fmt: skip
        axes.annotate(number, (0, 1), (0, 3.5), xycoords="axes fraction", textcoords="offset points",
                      fontsize=8, color=SOFT)  # fmt: skip
        axes.set_facecolor(FAINT)
        if np.isfinite(patches[channel]).any():
            axes.imshow(patches[channel], cmap="gray_r", interpolation="none")
        else:
            axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, facecolor=FAINT, edgecolor=RULE))
    return figure
