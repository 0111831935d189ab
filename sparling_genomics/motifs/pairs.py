"""Two motifs in the same sequences: how often, how far apart, in which order.

Sequences are chosen for being bound, and that alone ties motifs together (Berkson 1946, Biometrics Bulletin 2:47):
where either of two suffices, a sequence that has one no longer needs the other, so among bound sequences the two look
like enemies although neither knows of the other. Counting unbound sequences too does not help: both motifs are commoner
in bound ones, so over all sequences any two look like friends; and strata by label (Mantel-Haenszel) put the first
fault back. What can be said without a model of binding is one-sided. If motifs lie independently of each other in the
genome and binding is rare, then among bound sequences two of them are independent where their effects multiply the
odds, and together less often where they do less than that, as sufficient ones do; they are together more often only
where they do more, or where composition brings both along. So `expected`, of independence among bound sequences, is a
bar that selection cannot lift anything over, and only "more often" is tested. At the other end `expected_either` says
how many would have both if either were enough: where one is, the other makes no difference to binding and is as common
as in unbound sequences. Numbers between the two say nothing of avoidance; numbers below are not tested either, as they
hang on rates that are counted in few unbound sequences.

A spacing is asked of sites that share no informative letter: of two motifs that read the same letters (one's last half
site is the other's first) every spacing that lays them over each other is common, and tells nothing of two proteins. Of
bound sequences of all sides, one of each cluster of relatives (`data.clusters`): nothing was fitted to where a motif
lies in its sequence, pairs need numbers, and copies of one element would make a spacing.
"""

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from itertools import combinations

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.files.rows import Pair, Spacing
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import OVERLAP, Motif

FARTHEST = 60
"""Gap between two sites up to which a spacing is looked for, bp."""
RE_PAIRED = 20_000
"""Arrangements of sites in different sequences, about, from which their frequency by chance is counted."""
INFORMATIVE = 0.5
"""Bits from which on a column says something of its letter; two sites that share one are no two sites."""

_FARTHEST = 40.0
"""Log odds ratio up to which the bounds of an interval are sought."""

Place = tuple[int, int, bool]
Arrangement = tuple[int, str]


def pairs(data: SequenceDataset, motifs: Sequence[Motif]) -> list[Pair]:
    """Every two motifs, in their order; ``data`` with the unbound sequences that were looked at."""
    strata = _strata(data)
    return _corrected([_pair(data, strata, a, b) for a, b in combinations(motifs, 2)])


def pairs_within(data: SequenceDataset, motifs: Sequence[Motif], contrasts: Sequence[int]) -> list[Pair]:
    """Every two motifs of one contrast (`data.targets`) in the sequences that have it; ``contrasts`` of each motif.

    Motifs of two contrasts are together as their labels are, which says nothing of them.
    """
    found = []
    for contrast in sorted(set(contrasts[: len(motifs)])):
        own = [motif for motif, its in zip(motifs, contrasts, strict=False) if its == contrast]
        found += pairs(data.seen_by(contrast), own)
    return _corrected(found)


def _corrected(found: Sequence[Pair]) -> list[Pair]:
    """The same pairs with P values for as many tests as there are pairs (Bonferroni)."""

    def times(p: float | None) -> float | None:
        return None if p is None else min(1.0, p * len(found))

    return [
        pair._replace(p_both_corrected=times(pair.p_both), p_spacing_corrected=times(pair.p_spacing)) for pair in found
    ]


def _strata(data: SequenceDataset) -> NDArray[np.int64]:
    """Tenths of the bound sequences by length, 0 to 9: a long one has more sites of everything.

    -1 for those that are not the first of their cluster and label.
    """
    bound = data.labels == 1
    edges = np.quantile(data.lengths[bound], np.arange(1, 10) / 10) if bound.any() else np.zeros(0)
    first = np.zeros(len(data), dtype=bool)
    first[np.unique(np.stack([data.cluster, bound]), axis=1, return_index=True)[1]] = True
    return np.where(first, np.searchsorted(edges, data.lengths), -1)


def _pair(data: SequenceDataset, strata: NDArray[np.int64], a: Motif, b: Motif) -> Pair:
    places = [_strongest(data, strata, motif) for motif in (a, b)]
    both = sorted(places[0].keys() & places[1].keys())
    with_a, with_b = (np.array(sorted(each), dtype=np.int64) for each in places)
    bound = data.labels == 1
    sizes, in_a, in_b = (_counted(strata, bound, each) for each in (np.arange(len(data)), with_a, with_b))
    expected = float((in_a * in_b / np.maximum(sizes, 1)).sum())
    unbound = [_rates(strata, ~bound, motif) for motif in (a, b)]
    either = float((sizes * _both_if_either(in_a / np.maximum(sizes, 1), in_b / np.maximum(sizes, 1), *unbound)).sum())
    seen = Counter(_arrangement(places[0][s], places[1][s], data.alphabet.double_stranded) for s in both)
    possible = possible_arrangements(a.pwm, b.pwm, data.alphabet.double_stranded)
    near = Counter({key: count for key, count in seen.items() if key in possible})
    spacing, order, count, p = None, "", 0, None
    spacings: tuple[Spacing, ...] = ()
    if near:
        ways = len(possible)
        shares = _by_chance(possible, data, [places[0][s] for s in both], [places[1][s] for s in both])
        by_chance = {key: (shares[key] + 1) / (shares.total() + ways) for key in possible}
        spacings = tuple(
            Spacing(*key, near[key], near.total() * by_chance[key]) for key in sorted(possible, key=lambda it: it[::-1])
        )
        p_of = {key: float(scipy.stats.binom.sf(n - 1, near.total(), by_chance[key])) for key, n in near.items()}
        spacing, order = min(near, key=lambda key: (p_of[key], -near[key], key))
        count, p = near[spacing, order], min(1.0, ways * p_of[spacing, order])
    low, high = both_interval(sizes, in_a, in_b, len(both))
    return Pair(
        motif_a=a.pwm.name,
        motif_b=b.pwm.name,
        first=len(with_a),
        second=len(with_b),
        both=len(both),
        expected=expected,
        expected_either=min(either, expected),
        p_both=_as_many(sizes, in_a, in_b, len(both)),
        spacing=spacing,
        order=order,
        with_spacing=count,
        p_spacing=p,
        factor=len(both) / expected if expected else None,
        factor_low=low / expected if expected else None,
        factor_high=high / expected if expected else None,
        spacings=spacings,
    )


def _counted(strata: NDArray[np.int64], chosen: NDArray[np.bool_], sequences: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of these ``sequences`` lie in each stratum, of those ``chosen``: (10,)."""
    own = strata[sequences[chosen[sequences]]]
    return np.bincount(own[own >= 0], minlength=10)


def _rates(strata: NDArray[np.int64], unbound: NDArray[np.bool_], motif: Motif) -> NDArray[np.float64]:
    """Share of the unbound sequences of each stratum with a site; of all where a stratum has none: (10,)."""
    of, found = (_counted(strata, unbound, each) for each in (np.arange(len(strata)), np.unique(motif.sites.sequence)))
    overall = found.sum() / max(int(of.sum()), 1)
    return np.where(of > 0, found / np.maximum(of, 1), overall)


def _as_many(sizes: NDArray[np.int64], in_a: NDArray[np.int64], in_b: NDArray[np.int64], observed: int) -> float:
    """P of ``observed`` sequences with both, or more, if they are independent within each stratum.

    All strata together have the sum of their hypergeometric numbers; with one stratum it is Fisher's exact test.
    """
    chances = np.ones(1)
    for n, a, b in zip(sizes.tolist(), in_a.tolist(), in_b.tolist(), strict=True):
        chances = np.convolve(chances, scipy.stats.hypergeom.pmf(np.arange(min(a, b) + 1), n, a, b)) if n else chances
    return min(1.0, float(chances[observed:].sum()))


def both_interval(
    sizes: NDArray[np.int64], in_a: NDArray[np.int64], in_b: NDArray[np.int64], observed: int
) -> tuple[float, float]:
    """95 % interval of the mean number of sequences with both, given the sizes of strata and how many have A, and B.

    Exact, of one odds ratio in all strata (Gart 1970, Biometrika 57:471): its bounds are those at which as many as
    ``observed`` with both, or more, and as many or fewer, have a chance of 2.5 %. With one stratum it is the interval
    of Fisher's exact test, as means.

    >>> one = [np.array([each]) for each in (200, 60, 50)]
    >>> [round(bound, 1) for bound in both_interval(*one, observed=25)]
    [18.8, 31.1]
    """
    strata = [(n, a, b) for n, a, b in zip(sizes.tolist(), in_a.tolist(), in_b.tolist(), strict=True) if n]
    supports = [np.arange(max(0, a + b - n), min(a, b) + 1) for n, a, b in strata]
    log_p = [scipy.stats.hypergeom.logpmf(k, *numbers) for k, numbers in zip(supports, strata, strict=True)]
    least, most = (sum(int(k[end]) for k in supports) for end in (0, -1))

    def tilted(log_odds: float) -> list[NDArray[np.float64]]:
        """The numbers of both in each stratum at an odds ratio."""
        return [scipy.special.softmax(p + log_odds * k) for p, k in zip(log_p, supports, strict=True)]

    def mean(log_odds: float) -> float:
        return float(sum((p * k).sum() for p, k in zip(tilted(log_odds), supports, strict=True)))

    if least == most:
        return float(least), float(most)
    at = scipy.optimize.brentq(lambda it: mean(it) - min(max(observed, least + 0.5), most - 0.5), -_FARTHEST, _FARTHEST)
    numbers = np.arange(least, most + 1)
    with np.errstate(divide="ignore"):
        log_all = np.log(reduce(np.convolve, tilted(at)))

    def bound(kept: NDArray[np.bool_]) -> float:
        """The mean at which numbers that are ``kept`` have a chance of 2.5 %."""
        found = scipy.optimize.brentq(
            lambda it: scipy.special.softmax(log_all + it * numbers)[kept].sum() - 0.025, -_FARTHEST, _FARTHEST
        )
        return mean(at + found)

    low = float(least) if observed == least else bound(numbers >= observed)
    return low, float(most) if observed == most else bound(numbers <= observed)


def _both_if_either(
    share_a: NDArray[np.float64], share_b: NDArray[np.float64], rate_a: NDArray[np.float64], rate_b: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of bound sequences with both if either is enough.

    ``share`` of bound sequences with a motif, ``rate`` of unbound ones. Where A is, B makes no difference to binding
    and is there as often as in unbound sequences; or the other way round, for the one that binds more. No fewer have
    both than must.
    """
    one_is_enough = np.maximum(share_a * rate_b, share_b * rate_a)
    return np.maximum(one_is_enough, share_a + share_b - 1)


def possible_arrangements(a: Pwm, b: Pwm, double_stranded: bool) -> set[Arrangement]:
    """Gaps and orders of two sites, seen along A, in which they share no letter that says something to both.

    Gaps up to `FARTHEST`, and less overlap than makes two sites one (`OVERLAP`).

    >>> a, b = Pwm("A", [[8, 0, 0, 0]] * 3, 8), Pwm("B", [[8, 0, 0, 0], [2, 2, 2, 2], [2, 2, 2, 2], [8, 0, 0, 0]], 8)
    >>> sorted(key for key in possible_arrangements(a, b, False) if key[0] < 1)
    [(0, 'A> B>'), (0, 'B> A>')]
    >>> c = Pwm("C", [[2, 2, 2, 2]] + [[8, 0, 0, 0]] * 3, 8)
    >>> sorted(key for key in possible_arrangements(a, c, False) if key[0] < 0)
    [(-1, 'A> B>')]
    """
    says_a, says_b = (pwm.information() >= INFORMATIVE for pwm in (a, b))
    deepest = max(1.0, OVERLAP * min(a.width, b.width))
    found = set()
    for gap in range(-int(np.ceil(deepest)) + 1, FARTHEST + 1):
        common = max(-gap, 0)
        ends = {"A> B>": (says_a[-common:], says_b[:common]), "B> A>": (says_a[:common], says_b[-common:])}
        if double_stranded:
            ends |= {
                "A> <B": (says_a[-common:], says_b[::-1][:common]),
                "<B A>": (says_a[:common], says_b[::-1][-common:]),
            }
        found |= {(gap, order) for order, (one, other) in ends.items() if not common or not (one & other).any()}
    return found


def _by_chance(
    possible: set[Arrangement], data: SequenceDataset, of_a: Sequence[Place], of_b: Sequence[Place]
) -> Counter[Arrangement]:
    """``possible`` arrangements of each place of A with places of B in other sequences.

    So what follows from where either motif lies in its sequences, as in the middle, is no spacing.
    """
    n = len(of_a)
    times = min(n - 1, max(1, RE_PAIRED // n))
    found: Counter[Arrangement] = Counter()
    for shift in (1 + i * (n - 1) // times for i in range(times)):
        other = [*of_b[shift:], *of_b[:shift]]
        found.update(_arrangement(*pair, data.alphabet.double_stranded) for pair in zip(of_a, other, strict=True))
    return Counter({key: count for key, count in found.items() if key in possible})


def _strongest(data: SequenceDataset, strata: NDArray[np.int64], motif: Motif) -> dict[int, Place]:
    """Start, end and strand of the strongest site of each bound sequence of the ``strata`` that has one."""
    start, end = motif.intervals(data)
    order = np.argsort(motif.sites.score, kind="stable")
    rows = zip(
        motif.sites.sequence[order].tolist(),
        start[order].tolist(),
        end[order].tolist(),
        motif.sites.reverse[order].tolist(),
        strict=True,
    )
    asked = (data.labels == 1) & (strata >= 0)
    return {sequence: (first, last, reverse) for sequence, first, last, reverse in rows if asked[sequence]}


def _arrangement(a: Place, b: Place, double_stranded: bool) -> Arrangement:
    """Gap and order of two places, seen along the strand of the first."""
    gap = max(b[0] - a[1], a[0] - b[1])
    behind = (b[0] + b[1] > a[0] + a[1]) != (double_stranded and a[2])
    same = not double_stranded or a[2] == b[2]
    if behind:
        return gap, "A> B>" if same else "A> <B"
    return gap, "B> A>" if same else "<B A>"
