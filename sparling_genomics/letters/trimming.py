"""Where a motif begins and ends in the counts of letters around its sites.

A column is empty, or carries bits that its number of letters cannot have by chance. The motif is its strong columns,
with the weak ones that touch them; a long stretch of empty columns cuts it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from sparling_genomics.letters.pwm import Pwm

CORE_BITS = 0.3
"""Of a column that makes a motif, corrected for the number of its letters."""
FLANK_BITS = 0.1
"""Of a column that belongs to the motif it touches; one with fewer is empty."""
LONGEST_GAP = 6
"""Empty columns in a row that a motif may have inside."""
HALF_BITS = 4.0
"""Of a part that stands for itself: two such ones stay together over a longer gap."""
_BY_CHANCE = 0.01
"""P below which a column's letters are not those of the background."""


def motif_span(pwm: Pwm) -> tuple[int, int]:
    """Columns [start, end) of the motif in a matrix wider than it; (0, 0) where there is none.

    From the first to the last of its `parts` with at least `HALF_BITS`, else the one with most bits.

    >>> counts = np.full((30, 4), 25.0)
    >>> counts[[3, 4, 5, 20, 21]] = [100, 0, 0, 0]
    >>> motif_span(Pwm("M1", counts, 100)), motif_span(Pwm("M1", counts[:21], 100))
    ((3, 6), (3, 6))
    """
    found = parts(pwm)
    bits = pwm.corrected_information()
    strength = [float(bits[start:end].sum()) for start, end in found]
    if not found:
        return 0, 0
    alone = [span for span, own in zip(found, strength, strict=True) if own >= HALF_BITS]
    alone = alone or [found[int(np.argmax(strength))]]
    return alone[0][0], alone[-1][1]


def parts(pwm: Pwm) -> list[tuple[int, int]]:
    """Columns [start, end) of each informative stretch, in order; more than `LONGEST_GAP` empty columns lie between.

    A stretch goes from strong column to strong column, at least `CORE_BITS` each, and on from there while columns carry
    `FLANK_BITS`: against the background and against the letters around the motif as well, for where its sites lie among
    more A and T than elsewhere, that is no part of it. A column counts where a G-test gives its letters P < 0.01.

    >>> counts = np.full((30, 4), 25.0)
    >>> counts[[3, 4, 5, 20, 21]] = [100, 0, 0, 0]
    >>> parts(Pwm("M1", counts, 100))
    [(3, 6), (20, 22)]
    """
    core = np.flatnonzero(_carries(pwm, CORE_BITS))
    if not core.size:
        return []
    weak = _carries(pwm, FLANK_BITS)
    cuts = [i for i in range(1, len(core)) if _longest_run(~weak[core[i - 1] + 1 : core[i]]) > LONGEST_GAP]
    stretches = [(int(own[0]), int(own[-1]) + 1) for own in np.split(core, cuts)]
    flanks = weak & _carries(_among_neighbours(pwm, stretches), FLANK_BITS)
    return [_extended(flanks, *stretch) for stretch in stretches]


def _carries(pwm: Pwm, bits: float) -> NDArray[np.bool_]:
    """Columns with so many corrected bits that are not chance: (W,)."""
    g = 2 * np.log(2) * pwm.counts.sum(axis=1) * pwm.information()
    return np.asarray((pwm.corrected_information() >= bits) & (g >= chdtri(3, _BY_CHANCE)))


def _among_neighbours(pwm: Pwm, stretches: list[tuple[int, int]]) -> Pwm:
    """The same counts against the letters of most columns outside of the stretches: the median of each letter's share.

    A few columns that differ from the others do not move a median. The background counts as one of the columns.
    """
    outside = np.ones(pwm.width, dtype=bool)
    for start, end in stretches:
        outside[start:end] = False
    columns = np.vstack([pwm.probabilities()[outside], pwm.background])
    letters = np.median(columns, axis=0) + 1e-3 * np.array(pwm.background)
    return replace(pwm, background=tuple((letters / letters.sum()).tolist()))


def _extended(flanks: NDArray[np.bool_], start: int, end: int) -> tuple[int, int]:
    while start > 0 and flanks[start - 1]:
        start -= 1
    while end < len(flanks) and flanks[end]:
        end += 1
    return start, end


def _longest_run(marks: NDArray[np.bool_]) -> int:
    """Most true values in a row.

    >>> _longest_run(np.array([True, False, True, True]))
    2
    """
    longest = run = 0
    for mark in marks.tolist():
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest
