"""Concepts: motifs of several runs that share a latent, as several alignments agree.

A motif follows a latent by their cosine over all places, of numbers that are 0 or more: 1 where one is a multiple of
the other, 0 where they never meet. It can follow two: where a run marks more sites than others do, one latent may be
of the sites that all mark, one of those that it marks alone. Two motifs share a latent that both follow. Alignments
with other seeds part and join latents otherwise; two motifs are one concept where they share one in half of the
alignments or more, on average over the concept's motifs.
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
"""Least cosine of a latent and a motif that follows it."""
AGREE = 0.5
"""Share of the alignments in which two motifs share a latent, from which on they are one concept."""
FIRES = 0.5
"""Share of its median at a motif's sites from which on a latent is said to be active."""


class Channel(NamedTuple):
    """Motif ``motif`` of run ``run``, as indices."""

    run: int
    motif: int


@dataclass(frozen=True)
class Part:
    """A motif in a concept.

    ``strength``: cosine with the latent that the concept's motifs follow most, mean over alignments; ``places`` with a
    site of it, rising, and how many of them are ``common`` to it and another run's motif of the concept.
    """

    channel: Channel
    strength: float
    places: NDArray[np.int64]
    common: int


@dataclass(frozen=True)
class Concept:
    """Motifs that share a latent: ``parts`` in the order of the runs, one or more of a run.

    ``agreement``: share of the alignments in which two of its motifs share a latent, on average; of a single motif, in
    which it shares its latent with no other. ``active``: places where its latent is active in some run that has it, in
    the alignment that agrees best with all of them: `FIRES` times its median at sites there or more.
    """

    parts: tuple[Part, ...]
    agreement: float
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
        return max(self.parts, key=lambda part: (len(part.places), -part.channel.run, -part.channel.motif))

    @property
    def places(self) -> NDArray[np.int64]:
        """Places with a site of some of its motifs, rising."""
        return np.unique(np.concatenate([part.places for part in self.parts]))


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
    product: NDArray[np.float64] = np.asarray((features.T @ latents).todense(), dtype=np.float64)
    own, other = (np.sqrt(np.asarray(x.multiply(x).sum(0)))[0] for x in (features, latents))
    scale = np.outer(own, other)
    cosine = np.zeros_like(product)
    np.divide(product, scale, out=cosine, where=scale > 0)
    return cosine


def concepts_of(features: Sequence[sp.csr_matrix], alignments: Sequence[Sequence[Codes]]) -> Found:
    """The concepts on which ``alignments`` agree: codes of each run, of the same places as ``features``."""
    channels = [Channel(run, motif) for run, own in enumerate(features) for motif in range(own.shape[1])]
    latents = [[latents_of(codes) for codes in each] for each in alignments]
    cosine = [np.concatenate([cosines(f, v) for f, v in zip(features, each, strict=True)]) for each in latents]
    follows = [(each >= FOLLOWS).astype(np.float64) for each in cosine]
    each_together = np.array([own @ own.T > 0 for own in follows])
    together = each_together.mean(0)
    held = np.diag(together) >= AGREE
    groups = _groups(together, np.flatnonzero(held))
    same = np.zeros(together.shape, dtype=bool)
    for group in groups:
        same[np.ix_(group, group)] = True
    best = int((each_together == same).mean((1, 2)).argmax())
    found = []
    for group in groups:
        chosen = [int(own[group].sum(0).argmax()) for own in cosine]
        strength = np.mean([own[group, latent] for own, latent in zip(cosine, chosen, strict=True)], axis=0)
        parts = _parts([channels[i] for i in group], strength, features)
        active = _active(parts, latents[best], chosen[best])
        found.append(Concept(parts, _agreement(group, together), active))
    found.sort(key=lambda concept: (-len(concept.runs), -len(concept.places), concept.parts[0].channel))
    return Found(tuple(found), tuple(channels[i] for i in np.flatnonzero(~held)))


def _groups(together: NDArray[np.float64], members: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Average linkage of ``members`` down to `AGREE` of the alignments."""
    if len(members) < 2:
        return [members] if len(members) else []
    apart = 1 - together[np.ix_(members, members)]
    np.fill_diagonal(apart, 0)
    label = fcluster(linkage(squareform(apart, checks=False), "average"), 1 - AGREE + 1e-9, "distance")
    return [members[label == number] for number in range(1, int(label.max()) + 1)]


def _agreement(group: NDArray[np.int64], together: NDArray[np.float64]) -> float:
    if len(group) > 1:
        inside = together[np.ix_(group, group)]
        return float((inside.sum() - np.trace(inside)) / (len(group) * (len(group) - 1)))
    others = np.delete(together[group[0]], group[0])
    return 1 - float(others.max(initial=0.0))


def _parts(
    group: Sequence[Channel], strength: NDArray[np.float64], features: Sequence[sp.csr_matrix]
) -> tuple[Part, ...]:
    sites = [_where(features[channel.run][:, [channel.motif]]) for channel in group]
    parts = []
    for channel, own, value in zip(group, sites, strength.tolist(), strict=True):
        others = [each for other, each in zip(group, sites, strict=True) if other.run != channel.run]
        common = len(np.intersect1d(own, np.concatenate(others))) if others else 0
        parts.append(Part(channel, value, own, common))
    return tuple(parts)


def _active(parts: Sequence[Part], latents: Sequence[sp.csr_matrix], latent: int) -> NDArray[np.int64]:
    """Places where a latent is active in a run that has one of the motifs."""
    found = [np.zeros(0, dtype=np.int64)]
    for part in parts:
        value = latents[part.channel.run][:, [latent]].toarray()[:, 0]
        typical = float(np.median(value[part.places])) if len(part.places) else 0.0
        if typical > 0:
            found.append(np.flatnonzero(value >= FIRES * typical))
    return np.unique(np.concatenate(found))


def _where(column: sp.csr_matrix) -> NDArray[np.int64]:
    """Rows of a column that are not 0."""
    return np.unique(column.nonzero()[0]).astype(np.int64)
