"""Images with the sites that were found in them, and what each channel looks for."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sparling.validation.drawing import FAINT, INK, RULE, WIDTH, bare, new_figure
from sparling.validation.evidence import RIGHT, Evidence
from sparling.worlds.figures import GAP, JUDGED, draw_key, draw_sequences, draw_title, outline

MOST_NAMES = 12
"""Sites on no motif that are labelled in one example; where there are more, none is."""

_PALE_INK = LinearSegmentedColormap.from_list("pale ink", ["white", "#c2c9cf"])
_HALO = [patheffects.withStroke(linewidth=2, foreground="white")]


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
    wide = (WIDTH - (across - 1) * GAP) / across
    high = wide * rows / columns
    caption, key = 0.46, 0.32
    height = key + down * (high + caption)
    figure = new_figure(WIDTH, height)
    for index, image in enumerate(images):
        row, column = divmod(index, across)
        left, top = column * (wide + GAP), key + row * (high + caption)
        place = (left / WIDTH, 1 - (top + high) / height, wide / WIDTH, high / height)
        axes = bare(figure.add_axes(place))
        _draw_image(axes, image)
        _draw_truth(axes, evidence, index, named)
        _draw_sites(axes, evidence, index, cell, most_sites, named)
        true, read = (written(rows[index]) for rows in (evidence.arrays.truth, evidence.arrays.guess))
        draw_sequences(axes, true, read if evidence.reads else None, offset=4)
    draw_key(figure, noun)
    return figure


def _draw_image(axes: Any, image: NDArray[Any]) -> None:
    rows, columns = image.shape
    axes.imshow(image, cmap=_PALE_INK, vmin=0, vmax=1, extent=(0, columns, rows, 0), interpolation="none")
    axes.add_patch(Rectangle((0, 0), columns, rows, fill=False, edgecolor=RULE, linewidth=1, clip_on=False))
    axes.set(xlim=(0, columns), ylim=(rows, 0))


def _draw_truth(axes: Any, evidence: Evidence, index: int, named: bool) -> None:
    found = {site.box for site in evidence.sites(index)}
    for number, box in enumerate(evidence.boxes(index)):
        (top, left), (bottom, right) = box.low, box.high
        axes.add_patch(Rectangle((left, top), right - left, bottom - top, fill=False, **outline(number not in found)))
        if named:
            _label(axes, left, top, evidence.classes[box.kind].name, INK, "left")


def _draw_sites(axes: Any, evidence: Evidence, index: int, cell: int, most_sites: int, named: bool) -> None:
    half = 0.5 * (cell % 2)
    boxes, sites = evidence.boxes(index), evidence.sites(index)[:most_sites]
    columns = evidence.arrays.examples.shape[2]
    few = sum(site.box is None for site in sites) <= MOST_NAMES
    for site in reversed(sites):
        (y, x), colour = (at + half for at in site.place), JUDGED[site.judgement]
        axes.plot(x, y, "o", color=colour, markersize=4.2, markeredgecolor="white", markeredgewidth=0.6, clip_on=False)
        if site.box is None and few:
            side, shift = ("right", -1.6) if x > 0.94 * columns else ("left", 1.6)
            _label(axes, x + shift, y + 1.6, evidence.channel_name(site.channel), colour, side)
    strongest = {site.box: site for site in reversed(sites) if site.box is not None}
    for number, site in strongest.items():
        box, name = boxes[number], evidence.channel_name(site.channel)
        if named or site.judgement != RIGHT:
            _label(axes, box.high[1], box.low[0], name, JUDGED[site.judgement], "right")


def _label(axes: Any, x: float, y: float, text: str, colour: str, side: str) -> None:
    axes.text(x, y - 0.6, text, color=colour, fontsize=7.5, fontweight="bold", ha=side, va="bottom", path_effects=_HALO)


def draw_patches(evidence: Evidence, noun: str) -> Figure:
    """The mean of the pixels around each channel's strongest sites, in the order of the channels' classes."""
    patches = evidence.arrays.looked_for
    across = 5 if len(patches) <= 20 else 8
    down = -(-len(patches) // across)
    side = (WIDTH - (across - 1) * 3 * GAP) / across
    title = 0.46
    height = down * (side + title) + (down - 1) * GAP
    figure = new_figure(WIDTH, height)
    for index, channel in enumerate(evidence.channel_order):
        row, column = divmod(index, across)
        left, top = column * (side + 3 * GAP), title + row * (side + title + GAP)
        place = (left / WIDTH, 1 - (top + side) / height, side / WIDTH, side / height)
        axes = bare(figure.add_axes(place))
        k, marks = evidence.class_of_channel[channel], evidence.marks(channel)
        name = f"channel {channel}" if across == 5 else str(channel)
        if k is not None:
            name += f" = {noun} {evidence.classes[k].name}" if across == 5 else f" = {evidence.classes[k].name}"
        number = f"{marks:,} mark{'s' if marks > 1 else ''}" if marks else "no sites"
        if marks and across == 5:
            number += " on test images"
        draw_title(axes, name, number, k is not None)
        axes.set_facecolor(FAINT)
        if np.isfinite(patches[channel]).any():
            axes.imshow(patches[channel], cmap="gray_r", interpolation="none")
        else:
            axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, facecolor=FAINT, edgecolor=RULE))
    return figure
