"""Do footprints overlap? The first assumption of the theorem: no two motifs' footprints share a position.

SPARLING (arXiv 2302.01976), Motif Identifiability Theorem, NON-OVERLAPPING. A footprint is the interval of a site's
matrix. Within a few letters of one another only the channel that is surest has a site; footprints are wider than that,
and may overlap all the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.motifs.motif import OVERLAP, Motif

DRAWS = 5
"""Random placements from which overlap by chance is estimated."""


class Overlap(NamedTuple):
    """Shares of each motif's footprints in bound sequences, C motifs; nan for a motif without any.

    Fields: ``pairs`` (C, C), those of motif i that share a letter with one of motif j, or on the diagonal with another
    of i; ``others`` (C,), with one of any other motif; ``by_chance`` (C,), the same if each site lay at a random place
    of its sequence; ``contested`` (C,), those of which a motif before it, which explains more, has half, or half of
    the narrower (`OVERLAP`): one site under two names.
    """

    pairs: NDArray[np.float64]
    others: NDArray[np.float64]
    by_chance: NDArray[np.float64]
    contested: NDArray[np.float64]


def overlaps(data: SequenceDataset, motifs: Sequence[Motif], rng: np.random.Generator) -> Overlap:
    """How often footprints of ``motifs`` overlap; ``rng`` draws the random places."""
    places = [_bound_places(data, motif) for motif in motifs]
    depth = [_depth(len(data.codes), start, end) for start, end, _ in places]
    covered = [_summed(own > 0) for own in depth]
    n = len(motifs)
    pairs = np.full((n, n), np.nan)
    others, by_chance, contested = np.full((3, n), np.nan)
    for i, (start, end, sequence) in enumerate(places):
        if not len(start):
            continue
        rivals = [j for j in range(n) if j != i]
        for j in rivals:
            pairs[i, j] = _touching(covered[j], start, end).mean()
        pairs[i, i] = _touching(_summed(depth[i] > 1), start, end).mean()
        if not rivals:
            others[i] = by_chance[i] = contested[i] = 0.0
            continue
        any_other = _summed(sum((depth[j] > 0 for j in rivals), np.zeros(len(data.codes), dtype=bool)))
        others[i] = _touching(any_other, start, end).mean()
        shares = []
        for _ in range(DRAWS):
            room = data.lengths[sequence] - (end - start) + 1
            anywhere = data.offsets[sequence] + rng.integers(room)
            shares.append(_touching(any_other, anywhere, anywhere + end - start).mean())
        by_chance[i] = np.mean(shares)
        taken = np.zeros(len(start), dtype=bool)
        for j in range(i):
            taken |= covered[j][end] - covered[j][start] >= OVERLAP * np.minimum(motifs[j].pwm.width, end - start)
        contested[i] = taken.mean()
    return Overlap(pairs, others, by_chance, contested)


def _bound_places(data: SequenceDataset, motif: Motif) -> tuple[NDArray[np.int64], ...]:
    """Start and end of each footprint in bound sequences among all letters of the dataset, and its sequence."""
    sequence = motif.sites.sequence
    start, end = motif.intervals(data)
    chosen = (data.labels[sequence] == 1) & (end > start)
    sequence = sequence[chosen]
    return data.offsets[sequence] + start[chosen], data.offsets[sequence] + end[chosen], sequence


def _depth(letters: int, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many footprints lie on each letter: (letters,)."""
    change = np.zeros(letters + 1, dtype=np.int64)
    np.add.at(change, start, 1)
    np.add.at(change, end, -1)
    return np.cumsum(change)[:-1]


def _summed(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Marked letters before each: (letters + 1,)."""
    return np.concatenate([[0], np.cumsum(marked)]).astype(np.int64)


def _touching(summed: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether [start, end) has a marked letter."""
    touching: NDArray[np.bool_] = summed[end] > summed[start]
    return touching
