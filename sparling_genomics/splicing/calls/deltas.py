"""What a variant does to the splice sites of a gene: sites gained and lost as SpliceAI tells them, and marks.

Source: Jaganathan et al. 2019, Cell 176:535 (delta scores).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import Codes, reverse_complement
from sparling_genomics.splicing.calls.placing import Placing, along_reference
from sparling_genomics.splicing.calls.predictor import Marked, Profile, SplicePredictor
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.windows import surrounded

DISTANCE = 50
"""nt beside a variant within which sites are looked at."""
NOISE = 1e-6
"""By which probabilities differ that are computed beside others."""
ACCEPTOR, DONOR = 1, 0
"""Rows of probabilities."""


class Delta(NamedTuple):
    """The largest change of a kind, ≥ 0, and where: 0-based on the forward strand."""

    change: float
    position: int


class MovedMark(NamedTuple):
    """A motif's mark that only one allele has.

    ``offset``: nt from the variant's first letter to the motif's, on the transcript's strand and in that allele.
    """

    motif: str
    offset: int


@dataclass(frozen=True)
class SpliceChange:
    """What an allele does to a gene: gains and losses of acceptors and donors, and marks gained and lost."""

    acceptor_gain: Delta
    acceptor_loss: Delta
    donor_gain: Delta
    donor_loss: Delta
    gained: tuple[MovedMark, ...]
    lost: tuple[MovedMark, ...]

    @property
    def deltas(self) -> tuple[Delta, Delta, Delta, Delta]:
        """In SpliceAI's order: AG, AL, DG, DL."""
        return self.acceptor_gain, self.acceptor_loss, self.donor_gain, self.donor_loss


@dataclass(frozen=True, eq=False)
class Window:
    """The stretch [``start``, ``end``) of a chromosome around a variant, in which both alleles are read.

    ``sites``: [start, end) in which splice sites are looked at; ``marks``: the same of marks, all that can change.
    """

    chrom: str
    placing: Placing
    start: int
    end: int
    sites: tuple[int, int]
    marks: tuple[int, int]

    def letters(self, genome: Genome, context: int) -> tuple[Codes, Codes]:
        """Both alleles with their context, forward."""
        length = genome.lengths[self.chrom]
        reference = surrounded(partial(genome.codes, self.chrom), length, self.start, self.end, context)
        first, last = (place - self.start + context for place in self.placing.edit[:2])
        alternative = np.concatenate([reference[:first], self.placing.edit.letters, reference[last:]])
        return reference, alternative.astype(np.uint8)


class Way(NamedTuple):
    """One way to align two alleles: the variant is ``moved`` by so many nt; what is gained and lost at each base of the
    reference, (2, L)."""

    moved: int
    gains: NDArray[np.float32]
    losses: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class BothRead:
    """Both alleles of a window, read on one ``strand`` and turned to the forward one."""

    window: Window
    strand: str
    reference: Profile
    alternative: Profile
    motifs: dict[int, Marked]

    @property
    def placements(self) -> list[tuple[int, bool]]:
        """All ways to align the alleles, as `way` takes them; those as SpliceAI aligns them first."""
        placing = self.window.placing
        sides = (False, True)[: 1 + (placing.inserted > placing.removed)]
        return [(moved, behind) for behind in sides for moved in range(placing.room + 1)]

    def way(self, moved: int, behind: bool) -> Way:
        """The variant ``moved`` by so many nt; inserted letters count for the base before them, or ``behind`` them."""
        at, placing = self.window.placing.edit.start - self.window.start, self.window.placing
        said, reference = self.alternative.probabilities, self.reference.probabilities
        along = along_reference(said, at + moved, placing.removed, placing.inserted, behind)
        return Way(moved, along.gains(reference), reference - along.said)

    def change(self, gene: SpliceGene, masked: bool = False) -> SpliceChange:
        """What happens to the sites of ``gene`` within the window and its transcript.

        Of all ways to align the alleles the one counts by which least changes.
        ``masked``: gains of annotated sites, and losses of sites that are not annotated, count 0.
        """
        start = max(self.window.sites[0], gene.transcript.start)
        end = max(min(self.window.sites[1], gene.transcript.end), start + 1)
        inside = slice(start - self.window.start, end - self.window.start)
        ways = (self.way(*each) for each in self.placements)
        sizes = np.array([max(way.gains[:, inside].max(), way.losses[:, inside].max()) for way in ways])
        way = self.way(*self.placements[int(np.argmax(sizes <= sizes.min() + NOISE))])
        anchor = self.window.placing.anchor
        gains, losses = {}, {}
        for kind in (ACCEPTOR, DONOR):
            gain, loss = _allowed(gene, kind, start, end, masked)
            gains[kind] = _largest(way.gains[kind, inside], gain, start, anchor)
            losses[kind] = _largest(way.losses[kind, inside], loss, start, anchor)
        return SpliceChange(gains[ACCEPTOR], losses[ACCEPTOR], gains[DONOR], losses[DONOR], *self._marks(way.moved))

    def _marks(self, moved: int) -> tuple[tuple[MovedMark, ...], tuple[MovedMark, ...]]:
        """Marks gained and lost, with the variant at this place."""
        edit, shift = self.window.placing.edit, self.window.start
        first, last = edit.start + moved - shift, edit.end + moved - shift
        last_there = first + len(edit.letters)
        from_, until = (place - shift for place in self.window.marks)
        until_there = until - last + last_there
        there = self._places(self.alternative, from_, until_there)
        here = self._places(self.reference, from_, until)
        common = min(last, last_there)  # letters that stand one for one

        def back(place: int) -> int | None:
            if place < common:
                return place
            return None if place < last_there else place - last_there + last

        def across(place: int) -> int | None:
            if place < common:
                return place
            return None if place < last else place - last + last_there

        gained = [(motif, place) for motif, place in there if (motif, back(place)) not in here]
        lost = [(motif, place) for motif, place in here if (motif, across(place)) not in there]
        forward = self.strand == "+"
        return (
            _marks(gained, first if forward else last_there - 1, forward),
            _marks(lost, first if forward else last - 1, forward),
        )

    def _places(self, reading: Profile, start: int, end: int) -> set[tuple[str, int]]:
        """Motifs whose marks lie in [start, end) of the window, and where the first letter of each is."""
        turn = 1 if self.strand == "+" else -1
        found = set()
        for channel, place in np.argwhere(reading.marks[:, start:end]).tolist():
            if channel in self.motifs:
                motif, shift = self.motifs[channel]
                found.add((motif, start + place + turn * shift))
        return found


def window_of(placing: Placing, chrom: str, length: int, distance: int, local: int) -> Window:
    """The window of a variant on a chromosome of ``length``; a mark depends on ``local`` letters to either side.

    Marks are looked at twice as far: one motif may have several channels whose marks lie apart.
    """
    edit, local = placing.edit, 2 * local
    sites = (max(placing.anchor - distance, 0), min(max(placing.anchor + 1, edit.end) + distance, length))
    marks = (max(edit.start - local, 0), min(edit.end + placing.room + local, length))
    return Window(chrom, placing, min(sites[0], marks[0]), max(sites[1], marks[1]), sites, marks)


def read_both(predictor: SplicePredictor, genome: Genome, wanted: Sequence[tuple[Window, str]]) -> list[BothRead]:
    """Both alleles of each window on each strand that is wanted."""
    stretches: list[Codes] = []
    for window, strand in wanted:
        for letters in window.letters(genome, predictor.context):
            stretches.append(reverse_complement(letters) if strand == "-" else letters)
    readings = iter(predictor.read(stretches, marks=True))
    return [
        BothRead(window, strand, _forward(next(readings), strand), _forward(next(readings), strand), predictor.motifs)
        for window, strand in wanted
    ]


def _forward(reading: Profile, strand: str) -> Profile:
    return reading if strand == "+" else Profile(reading.probabilities[:, ::-1], reading.marks[:, ::-1])


def _allowed(
    gene: SpliceGene, kind: int, start: int, end: int, masked: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a gain, and where a loss, of this kind counts: (end - start,) each."""
    if not masked:
        everywhere = np.ones(end - start, dtype=np.bool_)
        return everywhere, everywhere
    own = np.concatenate([gene.acceptors if kind == ACCEPTOR else gene.donors, gene.others])
    annotated = np.isin(np.arange(start, end), own)
    return ~annotated, annotated


def _largest(changes: NDArray[np.float32], allowed: NDArray[np.bool_], start: int, anchor: int) -> Delta:
    """The largest of the allowed changes, 0 at least; of equal ones that nearest to the variant."""
    counted = np.where(allowed, changes, 0.0).clip(0)
    best = np.flatnonzero(counted >= counted.max() - NOISE) + start
    nearest = int(best[np.argmin(np.abs(best - anchor))])
    return Delta(float(counted.max()), nearest)


def _marks(found: Sequence[tuple[str, int]], origin: int, forward: bool) -> tuple[MovedMark, ...]:
    marks = [MovedMark(motif, place - origin if forward else origin - place) for motif, place in found]
    return tuple(sorted(marks, key=lambda mark: (abs(mark.offset), mark.offset, mark.motif)))
