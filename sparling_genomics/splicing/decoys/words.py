"""What is marked in windows as motifs: where they stand in true windows and in decoys, and how much they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.decoys.reading import ACCEPTOR, DONOR, SiteWindows
from sparling_genomics.splicing.decoys.task import WindowFigures
from sparling_genomics.splicing.runs.reading import Channels, Marks, Silenced
from sparling_genomics.splicing.runs.words import REACH, Place, Word, peak, share_at

EXON_FROM, DONOR_INTRON_FROM, ACCEPTOR_INTRON_FROM = 10, 10, 45
"""nt from the site at which its flanks begin: beyond the core of the site, and before acceptors beyond the tract."""
TRACT = (-45, -14)
"""nt from the first base of the exon: where a polypyrimidine tract stands."""


class Flanks(NamedTuple):
    """log2 of marks a nt in the exon's flank over the intron's, around true sites and decoys of both kinds.

    One mark is added to both; NaN where windows end before a flank begins.
    """

    donor_true: float
    donor_decoy: float
    acceptor_true: float
    acceptor_decoy: float


class Seen(NamedTuple):
    """Windows of a side, and the network's marks of them (`decoys.marks.read_marks`)."""

    windows: SiteWindows
    marks: Marks


class BesideSites(NamedTuple):
    """Where a motif's first letter stands most often from a kind of true sites of the training side, and in what share
    of true test windows and of decoys it stands exactly there."""

    place: Place
    decoys: float


@dataclass(frozen=True)
class WindowMotif:
    """A word that windows are told by; ``marks`` and places of the training side, all other figures of test windows.

    ``tract``: log2 of marks before true acceptors (`TRACT`) over those before decoys. ``change``: AUROC with its
    channels silenced minus without; below 0 they are needed. ``profile`` float64 (2, 2, 2 reach): of donors and
    acceptors, decoys and true ones, the share of windows with the motif's middle at each place.
    """

    pwm: Pwm
    channels: Channels
    marks: int
    marks_per_100nt: float
    flanks: Flanks
    tract: float
    donor: BesideSites
    acceptor: BesideSites
    change: WindowFigures
    profile: NDArray[np.float64]

    @property
    def bits(self) -> float:
        """Of all columns."""
        return float(self.pwm.corrected_information().sum())


def measured(
    words: Sequence[Word],
    train: Seen,
    test: Seen,
    silenced: Silenced[WindowFigures],
    validation: Silenced[WindowFigures],
) -> tuple[WindowMotif, ...]:
    """The words as motifs M1, M2, …, the most needed first.

    ``silenced`` of the ``test`` side gives the figures, that of the ``validation`` side the order; ``train`` says how
    far from sites a word stands.
    """
    windows = test.windows
    found: list[WindowMotif] = []
    for word in sorted(words, key=lambda word: float(np.nansum(validation.change(word.channels)))):
        firsts = word.firsts(test.marks)
        size = 2 * (windows.reach + REACH)
        places = Places(firsts // size, firsts % size - REACH - windows.reach, word.pwm.width)
        found.append(
            WindowMotif(
                replace(word.pwm, name=f"M{len(found) + 1}"),
                word.channels,
                word.marks,
                100 * len(firsts) / windows.codes.size,
                flanks_of(places, windows),
                tract_of(places, windows),
                _sites(word, train, test, DONOR),
                _sites(word, train, test, ACCEPTOR),
                WindowFigures(*silenced.change(word.channels)),
                profile_of(places, windows),
            )
        )
    return tuple(found)


class Places(NamedTuple):
    """First letters of a motif: the window of each, and nt from the place between exon and intron, negative before it;
    ``width`` of the motif."""

    windows: NDArray[np.int64]
    firsts: NDArray[np.int64]
    width: int

    @property
    def middles(self) -> NDArray[np.int64]:
        """Of the motifs."""
        middles: NDArray[np.int64] = self.firsts + self.width // 2
        return middles


def flanks_of(places: Places, windows: SiteWindows) -> Flanks:
    """Counts of middles of a motif in the flanks of windows (`Flanks`)."""
    spans = {
        DONOR: ((-windows.reach, -EXON_FROM), (DONOR_INTRON_FROM, windows.reach)),
        ACCEPTOR: ((EXON_FROM, windows.reach), (-windows.reach, -ACCEPTOR_INTRON_FROM)),
    }
    found = []
    for kind, (exon, intron) in spans.items():
        for label in (1, 0):
            own = (windows.kinds == kind) & (windows.labels == label)
            rates = [_rate(places, own, *span) for span in (exon, intron)]
            found.append(float(np.log2(rates[0] / rates[1])))
    return Flanks(*found)


def tract_of(places: Places, windows: SiteWindows) -> float:
    """log2 of marks in `TRACT` of true acceptors over those of decoys; one mark is added to both."""
    of_kind = windows.kinds == ACCEPTOR
    true, decoy = (_rate(places, of_kind & (windows.labels == label), *TRACT) for label in (1, 0))
    return float(np.log2(true / decoy))


def profile_of(places: Places, windows: SiteWindows) -> NDArray[np.float64]:
    """Share of windows with a middle of the motif at each place (`WindowMotif`)."""
    length = windows.codes.shape[1]
    at = np.clip(places.middles + windows.reach, 0, length - 1)
    found = np.zeros((2, 2, length))
    for kind, label in np.ndindex(2, 2):
        chosen = (windows.kinds == kind) & (windows.labels == label)
        own = np.bincount(at[chosen[places.windows]], minlength=length)
        found[kind, label] = own / max(int(chosen.sum()), 1)
    return found


def _rate(places: Places, chosen: NDArray[np.bool_], start: int, end: int) -> float:
    """Marks a nt whose middles lie in [start, end) of the chosen windows, one mark added; NaN where there is no nt."""
    positions = int(chosen.sum()) * max(end - start, 0)
    inside = chosen[places.windows] & (places.middles >= start) & (places.middles < end)
    return (int(inside.sum()) + 1) / positions if positions else float("nan")


def _sites(word: Word, train: Seen, test: Seen, kind: int) -> BesideSites:
    """Of a kind of sites. On one side alone the commonest of many offsets would seem commoner than it is."""
    offset = peak(word.firsts(train.marks), _bases(train.windows, kind, 1))
    firsts = word.firsts(test.marks)
    true, decoy = (share_at(offset, firsts, _bases(test.windows, kind, label)) for label in (1, 0))
    return BesideSites(Place(offset, true), decoy)


def _bases(windows: SiteWindows, kind: int, label: int) -> NDArray[np.int64]:
    """Places of the bases of these sites, as `read_marks` counts."""
    base = windows.reach - 1 if kind == DONOR else windows.reach
    numbers = np.flatnonzero((windows.kinds == kind) & (windows.labels == label))
    return numbers * (2 * (windows.reach + REACH)) + REACH + base
