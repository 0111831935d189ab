"""From sites to a motif: letters counted around them, trimmed by information content, oriented.

A channel is a detector of the model; a motif is what is reported.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.letters.orientation import faces_forward, palindromic
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.trimming import motif_span
from sparling_genomics.motifs.activations import Activations, letter_counts, strongest_apart, windows

OVERLAP = 0.5
"""Share of the narrower of two sites from which on both explain the same letters: one site under two names. Half of a
p53 site and a random other half are 8 of 18 bp away from it."""
OWN_APART = 0.75
"""Of its width, by which two sites of one motif are apart."""


@dataclass(frozen=True, eq=False)
class Motif:
    """One reported motif.

    ``pwm`` counts letters around its sites in bound training and validation sequences; ``channels`` of the model that
    are this motif; ``sites`` in all sequences looked at, bound or not; ``first`` column of the matrix relative to
    the position of a site, so a forward site at p covers [p + first, p + first + W); ``flipped`` where sites and matrix
    are read on the strand that faces the one its channel reads.
    """

    pwm: Pwm
    channels: tuple[int, ...]
    sites: Activations
    first: int
    flipped: bool = False

    @property
    def palindromic(self) -> bool:
        """Whether it is its own reverse complement; the strand of its sites is then either one."""
        return palindromic(self.pwm)

    def turned(self) -> "Motif":
        """The same motif with the same sites, read on the other strand.

        >>> from sparling_genomics.motifs.activations import Activations
        >>> at = [np.array([each]) for each in (0, 0, 7, False, 1.0)]
        >>> motif = Motif(Pwm("M1", np.eye(4)[[2, 0, 3]], 1), (0,), Activations(*at), first=-2)
        >>> other = motif.turned()
        >>> other.pwm.consensus(), other.sites.reverse.tolist(), other.first, other.flipped
        ('ATC', [True], 0, True)
        """
        sites = replace(self.sites, reverse=~self.sites.reverse)
        first = 1 - self.first - self.pwm.width
        return replace(self, pwm=self.pwm.reverse_complement(), sites=sites, first=first, flipped=not self.flipped)

    def intervals(self, data: SequenceDataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Start and end of each site in its sequence, 0-based, half-open, cut at the sequence's ends."""
        position, last = self.sites.position, self.first + self.pwm.width - 1
        start = np.where(self.sites.reverse, position - last, position + self.first)
        length = data.lengths[self.sites.sequence]
        return start.clip(0, length), (start + self.pwm.width).clip(0, length)


@dataclass(frozen=True)
class Dropped:
    """What a channel that is not reported looks for, and why it is not."""

    channels: tuple[int, ...]
    consensus: str
    """Empty where the channel has no site in bound sequences, or no column says anything."""
    reason: str
    pwm: Pwm | None = None
    """Its matrix, as far as one was counted."""


def bound_fraction(data: SequenceDataset, sites: Activations, side: int) -> float | None:
    """Share of the sites on one side that lie in bound sequences, unbound ones beside; None where there is none."""
    labels = data.labels[sites.sequence[data.split[sites.sequence] == side]]
    labels = labels[np.isfinite(labels)]
    return float(labels.mean()) if len(labels) else None


def best_scores(n_sequences: int, sites: Activations) -> NDArray[np.float64]:
    """Score of the strongest site in each sequence, 0 where there is none: (n_sequences,)."""
    best = np.zeros(n_sequences)
    np.maximum.at(best, sites.sequence, sites.score)
    return best


def motif_of(data: SequenceDataset, sites: Activations, flank: int, channels: tuple[int, ...]) -> Motif:
    """The motif of these sites, trimmed (`letters.trimming`) by information against the letters of ``data``."""
    counted = sites.select((data.labels[sites.sequence] == 1) & (data.split[sites.sequence] != TEST))
    counts = letter_counts(windows(data, counted, flank))
    pwm = Pwm("motif", counts, len(counted), data.alphabet, data.background)
    start, end = motif_span(pwm)
    return Motif(replace(pwm, counts=pwm.counts[start:end]), channels, sites, start - flank)


def covered(data: SequenceDataset, motifs: Sequence[Motif]) -> NDArray[np.bool_]:
    """Which of all letters of ``data`` lie in a site of a motif."""
    begun = np.zeros(len(data.codes) + 1, dtype=np.int64)
    for motif in motifs:
        start, end = motif.intervals(data)
        offset = data.offsets[motif.sites.sequence]
        np.add.at(begun, offset + start, 1)
        np.add.at(begun, offset + end, -1)
    return np.cumsum(begun)[:-1] > 0


def own_distance(width: int) -> int:
    """bp that two sites of one motif of so many columns are apart at least: less, and most letters would be of both."""
    return max(1, math.ceil(OWN_APART * width))


def motif_of_distinct(data: SequenceDataset, sites: Activations, flank: int, channels: tuple[int, ...]) -> Motif:
    """`motif_of` the sites that are at least `own_distance` apart, of nearer ones the strongest.

    A palindrome's halves are marked as well as the whole. How near is near follows from the motif, which follows from
    its sites, so this is repeated until nothing changes.
    """
    motif = motif_of(data, sites, flank, channels)
    for _ in range(5):
        width = motif.pwm.width
        motif = motif_of(data, strongest_apart(sites, own_distance(width)), flank, channels)
        if motif.pwm.width == width:
            break
    return motif


def moved(sites: Activations, shift: int, flip: bool) -> Activations:
    """Sites on the same or (``flip``) the other strand, moved ``shift`` bp along the strand they then lie on."""
    reverse = sites.reverse ^ flip
    position = sites.position + np.where(reverse, -shift, shift)
    return replace(sites, position=position, reverse=reverse)


def colocation(a: Activations, b: Activations, distance: int) -> tuple[int, bool, float] | None:
    """The most common (shift, flip) from sites of ``b`` to sites of ``a`` nearby, and the share of ``b`` with it."""
    places: dict[int, list[int]] = {}
    for index, sequence in enumerate(a.sequence.tolist()):
        places.setdefault(sequence, []).append(index)
    seen: Counter[tuple[int, bool]] = Counter()
    for index, sequence in enumerate(b.sequence.tolist()):
        for other in places.get(sequence, ()):
            apart = int(a.position[other] - b.position[index])
            if abs(apart) < distance:
                reverse = bool(a.reverse[other])
                seen[(-apart if reverse else apart, reverse != bool(b.reverse[index]))] += 1
    if not seen:
        return None
    (shift, flip), count = min(seen.items(), key=lambda item: (-item[1], abs(item[0][0]), item[0]))
    return shift, flip, count / len(b)


def oriented(motif: Motif) -> Motif:
    """The same motif on the strand on which it is written (`letters.orientation`)."""
    return motif if faces_forward(motif.pwm) else motif.turned()


def oriented_by_matches(motifs: Sequence[Motif], strands: Sequence[str]) -> list[Motif]:
    """The motifs on the strand of what is known of each: turned where ``strands`` says "-".

    ``strands``: "+" or "-", the one on which its known motif reads like it; "" where none does. Palindromes and motifs
    of one strand are left as they are. Raises ``ValueError`` where the numbers differ.
    """
    return [
        motif.turned() if strand == "-" and motif.pwm.alphabet.double_stranded and not motif.palindromic else motif
        for motif, strand in zip(motifs, strands, strict=True)
    ]


def word(pwm: Pwm) -> str:
    """Its consensus, on the strand on which motifs are written."""
    return (pwm if faces_forward(pwm) else pwm.reverse_complement()).consensus()
