"""The report's charts as SVG text: accuracy against density, sites a sequence, places of sites.

Drawn here, not by a plotting library, so that they are small, sharp in print and styled by the page, through the
classes ``bound``, ``unbound``, ``series``, ``resting``, ``tick`` and so on. Numbers go in; text is escaped.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup, escape

Point = tuple[float, float]


class DensityPoint(NamedTuple):
    """One evaluation: marks a site that the model was allowed, and its AUROC, or score, on the validation side."""

    density: float
    auroc: float


@dataclass(frozen=True)
class Scale:
    """From data to pixels: ``low`` lies at ``start``, ``high``, which may be less, at ``end``.

    Equal ratios are equal lengths if ``log``.

    >>> Scale(0, 10, 100, 200)(2.5), Scale(0.01, 1, 0, 100, log=True)(0.1)
    (125.0, 50.0)
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Pixels of a value; one outside the scale is drawn at its end."""
        value = min(max(value, min(self.low, self.high)), max(self.low, self.high))
        if self.log:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def ticks(self, count: int = 5) -> list[float]:
        """Round numbers within the scale, about ``count`` of them.

        >>> Scale(0, 43, 0, 1).ticks(), Scale(0.004, 0.5, 0, 1, log=True).ticks()
        ([0.0, 10.0, 20.0, 30.0, 40.0], [0.01, 0.03, 0.1, 0.3])
        """
        if self.log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            for factors in ((1,), (1, 3), (1, 2, 5)):
                found = [round(m * 10.0**d, 12) for d in decades for m in factors]
                found = [value for value in found if self.low <= value <= self.high]
                if len(found) >= 4:
                    break
            return found
        rough = (self.high - self.low) / count
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(i * step, 12) for i in range(first, last + 1)]


class Drawing:
    """SVG elements in the order in which they are painted."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self.parts: list[str] = []

    def line(self, kind: str, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight line."""
        self.parts.append(f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>')

    def path(self, kind: str, points: Sequence[Point]) -> None:
        """A line through ``points``; nothing where there is none."""
        if points:
            self.parts.append(f'<path class="{kind}" d="M{" L".join(f"{x:g},{y:g}" for x, y in points)}"/>')

    def steps(self, kind: str, heights: Sequence[tuple[float, float, float]], floor: float | None = None) -> None:
        """Level lines (left, right, height) joined as stairs, from ``floor`` and back to it where there is one."""
        told: list[str] = []
        last = floor
        for left, right, height in heights:
            if not told:
                told.append(f"M{left:g},{height if floor is None else floor:g}")
            told.append(f"H{right:g}" if height == last else f"V{height:g}H{right:g}")
            last = height
        if told:
            told += [] if floor is None else [f"V{floor:g}"]
            self.parts.append(f'<path class="{kind}" d="{"".join(told)}"/>')

    def dot(self, kind: str, at: Point, radius: float, title: str = "") -> None:
        """A circle, with a title to hover over."""
        tip = f"<title>{escape(title)}</title>" if title else ""
        self.parts.append(f'<circle class="{kind}" cx="{at[0]:g}" cy="{at[1]:g}" r="{radius:g}">{tip}</circle>')

    def box(self, kind: str, x1: float, y1: float, x2: float, y2: float, title: str = "") -> None:
        """A rectangle between two corners."""
        tip = f"<title>{escape(title)}</title>" if title else ""
        x, y, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
        self.parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:.5g}" height="{height:.5g}">{tip}</rect>'
        )

    def arrow(self, kind: str, x1: float, x2: float, y: float, half: float, to_left: bool, title: str) -> None:
        """A box from x1 to x2 around y with a point at its end, or at its start."""
        tip, tail = (x1, x2) if to_left else (x2, x1)
        neck = tip + min(half * 0.7, x2 - x1) * (1 if to_left else -1)
        corners = [(tail, y - half), (neck, y - half), (tip, y), (neck, y + half), (tail, y + half)]
        points = " ".join(f"{x:g},{at:g}" for x, at in corners)
        self.parts.append(f'<polygon class="{kind}" points="{points}"><title>{escape(title)}</title></polygon>')

    def text(self, kind: str, x: float, y: float, text: str, anchor: str = "middle", turned: bool = False) -> None:
        """A line of text, read upwards if ``turned``."""
        turn = f' transform="rotate(-90 {x:g} {y:g})"' if turned else ""
        self.parts.append(
            f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}"{turn}>{escape(text)}</text>'
        )

    def y_axis(
        self, scale: Scale, x: Scale, label: str, show: Callable[[float], str] = "{:g}".format, count: int = 5
    ) -> None:
        """Rules across the chart with their numbers on the left, and the name of the axis beside them."""
        for value in scale.ticks(count):
            self.line("rule", x.start, scale(value), x.end, scale(value))
            self.text("tick", x.start - 7, scale(value) + 3.5, show(value), "end")
        if label:
            self.text("label", x.start - 54, (scale.start + scale.end) / 2, label, turned=True)

    def x_axis(self, scale: Scale, y: float, label: str, count: int = 5, at: Sequence[float] = ()) -> None:
        """The line at the bottom with its numbers, ``at`` these values or about ``count`` round ones, and its name."""
        self.line("axis", scale.start, y, scale.end, y)
        for value in at or scale.ticks(count):
            self.line("axis", scale(value), y, scale(value), y + 4)
            self.text("tick", scale(value), y + 17, f"{value:g}")
        self.text("label", (scale.start + scale.end) / 2, y + 36, label)

    def svg(self) -> Markup:
        """The finished picture, to be placed in a page."""
        head = f'<svg viewBox="0 0 {self.width} {self.height}" width="{self.width}" role="img"'
        return Markup("\n".join([f'{head} aria-label="{escape(self.title)}">', *self.parts, "</svg>"]))


def density_chart(falling: Sequence[DensityPoint], resting: Sequence[DensityPoint], score: str = "AUROC") -> Markup:
    """Validation AUROC, or another ``score``, against marks a site (log, sparser to the right), by evaluations.

    ``falling``, not empty: those of the training in which the density falls; ``resting``: those of the one at the last
    density, the last of which is marked.
    """
    drawing = Drawing(560, 262, f"Validation {score} against marks a site; the final model is marked")
    points = [*falling, *resting]
    densities, scores = [p.density for p in points], [p.auroc for p in points]
    x = Scale(max(densities) * 1.25, min(densities) / 1.25, 70, 546, log=True)
    margin = max(0.15 * (max(scores) - min(scores)), 0.005)
    y = Scale(max(0.0, min(scores) - margin), min(1.0, max(scores) + margin), 208, 18)
    drawing.y_axis(y, x, f"Validation {score}")
    tried = sorted(set(densities))
    drawing.x_axis(x, y.start, "Marks a site (fewer to the right)", at=tried[:: 1 + len(tried) // 9])

    def dots(kind: str, of: Sequence[DensityPoint]) -> None:
        for p in of:
            drawing.dot(kind, (x(p.density), y(p.auroc)), 3.2, f"{p.density:.3g} marks a site: {score} {p.auroc:.3f}")

    drawing.path("series", [(x(p.density), y(p.auroc)) for p in falling])
    dots("point", falling)
    dots("resting", resting)
    last = points[-1]
    drawing.dot("chosen", (x(last.density), y(last.auroc)), 6)
    drawing.text("strong", x.end, 9, f"{score} {last.auroc:.3f}", "end")
    return drawing.svg()


def sites_chart(bound: Sequence[float], unbound: Sequence[float], or_more: bool) -> Markup:
    """Shares of bound and unbound sequences (n,) with 0, 1, ... n - 1 sites, in pairs of bars.

    ``or_more``: the last is n - 1 or more. ``unbound`` may be empty.
    """
    drawing = Drawing(430, 252, "Sites per sequence, in bound and unbound sequences")
    x = Scale(0, len(bound), 64, 424)
    y = Scale(0, max(0.01, *bound, *unbound) * 1.05, 204, 12)
    drawing.y_axis(y, x, "Share of sequences", lambda share: f"{100 * share:g}%")
    sides = [("bound", bound), ("unbound", unbound)] if unbound else [("bound", bound)]
    bar = 0.8 / len(sides)
    for count in range(len(bound)):
        name = f"≥ {count}" if or_more and count == len(bound) - 1 else f"{count}"
        drawing.text("tick", x(count + 0.5), y.start + 17, name)
        for i, (side, shares) in enumerate(sides):
            left, title = count + 0.1 + i * bar, f"{name} sites: {100 * shares[count]:.1f}% of {side} sequences"
            drawing.box(side, x(left), y(shares[count]), x(left + bar), y.start, title)
    drawing.line("axis", x.start, y.start, x.end, y.start)
    drawing.text("label", (x.start + x.end) / 2, y.start + 38, "Sites per sequence, all motifs together")
    return drawing.svg()


def places_chart(
    edges: Sequence[float], bound: Sequence[float], unbound: Sequence[float], label: str, unit: str = "bp"
) -> Markup:
    """Numbers of sites between ``edges`` (n + 1,), in ``unit``, in bound (bars) and unbound (line) sequences (n,)."""
    drawing = Drawing(276, 158, label)
    x = Scale(edges[0], edges[-1], 38, 268)
    y = Scale(0, max(1.0, *bound, *unbound) * 1.05, 112, 8)
    drawing.y_axis(y, x, "", thousands, count=4)
    if edges[0] < 0 < edges[-1]:
        drawing.line("centre", x(0), y.end, x(0), y.start)
    for left, right, count in zip(edges[:-1], edges[1:], bound, strict=True):
        title = f"{left:.0f} to {right:.0f} {unit}: {count:.0f} sites in bound sequences"
        drawing.box("bound", x(left) + 0.4, y(count), x(right) - 0.4, y.start, title)
    if any(unbound):
        drawing.steps("outline", _levels(edges, unbound, x, y))
    drawing.x_axis(x, y.start, label)
    return drawing.svg()


def spark_chart(edges: Sequence[float], bound: Sequence[float], unbound: Sequence[float], label: str) -> Markup:
    """`places_chart` as small as a word, without numbers: ``label`` says what it shows."""
    drawing = Drawing(180, 40, label)
    x, y = Scale(edges[0], edges[-1], 1, 179), Scale(0, max(1.0, *bound, *unbound), 38, 2)
    if edges[0] < 0 < edges[-1]:
        drawing.line("centre", x(0), y.end, x(0), y.start)
    drawing.steps("bound", _levels(edges, bound, x, y), floor=y.start)
    if any(unbound):
        drawing.steps("outline", _levels(edges, unbound, x, y))
    drawing.line("axis", x.start, y.start, x.end, y.start)
    return drawing.svg()


def _levels(edges: Sequence[float], counts: Sequence[float], x: Scale, y: Scale) -> list[tuple[float, float, float]]:
    """Of a histogram in pixels, to a tenth: left, right and height of each bin."""
    bins = zip(edges[:-1], edges[1:], counts, strict=True)
    return [(round(x(left), 1), round(x(right), 1), round(y(count), 1)) for left, right, count in bins]


def alike_chart(bound: Sequence[float], unbound: Sequence[float], label: str) -> Markup:
    """Numbers of bound (bars) and unbound (line) sequences (n,) by a share, in n equal bins from 0 to 100 %."""
    drawing = Drawing(276, 158, f"{label}, of bound and unbound sequences")
    used = [i for i in range(len(bound)) if bound[i] or unbound[i]] or [0]
    first, last, width = used[0], used[-1] + 1, 100 / len(bound)
    x = Scale(first * width, last * width, 38, 268)
    y = Scale(0, max(1.0, *bound, *unbound) * 1.05, 112, 8)
    drawing.y_axis(y, x, "", thousands, count=4)
    line = []
    for i in range(first, last):
        left, right = i * width, (i + 1) * width
        title = f"{left:g} to {right:g} %: {bound[i]:g} bound, {unbound[i]:g} unbound sequences"
        drawing.box("bound", x(left) + 0.4, y(bound[i]), x(right) - 0.4, y.start, title)
        line.append((x(left), x(right), y(unbound[i])))
    drawing.steps("outline", line)
    drawing.x_axis(x, y.start, label)
    return drawing.svg()


def thousands(value: float) -> str:
    """A number for an axis.

    >>> thousands(0), thousands(250), thousands(1500), thousands(2_000_000)
    ('0', '250', '1.5k', '2M')
    """
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if abs(value) >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"
