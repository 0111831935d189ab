"""report.html of a planted-DNA validation, offline and without scripts; all from the run folder."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sparling.pages import page_environment
from sparling.validation.drawing import house_style, svg
from sparling.validation.evidence import Evidence, read_evidence
from sparling.validation.report import REPORT
from sparling.validation.summary import about_placement, in_percent, verdict
from sparling_genomics.worlds.planted_dna.factors import factor
from sparling_genomics.worlds.planted_dna.pictures import channel_logos, draw_sequences

FIELDS = (
    "fpe", "fne", "ce", "e2ee", "exact_match", "density", "delta_star", "grammar", "seed", "classes", "settings",
    "choices", "known_matrices", "starts",
)  # fmt: skip
ARRAYS = ("examples", "boxes", "sites", "truth", "guess", "letters", "confusion", "missed", "false_positives")

_FIGURES = {
    "fpe": ("FPE", "marks that lie on no motif of a class"),
    "fne": ("FNE", "motifs without a mark"),
    "ce": ("CE", "marked motifs taken for another"),
    "e2ee": ("E2EE", "answers that are wrong (edit distance)"),
    "exact_match": ("exact match", "sequences with every answer right"),
    "majority": ("guessing", "sequences right by always giving the commonest answers"),
    "perturbation_consistency": ("exchange", "two motifs exchanged in the map, answered as it then must be"),
}


def write_report(folder: Path) -> Path:
    """Write ``report.html`` into the folder of a finished validation and return its path.

    Raises ``InputError`` where a file of the run is missing or damaged.
    """
    evidence = read_evidence(folder, FIELDS, ARRAYS)
    path = folder / REPORT
    path.write_text(render(evidence), encoding="utf-8", newline="\n")
    return path


def render(evidence: Evidence) -> str:
    """The page as text."""
    from sparling.validation import curves, pictures

    drawn = {
        "sequences": draw_sequences,
        "confusion": pictures.draw_confusion,
        "scan": curves.draw_scan,
        "training": curves.draw_training,
        "necessity": curves.draw_necessity,
    }
    images = {}
    for name, draw in drawn.items():
        with house_style():
            figure = draw(evidence)
        images[name] = base64.b64encode(svg(figure)).decode()
    result = evidence.result
    planted = {name: factor(name) for name in {label.split()[0] for label in evidence.class_names}}
    environment = page_environment("sparling_genomics.worlds.planted_dna")
    environment.filters["in_percent"] = in_percent
    return environment.get_template("planted_dna.html.j2").render(
        result=result,
        verdict=verdict(result),
        notes=f"{about_starts(result)} {about_placement(result)}",
        figures=figures(result),
        images=images,
        logos=list(channel_logos(evidence, planted)),
        settings=[item for part in result["settings"].values() for item in part.items()],
    )


def about_starts(result: Mapping[str, Any]) -> str:
    """How the starts did, and that the best went on.

    >>> about_starts({"starts": [{"density": 0.1, "score": 0.8604}, {"density": 0.04, "score": 0.995}]})
    'Best of 2 starts: 99.5 % of the answers right (86.0–99.5 %), at a density of 0.04.'
    """
    scores = [start["score"] for start in result["starts"]]
    best = max(result["starts"], key=lambda start: start["score"])
    spread = f"{100 * min(scores):.1f}–{100 * max(scores):.1f} %"
    right = f"{100 * best['score']:.1f} % of the answers right ({spread})"
    return f"Best of {len(scores)} starts: {right}, at a density of {best['density']:g}."


def figures(result: Mapping[str, Any]) -> list[tuple[str, str, float | None, float | None]]:
    """The headline figures of validation.json: name, meaning, fraction, and that of the planted matrices."""
    known = result["known_matrices"]
    return [(name, meaning, result.get(key), known.get(key)) for key, (name, meaning) in _FIGURES.items()]
