"""Mel frames with the sites that were found in them, and what each channel listens for."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sparling.domains.spoken_digits.mel import HOP, RATE
from sparling.validation.drawing import BLUE, FAINT, INK, RULE, WIDTH, bare, new_figure
from sparling.validation.evidence import Evidence
from sparling.worlds.figures import GAP, JUDGED, draw_key, draw_sequences, draw_title, outline

MOST_SITES = 60
"""Sites drawn in one example, the strongest."""

_COLOURS = "gray_r"
_SOFTEST, _LOUDEST = -45.0, 35.0
"""dB that are white and black."""


def draw_examples(evidence: Evidence) -> Figure:
    """Test clips over time, true digits above, sites below, and both sequences."""
    clips = evidence.arrays.examples
    above, tall, below, key = 0.24, 0.95, 0.86, 0.34
    height = key + len(clips) * (above + tall + below)
    figure = new_figure(WIDTH, height)
    for index, clip in enumerate(clips):
        top = key + index * (above + tall + below) + above
        axes = figure.add_axes((0.0, 1 - (top + tall) / height, 1.0, tall / height))
        _draw_frames(axes, clip)
        _draw_truth(axes, evidence, index)
        _draw_sites(axes, evidence, index)
        true, read = (
            " ".join(evidence.spelled(rows[index])) for rows in (evidence.arrays.truth, evidence.arrays.guess)
        )
        draw_sequences(axes, true, read if evidence.reads else None, offset=24)
    draw_key(figure, "digit")
    return figure


def _draw_frames(axes: Any, clip: Any) -> None:
    bands, count = clip.shape
    axes.imshow(clip.astype(np.float32), cmap=_COLOURS, vmin=_SOFTEST, vmax=_LOUDEST, origin="lower", aspect="auto",
                extent=(0, count, 0, bands), interpolation="none")  # fmt: skip
    axes.set(xlim=(0, count), ylim=(0, bands), yticks=[])
    seconds = np.arange(1, int(count * HOP / RATE) + 1)
    axes.set_xticks(seconds * RATE / HOP, [f"{second} s" for second in seconds])
    axes.spines[:].set(visible=True, color=RULE)
    axes.tick_params(axis="x", length=2, pad=9)


def _draw_truth(axes: Any, evidence: Evidence, index: int) -> None:
    found = {site.box for site in evidence.sites(index)}
    top = axes.get_ylim()[1]
    for number, box in enumerate(evidence.boxes(index)):
        (low,), (high,) = box.low, box.high
        axes.add_patch(Rectangle((low, 0), high - low, top, fill=False, clip_on=False, **outline(number not in found)))
        axes.annotate(evidence.classes[box.kind].name, ((low + high) / 2, top), (0, 2), textcoords="offset points",
                      color=INK, fontsize=8, fontweight="bold", ha="center", va="bottom")  # fmt: skip


def _draw_sites(axes: Any, evidence: Evidence, index: int) -> None:
    for site in reversed(evidence.sites(index)[:MOST_SITES]):
        colour, x = JUDGED[site.judgement], site.place[0] + 0.5
        axes.plot([x, x], [0, axes.get_ylim()[1]], color=colour, linewidth=0.8, alpha=0.7)
        axes.plot(x, 0, "o", color=colour, markersize=4.2, markeredgecolor="white", markeredgewidth=0.6, clip_on=False)
        axes.annotate(evidence.channel_name(site.channel), (x, 0), (0, -3.5), textcoords="offset points",
                      color=colour, fontsize=8, fontweight="bold", ha="center", va="top")  # fmt: skip


def draw_patches(evidence: Evidence, across: int = 5) -> Figure:
    """The mean of the frames around each channel's strongest marks, in the order of the channels' classes."""
    patches = evidence.arrays.looked_for
    down = -(-len(patches) // across)
    side = (WIDTH - (across - 1) * 3 * GAP) / across
    tall, title = 0.8 * side, 0.46
    height = down * (tall + title) + (down - 1) * GAP
    figure = new_figure(WIDTH, height)
    for index, channel in enumerate(evidence.channel_order):
        row, column = divmod(index, across)
        left, top = column * (side + 3 * GAP), title + row * (tall + title + GAP)
        axes = bare(figure.add_axes((left / WIDTH, 1 - (top + tall) / height, side / WIDTH, tall / height)))
        k, marks = evidence.class_of_channel[channel], evidence.marks(channel)
        name = f"channel {channel}" + ("" if k is None else f" = digit {evidence.classes[k].name}")
        number = "no sites" if not marks else f"{marks:,} mark{'s' if marks > 1 else ''} on test clips"
        draw_title(axes, name, number, k is not None)
        if np.isfinite(patches[channel]).any():
            axes.imshow(patches[channel], cmap=_COLOURS, vmin=_SOFTEST, vmax=_LOUDEST, origin="lower", aspect="auto",
                        interpolation="none")  # fmt: skip
            axes.axvline(patches.shape[2] // 2, color=BLUE, linewidth=0.8, alpha=0.7)
        else:
            axes.set_facecolor(FAINT)
            axes.add_patch(Rectangle((0, 0), 1, 1, transform=axes.transAxes, facecolor=FAINT, edgecolor=RULE))
    return figure
