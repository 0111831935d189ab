"""Which part of a genome belongs to which side, on both strands: each place goes with the gene that lies nearest."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.splits import TEST, TRAIN, Split
from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing.check import Checked
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels, SpliceGene, spans_by_strand, spans_within
from sparling_genomics.splicing.windows import around


def territories(
    genes: Sequence[SpliceGene], sides: Split, lengths: Mapping[str, int], side: int, gap: int
) -> list[Interval]:
    """Stretches of the genome that belong to a side, in the order of the chromosomes; they have no strand.

    Between two genes of different sides they part in the middle. Those of the training and the validation side end
    ``gap`` bp before that, for a network sees further than the place it predicts; those of the test side do not, so
    that nothing of a test chromosome is left out. Chromosomes without a gene are of the training side.
    """
    own: dict[str, list[tuple[int, int, int]]] = {chrom: [] for chrom in lengths}
    for gene, of in zip(genes, sides, strict=True):
        own[gene.gene.chrom].append((gene.transcript.start, gene.transcript.end, int(of)))
    found = []
    for chrom, length in lengths.items():
        for start, end, of in _parted(sorted(own[chrom]), length):
            inner = 0 if side == TEST else gap
            first, last = start + inner * (start > 0), end - inner * (end < length)
            if of == side and last > first:
                found.append(Interval(chrom, first, last))
    return found


def _parted(genes: list[tuple[int, int, int]], length: int) -> list[tuple[int, int, int]]:
    """Start, end and side of each part of a chromosome: genes of one side that follow each other make one part."""
    if not genes:
        return [(0, length, TRAIN)]
    parts, start, reach, side = [], 0, genes[0][1], genes[0][2]
    for first, end, of in genes[1:]:
        if of != side:
            border = min(max((reach + first) // 2, start), length)
            parts.append((start, border, side))
            start, side = border, of
        reach = max(reach, end)
    return [*parts, (start, length, side)]


class Side(NamedTuple):
    """A side of a genome that has been divided: its number, and the seed of what is drawn from it."""

    checked: Checked
    genome: Genome
    side: int
    seed: int

    def places(self) -> list[Interval]:
        """Its `territories`."""
        checked = self.checked
        return territories(checked.used.genes, checked.sides, self.genome.lengths, self.side, checked.gap)


def free(place: Interval, strand: str, genes: Sequence[SpliceGene]) -> list[Interval]:
    """What is left of a place on a strand without the transcripts of these genes that lie on it."""
    taken = sorted(
        (gene.transcript.start, gene.transcript.end)
        for gene in genes
        if (gene.gene.chrom, gene.gene.strand) == (place.chrom, strand)
    )
    at, left = place.start, []
    for start, end in [*taken, (place.end, place.end)]:
        if min(start, place.end) > at:
            left.append(Interval(place.chrom, at, min(start, place.end), strand))
        at = max(at, end)
    return left


class PlaceLabels:
    """Labels of any place of a genome on a strand: sites of the genes that are used, all others masked.

    Masked are sites of other transcripts and genes, which are real, and what the user masked. A site on one strand is
    none on the other.
    """

    def __init__(self, checked: Checked) -> None:
        self._annotated, self._masked = checked.used.sites, spans_by_strand(checked.mask)
        kinds: dict[tuple[int, str, str], list[NDArray[np.int64]]] = {}
        for gene in checked.used.genes:
            for kind, sites in ((DONOR, gene.donors), (ACCEPTOR, gene.acceptors)):
                kinds.setdefault((kind, gene.gene.chrom, gene.gene.strand), []).append(sites)
        self._sites = {key: np.unique(np.concatenate(sites)) for key, sites in kinds.items()}

    def of(self, place: Interval) -> Labels:
        """Labels of a place with a strand, 5' to 3' on it: int8 (length,)."""
        key = (place.chrom, place.strand)
        labels = np.zeros(place.length, dtype=np.int8)
        labels[_within(self._annotated.get(key), place)] = MASKED
        for kind in (DONOR, ACCEPTOR):
            labels[_within(self._sites.get((kind, *key)), place)] = kind
        for start, end in spans_within(self._masked.get(key), place.start, place.end):
            labels[start - place.start : end - place.start] = MASKED
        return labels[::-1].copy() if place.strand == "-" else labels


def _within(sites: NDArray[np.int64] | None, place: Interval) -> NDArray[np.int64]:
    """Which of the sorted sites lie in a place, from its start."""
    if sites is None:
        return np.zeros(0, dtype=np.int64)
    first, last = np.searchsorted(sites, [place.start, place.end])
    found: NDArray[np.int64] = sites[first:last] - place.start
    return found


def pieces(places: Sequence[Interval], longest: int) -> list[Interval]:
    """The same places in pieces of at most ``longest`` bp.

    >>> pieces([Interval("I", 0, 25)], 10)[-1]
    Interval(chrom='I', start=20, end=25, strand='.')
    """
    return [
        Interval(place.chrom, start, min(start + longest, place.end), place.strand)
        for place in places
        for start in range(place.start, place.end, longest)
    ]


def read_place(place: Interval, genome: Genome, labels: PlaceLabels, context: int) -> tuple[Codes, Labels]:
    """Letters of a place with a strand, with their context; and its labels, without, unknown letters masked."""
    codes = around(genome, place, context)
    inside = codes[context : context + place.length]
    return codes, np.where(inside >= AMBIGUOUS, np.int8(MASKED), labels.of(place))
