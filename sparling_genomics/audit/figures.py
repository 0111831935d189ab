"""What the audit measures of each motif, as values."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.audit.independence import Dependence


class Reliance(NamedTuple):
    """What hangs on each of C channels; nan where there is no sequence with a site.

    Fields, as in `effects.Silencing`: ``sequences`` (C,), bound test sequences with a site and predicted bound;
    ``alpha`` (C,), the share of them that is not without the channel; ``change`` (C,), the mean change of the logit of
    bound test sequences with a site. ``swapped`` (C, C), of validation and test sequences with a site of i or j the
    share whose class stays when the two channels are exchanged.
    """

    sequences: NDArray[np.int64]
    alpha: NDArray[np.float64]
    change: NDArray[np.float64]
    swapped: NDArray[np.float64]


class Transplant(NamedTuple):
    """Sites carried to another place of their sequence. ``sequences`` tried, ``found`` share found again at the new
    place, ``kept`` share whose predicted class stayed; nan without any.
    """

    sequences: int
    found: float
    kept: float


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
    """One-sided Fisher exact test of having a site against being bound, test side, relatives counted once; that of the
    word where sequences are too few to hold any out."""
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
    held_out: bool = True
    """Whether there were sequences enough to hold some out; P and E are of the word if not."""
