"""Letters around the marks of channels as motifs: their place beside splice sites, and how much they are needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.rows import Match
from sparling_genomics.letters.alphabet import AMBIGUOUS, DNA_FORWARD
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.trimming import motif_span
from sparling_genomics.naming.names import best_matches
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.runs.need import Need
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
class Word:
    """What one or more channels mark; ``marks`` are places of the training side.

    ``shifts``: from a mark of each of ``channels`` to the word's first letter.
    """

    pwm: Pwm
    channels: tuple[int, ...]
    shifts: tuple[int, ...]
    marks: int

    def firsts(self, marks: Marks) -> NDArray[np.int64]:
        """Places of the word's first letter, in order, each once: (n,)."""
        parts = [marks.of(channel) + shift for channel, shift in zip(self.channels, self.shifts, strict=True)]
        return np.unique(np.concatenate(parts))


@dataclass(frozen=True)
class SpliceMotif:
    """A word as a motif on the transcript's strand; ``marks`` and offsets of the training side, ``need`` of the
    validation side, all other figures of the test side.

    ``channels`` that mark it, and the ``shifts`` from their marks to the motif's first letter. ``donor_change`` and
    ``acceptor_change``: top-k accuracy with these channels silenced minus without; below 0 they are needed.
    """

    pwm: Pwm
    channels: tuple[int, ...]
    shifts: tuple[int, ...]
    marks: int
    need: Need
    marks_per_100nt: float
    donor: Place
    acceptor: Place
    donor_change: float
    acceptor_change: float
    match: Match | None = None
    """Best one in a database, on the transcript's strand."""

    @property
    def bits(self) -> float:
        """Of all columns."""
        return float(self.pwm.corrected_information().sum())


@dataclass(frozen=True)
class Words:
    """Motifs in the order of need on the validation side; and of channels that are none, how many and why."""

    motifs: tuple[SpliceMotif, ...]
    left_out: Mapping[str, int]


def letters_around(data: Transcripts, places: NDArray[np.int64], before: int, behind: int) -> NDArray[np.int64]:
    """Counts of A C G T (before + 1 + behind, 4) around these places; what is no letter is not counted."""
    around = np.clip(places[:, None] + np.arange(-before, behind + 1), 0, len(data.codes) - 1)
    seen = data.codes[around]
    return np.stack([(seen == letter).sum(0) for letter in range(AMBIGUOUS)], axis=1)


def background(data: Transcripts) -> tuple[float, ...]:
    """Frequencies of A C G T in the transcripts, one of each added."""
    counts = np.bincount(data.codes[on_transcripts(data)], minlength=AMBIGUOUS)[:AMBIGUOUS] + 1
    shares = counts / counts.sum()
    return tuple(shares.tolist())


def near(places: NDArray[np.int64], low: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Pairs (i, j) with low[i] ≤ places[j] ≤ high[i], ``places`` in order: (pairs,) each.

    >>> [each.tolist() for each in near(np.array([2, 5, 9]), np.array([1, 8]), np.array([5, 9]))]
    [[0, 0, 1], [0, 1, 2]]
    """
    begin = np.searchsorted(places, low)
    number = np.searchsorted(places, high, side="right") - begin
    which = np.repeat(np.arange(len(low)), number)
    return which, begin[which] + np.arange(len(which)) - np.repeat(np.cumsum(number) - number, number)


def distances_from(sites: NDArray[np.int64], firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    """At how many of ``sites`` a motif's first letter, of ``firsts`` in order, lies −`REACH` … `REACH` nt away:
    (2 REACH + 1,)."""
    site, first = near(firsts, sites - REACH, sites + REACH)
    there: NDArray[np.int64] = np.bincount(firsts[first] - sites[site] + REACH, minlength=2 * REACH + 1)
    return there


def peak(firsts: NDArray[np.int64], sites: NDArray[np.int64]) -> int:
    """The commonest distance from a site to a motif's first letter (`REACH`), the nearest of equal ones.

    >>> peak(np.array([7, 27, 30]), np.array([20, 40, 60]))
    -13
    """
    distances, there = np.arange(-REACH, REACH + 1), distances_from(sites, firsts)
    return int(distances[np.lexsort((np.abs(distances), -there))[0]])


def share_at(offset: int, firsts: NDArray[np.int64], sites: NDArray[np.int64]) -> float:
    """Share of sites that have a motif's first letter exactly there; 0 of no sites."""
    return float(np.isin(sites + offset, firsts).mean()) if len(sites) else 0.0


def channel_words(train: Transcripts, marks: Marks, channels: int, half: int) -> tuple[list[Word], dict[str, int]]:
    """What each channel marks, and of channels without a word how many and why.

    A channel sees ``half`` letters to either side of a mark.
    """
    letters = background(train)
    found: list[Word] = []
    left_out = {"without marks": 0, f"with fewer than {FEWEST_MARKS} marks": 0, f"below {FEWEST_BITS:g} bits": 0}
    silent, few, weak = left_out
    for channel in range(channels):
        own = marks.of(channel)
        if len(own) < FEWEST_MARKS:
            left_out[few if len(own) else silent] += 1
            continue
        counts = letters_around(train, own, half, half).astype(np.float64)
        pwm = Pwm(f"channel_{channel}", counts, len(own), DNA_FORWARD, letters)
        start, end = motif_span(pwm)
        pwm = replace(pwm, counts=counts[start:end])
        if pwm.corrected_information().sum() < FEWEST_BITS:
            left_out[weak] += 1
            continue
        found.append(Word(pwm, (channel,), (start - half,), len(own)))
    return found, {why: number for why, number in left_out.items() if number}


def measured(
    words: Sequence[tuple[Word, Need]],
    train: Transcripts,
    marks: Marks,
    test: Transcripts,
    tested: Marks,
    silenced: Silenced,
) -> tuple[SpliceMotif, ...]:
    """The words, in this order, as motifs M1, M2, …: where their ``marks`` peak in ``train``, all else of ``test``."""
    sites = [[np.flatnonzero(data.labels == kind) for data in (train, test)] for kind in (DONOR, ACCEPTOR)]
    found: list[SpliceMotif] = []
    for word, need in words:
        firsts, learned = word.firsts(tested), word.firsts(marks)
        peaks = [peak(learned, own) for own, _ in sites]
        donor, acceptor = (Place(at, share_at(at, firsts, own)) for at, (_, own) in zip(peaks, sites, strict=True))
        found.append(
            SpliceMotif(
                replace(word.pwm, name=f"M{len(found) + 1}"),
                word.channels,
                word.shifts,
                word.marks,
                need,
                100 * len(firsts) / test.positions,
                donor,
                acceptor,
                *silenced.change(word.channels),
            )
        )
    return tuple(found)


def matched(motifs: Sequence[SpliceMotif], database: Sequence[Pwm]) -> tuple[SpliceMotif, ...]:
    """The motifs, each with the best match in ``database``, where that is not empty; on the transcript's strand."""
    matches = best_matches([motif.pwm for motif in motifs], database, of_transcripts=True)
    return tuple(replace(motif, match=match) for motif, match in zip(motifs, matches, strict=True))
