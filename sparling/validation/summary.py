"""What a validation amounts to in words: its density, where its marks are judged, and one sentence."""

from sparling.validation.result import MapDensity, ValidationResult
from sparling.validation.world import World


def notes(result: ValidationResult, world: World) -> tuple[str, ...]:
    """What has to be known to read the figures, a sentence or more each."""
    return world.remarks(result), about_placement(result, world.several)


def about_placement(result: ValidationResult, several: bool = False) -> str:
    """Where the marks that are judged lie, and what the errors are of the marks as they are.

    With ``several`` a class may have several channels, and confusion is the many-to-one version.
    """
    marked = result.as_marked
    name, confused = ("CE many", marked.ce_many) if several else ("CE", marked.ce)
    farthest = max(abs(step) for row in result.offsets for step in row)
    errors = f"FPE {in_percent(marked.fpe)}, FNE {in_percent(marked.fne)}, {name} {in_percent(confused)} %"
    return (
        f"Each mark is judged at the middle of what its channel sees, up to {farthest} position"
        f"{'' if farthest == 1 else 's'} away; "
        f"as marked: {errors}."
    )


def in_percent(share: float | None) -> str:
    """A fraction in percent, two decimals.

    >>> in_percent(0.0123), in_percent(None)
    ('1.23', '–')
    """
    return "–" if share is None else f"{100 * share:.2f}"


def against_target(density: MapDensity) -> str:
    """The realised density beside δ*.

    >>> against_target(MapDensity(density=0.00025, target_density=0.000244, delta_star=0.000244, entropy_bits=0.0))
    '2.50e-04, 1.02 × δ* (2.44e-04)'
    """
    return f"{density.density:.2e}, {density.density / density.delta_star:.2f} × δ* ({density.delta_star:.2e})"


def verdict(result: ValidationResult, world: World) -> str:
    """One sentence that follows from the figures."""
    classes, noun, errors = result.classes, world.noun, result.errors
    without = [item.name for item in classes if not item.has_its_own]
    if len(without) == len(classes):
        own = f"No {noun} class has a channel of its own"
    elif without:
        have = f"{len(classes) - len(without)} of {len(classes)}"
        own = f"{have} {noun} classes have a channel of their own, not {_listed(without)}"
    else:
        own = f"Every {noun} class has a channel of its own"
    clauses = [f"{_share(errors.fne)} of {noun}s were missed"]
    confused = errors.ce_many if world.several else errors.ce
    if confused is not None:
        clauses.append(f"{_share(confused)} taken for another")
    clauses.append(f"{_share(errors.fpe)} of the marks lie on no {noun}")
    if result.output.exact_match is not None:
        clauses.append(f"{_share(result.output.exact_match)} of the {world.samples_are} were read without a fault")
    return f"{own}; {', '.join(clauses[:-1])}, and {clauses[-1]}."


def _share(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.995 else f"{100 * share:.4g} %"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
