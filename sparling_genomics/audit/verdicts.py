"""Which motifs can be believed: one rule, applied to the figures of the audit.

A motif is *trusted* unless one of its `checks` fails. What the theorem asks and a motif may still live without (letters
that depend on the layout, footprints that touch) is a *note*, not a doubt.
"""

from dataclasses import dataclass

from sparling.validation.theorem.verdicts import OVERLAP_MOST, SIGNIFICANCE
from sparling_genomics.audit.checks import FEWEST_HELD_OUT, Check, NullEvidence, checks
from sparling_genomics.audit.figures import MotifFigures
from sparling_genomics.audit.independence import Dependence

ALIKE_LEAST = 0.8
"""Correlation from which a motif may be another form of one that explains more; planted ones had 0.76 at most."""
FOUND_LEAST = 0.5
"""Share of sites that must be found again where their letters alone are moved; below it neighbours matter to most."""
V_LEAST = 0.1
"""Cramér's V from which on letters are said to depend on the layout; 0.1 is a small effect (Cohen 1988)."""


@dataclass(frozen=True)
class Verdict:
    """What was checked, and ``notes`` on what else to know."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why it is not trusted."""
        return tuple(doubt for check in self.checks for doubt in check.doubts)

    @property
    def trusted(self) -> bool:
        """Whether there is no doubt."""
        return not self.doubts

    @property
    def made(self) -> int:
        """Checks that were made."""
        return sum(check.state != "not tested" for check in self.checks)

    @property
    def text(self) -> str:
        """In few words."""
        return "trusted" if self.trusted else f"doubtful: {'; '.join(self.doubts)}"


def verdict(figures: MotifFigures, null: NullEvidence | None = None) -> Verdict:
    """The verdict on one motif; ``null`` is what a null run says, None without one."""
    f = figures
    notes = []
    if f.likeness is not None and f.likeness >= ALIKE_LEAST:
        notes.append(f"reads like {f.like} or a part of it (correlation {f.likeness:.2f})")
    if f.dependence is not None and depends(f.dependence):
        notes.append(f"letter {f.dependence.column} varies with: {f.dependence.feature}")
    if f.overlap is not None and f.overlap_by_chance is not None and crowded(f.overlap, f.overlap_by_chance):
        notes.append(f"often beside or over {f.rival}")
    if f.transplant.sequences >= FEWEST_HELD_OUT and f.transplant.found < FOUND_LEAST:
        notes.append("most of its sites are lost without the letters beside them")
    return Verdict(tuple(checks(f, null)), tuple(notes))


def crowded(overlap: float, by_chance: float) -> bool:
    """Whether footprints touch others far more than by chance: twice as often, or half of what chance leaves."""
    return overlap > min(2 * by_chance, (1 + by_chance) / 2) + OVERLAP_MOST


def depends(dependence: Dependence) -> bool:
    """Whether letters depend on the layout: beyond chance, and by more than next to nothing."""
    return dependence.p < SIGNIFICANCE and dependence.v >= V_LEAST
