"""What could be found in data of this size at best, said before anything is trained.

A motif is reported if it is enriched in held-out bound sequences (`evidence.fault`). A few can reach that P value
only together, and very few cannot.
"""

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, VALIDATION, SequenceDataset
from sparling_genomics.motifs.evidence import SIGNIFICANCE

WORTH_SAYING = 0.02
"""Share of the held-out bound sequences that must carry a motif, from which on a user should know of it."""


def held_out(data: SequenceDataset) -> tuple[int, int]:
    """Bound and unbound sequences of the validation and test sides, with the shuffled copies that they will get."""
    bound = unbound = 0
    for side in (VALIDATION, TEST):
        labels = data.labels[data.indices(side)]
        bound += int(labels.sum())
        unbound += int((labels == 0).sum()) or len(labels)
    return bound, unbound


def fewest_carriers(bound: int, unbound: int, tested: int) -> int | None:
    """Held-out bound sequences that must carry a motif, one of ``tested``, if no unbound one does; None: not even all.

    One-sided Fisher exact test of k carriers of which all are bound: P = C(bound, k) / C(bound + unbound, k).

    >>> fewest_carriers(5, 5, 8), fewest_carriers(4, 4, 8), fewest_carriers(280, 280, 8)
    (5, None, 8)
    """
    passing = np.flatnonzero(_p_values(bound, unbound) < SIGNIFICANCE / tested)
    return int(passing[0]) if len(passing) else None


def _p_values(bound: int, unbound: int) -> NDArray[np.float64]:
    """P of k = 0, 1, … ``bound`` carriers of which all are bound: C(bound, k) / C(bound + unbound, k)."""
    drawn = np.arange(bound)
    return np.cumprod(np.append(1.0, (bound - drawn) / (bound + unbound - drawn)))


def what_can_be_found(data: SequenceDataset, tested: int) -> str:
    """One sentence on what motif can be reported at best where ``tested`` candidates, or more, are looked at.

    Empty where a motif in `WORTH_SAYING` of the sequences is found.
    """
    bound, unbound = held_out(data)
    fewest = fewest_carriers(bound, unbound, tested)
    known = f"Of {len(data):,} sequences {bound:,} bound ones are held out, against {unbound:,} unbound ones"
    if fewest is None:
        best = float(_p_values(bound, unbound)[-1]) * tested
        limit = f"corrected for {tested} candidates (at best {best:.2g})"
        return f"{known}: too few for any motif to reach P < {SIGNIFICANCE:g}, {limit}. None will be reported."
    if fewest < WORTH_SAYING * bound:
        return ""
    share = f"{fewest / bound:.0%}" if fewest > 0.095 * bound else f"{fewest / bound:.1%}"
    return f"{known}: a motif must lie in at least {fewest} of these ({share}), in more where unbound ones have it too."
