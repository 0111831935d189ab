"""Which classes the Motif Identifiability Theorem (SPARLING, arXiv 2302.01976) speaks of, and why not the others."""

from dataclasses import dataclass

from sparling.evaluation.identifiability.background import Invariance
from sparling.evaluation.identifiability.dependence import Dependence
from sparling.evaluation.identifiability.necessity import Necessity
from sparling.evaluation.identifiability.shares import Share

ALPHA_LEAST = 0.05
"""α̂ below which an edit hardly changes the answer; the bound grows with 1/α², here 400."""
OVERLAP_MOST = 0.05
"""Share of footprints that meet another, up to which the assumption nearly holds: one in twenty."""
SIGNIFICANCE = 0.05
EXPLAINED_LEAST = 0.01
"""Share of the variance of a motif's inputs that the layout must explain, too, to be said to matter."""
DEVIATION_LEAST = 0.05
"""Standard deviations that the background of a block must differ by, too, to be said to matter."""
DENSITY_MOST = 1.1
"""Density in units of δ*, or its inverse, up to which they are taken for equal."""


@dataclass(frozen=True)
class ClassAssumptions:
    """The assumptions for one class of motifs."""

    name: str
    overlapping: Share
    """Motifs whose box meets another's."""
    in_sight: Share
    """Motifs at whose middle the local model sees another."""
    dependence: Dependence | None
    """Of its inputs on the layout; None where there are too few motifs."""
    necessity: Necessity | None
    """None in a world without edits."""


@dataclass(frozen=True)
class Verdict:
    """Whether the theorem speaks of a class, and the sentence that says why."""

    guaranteed: bool
    says: str


def verdict(of: ClassAssumptions, background: Invariance | None, density: float) -> Verdict:
    """The verdict on one class; ``density`` is that of the map in units of δ*."""
    against = []
    if of.necessity is None:
        against.append("this world does not say what an edit of it would change")
    elif (of.necessity.alpha.low or 0.0) < ALPHA_LEAST:
        against.append(f"an edit of it may change the answer in fewer than {_percent(ALPHA_LEAST)} of layouts")
    if of.overlapping.value is None:
        against.append("it does not occur")
    elif of.overlapping.value > OVERLAP_MOST:
        against.append(f"{_percent(of.overlapping.value)} of its footprints meet another")
    if of.dependence is not None and depends(of.dependence):
        against.append(f"its inputs depend on {of.dependence.feature} (P = {of.dependence.p:.2g})")
    if background is not None and varies(background):
        against.append(f"the background is not the same everywhere (P = {background.p:.2g})")
    if not 1 / DENSITY_MOST <= density <= DENSITY_MOST:
        against.append(f"the density of the map is {density:.2f} × δ*")
    told = _necessity(of.necessity)
    if against:
        return Verdict(False, f"{of.name}: not guaranteed, for {' and '.join(against)}.{told}")
    return Verdict(True, f"{of.name}: guaranteed, as far as the assumptions can be measured.{told}")


def depends(dependence: Dependence) -> bool:
    """Whether inputs depend on the layout: beyond chance, and by more than next to nothing."""
    return dependence.p < SIGNIFICANCE and dependence.explained >= EXPLAINED_LEAST


def varies(background: Invariance) -> bool:
    """Whether the background differs from place to place: beyond chance, and by more than next to nothing."""
    return background.p < SIGNIFICANCE and background.largest >= DEVIATION_LEAST


def _necessity(necessity: Necessity | None) -> str:
    if necessity is None or necessity.alpha.value is None:
        return ""
    how = [f"{name} ({_percent(share.value)} of layouts)" for name, share in necessity.by_edit.items() if share.value]
    low = f"α̂ = {necessity.alpha.value:.3f}, at least {necessity.alpha.low or 0:.3f}"
    return (
        f" The answer changes when it is {', '.join(how)}; {low}."
        if how
        else f" No edit of it changes the answer; {low}."
    )


def _percent(share: float | None) -> str:
    return f"{100 * (share or 0):.3g} %"
