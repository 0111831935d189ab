"""The checks behind a verdict: what was asked of a motif, whether it holds, and the numbers in a sentence.

Each has a threshold and a reason. A motif is *trusted* where none fails; one that was not made says how to make it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from sparling.plurals import counted
from sparling.validation.theorem.verdicts import ALPHA_LEAST
from sparling_genomics.audit.figures import MotifFigures
from sparling_genomics.motifs.evidence import MIN_SITES
from sparling_genomics.motifs.repeats import REPEATED
from sparling_genomics.pages.parts.numbers import equals, share

E_MOST = 0.01
"""E above which the evidence of the test side is weak; below 0.05 one run in twenty has a motif by chance."""
FEWEST_HELD_OUT = MIN_SITES
"""Test sequences with a site, below which shares among them say nothing: one more or less is a tenth."""
CONTESTED_MOST = 0.5
"""Share of footprints that a motif that explains more also claims, from which on most of the motif is that one."""
EXPLAINED_MOST = 0.5
"""Share of a motif's enrichment that its shuffled columns have too, from which on composition is most of it."""
AGREEMENT_LEAST = 0.5
"""Share of the other seeds in which a motif must come back: in fewer it is more often absent than found."""
REPRODUCED_LEAST = 0.9
"""Share of a motif's sites that the saved network must find again; less means another device or precision."""

State = Literal["holds", "fails", "not tested"]


@dataclass(frozen=True)
class NullEvidence:
    """What a finished null run says: the smallest E of its motifs, None where it reports none."""

    least_e: float | None


class Check(NamedTuple):
    """One check of one motif."""

    name: str
    """In two or three words, of what holds."""
    state: State
    text: str
    """The numbers, in one or two sentences."""
    doubts: tuple[str, ...] = ()
    """Why it fails, in few words."""


def checks(figures: MotifFigures, null: NullEvidence | None = None) -> list[Check]:
    """All checks of a motif, in the order in which they are shown; ``null`` is None without a null run."""
    f = figures
    made = [_held_out(f), _needed(f), _composition(f), _repeat(f), _neighbour(f), _null(f, null), _seeds(f)]
    return made + ([_reproduced(f)] if f.reproduced < REPRODUCED_LEAST else [])


def state_of(doubts: Sequence[str]) -> State:
    """Of a check that was made."""
    return "fails" if doubts else "holds"


def _held_out(f: MotifFigures) -> Check:
    doubts = []
    total = f.test_bound + f.test_unbound
    if not f.held_out:
        doubts.append("too few sequences to hold any out")
    elif total < FEWEST_HELD_OUT:
        doubts.append(f"only {counted(total, 'test sequence')} with a site")
    if f.e > E_MOST:
        doubts.append(f"weak evidence{' on the test side' if f.held_out else ''} ({equals('E', f.e)})")
    if not f.held_out:
        text = f"All sequences were used to find it: {equals('P', f.p)} and {equals('E', f.e)} are those of its word."
        return Check("held-out", "fails", text, tuple(doubts))
    text = (
        f"Held-out sequences with a site, relatives counted once: {f.test_bound:,} bound, {f.test_unbound:,} unbound. "
        f"{equals('P', f.p)}, {equals('E', f.e)}: P times the motifs reported. Asked: "
        f"{FEWEST_HELD_OUT} sequences or more, E of {E_MOST:g} or less."
    )
    return Check("held-out", state_of(doubts), text, tuple(doubts))


def _needed(f: MotifFigures) -> Check:
    if f.alpha is None or f.alpha_sequences < FEWEST_HELD_OUT:
        text = f"Fewer than {FEWEST_HELD_OUT} held-out bound sequences with it are predicted bound."
        return Check("needed", "not tested", text)
    doubts = ("the prediction hardly depends on it",) if f.alpha < ALPHA_LEAST else ()
    text = (
        f"Of {f.alpha_sequences:,} held-out bound sequences with it that are predicted bound, {share(f.alpha)} are not "
        f"without it. Asked: {ALPHA_LEAST:.0%} or more; low, too, where another motif says the same."
    )
    return Check("needed", state_of(doubts), text, doubts)


def _composition(f: MotifFigures) -> Check:
    if f.explained is None:
        return Check("more than composition", "not tested", "Too few bound sequences are held out to compare it.")
    kept = f"with its columns shuffled it keeps {share(f.explained)} of its enrichment"
    doubts = (f"composition explains it: {kept}",) if f.explained >= EXPLAINED_MOST else ()
    text = f"Over shuffles of the bound sequences, {kept}. Asked: less than {EXPLAINED_MOST:.0%}."
    return Check("more than composition", state_of(doubts), text, doubts)


def _repeat(f: MotifFigures) -> Check:
    if f.flank is None:
        return Check("no repeat", "not tested", "Too few sites have letters 5 to 35 away from them.")
    bits = f"{max(f.flank, 0):.2f} bits each"
    alike = f"a piece of a repeated element: letters beyond it are alike too ({bits})"
    doubts = (alike,) if f.flank >= REPEATED else ()
    text = (
        f"Letters 5 to 35 away from its sites carry {bits}; around copies of one repeated element they are alike. "
        f"Asked: less than {REPEATED:g}."
    )
    return Check("no repeat", state_of(doubts), text, doubts)


def _neighbour(f: MotifFigures) -> Check:
    if f.contested is None:
        return Check("no neighbour’s shadow", "not tested", "It has no site in a bound sequence.")
    doubts = (f"shares its sites with {f.holder}, which explains more",) if f.contested >= CONTESTED_MOST else ()
    if f.contested == 0 and not f.holder:
        return Check("no neighbour’s shadow", "holds", "No motif that explains more has a letter of its sites.")
    text = (
        f"{share(f.contested)} of its sites are half those of a motif that explains more"
        f"{f' (most often {f.holder})' if f.holder else ''}. Asked: less than {CONTESTED_MOST:.0%}."
    )
    return Check("no neighbour’s shadow", state_of(doubts), text, doubts)


def _null(f: MotifFigures, null: NullEvidence | None) -> Check:
    if null is None:
        text = "The same search in shuffled sequences, where nothing can be found; sparling motifs audit makes it."
        return Check("null run", "not tested", text)
    if null.least_e is None:
        return Check("null run", "holds", "The same search in shuffled sequences reports no motif.")
    doubts = ("no more evidence than a motif of the null run has",) if f.e >= null.least_e else ()
    best = f"The best motif of the same search in shuffled sequences has {equals('E', null.least_e)}"
    text = f"{best}; this one has {equals('E', f.e)}."
    return Check("null run", state_of(doubts), text, doubts)


def _seeds(f: MotifFigures) -> Check:
    if f.found is None or f.runs is None:
        text = "Other runs with other sequences held out; sparling motifs train --resume --seeds 3 makes them."
        return Check("other seeds", "not tested", text)
    back = f"{f.found - 1} of {counted(f.runs - 1, 'other seed')}"
    few = f.found - 1 < AGREEMENT_LEAST * (f.runs - 1)
    text = f"With other sequences held out it came back in {back}. Asked: half of them or more."
    return Check("other seeds", "fails" if few else "holds", text, (f"came back in only {back}",) if few else ())


def _reproduced(f: MotifFigures) -> Check:
    doubt = f"only {share(f.reproduced)} of its sites are found again by the saved model"
    text = f"{doubt.capitalize()}: another device or precision. Asked: {REPRODUCED_LEAST:.0%} or more."
    return Check("found again", "fails", text, (doubt,))
