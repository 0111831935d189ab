"""What each motif does: to the prediction, on held-out sequences, by itself, and where it lies beside the others.

Effect and necessity silence one channel of the map and ask the readout again (SPARLING, arXiv 2302.01976, causal
checks), on bound sequences of the test side. The enrichment is that of validation and test sides, on which motifs were
also chosen. Centrality and pairs, which need numbers, are those of bound sequences of all sides: nothing was fitted to
where a motif lies in its sequence or to its neighbours.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import binom, fisher_exact, norm
from torch import Tensor

from sparling.readout import MonotoneReadout, PooledReadout
from sparling_genomics.dataset import TEST, SequenceDataset
from sparling_genomics.motifs import Motif, enrichment

FARTHEST = 60
"""Gap between two sites up to which a spacing is looked for, bp."""


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
    """With both, if they were independent."""
    p_both: float
    """Fisher exact test, two-sided."""
    spacing: int | None
    """The most common gap between their strongest sites, bp between the ends that face each other; below 0: overlap."""
    order: str
    """How they then lie: "A> B>" B behind A on its strand, "A> <B" on the other strand, "B> A>" and "<B A>" before."""
    with_spacing: int
    """Sequences that have this spacing and order."""
    p_spacing: float | None
    """P of one arrangement of all being so common by chance (Bonferroni)."""


def effects(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    readout: MonotoneReadout | PooledReadout,
    features: Tensor,
    tested: int,
) -> list[Effect]:
    """What each of ``motifs`` does; motif i is channel i of ``features`` (n, 2C). ``tested`` motifs were looked at."""
    found = []
    asked = (data.split == TEST) & (data.labels == 1)
    for channel, motif in enumerate(motifs):
        rise, lost = _silenced(readout, features[asked], channel)
        p = enrichment(data, motif)
        place, central_p = centrality(data, motif)
        found.append(Effect(rise, lost, p, p * tested, place, central_p))
    return found


@torch.no_grad()
def _silenced(
    readout: MonotoneReadout | PooledReadout, features: Tensor, channel: int
) -> tuple[float | None, float | None]:
    """Mean rise of the probability by the channel where it is active, and positive predictions lost without it."""
    n = features.shape[1] // 2
    x = features[features[:, channel] > 0].to(next(readout.parameters()).device)
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
    bound = np.flatnonzero(data.labels == 1)
    return [_pair(data, len(bound), a, b) for a, b in combinations(motifs, 2)]


def _pair(data: SequenceDataset, total: int, a: Motif, b: Motif) -> Pair:
    places = [_strongest(data, motif) for motif in (a, b)]
    both = sorted(places[0].keys() & places[1].keys())
    n_a, n_b, n_both = len(places[0]), len(places[1]), len(both)
    table = [[n_both, n_a - n_both], [n_b - n_both, total - n_a - n_b + n_both]]
    seen = Counter(_arrangement(places[0][s], places[1][s], data.alphabet.double_stranded) for s in both)
    overlap = min(a.pwm.width, b.pwm.width)
    near = {key: count for key, count in seen.items() if key[0] <= FARTHEST}
    spacing, order, count, p = None, "", 0, None
    if near:
        (spacing, order), count = min(near.items(), key=lambda item: (-item[1], item[0]))
        ways = (overlap + FARTHEST + 1) * (4 if data.alphabet.double_stranded else 2)
        p = min(1.0, ways * float(binom.sf(count - 1, sum(near.values()), 1 / ways)))
    return Pair(
        a.pwm.name,
        b.pwm.name,
        n_a,
        n_b,
        n_both,
        n_a * n_b / max(total, 1),
        float(fisher_exact(table).pvalue),
        spacing,
        order,
        count,
        p,
    )


Place = tuple[int, int, bool]


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


def _arrangement(a: Place, b: Place, double_stranded: bool) -> tuple[int, str]:
    """Gap and order of two places, seen along the strand of the first."""
    gap = max(b[0] - a[1], a[0] - b[1])
    behind = (b[0] + b[1] > a[0] + a[1]) != (double_stranded and a[2])
    same = not double_stranded or a[2] == b[2]
    if behind:
        return gap, "A> B>" if same else "A> <B"
    return gap, "B> A>" if same else "<B A>"
