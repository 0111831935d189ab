"""Do footprints overlap? The first assumption of the theorem: no two motifs' footprints share a position.

SPARLING (arXiv 2302.01976), Motif Identifiability Theorem, NON-OVERLAPPING. A footprint is the interval of a site's
matrix. Within a few letters of one another only the channel that is surest has a site; footprints are wider than that,
and may overlap all the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.evaluation.identifiability.footprints import Boxes, meetings
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.motifs.motif import OVERLAP, Motif

DRAWS = 5
"""Random placements from which overlap by chance is estimated."""


class Overlap(NamedTuple):
    """Shares of each motif's footprints in bound sequences, C motifs; nan for a motif without any.

    Fields: ``pairs`` (C, C), those of motif i that share a letter with one of motif j, or on the diagonal with another
    of i; ``others`` (C,), with one of any other motif; ``by_chance`` (C,), the same if each site lay at a random place
    of its sequence; ``contested`` (C,), those of which a site of a motif before it, which explains more, has half,
    or half of the narrower (`OVERLAP`): one site under two names.
    """

    pairs: NDArray[np.float64]
    others: NDArray[np.float64]
    by_chance: NDArray[np.float64]
    contested: NDArray[np.float64]


def overlaps(data: SequenceDataset, motifs: Sequence[Motif], rng: np.random.Generator) -> Overlap:
    """How often footprints of ``motifs`` overlap; ``rng`` draws the random places."""
    places = [_bound_places(data, motif) for motif in motifs]
    n = len(motifs)
    pairs = np.full((n, n), np.nan)
    others, by_chance, contested = np.full((3, n), np.nan)
    for i, own in enumerate(places):
        if not len(own.sample):
            continue
        for j, other in enumerate(places):
            mine, theirs = meetings(own, other)
            pairs[i, j] = _share(mine if i != j else mine[mine != theirs], own)
        rivals = [other for j, other in enumerate(places) if j != i]
        if not rivals:
            others[i] = by_chance[i] = contested[i] = 0.0
            continue
        all_others = _joined(rivals)
        others[i] = _share(meetings(own, all_others)[0], own)
        width = own.high - own.low
        room = data.lengths[own.sample, None] - width + 1
        drawn = [rng.integers(room) for _ in range(DRAWS)]
        anywhere = [own._replace(low=low, high=low + width) for low in drawn]
        by_chance[i] = np.mean([_share(meetings(each, all_others)[0], own) for each in anywhere])
        before = _joined(places[:i]) if i else Boxes(own.sample[:0], own.low[:0], own.high[:0])
        mine, theirs = meetings(own, before)
        shared = np.minimum(own.high[mine], before.high[theirs]) - np.maximum(own.low[mine], before.low[theirs])
        narrower = np.minimum(width[mine], (before.high - before.low)[theirs])
        contested[i] = _share(mine[(shared >= OVERLAP * narrower)[:, 0]], own)
    return Overlap(pairs, others, by_chance, contested)


def _bound_places(data: SequenceDataset, motif: Motif) -> Boxes:
    """The footprints of a motif in bound sequences."""
    sequence = motif.sites.sequence
    start, end = motif.intervals(data)
    chosen = (data.labels[sequence] == 1) & (end > start)
    return Boxes(sequence[chosen], start[chosen, None], end[chosen, None])


def _joined(places: Sequence[Boxes]) -> Boxes:
    return Boxes(*(np.concatenate(part) for part in zip(*places, strict=True)))


def _share(meeting: NDArray[np.int64], own: Boxes) -> float:
    """The share of ``own`` that is among the indices ``meeting``."""
    return len(np.unique(meeting)) / len(own.sample)
