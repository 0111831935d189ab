"""Concepts × runs as a picture: a cell a concept and run, coloured by how its motifs and the others tell each other."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.align.concepts import Concept
from sparling_genomics.compare.read import ComparedRun
from sparling_genomics.pages.charts import Drawing

CELL, LETTER, TOP = (92, 34), 8.2, 40
"""Pixels: width and height of a cell, room for a letter of a concept's name, and for the names of runs."""
LONGEST, CALLED = 13, 23
"""Letters of a run's name that have room above its column, and of a concept's beside its row."""
STRONG = 0.55
"""Strength from which on what stands on a cell is white."""


def matrix(
    concepts: Sequence[Concept], names: Sequence[str], runs: Sequence[ComparedRun], own_places: NDArray[np.int64]
) -> Markup:
    """A row a concept, a column a run.

    ``own_places`` (concepts, runs): places of the concept in the sequences of the run, -1 where that is not known; they
    stand in cells of runs that do not have it.
    """
    width, height = CELL
    left = round(60 + LETTER * max((min(len(name), CALLED) for name in names), default=0))
    drawing = Drawing(left + width * len(runs) + 8, TOP + height * len(concepts) + 8, "Which run has which concept")
    for i, run in enumerate(runs):
        x = left + width * (i + 0.5)
        drawing.text("label", x, TOP - 14, _short(run.name, LONGEST))
    for j, (concept, name) in enumerate(zip(concepts, names, strict=True)):
        y = TOP + height * j
        drawing.text("label", left - 12, y + height / 2 + 4, f"C{j + 1}  {_short(name, CALLED)}", "end")
        for i, run in enumerate(runs):
            x = left + width * i
            drawing.parts.append(_cell(x, y, concept, i, run, name, int(own_places[j, i])))
    return drawing.svg()


def _cell(x: float, y: float, concept: Concept, i: int, run: ComparedRun, name: str, own: int) -> str:
    width, height = CELL
    cell = Drawing(0, 0, "")
    parts = concept.of_run(i)
    middle = x + width / 2
    if not parts:
        seen = f"; its sequences have {counted(own, 'place')} of it" if own >= 0 else ""
        cell.box("absent", x + 1, y + 1, x + width - 1, y + height - 1, f"{run.name} has no motif of {name}{seen}")
        cell.text("cell unsure", middle, y + height / 2 + 4, "–" if own < 1 else f"– ({own:,})")
        return "".join(cell.parts)
    strength = max(part.strength for part in parts)
    ids = ", ".join(run.motifs[part.channel.motif].row.motif_id for part in parts)
    sites = len(np.unique(np.concatenate([part.places for part in parts])))
    tip = f"{run.name} {ids}, {name}: strength {strength:.2f}, {counted(sites, 'place')}"
    kind = "cell strong-cell" if strength > STRONG else "cell"
    cell.parts.append(f'<g fill-opacity="{strength:.3f}">')
    cell.box("raises", x + 1, y + 1, x + width - 1, y + height - 1, tip)
    cell.parts.append("</g>")
    cell.text(kind, middle, y + height / 2 - 2, _short(ids, 14))
    cell.text(f"{kind} small-cell", middle, y + height / 2 + 11, f"{sites:,}")
    return "".join(cell.parts)


def _short(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
