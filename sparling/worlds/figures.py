"""What the pictures of all such worlds have in common: colours of boxes and marks, their key, captions and titles."""

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sparling.validation.drawing import BLUE, INK, ORANGE, RED, SOFT
from sparling.validation.evidence import OUTSIDE, RIGHT, WRONG

JUDGED = {RIGHT: BLUE, WRONG: ORANGE, OUTSIDE: RED}
"""Colour of a mark."""
GAP = 0.14
"""Inches between two panels."""


def outline(missed: bool) -> dict[str, Any]:
    """How the box of a motif is drawn."""
    if missed:
        return {"edgecolor": RED, "linestyle": (0, (2, 1.5)), "linewidth": 0.9}
    return {"edgecolor": INK, "linewidth": 0.7}


def draw_key(figure: Figure, noun: str) -> None:
    """What boxes and marks mean, in one line above all."""
    handles = [
        Patch(facecolor="none", edgecolor=INK, linewidth=0.8, label=noun),
        Patch(facecolor="none", edgecolor=RED, linewidth=0.9, linestyle=(0, (2, 1.5)), label=f"{noun} that was missed"),
        _dot(BLUE, "site of the right channel"),
        _dot(ORANGE, "site of another channel"),
        _dot(RED, f"site on no {noun}"),
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.006, 1.0), ncols=5, handlelength=1.1,
                  handletextpad=0.5, columnspacing=2.0, borderpad=0.1)  # fmt: skip


def draw_sequences(axes: Any, true: str, read: str | None, offset: float) -> None:
    """Below ``axes`` by ``offset`` points the true sequence, and what was ``read`` where something was."""
    lines = [("true", true)] if read is None else [("true", true), ("read", read)]
    for number, (name, text) in enumerate(lines):
        colour = INK if name == "true" else BLUE if read == true else RED
        place = (0, -offset - 11.5 * number)
        where: dict[str, Any] = {
            "xycoords": "axes fraction",
            "textcoords": "offset points",
            "va": "top",
            "fontsize": 8.5,
            "parse_math": False,
        }
        axes.annotate(name, (0, 0), place, color=SOFT, **where)
        weight = "bold" if name == "read" else "normal"
        axes.annotate(text or "nothing", (0, 0), (27, place[1]), color=colour, fontweight=weight, **where)


def draw_title(axes: Any, name: str, number: str, known: bool) -> None:
    """Above ``axes`` the name of a channel, and how many marks it has; ``known``: it stands for a class."""
    where: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    axes.annotate(name, (0, 1), (0, 14.5), fontsize=9, fontweight="bold", color=INK if known else SOFT, **where)
    axes.annotate(number, (0, 1), (0, 3.5), fontsize=8, color=SOFT, **where)


def _dot(colour: str, label: str) -> Line2D:
    return Line2D([], [], linestyle="", marker="o", color=colour, markersize=4.5, label=label)
