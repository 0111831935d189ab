"""How figures look: the palette of all reports, axes without ornament, and the same bytes for the same figure."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK, SOFT, RULE, FAINT = "#1a1f24", "#5b6670", "#dfe4e8", "#f5f7f9"
BLUE, ORANGE, RED = "#2a6aa8", "#e08a3c", "#b3261e"
WIDTH = 916 / 96
"""Inches of a figure as wide as the text of a report, 916 pixels."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "lines.linewidth": 1.5,
    "lines.markersize": 3.6,
    "text.parse_math": False,
    "svg.hashsalt": "sparling",
    "svg.fonttype": "path",
    "figure.facecolor": "white",
}


@contextmanager
def house_style() -> Iterator[None]:
    """Figures made and saved inside look alike, whatever the user's own settings."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # of a name
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def new_figure(width: float, height: float, **options: Any) -> Figure:
    """A figure of so many inches that needs no display."""
    figure = Figure(figsize=(width, height), **options)
    FigureCanvasAgg(figure)
    return figure


def bare(axes: Any) -> Any:
    """Take ticks and frame away; the axes."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    return axes


def svg(figure: Figure) -> bytes:
    """The figure as SVG; letters are outlines."""
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def save_png(figure: Figure, path: Path) -> None:
    """Write the figure as PNG, twice the pixels that it has on a page."""
    with house_style():
        figure.savefig(path, format="png", dpi=192, metadata={"Software": None})
