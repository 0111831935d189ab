"""report.html of a validation, offline and without scripts, and its main pictures as files; all from the run folder."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from sparling.atomic import write_atomically
from sparling.pages import page_environment
from sparling.validation import summary
from sparling.validation.evidence import Evidence, read_evidence
from sparling.validation.world import World

if TYPE_CHECKING:
    from matplotlib.figure import Figure

REPORT = "report.html"


def write_report(folder: Path, world: World) -> Path:
    """Write ``report.html`` into the folder of a finished validation of ``world`` and return its path.

    Raises ``InputError`` where a file of the run is missing or damaged.
    """
    from sparling.validation.drawing import svg

    evidence = evidence_of(folder, world)
    pictures = {name: Markup(base64.b64encode(svg(figure)).decode()) for name, figure in _pictures(evidence, world)}
    path, text = folder / REPORT, render(evidence, world, pictures)
    write_atomically(path, lambda temporary: temporary.write_text(text, encoding="utf-8", newline="\n"))
    return path


def write_pictures(folder: Path, world: World, out: Path) -> list[Path]:
    """Write the pictures of a finished validation as ``out/WORLD_NAME.png``; their paths."""
    from sparling.validation.drawing import save_png

    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in _pictures(evidence_of(folder, world), world):
        paths.append(out / f"{world.command.replace('-', '_')}_{name}.png")
        save_png(figure, paths[-1])
    return paths


def evidence_of(folder: Path, world: World) -> Evidence:
    """A finished run of ``world``. Raises ``InputError`` where a file is missing, damaged or lacks something."""
    return read_evidence(folder, tuple(world.names), world.facts, world.several)


def render(evidence: Evidence, world: World, pictures: dict[str, Markup]) -> str:
    """The page as text, with ``pictures`` as base64 of SVG by name."""
    result = evidence.result
    environment = page_environment(world.package)
    environment.filters["in_percent"] = summary.in_percent
    return environment.get_template("report.html.j2").render(
        world=world,
        result=result,
        reads=evidence.reads,
        verdict=summary.verdict(result, world),
        figures=world.figures(result),
        notes=" ".join(summary.notes(result, world)),
        pictures=pictures,
        unassigned=[channel for channel, k in enumerate(evidence.class_of_channel) if k is None],
        settings=[
            (part, {name: value for name, value in numbers.items() if value is not None})
            for part, numbers in result.settings.items()
            if isinstance(numbers, dict)
        ],
        reached=result.density.target_density <= 1.001 * result.density.delta_star,
        told=world.told(evidence),
    )


def _pictures(evidence: Evidence, world: World) -> Iterator[tuple[str, "Figure"]]:
    """Every picture that this run has figures for, drawn one after the other."""
    from sparling.validation import curves, drawing
    from sparling.validation.theorem import picture

    with drawing.house_style():
        yield from world.draw(evidence)
        yield "confusion", curves.draw_confusion(evidence, world.noun)
        if evidence.result.scan:
            yield "scan", curves.draw_scan(evidence)
            if picture.pairs(evidence.result.scan):
                yield "bound", picture.draw_bound(evidence.result, evidence.several)
        if evidence.evaluations:
            yield "training", curves.draw_training(evidence)
        if evidence.result.causal.necessity:
            yield "necessity", curves.draw_necessity(evidence, world.noun)
