"""Accuracy against density as a chart, and on it the density that the found words themselves have."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from sparling_genomics.files.text_files import numbered_lines
from sparling_genomics.pages.charts import Drawing, Scale


class Evaluation(NamedTuple):
    """Marks per 100 nt of all channels together, and the score on the validation side."""

    marks: float
    score: float


def read_evaluations(path: Path, channels: int) -> list[Evaluation]:
    """Of metrics.jsonl, whose densities are of one channel; none where there is no such file."""
    if not path.is_file():
        return []
    rows = [json.loads(line) for _, line in numbered_lines(path)]
    return [Evaluation(100 * channels * row["validation_density"], row["score"]) for row in rows]


def draw_curve(first: Sequence[Evaluation], second: Sequence[Evaluation], words: float, score: str = "top-k") -> Markup:
    """The ``score`` against marks per 100 nt (log, sparser to the right) in both trainings, of which the second may be
    empty; ``words`` per 100 nt as an upright line."""
    evaluations = [*first, *second]
    drawing = Drawing(620, 286, f"Validation {score} against marks per 100 nt; the final model is marked")
    marks, scores = [each.marks for each in evaluations], [each.score for each in evaluations]
    drawn = [*marks, words] if words > 0 else marks
    x = Scale(max(drawn) * 1.25, min(drawn) / 1.6, 70, 606, log=True)
    y = Scale(max(0.0, min(scores) - 0.05), 1.0, 232, 14)
    drawing.y_axis(y, x, f"Validation {score}")
    tried = [each for each in Scale(x.high, x.low, 0, 1, log=True).ticks() if x.high <= each <= x.low]
    drawing.x_axis(x, y.start, "Marks per 100 nt (fewer to the right)", at=tried)
    if words > 0:
        drawing.line("centre", x(words), y.end, x(words), y.start)
        drawing.text("note", x(words) - 6, y.start - 8, f"the words occur {words:.1f} times per 100 nt", "end")
    for own, line, kind in ((first, "series", "point"), (second, "again", "resting")):
        drawing.path(line, [(x(each.marks), y(each.score)) for each in own])
        for each in own:
            said = f"{each.marks:.3g} marks per 100 nt: {score} {each.score:.3f}"
            drawing.dot(kind, (x(each.marks), y(each.score)), 3.2, said)
    last = evaluations[-1]
    drawing.dot("chosen", (x(last.marks), y(last.score)), 6)
    above = y(last.score) - 9
    beside = above if above > y.end else y(last.score) + 18
    drawing.text("strong", x(last.marks) - 12, beside, f"{score} {last.score:.3f}", "end")
    return drawing.svg()
