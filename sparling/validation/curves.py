"""Pictures that every world has: errors against density, training, confusion, and which channels the readout needs."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from sparling.validation.drawing import BLUE, FAINT, INK, ORANGE, RED, RULE, SOFT, WIDTH, bare, new_figure
from sparling.validation.evidence import Evidence

FLOOR = 1e-3
"""Errors below this share are drawn at it: on a logarithmic axis zero has no place."""

_ERRORS = (("fpe", "FPE", BLUE, "o"), ("fne", "FNE", ORANGE, "s"), ("ce", "CE", RED, "^"))
_OUTPUT = (("exact_match", "exact match", BLUE, "o"), ("e2ee", "E2EE", ORANGE, "s"))


def draw_scan(evidence: Evidence) -> Figure:
    """Errors of the map, and of the output, at every density asked for on the way down; δ* is marked.

    Where there was but one, they stand at the density there came to be.
    """
    scan, target = evidence.result.scan, evidence.result.density.delta_star
    figure = new_figure(WIDTH, 4.9, layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1.25, 1))
    asked = [point.target_density for point in scan]
    density = asked if len(scan) > 1 else [point.density or point.target_density for point in scan]
    for axes, lines in ((above, _ERRORS), (below, _OUTPUT)):
        _mark_target(axes, density, target)
        for key, name, colour, marker in lines:
            shares = _numbers([getattr(point, key) for point in scan])
            shares = np.maximum(shares, FLOOR) if axes is above else shares
            axes.plot(density, shares, color=colour, marker=marker, markeredgecolor="white", markeredgewidth=0.5,
                      markersize=5, label=name, clip_on=False, zorder=3)  # fmt: skip
        axes.grid(axis="y")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=3, handlelength=2, columnspacing=1.6)
    above.set(yscale="log", ylim=(FLOOR, 1.0), ylabel="error of the map")
    above.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"≤ {100 * y:g} %" if y <= FLOOR else f"{100 * y:g} %"))
    above.yaxis.set_minor_locator(NullLocator())
    below.set(ylim=(0, 1), ylabel="output sequence")
    below.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    low, high = min(*density, target), max(*density, target)
    falling = "density δ, falling as annealing goes on"
    below.set(xscale="log", xlim=(high * 1.25, low / 1.25), xlabel=falling if len(scan) > 1 else "density δ")
    _density_axis(below.xaxis)
    above.annotate("δ*", (target, 1.0), (0, 3), xycoords=("data", "axes fraction"), textcoords="offset points",
                   ha="center", va="bottom", color=RED, fontweight="bold")  # fmt: skip
    return figure


def _mark_target(axes: Any, density: list[float], target: float) -> None:
    if min(density) < 0.99 * target:
        axes.axvspan(target, min(density) / 1.25, color=FAINT, linewidth=0, zorder=0)
    axes.axvline(target, color=RED, linewidth=1, linestyle=(0, (3, 2)), zorder=1)


def draw_training(evidence: Evidence) -> Figure:
    """Loss, exact match, δ and each channel's threshold over the training samples."""
    lines, delta_star = evidence.evaluations, evidence.result.density.delta_star
    samples = _numbers([line["samples"] for line in lines])
    figure = new_figure(WIDTH, 7.4, layout="constrained")
    match, loss, density, threshold = figure.subplots(4, 1, sharex=True, height_ratios=(1, 0.9, 1, 1.5))
    for axes, key in ((match, "exact_match"), (loss, "loss"), (density, "density")):
        style = {"color": BLUE, "marker": "o", "markersize": 3, "clip_on": False}
        values = _numbers([line.get(key) for line in lines])
        axes.plot(samples, np.where(values > 0, values, np.nan) if axes is density else values, **style)
    density.plot(samples, _numbers([line["target_density"] for line in lines]), color=SOFT, linewidth=1,
                 linestyle=(0, (4, 3)), zorder=1)  # fmt: skip
    density.axhline(delta_star, color=RED, linewidth=1, linestyle=(0, (3, 2)))
    density.annotate("δ*", (1, delta_star), (4, 0), xycoords=("axes fraction", "data"),
                     textcoords="offset points", va="center", color=RED, fontweight="bold")  # fmt: skip
    density.set(yscale="log", ylabel="density δ")
    _density_axis(density.yaxis)
    match.set(ylim=(0, 1), ylabel="exact match")
    match.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    loss.set(ylim=(0, None), ylabel="training loss")
    threshold.set(ylabel="threshold of each channel,\nin standard deviations")
    _draw_thresholds(threshold, evidence, samples)
    threshold.set(xlim=(0, samples[-1] if len(samples) else 1), xlabel="training samples")
    threshold.xaxis.set_major_formatter(FuncFormatter(_thousands))
    settling = [line["samples"] for line in lines if line.get("phase") == "settle"]
    for axes in (match, loss, density, threshold):
        axes.grid(axis="y")
        if settling:
            before = max((line["samples"] for line in lines if line.get("phase") != "settle"), default=0)
            axes.axvspan(before, max(settling), color=FAINT, linewidth=0, zorder=0)
    if settling:
        match.annotate("settling", ((before + max(settling)) / 2, 1), (0, 3), xycoords=("data", "axes fraction"),
                       textcoords="offset points", ha="center", va="bottom", color=SOFT, style="italic")  # fmt: skip
    return figure


def _draw_thresholds(axes: Any, evidence: Evidence, samples: Any) -> None:
    rows = [line["thresholds"] for line in evidence.evaluations if line.get("thresholds") is not None]
    if not rows or len(rows) < len(evidence.evaluations):
        return
    most = max(len(row) for row in rows)
    values = np.array([np.broadcast_to(row, most) for row in rows], dtype=float)  # one may come to be of all channels
    ends = []
    for channel in range(values.shape[1]):
        assigned = channel < evidence.channels and evidence.class_of_channel[channel] is not None
        axes.plot(samples, values[:, channel], color=BLUE if assigned else ORANGE, linewidth=1, alpha=0.75)
        ends.append((values[-1, channel], evidence.channel_name(channel)))
    if len(set(values[-1].tolist())) == 1:
        ends = [(values[-1, 0], "all")]
    low, high = axes.get_ylim()
    ends.sort()
    thread = {"arrowstyle": "-", "color": RULE, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 1}
    for (value, name), place in zip(ends, _apart([end for end, _ in ends], 0.075 * (high - low)), strict=True):
        axes.annotate(name, (1, value), (1.022, place), xycoords=("axes fraction", "data"), va="center", fontsize=7.5,
                      textcoords=("axes fraction", "data"), color=SOFT, annotation_clip=False,
                      arrowprops=thread)  # fmt: skip


def _apart(values: list[float], least: float) -> list[float]:
    """Places for labels of ascending ``values``: near them, and at least so far from each other.

    >>> [round(place, 2) for place in _apart([0.0, 0.1, 2.0], 1.0)]
    [-0.45, 0.55, 2.0]
    """
    places = np.array(values, dtype=float)
    for _ in range(200):
        short = least - np.diff(places)
        if not (short > 1e-9).any():
            break
        push = np.maximum(short, 0) / 2
        places[:-1] -= push
        places[1:] += push
    return [float(place) for place in places]


def draw_necessity(evidence: Evidence, noun: str) -> Figure:
    """For each channel the share of samples, of those it is active in, that are read otherwise once it is silenced."""
    order, shares = evidence.channel_order, evidence.result.causal.necessity or ()
    figure = new_figure(0.62 * WIDTH, 2.3, layout="constrained")
    axes = figure.subplots()
    for place, channel in enumerate(order):
        share = shares[channel]
        if share is None:
            axes.text(place, 0.03, "no sites", ha="center", va="bottom", rotation=90, color=SOFT, fontsize=7.5)
        else:
            axes.bar(place, share, width=0.72, color=BLUE)
            axes.text(place, share + 0.015, f"{100 * share:.0f}", ha="center", va="bottom", fontsize=7.5, color=SOFT)
    axes.set_xticks(range(len(order)), labels=[evidence.channel_name(channel) for channel in order])
    axes.tick_params(axis="x", length=0)
    axes.set(ylim=(0, 1.08), yticks=[0, 0.5, 1], xlabel=f"channel of {noun}", ylabel="samples read otherwise")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    axes.grid(axis="y")
    return figure


def draw_confusion(evidence: Evidence, noun: str) -> Figure:
    """True motifs against channels, channels in the order of their classes; beside them what was missed, below what
    each channel marked where no motif is."""
    order = evidence.channel_order
    confusion = evidence.arrays.confusion[:, order]
    missed, false = evidence.arrays.missed, evidence.arrays.false_positives[order]
    classes, channels = confusion.shape
    gap = 0.35
    across, down = channels + 1 + gap, classes + 1 + gap
    names = [f"{noun} {item.name}" for item in evidence.classes]
    left = max(0.85, 0.08 * max(map(len, names)))
    figure = new_figure(0.52 * across + left + 0.15, 0.4 * down + 0.75)
    width, height = figure.get_size_inches()
    axes = bare(figure.add_axes((left / width, 0.1 / height, 0.52 * across / width, 0.4 * down / height)))
    of_class = np.maximum(confusion.sum(1) + missed, 1)
    of_channel = np.maximum(confusion.sum(0) + false, 1)
    for k in range(classes):
        for c in range(channels):
            _cell(axes, c, k, int(confusion[k, c]), confusion[k, c] / of_class[k], BLUE)
        _cell(axes, channels + gap, k, int(missed[k]), missed[k] / of_class[k], RED)
        axes.text(-0.2, k + 0.5, names[k], ha="right", va="center")
    for c in range(channels):
        _cell(axes, c, classes + gap, int(false[c]), false[c] / of_channel[c], RED)
        axes.text(c + 0.5, -0.15, str(order[c]), ha="center", va="bottom")
    axes.text(-0.2, classes + gap + 0.5, f"no {noun}", ha="right", va="center", color=RED)
    axes.text(channels + gap + 0.5, -0.15, "missed", ha="center", va="bottom", color=RED)
    axes.text(channels / 2, -0.75, "channel that marked it", ha="center", va="bottom")
    axes.set(xlim=(0, across), ylim=(down, 0))
    return figure


def _cell(axes: Any, x: float, y: float, number: int, share: float, colour: str) -> None:
    """A number on a ground that is the deeper the larger its share."""
    white, deep = np.ones(3), np.array(to_rgb(colour))
    ground = white + (deep - white) * share**0.6 if number else np.array(to_rgb(FAINT))
    axes.add_patch(Rectangle((x + 0.02, y + 0.03), 0.96, 0.94, facecolor=ground, linewidth=0))
    if number:
        ink = "white" if _dark(ground) else INK
        axes.text(x + 0.5, y + 0.52, f"{number:,}", ha="center", va="center", fontsize=8, color=ink)


def _dark(colour: Iterable[float]) -> bool:
    red, green, blue = colour
    return 0.3 * red + 0.59 * green + 0.11 * blue < 0.6


def _density_axis(axis: Any) -> None:
    """Two or three round numbers a decade, plain or as powers of ten."""
    axis.set_major_locator(LogLocator(base=10, subs=(1.0, 3.0)))
    axis.set_major_formatter(FuncFormatter(_power))
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())


def _power(value: float, _: object) -> str:
    """A density for an axis.

    >>> _power(0.003, 0), _power(3e-05, 0), _power(1e-4, 0)
    ('0.003', '3 × 10⁻⁵', '10⁻⁴')
    """
    if value >= 1e-3:
        return f"{value:g}"
    mantissa, exponent = f"{value:.0e}".split("e-")
    power = "10⁻" + exponent.lstrip("0").translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return power if mantissa == "1" else f"{mantissa} × {power}"


def _thousands(value: float, _: object) -> str:
    return f"{value / 1e6:g} M" if value >= 1e6 else f"{value / 1e3:g} k" if value else "0"


def _numbers(values: list[Any]) -> Any:
    """Floats, nan for None."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)
