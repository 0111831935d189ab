"""From sites to a motif: letters counted around them, trimmed by information content, oriented.

A channel is a detector of the model; a motif is what is reported.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import Activations, letter_counts, windows

MIN_COLUMN_BITS = 0.3


@dataclass(frozen=True, eq=False)
class Motif:
    """One reported motif.

    ``pwm`` counts letters around its sites in bound training and validation sequences; ``channels`` of the model that
    were merged into it; ``sites`` in all sequences looked at, bound or not; ``first`` column of the matrix relative to
    the position of a site, so a forward site at p covers [p + first, p + first + W); ``flipped`` where sites and matrix
    are read on the strand that faces the one its channel reads.
    """

    pwm: Pwm
    channels: tuple[int, ...]
    sites: Activations
    first: int
    flipped: bool = False

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


def bound_fraction(data: SequenceDataset, sites: Activations, side: int) -> float | None:
    """Share of the sites on one side that lie in bound sequences; None where there is none."""
    labels = data.labels[sites.sequence[data.split[sites.sequence] == side]]
    return float(labels.mean()) if len(labels) else None


def best_scores(n_sequences: int, sites: Activations) -> NDArray[np.float64]:
    """Score of the strongest site in each sequence, 0 where there is none: (n_sequences,)."""
    best = np.zeros(n_sequences)
    np.maximum.at(best, sites.sequence, sites.score)
    return best


def motif_of(data: SequenceDataset, sites: Activations, flank: int, channels: tuple[int, ...]) -> Motif:
    """The motif of these sites, trimmed by information content."""
    counted = sites.select((data.labels[sites.sequence] == 1) & (data.split[sites.sequence] != TEST))
    pwm = Pwm("motif", letter_counts(windows(data, counted, flank)), len(counted), data.alphabet)
    noise = 3 / (2 * np.log(2) * max(len(counted), 1))
    start, end = pwm.informative_span(MIN_COLUMN_BITS + noise)
    return Motif(replace(pwm, counts=pwm.counts[start:end]), channels, sites, start - flank)


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


def oriented(data: SequenceDataset, motif: Motif, flank: int) -> Motif:
    """The same motif on the strand whose most likely letters come first in the alphabet; RNA is left as it is."""
    if _faces_forward(motif.pwm):
        return motif
    turned = motif_of(data, moved(motif.sites, shift=0, flip=True), flank, motif.channels)
    return replace(turned, flipped=not motif.flipped)


def word(pwm: Pwm) -> str:
    """Its consensus, on the strand on which motifs are reported."""
    return (pwm if _faces_forward(pwm) else pwm.reverse_complement()).consensus()


def _faces_forward(pwm: Pwm) -> bool:
    if not pwm.alphabet.double_stranded:
        return True
    likely = [np.asarray(each.probabilities()).argmax(1).tolist() for each in (pwm, pwm.reverse_complement())]
    return bool(likely[0] <= likely[1])
