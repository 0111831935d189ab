"""Sequence logos: letter heights in bits, in the colours of the field."""

from pathlib import Path

import logomaker
import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sparling_genomics.letters.pwm import Pwm

# A green, C blue, G orange, T and U red.
COLOURS = {"A": "#109648", "C": "#255c99", "G": "#f7b32b", "T": "#d62839", "U": "#d62839"}


def draw_logo(pwm: Pwm, *paths: Path | str) -> None:
    """Draw the information logo of a motif into each of ``paths``, SVG or PNG by their suffix.

    A letter is as high as its probability times the column's bits against the background, corrected for the number of
    letters; the axis goes from 0 to 2 bits, or further. Letters are outlines: no font is needed to see them. The same
    motif gives the same SVG bytes.
    Raises ``ValueError`` for another suffix, or a motif without columns.
    """
    formats = [Path(path).suffix.lower().lstrip(".") for path in paths]
    for path, kind in zip(paths, formats, strict=True):
        if kind not in ("svg", "png"):
            raise ValueError(f"logo must be written to .svg or .png; got {path}")
    figure = _figure(pwm)
    with matplotlib.rc_context({"svg.hashsalt": "sparling", "svg.fonttype": "path"}):
        for path, kind in zip(paths, formats, strict=True):
            metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
            figure.savefig(path, format=kind, dpi=200, metadata=metadata, transparent=kind == "svg")


def _figure(pwm: Pwm) -> Figure:
    figure = Figure(figsize=(0.65 + 0.28 * pwm.width, 1.3), layout="constrained")
    FigureCanvasAgg(figure)
    logo_on(figure.add_subplot(), pwm)
    return figure


def logo_on(axes: Axes, pwm: Pwm) -> None:
    """Draw the information logo of a motif onto matplotlib axes. Raises ``ValueError`` without a column."""
    if pwm.width == 0:
        raise ValueError(f"motif {pwm.name} has no column to draw")
    bits = pwm.corrected_information()
    heights = pwm.probabilities() * bits[:, None]
    table = pd.DataFrame(heights, columns=list(pwm.alphabet.letters))
    if bits.any():
        logomaker.Logo(
            table, ax=axes, color_scheme=COLOURS, font_name="DejaVu Sans", font_weight="bold", vpad=0.01, width=0.95
        )
    axes.set_xlim(-0.5, pwm.width - 0.5)
    axes.set_ylim(0, max(2.0, float(bits.max())))
    axes.set_yticks([0, 1, 2], labels=["0", "1", "2"], fontsize=8)
    axes.set_ylabel("bits", fontsize=8, labelpad=2)
    every = 1 if pwm.width <= 20 else 2
    axes.set_xticks(range(0, pwm.width, every), labels=[str(i + 1) for i in range(0, pwm.width, every)], fontsize=7)
    axes.tick_params(axis="x", length=0, pad=2)
    axes.tick_params(axis="y", length=2.5, pad=2)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.axhline(0, color="#333333", linewidth=0.6)
