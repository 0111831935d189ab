"""What each motif does to each label, as a picture: a cell a motif and label, signs as colours and as numbers."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from sparling.plurals import counted
from sparling_genomics.files.rows import LabelEffect
from sparling_genomics.pages.charts import Drawing

CELL, LEFT, TOP = (76, 30), 216, 34
"""Pixels: width and height of a cell, room for the names of motifs, and of labels."""
LONGEST = 11
"""Letters of a label's name that have room above its column."""
STRONG = 0.55
"""Strength of a colour from which on what stands on it is white."""


def heat_map(effects: Sequence[LabelEffect], consensus: Mapping[str, str], scale: Mapping[str, float]) -> Markup:
    """A row a motif and a column a label, in the order of ``effects``.

    ``consensus`` of each motif by id; ``scale`` of each label: the effect that has the full colour, by name. Cells with
    E ≥ 0.05, where the data do not show a difference by themselves, are pale numbers; where no sequence has a site, a
    dash.
    """
    motifs = list(dict.fromkeys(each.motif_id for each in effects))
    labels = list(dict.fromkeys(each.label for each in effects))
    width, height = CELL
    drawing = Drawing(
        LEFT + width * len(labels) + 8, TOP + height * len(motifs) + 8, "Effect of each motif on each label"
    )
    for i, label in enumerate(labels):
        short = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
        drawing.text("label", LEFT + width * (i + 0.5), TOP - 12, short)
    for j, motif in enumerate(motifs):
        drawing.text("label", LEFT - 12, TOP + height * (j + 0.5) + 4, f"{motif}  {_short(consensus[motif])}", "end")
    for each in effects:
        x, y = LEFT + width * labels.index(each.label), TOP + height * motifs.index(each.motif_id)
        strength = 0.0 if each.effect is None else min(abs(each.effect) / scale[each.label], 1.0)
        drawing.parts.append(_cell(x, y, each, strength))
        kind = "cell strong-cell" if strength > STRONG else "cell" if each.e_value < 0.05 else "cell unsure"
        said = "–" if each.effect is None else f"{each.effect:+.2f}".replace("-", "−")
        drawing.text(kind, x + width / 2, y + height / 2 + 4, said)
    return drawing.svg()


def _short(consensus: str) -> str:
    return consensus if len(consensus) <= 18 else f"{consensus[:17]}…"


def _cell(x: float, y: float, each: LabelEffect, strength: float) -> str:
    width, height = CELL
    sign = "raises" if (each.effect or 0.0) >= 0 else "lowers"
    sequences = counted(each.sequences, "test sequence")
    title = f"{each.motif_id} on {each.label}: {sequences} with a site, E = {each.e_value:.2g}"
    box = Drawing(0, 0, "")
    box.box(f"{sign}", x + 1, y + 1, x + width - 1, y + height - 1, title)
    return box.parts[0].replace("<rect ", f'<rect fill-opacity="{strength:.3f}" ', 1)
