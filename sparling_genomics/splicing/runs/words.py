"""Letters around the marks of each channel as motifs: their place beside splice sites, and how much they are needed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, DNA_FORWARD
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.trimming import motif_span
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.runs.reading import Marks, Silenced, on_transcripts
from sparling_genomics.splicing.windows import Transcripts

FEWEST_MARKS = 20
"""On the training side, from which on the letters around them say something."""
FEWEST_BITS = 2.0
"""Of all columns of a motif together."""
REACH = 100
"""nt to either side of a site within which a motif's place is sought."""


class Place(NamedTuple):
    """Where a motif's marks peak: nt from the site's base to the motif's first letter, and the share of sites with a
    mark exactly there. A donor is the last base of an exon, an acceptor the first of one."""

    offset: int
    share: float


@dataclass(frozen=True)
class SpliceMotif:
    """A channel as a motif on the transcript's strand; ``marks`` of the training side, all other figures of the test.

    ``shift``: nt from a mark to the motif's first letter.

    ``donor_change`` and ``acceptor_change``: top-k accuracy with the channel silenced minus without; below 0 it is
    needed.
    """

    pwm: Pwm
    channel: int
    shift: int
    marks: int
    marks_per_100nt: float
    donor: Place
    acceptor: Place
    donor_change: float
    acceptor_change: float

    @property
    def bits(self) -> float:
        """Of all columns."""
        return float(self.pwm.corrected_information().sum())


@dataclass(frozen=True)
class Words:
    """Motifs in the order of need on the validation side; and of channels that are none, how many and why."""

    motifs: tuple[SpliceMotif, ...]
    left_out: Mapping[str, int]


def letters_around(data: Transcripts, places: NDArray[np.int64], half: int) -> NDArray[np.int64]:
    """Counts of A C G T (2 half + 1, 4) around these places; what is no letter is not counted."""
    seen = data.codes[places[:, None] + np.arange(-half, half + 1)]
    return np.stack([(seen == letter).sum(0) for letter in range(AMBIGUOUS)], axis=1)


def background(data: Transcripts) -> tuple[float, ...]:
    """Frequencies of A C G T in the transcripts, one of each added."""
    counts = np.bincount(data.codes[on_transcripts(data)], minlength=AMBIGUOUS)[:AMBIGUOUS] + 1
    shares = counts / counts.sum()
    return tuple(shares.tolist())


def place_of(firsts: NDArray[np.int64], sites: NDArray[np.int64]) -> Place:
    """The commonest distance from a site to a motif's first letter (`REACH`), the nearest of equal ones.

    >>> place_of(np.array([7, 27, 30]), np.array([20, 40, 60]))
    Place(offset=-13, share=0.6666666666666666)
    """
    distances = np.arange(-REACH, REACH + 1)
    there = np.isin(sites[:, None] + distances, firsts).sum(0)
    best = int(np.lexsort((np.abs(distances), -there))[0])
    return Place(int(distances[best]), float(there[best] / len(sites)) if len(sites) else 0.0)


def read_words(
    train: Transcripts,
    marks: Marks,
    test: Transcripts,
    tested: Marks,
    silenced: Silenced,
    validation: Silenced,
    half: int,
) -> Words:
    """The motifs of a map with marks on both sides; a channel sees ``half`` letters to either side of a mark.

    ``silenced`` of the test side gives the figures, that of the ``validation`` side the order.
    """
    letters = background(train)
    found: list[SpliceMotif] = []
    left_out = {"without marks": 0, f"with fewer than {FEWEST_MARKS} marks": 0, f"below {FEWEST_BITS:g} bits": 0}
    silent, few, weak = left_out
    for channel in silenced.without:
        own = marks.of(channel)
        if len(own) < FEWEST_MARKS:
            left_out[few if len(own) else silent] += 1
            continue
        counts = letters_around(train, own, half).astype(np.float64)
        pwm = Pwm(f"channel_{channel}", counts, len(own), DNA_FORWARD, letters)
        start, end = motif_span(pwm)
        pwm = replace(pwm, counts=pwm.counts[start:end])
        if pwm.corrected_information().sum() < FEWEST_BITS:
            left_out[weak] += 1
            continue
        there = tested.of(channel)
        firsts = there - half + start
        donor_change, acceptor_change = silenced.change(channel)
        found.append(
            SpliceMotif(
                pwm,
                channel,
                start - half,
                len(own),
                100 * len(there) / test.positions,
                place_of(firsts, np.flatnonzero(test.labels == DONOR)),
                place_of(firsts, np.flatnonzero(test.labels == ACCEPTOR)),
                donor_change,
                acceptor_change,
            )
        )
    found.sort(key=lambda motif: sum(validation.change(motif.channel)))
    named = [replace(motif, pwm=replace(motif.pwm, name=f"M{i}")) for i, motif in enumerate(found, 1)]
    return Words(tuple(named), {why: number for why, number in left_out.items() if number})
