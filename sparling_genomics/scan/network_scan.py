"""A run's network along letters of any length: the sites of its motifs, as it sees them in one piece.

A mark at i depends on letters within half a receptive field, and, as the strongest of a window stands alone, on scores
within two half windows more (`sparling.layer.inhibition`): halos of so many letters make every piece say what the whole
would. Sites of one motif that are too near each other are told apart over all pieces, when no further one can matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.letters.alphabet import ALPHABETS, AMBIGUOUS, PAD, Codes
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.motifs.activations import Activations, join, strongest_apart
from sparling_genomics.motifs.motif import moved, own_distance
from sparling_genomics.runs.finished import StoredRun, load_stored
from sparling_genomics.scan.hits import Found, Hits, Settling, hit_type, in_order, none_found, on_strand
from sparling_genomics.scan.text import GivenText, Piece, Stretch, Text, Unit, sample, units, whole

SHUFFLED, SHUFFLED_PIECE = 2000, 1000
"""Pieces that are shuffled to know how often chance makes a site, and letters of each."""
REACH = 1000
"""bp beside a region from which sites are looked at, as a nearer, stronger one there takes the place of one inside."""


def marks_in(run: StoredRun, unit: Unit) -> Activations:
    """Activations of the run's network that are sites, in the middle of each piece; places are those of the sequence.

    Their score is the activation. Pieces of the same length are looked at together, and no other ones.
    """
    found = [none()]
    for pieces in _alike(unit):
        data = _data([piece.codes for piece in pieces], run.network.alphabet)
        marks, _ = run.find(data, len(data))
        sequence, begin, first, last = np.array([(p.number, p.begin, p.first, p.last) for p in pieces]).T
        place = marks.position + begin[marks.sequence]
        taken = (place >= first[marks.sequence]) & (place < last[marks.sequence])
        taken &= marks.score > run.listed_from[marks.channel]
        own = replace(marks, sequence=sequence[marks.sequence], position=place)
        found.append(own.select(taken))
    marks = join(found)
    return marks.select(np.lexsort((marks.channel, marks.position, marks.sequence)))


def halo_of(run: StoredRun) -> int:
    """Letters to either side that a mark depends on."""
    return run.network.width // 2 + 2 * (run.network.competition // 2)


def none() -> Activations:
    """No activation."""
    whole_numbers = np.zeros(0, dtype=np.int64)
    return Activations(whole_numbers, whole_numbers, whole_numbers, np.zeros(0, dtype=np.bool_), np.zeros(0))


@dataclass(frozen=True, eq=False)
class NetworkScan:
    """Scanner of a run; scores are activations above the motif's cut.

    ``motifs`` of the run by number; ``shuffled`` of each, rising: the scores of its sites in shuffled sequence, of
    which ``positions`` were looked at.
    """

    run: StoredRun
    motifs: tuple[int, ...]
    shuffled: tuple[NDArray[np.float64], ...] = ()
    positions: int = 0

    def __reduce__(self) -> tuple[object, ...]:
        return _loaded, (self.run.path, self.run.fabric.device.type, self.motifs)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """As `Scanner.names`."""
        return tuple(self.run.pwms[motif].name for motif in self.motifs)

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """As `Scanner.widths`."""
        return tuple(self.run.pwms[motif].width for motif in self.motifs)

    @property
    def mark_type(self) -> np.dtype[np.void]:
        """As `Scanner.mark_type`."""
        return hit_type(2 * self._around + 1)

    @property
    def halo(self) -> int:
        """As `Scanner.halo`."""
        return max(halo_of(self.run), self._around)

    @property
    def reach(self) -> int:
        """As `Scanner.reach`."""
        return REACH

    def find(self, unit: Unit) -> Found:
        """As `Scanner.find`; marks have the letters around them, and the position in place of the start."""
        found = marks_in(self.run, unit)
        found = found.select(np.isin(found.channel, self.motifs))
        marks = np.zeros(len(found), dtype=self.mark_type)
        marks["sequence"], marks["start"], marks["reverse"] = found.sequence, found.position, found.reverse
        marks["motif"] = np.searchsorted(self.motifs, found.channel)
        marks["score"] = found.score - self.run.listed_from[found.channel]
        for rows, piece in _by_piece(marks, unit):
            place = marks["start"][rows, None] - piece.begin + np.arange(-self._around, self._around + 1)
            inside = (place >= 0) & (place < len(piece.codes))
            marks["letters"][rows] = np.where(inside, piece.codes[np.where(inside, place, 0)], PAD)
        letters = sum(int(np.count_nonzero(_counted(piece) != AMBIGUOUS)) for piece in unit)
        return Found(marks, np.full(len(self.motifs), letters, dtype=np.int64))

    def settling(self, lengths: NDArray[np.int64]) -> Settling:
        """As `Scanner.settling`."""
        return _Apart(self, lengths)

    def p_values(self, motif: int) -> NDArray[np.float64]:
        """As `Scanner.p_values`: a level is the number of shuffled sites with a lower score."""
        n = len(self.shuffled[motif])
        return np.arange(n + 1, 0, -1) / (self.positions + 1)

    def calibrated(self, text: Text, stretches: Sequence[Stretch], rng: np.random.Generator) -> "NetworkScan":
        """The same with the scores that its sites have in shuffled copies of letters from all over ``stretches``."""
        pieces = [codes for codes in sample(text, stretches, SHUFFLED, SHUFFLED_PIECE) if len(codes)]
        if not pieces:
            return replace(self, shuffled=tuple(np.zeros(0) for _ in self.motifs))
        data = _data(pieces, self.run.network.alphabet)
        copies = GivenText(replace(data, codes=shuffle_joined(data.codes, data.offsets, rng)))
        found = [self.find(unit) for unit in units(copies, whole(copies), self.halo)]
        marks = np.concatenate([each.marks for each in found])
        scores = tuple(np.sort(marks["score"][marks["motif"] == number]) for number in range(len(self.motifs)))
        return replace(self, shuffled=scores, positions=sum(int(each.tested[0]) for each in found))

    @cached_property
    def _places(self) -> tuple[tuple[int, bool], ...]:
        """Where each matrix begins beside a mark, and whether on the other strand."""
        stored = self.run.info["metrics"]["motifs"]
        return tuple((int(stored[motif]["first"]), bool(stored[motif]["flipped"])) for motif in self.motifs)

    @cached_property
    def _around(self) -> int:
        """bp beside a mark where its site may lie."""
        return max(abs(first) + width for (first, _), width in zip(self._places, self.widths, strict=True))


class _Apart:
    """Marks of many units become sites, as soon as no mark that is still to come can be near."""

    def __init__(self, scan: NetworkScan, lengths: NDArray[np.int64]) -> None:
        self.scan, self.lengths = scan, lengths
        self.gap = max(map(own_distance, scan.widths)) + 2 * scan._around
        self.waiting = none_found(2 * scan._around + 1)

    def __call__(self, found: Hits, last: bool) -> Hits:
        """As `Scanner.settling`."""
        marks = np.concatenate([self.waiting, found])
        parted = (np.diff(marks["sequence"]) != 0) | (np.diff(marks["start"]) >= self.gap)
        done = len(marks) if last or not len(marks) else int(np.flatnonzero(parted)[-1]) + 1 if parted.any() else 0
        self.waiting = marks[done:]
        return self._sites(marks[:done])

    def _sites(self, marks: Hits) -> Hits:
        scan = self.scan
        parts = [none_found(max(scan.widths))]
        for number, ((first, flipped), width) in enumerate(zip(scan._places, scan.widths, strict=True)):
            own = marks[marks["motif"] == number]
            place = Activations(own["sequence"], np.arange(len(own)), own["start"], own["reverse"], own["score"])
            alone = replace(place, channel=np.zeros(len(own), dtype=np.int64))
            apart = strongest_apart(alone, own_distance(width))
            row = np.searchsorted(_keys(own["sequence"], own["start"]), _keys(apart.sequence, apart.position))
            sites = moved(place.select(row), first, flipped)
            parts.append(self._hits(number, width, sites, own[row]))
        return in_order(np.concatenate(parts))

    def _hits(self, number: int, width: int, sites: Activations, marks: Hits) -> Hits:
        around = self.scan._around
        length = self.lengths[sites.sequence]
        begin = np.where(sites.reverse, sites.position - width + 1, sites.position)
        hits = np.zeros(len(sites), dtype=hit_type(max(self.scan.widths)))
        hits["sequence"], hits["motif"], hits["reverse"] = sites.sequence, number, sites.reverse
        hits["start"], hits["end"] = begin.clip(0, length), (begin + width).clip(0, length)
        hits["score"] = sites.score
        if self.scan.shuffled:
            hits["level"] = np.searchsorted(self.scan.shuffled[number], sites.score)
        hits["letters"] = PAD
        columns = begin[:, None] - marks["start"][:, None] + around + np.arange(width)
        letters = np.take_along_axis(marks["letters"], columns, axis=1)
        hits["letters"][:, :width] = on_strand(letters, sites.reverse)
        return hits[hits["end"] > hits["start"]]


def _keys(sequence: NDArray[np.int64], position: NDArray[np.int64]) -> NDArray[np.void]:
    keys = np.empty(len(sequence), dtype=[("sequence", "<i8"), ("position", "<i8")])
    keys["sequence"], keys["position"] = sequence, position
    return keys


def _alike(unit: Unit) -> list[list[Piece]]:
    """Pieces of the same length together."""
    ordered = sorted(unit, key=lambda piece: len(piece.codes))
    return [list(group) for size, group in groupby(ordered, key=lambda piece: len(piece.codes)) if size]


def _by_piece(marks: Hits, unit: Unit) -> list[tuple[NDArray[np.int64], Piece]]:
    """The rows of the marks in each piece that has some."""
    if not len(marks):
        return []
    found = []
    for piece in unit:
        own = (marks["sequence"] == piece.number) & (marks["start"] >= piece.first) & (marks["start"] < piece.last)
        if own.any():
            found.append((np.flatnonzero(own), piece))
    return found


def _counted(piece: Piece) -> Codes:
    return piece.codes[piece.start - piece.begin : piece.end - piece.begin]


def _data(codes: Sequence[Codes], alphabet: str) -> SequenceDataset:
    """Sequences without names that anyone sees, labels and sides."""
    n = len(codes)
    return SequenceDataset(
        names=tuple(map(str, range(n))),
        codes=np.concatenate(codes),
        offsets=np.concatenate([[0], np.cumsum([len(each) for each in codes])]).astype(np.int64),
        labels=np.zeros(n, dtype=np.float32),
        split=np.full(n, TEST, dtype=np.uint8),
        intervals=(None,) * n,
        cluster=np.arange(n),
        alphabet=ALPHABETS[alphabet],
        skipped={},
    )


def _loaded(path: Path, device: str, motifs: tuple[int, ...]) -> NetworkScan:
    """In another process."""
    return NetworkScan(load_stored(path, device), motifs)
