"""What letters say beside what places say: pairs of motifs of two runs, alike by Tomtom and by their sites.

Two matrices can be alike and mark different sites (a factor and its relative, a repeat that both runs have a piece of),
or have few letters in common and mark the same ones (two halves of one element). Sites decide.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from sparling_genomics.align.concepts import Channel, Found
from sparling_genomics.align.reading import Heard
from sparling_genomics.compare.read import ComparedRun
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.naming.tomtom import tomtom

CREDIBLE = 0.05
"""q below which Tomtom calls two motifs one."""
SAME_SITES = 0.5
"""Share of the sites of the rarer of two motifs that are the other's too, from which on sites call them one."""


class LetterPair(NamedTuple):
    """Two motifs of two runs."""

    first: Channel
    second: Channel
    likeness: float
    """Correlation of their matrices over their whole width (`letters.likeness`)."""
    q: float
    """Of Tomtom, the lower of both directions; targets are all motifs of the other runs."""
    places: tuple[int, int]
    """With a site of the first, and of the second."""
    shared: int
    """With both."""
    one_concept: bool

    @property
    def share(self) -> float:
        """Of the sites of the rarer one, those that are the other's too; 0 where it has none."""
        return self.shared / min(self.places) if min(self.places) else 0.0

    @property
    def by_letters(self) -> bool:
        """Whether Tomtom calls them one."""
        return self.q < CREDIBLE

    @property
    def by_sites(self) -> bool:
        """Whether their sites call them one."""
        return self.share >= SAME_SITES

    @property
    def right(self) -> str:
        """Where concept and Tomtom differ, whom the sites follow: "concept" or "letters"; else empty."""
        if self.one_concept == self.by_letters:
            return ""
        return "concept" if self.by_sites == self.one_concept else "letters"


def letter_pairs(runs: Sequence[ComparedRun], heard: Sequence[Heard], found: Found) -> list[LetterPair]:
    """All pairs of motifs of different runs that are one by letters, by sites or by concept; the most shared first."""
    channels = [Channel(run, motif) for run, each in enumerate(runs) for motif in range(len(each.motifs))]
    pwms = {channel: runs[channel.run].motifs[channel.motif].pwm for channel in channels}
    both = not runs[0].rna
    q: dict[tuple[Channel, Channel], float] = {}
    for run in range(len(runs)):
        own = [channel for channel in channels if channel.run == run]
        others = [channel for channel in channels if channel.run != run]
        numbered = {str(i): channel for i, channel in enumerate(others)}
        targets = [replace(pwms[channel], name=str(i)) for i, channel in enumerate(others)]
        found_by_tomtom = tomtom([pwms[c] for c in own], targets, reverse_complement=both)
        for channel, matches in zip(own, found_by_tomtom, strict=True):
            for match in matches:
                other = numbered[match.target]
                key = (channel, other) if channel < other else (other, channel)
                q[key] = min(q.get(key, 1.0), match.q)
    places = {c: np.unique(heard[c.run].place[heard[c.run].channel == c.motif]) for c in channels}
    concept = {part.channel: number for number, each in enumerate(found.concepts) for part in each.parts}
    pairs = []
    for first, second in sorted(q):
        shared = len(np.intersect1d(places[first], places[second], assume_unique=True))
        one = first in concept and concept[first] == concept.get(second)
        sizes = len(places[first]), len(places[second])
        pair = LetterPair(first, second, 0.0, q[first, second], sizes, shared, one)
        if pair.by_letters or pair.by_sites or one:
            alike = similarity(pwms[first], pwms[second], reverse_complement=both, whole=True).correlation
            pairs.append(pair._replace(likeness=alike))
    return sorted(pairs, key=lambda pair: (-pair.share, pair.first, pair.second))
