"""Pictures of a validation on concepts: which latent is active with which concept, agreement, frequency."""

from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from sparling.alignment.settings import Choice
from sparling.validation.drawing import BLUE, INK, ORANGE, RED, SOFT, WIDTH, new_figure
from sparling.worlds.concepts.published import PUBLISHED
from sparling.worlds.concepts.result import ConceptsResult, Found

_BLUES = LinearSegmentedColormap.from_list("blues", ["white", BLUE])
_KINDS: tuple[tuple[tuple[Choice, float], str, str, Any], ...] = (
    (("global", 1.0), BLUE, "o", "-"),
    (("global", 0.0), BLUE, "o", (0, (3, 2))),
    (("local", 1.0), ORANGE, "s", "-"),
    (("local", 0.0), ORANGE, "s", (0, (3, 2))),
)
"""Trainings that are drawn beside published ones: colour, marker, line."""


def draw_matrices(result: ConceptsResult, shown: list[tuple[Found, NDArray[np.float32]]]) -> Figure:
    """A row a training, a column a stream: how often a latent is active with a concept; (M, C, L) of each training.

    Concepts are in order of frequency; the latents of a row in the same order, each concept's own first, so that one
    space is one diagonal in all streams.
    """
    streams = result.streams
    figure = new_figure(WIDTH, 2.75 * len(shown), layout="constrained")
    grid = figure.subplots(len(shown), len(streams), squeeze=False, sharey=True)
    order = np.argsort(-np.asarray(result.frequency), kind="stable")
    image: Any = None
    for row, (found, share) in zip(grid, shown, strict=True):
        first = [found.latent[concept] for concept in order]
        latents = first + [latent for latent in range(share.shape[2]) if latent not in set(first)]
        for axes, stream, mine in zip(row, streams, share, strict=True):
            image = axes.imshow(mine[order][:, latents], cmap=_BLUES, vmin=0, vmax=1, aspect="auto",
                                interpolation="none")  # fmt: skip
            axes.set_title(f"{found.title}: stream {stream}", color=INK, loc="left", fontsize=8.5)
            axes.axvline(len(first) - 0.5, color=SOFT, linewidth=0.7, linestyle=(0, (2, 2)))
        row[0].set_ylabel("concepts, frequent first")
    for axes in grid[-1]:
        axes.set_xlabel("latents, in the order of their concepts")
    bar = figure.colorbar(image, ax=grid, shrink=0.5, aspect=30, pad=0.01)
    bar.outline.set_visible(False)
    bar.set_label("share of the concept’s samples")
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    return figure


def draw_agreement(result: ConceptsResult) -> Figure:
    """Jaccard at every depth of the tree of labels, beside the published ones; and how λ moves it."""
    figure = new_figure(WIDTH, 3.3, layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.3, 1))
    for key, colour, marker, line in _KINDS:
        found, published = result.of(*key), PUBLISHED[key]
        if found is None:
            continue
        depths = np.arange(len(found.jaccard))
        left.plot(depths, found.jaccard, color=colour, marker=marker, linestyle=line, label=found.title, clip_on=False)
        left.plot([depths[0], depths[-1]], [published.shallow, published.jaccard], color=colour, marker=marker,
                  linestyle="none", markerfacecolor="white", markersize=6, clip_on=False)  # fmt: skip
    left.plot([], [], color=SOFT, marker="o", linestyle="none", markerfacecolor="white", label="published")
    left.set(ylim=(0, 1.02), xlabel="depth of the labels", ylabel="Jaccard, mean over latents")
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=3, handlelength=2, columnspacing=1.4)
    k = result.found[0].k
    for choice, colour, marker in (("global", BLUE, "o"), ("local", ORANGE, "s")):
        mine = sorted((each for each in result.found if (each.choice, each.k) == (choice, k)), key=lambda f: f.cross)
        places = np.arange(len(mine))
        right.plot(places, [each.jaccard[-1] for each in mine], color=colour, marker=marker, label="Jaccard")
        right.plot(places, [each.at_one for each in mine], color=colour, marker=marker, linestyle=(0, (1, 1.5)),
                   label="R@1")  # fmt: skip
        right.set_xticks(places, [f"{each.cross:g}" for each in mine])
    right.set(xlabel="λ, weight of cross-reconstruction")
    right.set_title("Jaccard (lines) and R@1 (dots)", color=INK, loc="left")
    for axes in (left, right):
        axes.grid(axis="y")
    return figure


def draw_frequency(result: ConceptsResult, found: Found) -> Figure:
    """Recall and precision of each concept's latent, and the latents that it takes up, against how frequent it is."""
    figure = new_figure(WIDTH, 3.1, layout="constrained")
    quality, taken = figure.subplots(1, 2)
    frequency = np.asarray(result.frequency)
    quality.plot(frequency, found.recall, "o", color=BLUE, label="recall", clip_on=False, markersize=4.5)
    quality.plot(frequency, found.precision, "s", color=ORANGE, label="precision", clip_on=False, markersize=4)
    quality.set(ylim=(0, 1.02), ylabel="of the concept’s own latent")
    quality.legend(loc="lower left")
    taken.plot(frequency, found.occupied, "o", color=BLUE, clip_on=False, markersize=4.5)
    taken.axhline(int(result.settings["schedule"]["cap"]), color=RED, linewidth=1, linestyle=(0, (3, 2)))
    taken.annotate("cap", (1, int(result.settings["schedule"]["cap"])), (-2, 2), xycoords=("axes fraction", "data"),
                   textcoords="offset points", ha="right", color=RED)  # fmt: skip
    taken.set(ylim=(0, None), ylabel="latents that it takes up")
    taken.yaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (quality, taken):
        axes.set(xscale="log", xlabel="share of samples that have the concept")
        axes.xaxis.set_major_locator(LogLocator(base=10, subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:g} %"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.grid(axis="y")
    return figure
