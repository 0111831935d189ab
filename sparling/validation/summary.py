"""The figures of a validation beside the published ones, and what they amount to in one sentence."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Published(NamedTuple):
    """Mean of a published figure, a fraction, and its range over 9 seeds where one is given."""

    mean: float
    low: float | None = None
    high: float | None = None


class Figure(NamedTuple):
    """One line of the table: a figure of this run, None where it cannot be told, and the published one."""

    name: str
    meaning: str
    value: float | None
    published: Published | None


PUBLISHED = {
    "fpe": Published(0.0148, 0.0007, 0.0423),
    "fne": Published(0.0042, 0.0025, 0.0067),
    "ce": Published(0.0116, 0.0003, 0.0339),
    "e2ee": Published(0.0074, 0.0047, 0.0115),
    "perturbation_consistency": Published(0.993),
}
"""SPARLING (arXiv 2302.01976), DigitCircle, one threshold a channel, at the final density."""

_FIGURES = {
    "fpe": ("FPE", "marks that lie on no digit"),
    "fne": ("FNE", "digits without a mark"),
    "ce": ("CE", "marked digits taken for another"),
    "e2ee": ("E2EE", "edit distance of the sequence read"),
    "exact_match": ("exact match", "sequences read without a fault"),
    "perturbation_consistency": ("perturbation", "digit swapped in the map, read as it then must be"),
}


def figures(result: Mapping[str, Any]) -> list[Figure]:
    """The headline figures of validation.json, fractions."""
    return [Figure(name, meaning, result.get(key), PUBLISHED.get(key)) for key, (name, meaning) in _FIGURES.items()]


def about_published(result: Mapping[str, Any]) -> str:
    """What the published row is, and how the world of this run differs from it."""
    domain = result["settings"]["domain"]
    published = "The published row is for images of 100 × 100 pixels with 3–6 digits and 6 million training samples"
    if (domain["side"], domain["fewest"], domain["most"]) == (100, 3, 6):
        return f"{published}; this run is in the same world."
    world = f"{domain['side']} × {domain['side']} pixels with {domain['fewest']}–{domain['most']} digits"
    return f"{published}; {result['preset']} is a smaller world, {world}."


def about_placement(result: Mapping[str, Any]) -> str:
    """Where the marks that are judged lie, and what the errors are of the marks as they are; empty for older runs.

    >>> marked = {"fpe": 0.05, "fne": 0.04, "ce": 0.001}
    >>> about_placement({"offsets": [[0, -2], [0, 0]], "as_marked": marked})
    'Each mark is judged at the middle of what its channel sees, up to 2 positions away; as marked: FPE 5.00, FNE 4.00,
    CE 0.10 %.'
    """
    marked, offsets = result.get("as_marked"), result.get("offsets")
    if marked is None or offsets is None:
        return ""
    farthest = max(abs(step) for row in offsets for step in row)
    errors = ", ".join(f"{key.upper()} {in_percent(marked[key])}" for key in ("fpe", "fne", "ce"))
    return (
        f"Each mark is judged at the middle of what its channel sees, up to {farthest} position"
        f"{'' if farthest == 1 else 's'} away; "
        f"as marked: {errors} %."
    )


def in_percent(share: float | None) -> str:
    """A fraction in percent, two decimals.

    >>> in_percent(0.0123), in_percent(None)
    ('1.23', '–')
    """
    return "–" if share is None else f"{100 * share:.2f}"


def against_target(result: Mapping[str, Any]) -> str:
    """The realised density beside δ*.

    >>> against_target({"density": 0.00025, "delta_star": 0.000244})
    '2.50e-04, 1.02 × δ* (2.44e-04)'
    """
    density, target = result["density"], result["delta_star"]
    return f"{density:.2e}, {density / target:.2f} × δ* ({target:.2e})"


def verdict(result: Mapping[str, Any]) -> str:
    """One sentence that follows from the figures.

    >>> own = {"name": "1", "channel": 0, "motifs": 100, "missed": 2, "confused": 1}
    >>> lost = {"name": "7", "channel": None, "motifs": 100, "missed": 0, "confused": 100}
    >>> figures = {"fpe": 0.0, "fne": 0.01, "ce": 0.51, "exact_match": 0.4}
    >>> verdict(figures | {"classes": [own, lost]})
    '1 of 2 digit classes have a channel of their own, not 7; 1 % of digits were missed, 51 % taken for another, 0 % of
    the marks lie on no digit, and 40 % of the images were read without a fault.'
    """
    classes, noun = result["classes"], result.get("noun", "digit")
    without = [str(item["name"]) for item in classes if not _has_its_own(item)]
    if len(without) == len(classes):
        own = f"No {noun} class has a channel of its own"
    elif without:
        have = f"{len(classes) - len(without)} of {len(classes)}"
        own = f"{have} {noun} classes have a channel of their own, not {_listed(without)}"
    else:
        own = f"Every {noun} class has a channel of its own"
    clauses = [f"{_share(result['fne'])} of {noun}s were missed"]
    if result["ce"] is not None:
        clauses.append(f"{_share(result['ce'])} taken for another")
    clauses.append(f"{_share(result['fpe'])} of the marks lie on no {noun}")
    if result["exact_match"] is not None:
        samples = result.get("samples_are", "images")
        clauses.append(f"{_share(result['exact_match'])} of the {samples} were read without a fault")
    return f"{own}; {', '.join(clauses[:-1])}, and {clauses[-1]}."


def _has_its_own(item: Mapping[str, Any]) -> bool:
    """Whether most of the class's motifs were marked by the channel that stands for it."""
    return item["channel"] is not None and 2 * (item["motifs"] - item["missed"] - item["confused"]) > item["motifs"]


def _share(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.4g} %"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
