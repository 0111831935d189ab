"""Which motifs can be believed: one rule, applied to the figures of the audit.

A motif is *trusted* unless one of the doubts below holds; each has a threshold and a reason. What the theorem asks and
a motif may still live without (letters that depend on the layout, footprints that touch) is a *note*, not a doubt.
"""

from dataclasses import dataclass

from sparling.validation.theorem.verdicts import ALPHA_LEAST, OVERLAP_MOST, SIGNIFICANCE
from sparling_genomics.audit.figures import Transplant
from sparling_genomics.audit.independence import Dependence
from sparling_genomics.motifs.evidence import MIN_SITES
from sparling_genomics.motifs.repeats import REPEATED

E_MOST = 0.01
"""E above which the evidence of the test side is weak; below 0.05 one run in twenty has a motif by chance."""
FEWEST_HELD_OUT = MIN_SITES
"""Test sequences with a site, below which shares among them say nothing: one more or less is a tenth."""
CONTESTED_MOST = 0.5
"""Share of footprints that a motif that explains more also claims, from which on most of the motif is that one."""
EXPLAINED_MOST = 0.5
"""Share of a motif's enrichment that its shuffled columns have too, from which on composition is most of it."""
ALIKE_LEAST = 0.8
"""Correlation from which a motif may be another form of one that explains more; planted ones had 0.76 at most."""
AGREEMENT_LEAST = 0.5
"""Share of the other seeds in which a motif must come back: in fewer it is more often absent than found."""
REPRODUCED_LEAST = 0.9
"""Share of a motif's sites that the saved network must find again; less means another device or precision."""
FOUND_LEAST = 0.5
"""Share of sites that must be found again where their letters alone are moved; below it neighbours matter to most."""
V_LEAST = 0.1
"""Cramér's V from which on letters are said to depend on the layout; 0.1 is a small effect (Cohen 1988)."""


@dataclass(frozen=True)
class MotifFigures:
    """What the audit measured of one motif; shares are 0 to 1, None where there is nothing to measure it on."""

    motif_id: str
    consensus: str
    sites: int
    """In bound training and validation sequences: the matrix is counted from them."""
    information: float
    """Bits."""
    flank: float | None
    """Bits a letter beyond the matrix, `repeats.flank_information`."""
    test_bound: int
    """Bound test sequences with a site, relatives counted once, ..."""
    test_unbound: int
    """... and unbound ones."""
    bound_fraction: float | None
    """Share of the sites on the test side that lie in bound sequences."""
    p: float
    """One-sided Fisher exact test of having a site against being bound, test side, relatives counted once."""
    e: float
    """P times the motifs reported, all of which were taken to the test side."""
    overlap: float | None
    """Share of footprints that share a letter with one of another motif."""
    overlap_by_chance: float | None
    overlap_self: float | None
    contested: float | None
    rival: str
    """The other motif whose footprints it shares most often, ..."""
    holder: str
    """... and of those before it, which explain more."""
    like: str
    """Of those that explain more the one most like it or a part of it, and the correlation; none for the first."""
    likeness: float | None
    alpha: float | None
    """Of bound test sequences with a site and predicted bound, the share that is not without the motif, ..."""
    alpha_sequences: int
    """... of so many."""
    logit_change: float | None
    """Mean change of the logit of bound test sequences with a site, without the motif."""
    swap_partner: str
    swap_kept: float | None
    """Share of predictions that stay when the channel and its partner, the best one, are exchanged."""
    transplant: Transplant
    dependence: Dependence | None
    explained: float | None
    """Share of the enrichment over shuffles of bound sequences that shuffled columns have too."""
    found: int | None
    """Runs of ``runs``, its own among them, that have the motif; None without other seeds."""
    runs: int | None
    reproduced: float
    """Share of its sites that are in the map again."""


@dataclass(frozen=True)
class Verdict:
    """``trusted`` or not; ``doubts`` why not; ``notes`` what else to know."""

    doubts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def trusted(self) -> bool:
        """Whether there is no doubt."""
        return not self.doubts

    @property
    def text(self) -> str:
        """In few words."""
        return "trust" if self.trusted else f"doubtful: {'; '.join(self.doubts)}"


def verdict(figures: MotifFigures, null_e: float | None = None) -> Verdict:
    """The verdict on one motif; ``null_e`` is the smallest E of the null run's motifs, None where it found none."""
    f = figures
    doubts, notes = [], []
    if f.test_bound + f.test_unbound < FEWEST_HELD_OUT:
        doubts.append(f"only {f.test_bound + f.test_unbound} test sequences with a site")
    if f.e > E_MOST:
        doubts.append(f"weak evidence on the test side (E = {f.e:.2g})")
    if null_e is not None and f.e >= null_e:
        doubts.append("no more evidence than a motif of the null run has")
    if f.explained is not None and f.explained >= EXPLAINED_MOST:
        doubts.append(
            f"composition explains it: with its columns shuffled it keeps {f.explained:.0%} of its enrichment"
        )
    if f.flank is not None and f.flank >= REPEATED:
        doubts.append(f"a piece of a repeated element: letters beyond it are alike too ({f.flank:.2f} bits each)")
    if f.contested is not None and f.contested >= CONTESTED_MOST:
        doubts.append(f"shares its sites with {f.holder}, which explains more")
    if f.alpha is not None and f.alpha_sequences >= FEWEST_HELD_OUT and f.alpha < ALPHA_LEAST:
        doubts.append("the prediction hardly depends on it")
    if f.found is not None and f.runs is not None and f.found - 1 < AGREEMENT_LEAST * (f.runs - 1):
        doubts.append(f"came back in only {f.found - 1} of {f.runs - 1} other seeds")
    if f.reproduced < REPRODUCED_LEAST:
        doubts.append(f"only {f.reproduced:.0%} of its sites are found again by the saved model")
    if f.likeness is not None and f.likeness >= ALIKE_LEAST:
        notes.append(f"reads like {f.like} or a part of it (correlation {f.likeness:.2f})")
    if f.dependence is not None and depends(f.dependence):
        notes.append(f"letter {f.dependence.column} varies with: {f.dependence.feature}")
    if f.overlap is not None and f.overlap_by_chance is not None and crowded(f.overlap, f.overlap_by_chance):
        notes.append(f"often beside or over {f.rival}")
    if f.transplant.sequences >= FEWEST_HELD_OUT and f.transplant.found < FOUND_LEAST:
        notes.append("most of its sites are lost without the letters beside them")
    return Verdict(tuple(doubts), tuple(notes))


def crowded(overlap: float, by_chance: float) -> bool:
    """Whether footprints touch others far more than by chance: twice as often, or half of what chance leaves."""
    return overlap > min(2 * by_chance, (1 + by_chance) / 2) + OVERLAP_MOST


def depends(dependence: Dependence) -> bool:
    """Whether letters depend on the layout: beyond chance, and by more than next to nothing."""
    return dependence.p < SIGNIFICANCE and dependence.v >= V_LEAST
