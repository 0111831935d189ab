"""What data of this size could show: what can be proven at best, and the smallest share that would be seen.

A motif is proven if it is enriched in bound sequences of the test side (E < 0.05). A few can reach that P value only
together, and very few cannot. To be seen it must pass a test on each side, at a level of its own.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling.plurals import counted
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.motifs.evidence import SIGNIFICANCE

WORTH_SAYING = 0.02
"""Share of the bound test sequences that must carry a motif, from which on a user should know of it."""

POWER = 0.9
"""Chance with which a motif of the `smallest_share` is seen."""
UNBOUND_SHARE = 0.01
"""Of unbound sequences that have the motif, where nothing else is said."""
_NEGLIGIBLE = 1e-9
"""Chance of numbers of carriers that are not looked at."""


class FisherTest(NamedTuple):
    """A test that a motif must pass: Fisher's, one-sided, of ``bound`` and ``unbound`` sequences, P below ``level``."""

    bound: int
    unbound: int
    level: float


def smallest_share(
    tests: Sequence[FisherTest], unbound_share: float = UNBOUND_SHARE, power: float = POWER
) -> float | None:
    """The smallest share of bound sequences with a motif at which all ``tests`` are passed with chance ``power``.

    Exact, to 1e-4: sequences have the motif independently, bound ones with the share that is sought, unbound ones with
    ``unbound_share``; no sequence is in two tests. None where not even a motif of all bound sequences is seen so often.

    >>> round(smallest_share([FisherTest(300, 300, 0.05)]), 3), smallest_share([FisherTest(3, 3, 0.05)])
    (0.052, None)
    """
    passing = [_passing(test, unbound_share) for test in tests]

    def seen(share: float) -> float:
        chances = [
            float(chance @ scipy.stats.binom.sf(fewest - 1, test.bound, share))
            for test, (chance, fewest) in zip(tests, passing, strict=True)
        ]
        return float(np.prod(chances))

    low, high = 0.0, 1.0
    if seen(high) < power:
        return None
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if seen(middle) >= power else (middle, high)
    return high


def _passing(test: FisherTest, unbound_share: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Chance of each likely number of unbound carriers, and the fewest bound ones that pass the test beside them."""
    bound, unbound, level = test
    least, most = scipy.stats.binom.ppf([_NEGLIGIBLE, 1 - _NEGLIGIBLE], unbound, unbound_share).astype(int)
    carriers = np.arange(max(least, 0), most + 1)
    low, high = np.zeros_like(carriers), np.full_like(carriers, bound + 1)
    while (high > low).any():
        middle = (low + high) // 2
        p = scipy.stats.hypergeom.sf(middle - 1, bound + unbound, bound, middle + carriers)
        passes = (p < level) | (middle > bound)
        low, high = np.where(passes | (low == high), low, middle + 1), np.where(passes, np.minimum(middle, high), high)
    return scipy.stats.binom.pmf(carriers, unbound, unbound_share), high


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
