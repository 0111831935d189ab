"""Concepts: motifs of several runs that say the same in a shared latent space, as several alignments agree.

What one run says at a place, decoded from its own latents as another run, tells where that one's motifs should have
sites. Of a motif A and a motif B of two runs it is asked how B so told follows A, and A told by the other run follows
B (Pearson's correlation over all places); the lower of both says how far they are one. So latents need not be one a
concept: where a run marks more sites than others do, a training may give one latent to the sites that all mark and one
to those that it marks alone, or two latents to sums and differences of two concepts, and what is decoded is the same. A
composite element beside one of its parts is told by the part but does not tell it, for the part is elsewhere as well.
Two motifs are one concept where they are one in half of the alignments or more, on average over the concept's motifs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from sparling_genomics.align.reading import Heard

FOLLOWS = 0.5
"""Least correlation of two motifs, told by each other, that are one; and of a motif with itself told by its own run."""
AGREE = 0.5
"""Share of the alignments in which two motifs are one, from which on they are one concept."""


class Channel(NamedTuple):
    """Motif ``motif`` of run ``run``, as indices."""

    run: int
    motif: int


@dataclass(frozen=True)
class Part:
    """A motif in a concept.

    ``strength``: how far it and the other motifs of the concept tell each other, mean over these and over alignments;
    of a single motif, how its own latents tell it. ``places`` with a site of it, rising, and how many of them are
    ``common`` to it and another run's motif of the concept.
    """

    channel: Channel
    strength: float
    places: NDArray[np.int64]
    common: int


@dataclass(frozen=True)
class Concept:
    """Motifs that are one: ``parts`` in the order of the runs, one or more of a run.

    ``agreement``: share of the alignments in which two of its motifs are one, on average; of a single motif, in which
    it is one with no other.
    """

    parts: tuple[Part, ...]
    agreement: float

    @property
    def runs(self) -> tuple[int, ...]:
        """The runs that have it, rising."""
        return tuple(sorted({part.channel.run for part in self.parts}))

    def of_run(self, run: int) -> tuple[Part, ...]:
        """Its motifs in a run, the strongest first."""
        return tuple(sorted((p for p in self.parts if p.channel.run == run), key=lambda p: (-p.strength, p.channel)))

    @property
    def leader(self) -> Part:
        """The motif that has most places."""
        return max(self.parts, key=lambda part: (len(part.places), -part.channel.run, -part.channel.motif))

    @property
    def places(self) -> NDArray[np.int64]:
        """Places with a site of some of its motifs, rising."""
        return np.unique(np.concatenate([part.places for part in self.parts]))


class Found(NamedTuple):
    """Concepts, those of most runs and places first, and the motifs that even their own latents do not tell."""

    concepts: tuple[Concept, ...]
    without: tuple[Channel, ...]


def features_of(heard: Heard, places: int, motifs: int) -> sp.csr_matrix:
    """What a run says at each place: (N, C), 0 where a motif is below its cut."""
    return sp.csr_matrix((heard.value, (heard.place, heard.channel)), shape=(places, motifs), dtype=np.float64)


def concepts_of(features: Sequence[sp.csr_matrix], told: NDArray[np.float64]) -> Found:
    """The concepts on which alignments agree.

    ``told`` (alignments, n, n), n the motifs of all runs in order: the correlation of motif i (row) and of motif j
    (column) as the run of i tells it.
    """
    channels = [Channel(run, motif) for run, own in enumerate(features) for motif in range(own.shape[1])]
    mutual = np.minimum(told, told.transpose(0, 2, 1))
    one = (mutual >= FOLLOWS).mean(0)
    held = np.diag(one) >= AGREE
    found = []
    for group in _groups(one, np.flatnonzero(held)):
        parts = _parts([channels[i] for i in group], _strength(group, mutual.mean(0)), features)
        found.append(Concept(parts, _agreement(group, one)))
    found.sort(key=lambda concept: (-len(concept.runs), -len(concept.places), concept.parts[0].channel))
    return Found(tuple(found), tuple(channels[i] for i in np.flatnonzero(~held)))


def _groups(one: NDArray[np.float64], members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Average linkage of ``members`` down to `AGREE` of the alignments."""
    if len(members) < 2:
        return [members] if len(members) else []
    apart = 1 - one[np.ix_(members, members)]
    np.fill_diagonal(apart, 0)
    label = fcluster(linkage(squareform(apart, checks=False), "average"), 1 - AGREE + 1e-9, "distance")
    return [members[label == number] for number in range(1, int(label.max()) + 1)]


def _agreement(group: NDArray[np.int64], one: NDArray[np.float64]) -> float:
    if len(group) > 1:
        return float(_others(one[np.ix_(group, group)]).mean())
    return 1 - float(np.delete(one[group[0]], group[0]).max(initial=0.0))


def _strength(group: NDArray[np.int64], mutual: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = mutual[np.ix_(group, group)]
    return _others(inside).mean(1) if len(group) > 1 else np.diag(inside)


def _others(square: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix (n, n) without its diagonal: (n, n − 1)."""
    n = len(square)
    return square[~np.eye(n, dtype=bool)].reshape(n, n - 1)


def _parts(
    group: Sequence[Channel], strength: NDArray[np.float64], features: Sequence[sp.csr_matrix]
) -> tuple[Part, ...]:
    sites = [np.unique(features[c.run][:, [c.motif]].nonzero()[0]).astype(np.int64) for c in group]
    parts = []
    for channel, own, value in zip(group, sites, strength.tolist(), strict=True):
        others = [each for other, each in zip(group, sites, strict=True) if other.run != channel.run]
        common = len(np.intersect1d(own, np.concatenate(others))) if others else 0
        parts.append(Part(channel, value, own, common))
    return tuple(parts)
