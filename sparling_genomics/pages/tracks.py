"""Example sequences with their sites drawn in place, as SVG text styled by the page."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from sparling_genomics.pages.charts import Drawing, Scale

COLOURS = 8
"""Of motifs, through the classes ``m0``, ``m1``, …; the ninth has that of the first, and so on."""


class Box(NamedTuple):
    """One site: [``start``, ``end``) in bp, its strand, and the number of its motif from 0."""

    start: int
    end: int
    strand: str
    motif: int


def tracks_chart(rows: Sequence[tuple[str, Sequence[Box], int]], unit: str = "bp") -> Markup:
    """One line a sequence (its name, its sites, its length in ``unit``); an arrow points along a site's strand."""
    step, top, left = 26, 8, 196
    drawing = Drawing(900, top + step * len(rows) + 44, "Example sequences with the sites of each motif")
    x = Scale(0, max(length for _, _, length in rows), left, 888)
    for i, (name, boxes, length) in enumerate(rows):
        y = top + step * i + step / 2
        drawing.text("tick", left - 10, y + 4, name if len(name) <= 28 else name[:27] + "…", "end")
        drawing.line("rule", x(0), y, x(length), y)
        for box in boxes:
            kind = f"m{box.motif % COLOURS}"
            title = f"M{box.motif + 1}: {box.start}–{box.end} ({box.strand})"
            drawing.arrow(kind, x(box.start), x(box.end), y, 7, box.strand == "-", title)
            if x(box.end) - x(box.start) > 24:
                drawing.text("on", (x(box.start) + x(box.end)) / 2, y + 3.6, f"M{box.motif + 1}")
    drawing.x_axis(x, top + step * len(rows) + 2, f"{unit} from the start of the sequence", count=8)
    return drawing.svg()
