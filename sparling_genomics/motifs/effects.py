"""What each motif does: to the prediction, on held-out sequences, by itself, and where it lies beside the others.

Effect and necessity silence one channel of the map and ask the readout again (SPARLING, arXiv 2302.01976, causal
checks), on bound sequences of the test side. The enrichment is that of validation and test sides, on which motifs were
also chosen. Centrality and pairs, which need numbers, are those of bound sequences of all sides: nothing was fitted to
where a motif lies in its sequence.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import binom, hypergeom, norm
from torch import Tensor

from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.motifs.motif import Motif, enrichment
from sparling_genomics.motifs.selection import OVERLAP

FARTHEST = 60
"""Gap between two sites up to which a spacing is looked for, bp."""
RE_PAIRED = 20_000
"""Arrangements of sites in different sequences, about, from which their frequency by chance is counted."""


class Effect(NamedTuple):
    """One motif's part in the whole."""

    effect: float | None
    """Mean rise of the predicted probability of being bound, where the motif has a site, over the same map without it;
    below 0 if it speaks against. None where no test sequence has one."""
    necessity: float | None
    """Share of the sequences with a site and predicted bound that are not any more without it."""
    p_value: float
    """Of its enrichment on validation and test sides."""
    e_value: float
    """``p_value`` times the motifs tested."""
    centrality: float | None
    """Mean distance of a site from the middle of its sequence: 0 in the middle, 1 at the end, 0.5 if at random."""
    central_p: float | None
    """P of a centrality as small by chance."""


class Pair(NamedTuple):
    """Two motifs in the same bound sequences."""

    motif_a: str
    motif_b: str
    first: int
    """Bound sequences with a site of A, ..."""
    second: int
    """... of B, ..."""
    both: int
    """... of both."""
    expected: float
    """With both, if they were independent among sequences of like length."""
    p_both: float
    """Fisher exact test over sequences of like length, two-sided."""
    spacing: int | None
    """The least likely gap between their strongest sites, bp between ends that face each other; below 0: overlap."""
    order: str
    """How they then lie: "A> B>" B behind A on its strand, "A> <B" on the other strand, "B> A>" and "<B A>" before."""
    with_spacing: int
    """Sequences that have this spacing and order."""
    p_spacing: float | None
    """P of one arrangement of all being so common (Bonferroni), as often expected as in sequences paired at random."""


def effects(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    readout: MonotoneReadout | PooledReadout,
    features: Tensor,
    listed_from: NDArray[np.float64],
    tested: int,
) -> list[Effect]:
    """What each of ``motifs`` does; motif i is channel i of ``features`` (n, 2C). ``tested`` motifs were looked at.

    Sequences whose strongest activation of a channel is above its ``listed_from`` (C,) have a site.
    """
    found = []
    asked = (data.split == TEST) & (data.labels == 1)
    for channel, motif in enumerate(motifs):
        rise, lost = _silenced(readout, features[asked], channel, float(listed_from[channel]))
        p = enrichment(data, motif)
        place, central_p = centrality(data, motif)
        found.append(Effect(rise, lost, p, p * tested, place, central_p))
    return found


@torch.no_grad()
def _silenced(
    readout: MonotoneReadout | PooledReadout, features: Tensor, channel: int, listed_from: float
) -> tuple[float | None, float | None]:
    """Mean rise of the probability by the channel where it has a site, and positive predictions lost without it."""
    n = features.shape[1] // 2
    x = features[features[:, channel] > listed_from].to(next(readout.parameters()).device)
    if not len(x):
        return None, None
    silent = x.clone()
    silent[:, [channel, channel + n]] = 0.0
    before, after = readout.of_pooled(x)[:, 0], readout.of_pooled(silent)[:, 0]
    positive = before > 0
    lost = float((after[positive] <= 0).float().mean()) if positive.any() else None
    return float((before.sigmoid() - after.sigmoid()).mean()), lost


def centrality(data: SequenceDataset, motif: Motif) -> tuple[float | None, float | None]:
    """Mean distance from the middle, of a site's possible places 0 to 1, and its one-sided P (normal approximation)."""
    start, end = motif.intervals(data)
    length = data.lengths[motif.sites.sequence]
    free = length - (end - start)
    counted = (data.labels[motif.sites.sequence] == 1) & (free > 0)
    if not counted.any():
        return None, None
    start, free = start[counted], free[counted]
    distance = np.abs(2 * start - free) / free
    mean = np.where(free % 2 == 0, (free + 2) / (2 * (free + 1)), (free + 1) / (2 * free))  # of places 0 … free
    square = (free + 2) / (3 * free)
    variance = float((square - mean**2).sum())
    p = float(norm.cdf((distance - mean).sum() / np.sqrt(variance))) if variance > 0 else None
    return float(distance.mean()), p


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
        chances = np.convolve(chances, hypergeom.pmf(np.arange(min(a, b) + 1), n, a, b)) if n else chances
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
        p_of = {key: float(binom.sf(n - 1, sum(near.values()), expected[key])) for key, n in near.items()}
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
