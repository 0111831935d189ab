"""report.html of a validation, offline and without scripts, and its main pictures as files; all from the run folder."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markupsafe import Markup

from sparling.pages import page_environment
from sparling.validation import summary
from sparling.validation.evidence import Evidence, read_evidence

REPORT = "report.html"
KEPT = ("examples", "patches", "scan", "confusion")
"""The pictures that `write_pictures` writes."""


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into the folder of a finished validation and return its path.

    Raises ``InputError`` where a file of the run is missing or damaged.
    """
    from sparling.validation.drawing import svg

    evidence = read_evidence(folder)
    pictures = {
        name: Markup(base64.b64encode(svg(figure)).decode()) for name, figure in _figures(evidence, _drawable(evidence))
    }
    path = folder / REPORT
    path.write_text(render(evidence, pictures), encoding="utf-8", newline="\n")
    return path


def write_pictures(folder: Path, out: Path, prefix: str = "digit_circle") -> list[Path]:
    """Write the main pictures of a finished validation as ``out/PREFIX_NAME.png``; their paths."""
    from sparling.validation.drawing import save_png

    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in _figures(read_evidence(folder), KEPT):
        paths.append(out / f"{prefix}_{name}.png")
        save_png(figure, paths[-1])
    return paths


def render(evidence: Evidence, pictures: dict[str, Markup]) -> str:
    """The page as text, with ``pictures`` as base64 of SVG by name."""
    from sparling.validation.pictures import MOST_SITES

    result = evidence.result
    environment = page_environment("sparling.validation")
    environment.filters["in_percent"] = summary.in_percent
    return environment.get_template("report.html.j2").render(
        result=result,
        verdict=summary.verdict(result),
        figures=summary.figures(result),
        about_published=summary.about_published(result),
        about_placement=summary.about_placement(result),
        density=summary.against_target(result),
        pictures=pictures,
        most_sites=MOST_SITES,
        reads=evidence.reads,
        unassigned=[channel for channel, k in enumerate(evidence.class_of_channel) if k is None],
        settings=[(part, dict(fields)) for part, fields in result["settings"].items() if isinstance(fields, dict)],
        reached=result.get("target_density", 0) <= 1.001 * result["delta_star"],
    )


def _drawable(evidence: Evidence) -> tuple[str, ...]:
    """Every picture that this run has figures for."""
    result = evidence.result
    optional = (
        ("scan", result.get("scan")),
        ("training", evidence.evaluations),
        ("necessity", result.get("necessity")),
    )
    return ("examples", "patches", "confusion", *(name for name, figures in optional if figures))


def _figures(evidence: Evidence, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """The pictures of these names, drawn one after the other."""
    from sparling.validation import curves, drawing, pictures

    draw = {
        "examples": pictures.draw_examples,
        "patches": pictures.draw_patches,
        "confusion": pictures.draw_confusion,
        "scan": curves.draw_scan,
        "training": curves.draw_training,
        "necessity": curves.draw_necessity,
    }
    for name in names:
        with drawing.house_style():
            figure = draw[name](evidence)
        yield name, figure
