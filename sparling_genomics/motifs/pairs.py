"""Two motifs in the same sequences: how often, how far apart, in which order.

Of bound sequences of all sides: nothing was fitted to where a motif lies in its sequence, and pairs need numbers.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.files.rows import Pair
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.motifs.selection import OVERLAP

FARTHEST = 60
"""Gap between two sites up to which a spacing is looked for, bp."""
RE_PAIRED = 20_000
"""Arrangements of sites in different sequences, about, from which their frequency by chance is counted."""


def pairs(data: SequenceDataset, motifs: Sequence[Motif]) -> list[Pair]:
    """Every two motifs, in their order."""
    strata = _strata(data)
    return [_pair(data, strata, a, b) for a, b in combinations(motifs, 2)]


def _strata(data: SequenceDataset) -> NDArray[np.int64]:
    """Tenths of the bound sequences by length, 0 to 9, -1 for unbound ones: a long one has more sites of everything."""
    bound = data.labels == 1
    edges = np.quantile(data.lengths[bound], np.arange(1, 10) / 10) if bound.any() else np.zeros(0)
    return np.where(bound, np.searchsorted(edges, data.lengths), -1)


def _together(
    strata: NDArray[np.int64], with_a: NDArray[np.int64], with_b: NDArray[np.int64], observed: int
) -> tuple[float, float]:
    """Sequences expected to have both, among those of like length, and the two-sided P of as many as observed.

    Within each stratum Fisher's exact test; all of them have the sum of its hypergeometric numbers, and P is the chance
    of every number no likelier than the one observed.
    """
    sizes, in_a, in_b = (np.bincount(strata[each], minlength=10) for each in (strata >= 0, with_a, with_b))
    chances = np.ones(1)
    for n, a, b in zip(sizes.tolist(), in_a.tolist(), in_b.tolist(), strict=True):
        chances = np.convolve(chances, scipy.stats.hypergeom.pmf(np.arange(min(a, b) + 1), n, a, b)) if n else chances
    own = chances[observed] * (1 + 1e-7)
    expected = float((in_a * in_b / np.maximum(sizes, 1)).sum())
    return expected, min(1.0, float(chances[chances <= own].sum()))


def _pair(data: SequenceDataset, strata: NDArray[np.int64], a: Motif, b: Motif) -> Pair:
    places = [_strongest(data, motif) for motif in (a, b)]
    both = sorted(places[0].keys() & places[1].keys())
    with_a, with_b = (np.array(sorted(each), dtype=np.int64) for each in places)
    expected_both, p_both = _together(strata, with_a, with_b, len(both))
    seen = Counter(_arrangement(places[0][s], places[1][s], data.alphabet.double_stranded) for s in both)
    overlap = min(a.pwm.width, b.pwm.width)
    near = _near(seen, OVERLAP * overlap)
    spacing, order, count, p = None, "", 0, None
    if near:
        ways = (overlap + FARTHEST + 1) * (4 if data.alphabet.double_stranded else 2)
        shares = _by_chance(data, a, b, [places[0][s] for s in both], [places[1][s] for s in both])
        expected = {key: (shares[key] + 1) / (shares.total() + ways) for key in near}
        p_of = {key: float(scipy.stats.binom.sf(n - 1, sum(near.values()), expected[key])) for key, n in near.items()}
        spacing, order = min(near, key=lambda key: (p_of[key], -near[key], key))
        count, p = near[spacing, order], min(1.0, ways * p_of[spacing, order])
    return Pair(
        a.pwm.name,
        b.pwm.name,
        len(places[0]),
        len(places[1]),
        len(both),
        expected_both,
        p_both,
        spacing,
        order,
        count,
        p,
    )


Place = tuple[int, int, bool]
Arrangement = tuple[int, str]


def _by_chance(
    data: SequenceDataset, a: Motif, b: Motif, of_a: Sequence[Place], of_b: Sequence[Place]
) -> Counter[Arrangement]:
    """Near arrangements of each place of A with places of B in other sequences.

    So what follows from where either motif lies in its sequences, as in the middle, is no spacing.
    """
    n = len(of_a)
    times = min(n - 1, max(1, RE_PAIRED // n))
    found: Counter[Arrangement] = Counter()
    for shift in (1 + i * (n - 1) // times for i in range(times)):
        other = [*of_b[shift:], *of_b[:shift]]
        found.update(_arrangement(*pair, data.alphabet.double_stranded) for pair in zip(of_a, other, strict=True))
    return _near(found, OVERLAP * min(a.pwm.width, b.pwm.width))


def _near(found: Counter[Arrangement], overlap: float) -> Counter[Arrangement]:
    """Those not too far apart, and with less ``overlap`` than from which on only one of two sites stands."""
    return Counter({key: count for key, count in found.items() if -max(1.0, overlap) < key[0] <= FARTHEST})


def _strongest(data: SequenceDataset, motif: Motif) -> dict[int, Place]:
    """Start, end and strand of the strongest site of each bound sequence that has one."""
    start, end = motif.intervals(data)
    order = np.argsort(motif.sites.score, kind="stable")
    rows = zip(
        motif.sites.sequence[order].tolist(),
        start[order].tolist(),
        end[order].tolist(),
        motif.sites.reverse[order].tolist(),
        strict=True,
    )
    return {sequence: (first, last, reverse) for sequence, first, last, reverse in rows if data.labels[sequence] == 1}


def _arrangement(a: Place, b: Place, double_stranded: bool) -> Arrangement:
    """Gap and order of two places, seen along the strand of the first."""
    gap = max(b[0] - a[1], a[0] - b[1])
    behind = (b[0] + b[1] > a[0] + a[1]) != (double_stranded and a[2])
    same = not double_stranded or a[2] == b[2]
    if behind:
        return gap, "A> B>" if same else "A> <B"
    return gap, "B> A>" if same else "<B A>"
