"""What could be proven in data of this size at best, said before anything is trained.

A motif is proven if it is enriched in bound sequences of the test side (E < 0.05). A few can reach that P value only
together, and very few cannot.
"""

import numpy as np
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.motifs.evidence import SIGNIFICANCE

WORTH_SAYING = 0.02
"""Share of the bound test sequences that must carry a motif, from which on a user should know of it."""


def held_out(data: SequenceDataset) -> tuple[int, int]:
    """Bound and unbound clusters of the test side, with the shuffled copies that it will get."""
    test = data.subset(data.indices(TEST))
    bound, unbound = (len(np.unique(test.cluster[test.labels == label])) for label in (1, 0))
    return bound, unbound or bound


def fewest_carriers(bound: int, unbound: int, tested: int) -> int | None:
    """Bound test sequences that must carry a motif, one of ``tested``, if no unbound one does; None: not even all.

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


def what_can_be_found(data: SequenceDataset) -> str:
    """One sentence on what motif can be proven at best; empty where one in `WORTH_SAYING` of the sequences is."""
    bound, unbound = held_out(data)
    fewest = fewest_carriers(bound, unbound, 1)
    kept = f"{bound:,} bound ones are kept for the test, against {unbound:,} unbound ones"
    known = f"Of {counted(len(data), 'sequence')} {kept}"
    if fewest is None:
        best = float(_p_values(bound, unbound)[-1])
        return f"{known}: too few for a motif to reach P < {SIGNIFICANCE:g} there (at best {best:.2g})."
    if fewest < WORTH_SAYING * bound:
        return ""
    share = f"{fewest / bound:.0%}" if fewest > 0.095 * bound else f"{fewest / bound:.1%}"
    needed = f"to be proven, a motif must lie in at least {fewest} of these ({share})"
    return f"{known}: {needed}, in more where unbound ones have it too."
