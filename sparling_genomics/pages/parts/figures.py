"""All numbers of a page for programs: JSON in a script element that no browser runs."""

import math
from dataclasses import asdict
from typing import Any

from markupsafe import Markup

from sparling.pages import json_text
from sparling_genomics.pages.parts.headline import headline, verdict_of
from sparling_genomics.pages.run_files import Run

ID = "figures"
"""Of the element: ``document.getElementById("figures")``."""


def figures(run: Run) -> dict[str, Any]:
    """What the page tells, as values; None for what is not known, and for numbers that are not finite.

    ``headline``; ``motifs`` with the columns of motifs.tsv, their verdict, their checks, their counts and their
    matches (columns as matches.tsv); ``pairs`` as pairs.tsv, ``effects`` as effects.tsv; ``run`` run.json.
    """
    motifs = []
    for row in run.motifs:
        checked = run.checked.get(row.motif_id, {})
        counts = run.carriers[row.motif_id]
        motifs.append(
            asdict(row)
            | counts._asdict()
            | {"bound_share": counts.bound_share, "unbound_share": counts.unbound_share, "fold": counts.fold}
            | {"verdict": verdict_of(run, row), "checks": checked.get("checks", [])}
            | {"doubts": checked.get("doubts", []), "notes": checked.get("notes", [])}
            | {"matches": [match._asdict() for match, _ in run.matches.get(row.motif_id, [])]}
            | {"probabilities": probabilities(run, row.motif_id)}
        )
    told = {
        "headline": headline(run)._asdict(),
        "motifs": motifs,
        "pairs": [dict(pair) for pair in run.pairs],
        "effects": [effect._asdict() for effect in run.effects],
        "run": run.info,
    }
    return {name: _finite(value) for name, value in told.items()}


def probabilities(run: Run, motif_id: str) -> list[list[float]] | None:
    """Of each letter in each column of a matrix, to five decimals; None without one."""
    pwm = run.pwms.get(motif_id)
    return None if pwm is None else pwm.probabilities().round(5).tolist()


def figures_script(run: Run) -> Markup:
    """The same as an element of the page."""
    return Markup(f'<script type="application/json" id="{ID}">{json_text(figures(run))}</script>')


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, (list, tuple)) else value
