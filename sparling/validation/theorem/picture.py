"""The motif error E_m against the end-to-end error E at every density, with the bound of the theorem."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from sparling.evaluation.identifiability.bound import motif_error
from sparling.validation.drawing import BLUE, INK, RED, SOFT, WIDTH, new_figure
from sparling.validation.result import ScanPoint, ValidationResult

FLOOR = 1e-3
"""Errors below this share are drawn at it."""


def pairs(scan: tuple[ScanPoint, ...], several: bool = False) -> list[tuple[float, float, float]]:
    """Density asked for in units of 1, E and E_m of every evaluation in which all of its errors can be told.

    With ``several`` a class may have several channels: a mark agrees if its channel's commonest class is the motif's.
    E is the share of samples that are read wrong anywhere: it is outputs that differ, not how far, of which the theorem
    speaks.
    """
    return [
        (point.target_density, 1 - point.exact_match, motif_error(point.fpe, point.fne, _confusion(point, several)))
        for point in scan
        if point.exact_match is not None and point.fpe is not None and point.fne is not None
    ]


def _confusion(point: ScanPoint, several: bool) -> float | None:
    return point.ce_many if several else point.ce


def draw_bound(result: ValidationResult, several: bool = False) -> Figure:
    """E_m over E, the densities joined in their order, and the line k E."""
    figure = new_figure(0.62 * WIDTH, 3.4, layout="constrained")
    axes = figure.subplots()
    told = pairs(result.scan, several)
    density, e, e_m = (np.array(column) for column in zip(*told, strict=True))
    x, y = np.maximum(e, FLOOR), np.maximum(e_m, FLOOR)
    axes.plot(x, y, color=BLUE, marker="o", markeredgecolor="white", markeredgewidth=0.5, markersize=5, clip_on=False,
              zorder=3)  # fmt: skip
    k, star = result.theorem.k, result.density.delta_star
    if k is not None:
        along = np.geomspace(FLOOR, 1, 50)
        axes.plot(along, np.minimum(k * along, 1), color=RED, linewidth=1.2, linestyle=(0, (3, 2)), zorder=2)
        axes.annotate(f"k E, k = {k:.2g}, at most 100 %", (1, 1), (0, 4), textcoords="offset points", ha="right",
                      va="bottom", color=RED)  # fmt: skip
    for index in {0, int(np.abs(np.log(density / star)).argmin())}:
        axes.annotate(f"{density[index] / star:.3g} δ*", (x[index], y[index]), (-6, 0) if x[index] > 0.1 else (6, 0),
                      textcoords="offset points", ha="right" if x[index] > 0.1 else "left", va="top", color=INK,
                      fontsize=7.5)  # fmt: skip
    axes.plot(along := np.array([FLOOR, 1]), along, color=SOFT, linewidth=0.6, zorder=1)
    axes.set(xscale="log", yscale="log", xlim=(FLOOR, 1), ylim=(FLOOR, 1))
    axes.set(xlabel="end-to-end error E: samples read wrong", ylabel="motif error E_m")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_percent))
        axis.set_minor_formatter(NullFormatter())
    axes.grid()
    return figure


def _percent(value: float, _: Any) -> str:
    return f"≤ {100 * value:g} %" if value <= FLOOR else f"{100 * value:g} %"
