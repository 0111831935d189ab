"""Concepts: motifs of several runs that share a latent, as several alignments agree.

A latent stands for the motif whose features it follows: their cosine over all places, where both are 0 or more, is 1
where one is a multiple of the other and 0 where they never meet. Alignments with other seeds may part or join latents;
two motifs are one concept where they share a latent in at least half of the alignments, on average over its motifs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from sparling.alignment.codes import Codes
from sparling_genomics.align.reading import Heard

FOLLOWS = 0.5
"""Least cosine of a latent and the motif that it stands for."""
AGREE = 0.5
"""Share of the alignments in which two motifs share a latent, from which on they are one concept."""


class Channel(NamedTuple):
    """Motif ``motif`` of run ``run``, as indices."""

    run: int
    motif: int


@dataclass(frozen=True)
class Part:
    """A motif in a concept.

    ``strength``: cosine of latent and motif, mean over alignments; ``places`` with a site of it, ``shared`` of them
    where the concept's latent is active in its run.
    """

    channel: Channel
    strength: float
    places: int
    shared: int


@dataclass(frozen=True)
class Concept:
    """Motifs that share a latent: ``parts`` in the order of the runs, one or more of a run.

    ``agreement``: share of the alignments in which two of its motifs share a latent, on average; of a single motif, in
    which it shares its latent with no other. ``latent`` of the alignment that agrees best with all of them; ``active``
    places where that is active in some run.
    """

    parts: tuple[Part, ...]
    agreement: float
    latent: int
    active: NDArray[np.int64]

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
        return max(self.parts, key=lambda part: (part.places, -part.channel.run, -part.channel.motif))


class Found(NamedTuple):
    """Concepts, those of most runs and places first, and the motifs that no latent stands for."""

    concepts: tuple[Concept, ...]
    without: tuple[Channel, ...]


def features_of(heard: Heard, places: int, motifs: int) -> sp.csr_matrix:
    """What a run says at each place: (N, C), 0 where a motif is below its cut."""
    return sp.csr_matrix((heard.value, (heard.place, heard.channel)), shape=(places, motifs), dtype=np.float64)


def latents_of(codes: Codes) -> sp.csr_matrix:
    """Activations of latents: (N, L)."""
    n, k = codes.index.shape
    row = np.repeat(np.arange(n), k)
    made = sp.csr_matrix((codes.value.ravel().astype(np.float64), (row, codes.index.ravel())), shape=(n, codes.size))
    made.eliminate_zeros()
    return made


def cosines(features: sp.csr_matrix, latents: sp.csr_matrix) -> NDArray[np.float64]:
    """Cosine of each motif's features with each latent, 0 where either is silent: (C, L).

    >>> features, latents = sp.csr_matrix([[2.0, 0.0], [0.0, 1.0]]), sp.csr_matrix([[1.0], [0.0]])
    >>> cosines(features, latents).tolist()
    [[1.0], [0.0]]
    """
    product = np.asarray((features.T @ latents).todense())
    own, other = (np.sqrt(np.asarray(x.multiply(x).sum(0)))[0] for x in (features, latents))
    scale = np.outer(own, other)
    return np.divide(product, scale, out=np.zeros_like(product), where=scale > 0)


def concepts_of(features: Sequence[sp.csr_matrix], alignments: Sequence[Sequence[Codes]]) -> Found:
    """The concepts on which ``alignments`` agree: codes of each run, of the same places as ``features``."""
    channels = [Channel(run, motif) for run, own in enumerate(features) for motif in range(own.shape[1])]
    latents = [[latents_of(codes) for codes in each] for each in alignments]
    followed = [np.concatenate([cosines(f, v) for f, v in _pairs(features, each)]) for each in latents]
    chosen = np.array([each.argmax(1) for each in followed])
    strength = np.array([each.max(1) for each in followed])
    chosen = np.where(strength >= FOLLOWS, chosen, -1)
    held = (chosen >= 0).mean(0) >= AGREE
    together = (chosen[:, :, None] == chosen[:, None, :]) & (chosen >= 0)[:, :, None]
    groups = _groups(together.mean(0), np.flatnonzero(held))
    labels = np.full(len(channels), -1)
    for number, group in enumerate(groups):
        labels[group] = number
    best = int(np.argmax([_rand(own, labels) for own in chosen]))
    found = [
        _concept(group, channels, features, latents[best], chosen[best], strength.mean(0), together.mean(0))
        for group in groups
    ]
    found.sort(key=lambda concept: (-len(concept.runs), -len(concept.active), concept.parts[0].channel))
    return Found(tuple(found), tuple(channels[i] for i in np.flatnonzero(~held)))


def _pairs(
    features: Sequence[sp.csr_matrix], latents: Sequence[sp.csr_matrix]
) -> list[tuple[sp.csr_matrix, sp.csr_matrix]]:
    return list(zip(features, latents, strict=True))


def _groups(together: NDArray[np.float64], members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Average linkage of ``members`` down to `AGREE` of the alignments."""
    if len(members) < 2:
        return [members] if len(members) else []
    apart = 1 - together[np.ix_(members, members)]
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart, checks=False), "average")
    label = fcluster(tree, 1 - AGREE + 1e-9, "distance")
    return [members[label == number] for number in range(1, label.max() + 1)]


def _rand(own: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    """Share of the pairs of motifs that an alignment puts together or apart as the concepts do."""
    same = (own[:, None] == own) & (own >= 0)[:, None]
    return float((same == ((labels[:, None] == labels) & (labels >= 0)[:, None])).mean())


def _concept(
    group: NDArray[np.int64],
    channels: Sequence[Channel],
    features: Sequence[sp.csr_matrix],
    latents: Sequence[sp.csr_matrix],
    chosen: NDArray[np.int64],
    strength: NDArray[np.float64],
    together: NDArray[np.float64],
) -> Concept:
    own = chosen[group]
    own = own[own >= 0]
    latent = int(np.bincount(own).argmax()) if len(own) else -1
    active = [np.unique(each[:, [latent]].nonzero()[0]) if latent >= 0 else np.zeros(0, int) for each in latents]
    parts = []
    for i in group.tolist():
        channel = channels[i]
        sites = np.unique(features[channel.run][:, [channel.motif]].nonzero()[0])
        shared = len(np.intersect1d(sites, active[channel.run], assume_unique=True))
        parts.append(Part(channel, float(strength[i]), len(sites), shared))
    if len(group) > 1:
        inside = together[np.ix_(group, group)]
        agreement = float((inside.sum() - np.trace(inside)) / (len(group) * (len(group) - 1)))
    else:
        others = np.delete(together[group[0]], group[0])
        agreement = 1 - float(others.max(initial=0.0))
    return Concept(tuple(parts), agreement, latent, np.unique(np.concatenate(active)))
