"""report.html of a validation on concepts, offline and without scripts; all from the run folder."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from sparling.alignment.settings import Choice
from sparling.atomic import write_atomically
from sparling.pages import page_environment
from sparling.training.checkpoint import read_json
from sparling.validation.report import REPORT
from sparling.validation.result import RESULT
from sparling.validation.summary import in_percent
from sparling.worlds.concepts import words
from sparling.worlds.concepts.flow import read_together
from sparling.worlds.concepts.published import PUBLISHED
from sparling.worlds.concepts.result import ConceptsResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHOWN: tuple[tuple[Choice, float], ...] = (("global", 1.0), ("local", 1.0), ("local", 0.0))
"""Trainings of which matrices are drawn."""


def read_result(folder: Path) -> ConceptsResult:
    """What a finished validation in ``folder`` came to. Raises ``InputError`` where it is missing or damaged."""
    return ConceptsResult.from_json(read_json(folder / RESULT))


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into the folder of a finished validation, and return its path."""
    from sparling.validation.drawing import svg

    result = read_result(folder)
    pictures = {name: Markup(base64.b64encode(svg(figure)).decode()) for name, figure in _pictures(folder, result)}
    environment = page_environment("sparling.worlds.concepts")
    environment.filters["in_percent"] = in_percent
    best = result.of("global", 1.0)
    text = environment.get_template("report.html.j2").render(
        result=result,
        best=best,
        verdict=words.verdict(result),
        figures=words.figures(result),
        orders=words.orders(result),
        about=words.ABOUT,
        cap=best and words.at_cap(result, best),
        published=PUBLISHED,
        pictures=pictures,
        settings=[(part, dict(numbers)) for part, numbers in result.settings.items()],
    )
    path = folder / REPORT
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))
    return path


def _pictures(folder: Path, result: ConceptsResult) -> Iterator[tuple[str, "Figure"]]:
    from sparling.validation import drawing
    from sparling.worlds.concepts import pictures

    with drawing.house_style():
        shown = [found for key in _SHOWN if (found := result.of(*key)) is not None]
        if shown:
            yield "matrices", pictures.draw_matrices(result, [(each, read_together(folder, each)) for each in shown])
        yield "agreement", pictures.draw_agreement(result)
        if (best := result.of("global", 1.0)) is not None:
            yield "frequency", pictures.draw_frequency(result, best)
