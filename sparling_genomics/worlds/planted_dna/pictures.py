"""Test sequences with their true sites and the model's marks, and what each channel looks for."""

import base64
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from sparling.validation.drawing import BLUE, INK, ORANGE, RED, RULE, WIDTH, bare, new_figure
from sparling.validation.evidence import OUTSIDE, RIGHT, WRONG, Evidence
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.pages.logo import draw_logo
from sparling_genomics.worlds.planted_dna.factors import factor

ROW = 0.62
"""Inches for one sequence."""
_ANSWERS = {2: ("no", "yes")}
_JUDGED = {RIGHT: BLUE, WRONG: ORANGE, OUTSIDE: RED}


def draw_sequences(evidence: Evidence, choices: int) -> Figure:
    """Each test sequence as a line: above it the true sites as boxes, below it the marks; beside it both answers.

    A mark is blue where its channel stands for the box it lies in, orange in a box of another class, red elsewhere.
    """
    examples = evidence.arrays.examples
    n, length = examples.shape
    figure = new_figure(WIDTH, n * ROW + 0.1)
    for row in range(n):
        axes = bare(figure.add_axes((0.0, 1 - (row + 1) * ROW / (n * ROW + 0.1), 0.8, ROW / (n * ROW + 0.1))))
        axes.set(xlim=(-1, length + 1), ylim=(-1.1, 1.3))
        axes.plot((0, length), (0, 0), color=RULE, linewidth=1.2, zorder=1)
        for box in evidence.boxes(row):
            (low,), (high,) = box.low, box.high
            axes.add_patch(Rectangle((low, -0.14), high - low, 0.28, facecolor="white", edgecolor=INK, linewidth=0.8))
            name = evidence.classes[box.kind].name
            axes.text((low + high) / 2, 0.32, name, ha="center", va="bottom", fontsize=7.5)
        for site in sorted(evidence.sites(row), key=lambda site: (site.channel, site.place)):
            middle, colour = site.place[0] + 0.5, _JUDGED[site.judgement]
            axes.plot(middle, 0, "o", color=colour, markersize=4.2, markeredgecolor="white", zorder=3)
            name = evidence.channel_name(site.channel)
            axes.text(middle, -0.3, name, color=colour, ha="center", va="top", fontsize=7)
        true, read = (answers(rows[row], choices) for rows in (evidence.arrays.truth, evidence.arrays.guess))
        figure.text(0.81, 1 - (row + 0.42) * ROW / (n * ROW + 0.1), f"true  {true}", fontsize=8, va="center")
        figure.text(0.81, 1 - (row + 0.68) * ROW / (n * ROW + 0.1), f"read  {read}", fontsize=8, va="center",
                    color=BLUE if read == true else RED)  # fmt: skip
    return figure


def answers(row: NDArray[Any], choices: int) -> str:
    """A row of answers in words: yes or no, else numbers."""
    words = _ANSWERS.get(choices)
    return " ".join(words[int(value)] if words else str(int(value)) for value in row)


def channel_logos(evidence: Evidence) -> Iterator[tuple[str, str, str, int]]:
    """For each class its name, the planted logo and that of its channel as base64 of SVG, and the channel's marks.

    A channel's logo counts the letters around its marks; "" where no channel stands for the class.
    """
    for item in evidence.classes:
        planted, found, marks = factor(item.name.split()[0]), "", 0
        if item.channel is not None:
            counts = evidence.arrays.looked_for[item.channel]
            marks = int(counts.sum(1).max())
            pwm = Pwm(f"channel {item.channel}", counts, marks).trim(pad=1)
            found = _as_svg(_oriented(pwm, planted)) if pwm.width else ""
        yield item.name, _as_svg(planted), found, marks


def _oriented(found: Pwm, planted: Pwm) -> Pwm:
    """``found`` or its reverse complement, whichever is more like ``planted`` at its best offset."""
    return max((found, found.reverse_complement()), key=lambda pwm: _likeness(pwm, planted))


def _likeness(a: Pwm, b: Pwm) -> float:
    """The largest sum of products of their probabilities above a quarter, over all ways to lay one along the other."""
    first, second = (pwm.probabilities().ravel() - 0.25 for pwm in (a, b))
    return float(np.correlate(first, second, "full")[3::4].max())


def _as_svg(pwm: Pwm) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "logo.svg"
        draw_logo(pwm, path)
        return base64.b64encode(path.read_bytes()).decode()
