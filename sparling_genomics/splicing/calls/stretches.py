"""What is predicted, piece by piece at constant memory: sequences of a FASTA file, regions of a genome, transcripts.

Each place and strand comes once, whatever overlaps or comes twice, in order of place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.fasta import FreeNames, iter_fasta
from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import Codes, reverse_complement
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.scan.text import WINDOW, merged
from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.windows import surrounded

STRANDS = ("+", "-")


class Piece(NamedTuple):
    """[``start``, ``end``) of sequence ``name`` of ``length``, forward coordinates, to be read on ``strand``.

    ``codes`` on that strand, with the network's context to either side, PAD beyond the sequence's ends.
    """

    name: str
    length: int
    start: int
    end: int
    strand: str
    codes: Codes


Group = list[Piece]
"""Pieces of one sequence that lie within one window; groups are in order of place."""


@dataclass
class Noticed:
    """What is to be said of the sequences: how many there are, ``empty``, ``short`` of the context, named again.

    ``longest``: nt of the longest one.
    """

    sequences: int = 0
    longest: int = 0
    empty: int = 0
    short: int = 0
    renamed: int = 0


@dataclass(frozen=True)
class FastaStretches:
    """Every sequence of a FASTA file on its given strand, or on both; ``noticed`` fills while it is read."""

    path: Path
    context: int
    both_strands: bool = False
    noticed: Noticed = field(default_factory=Noticed)

    @property
    def longest(self) -> int:
        """nt of the longest sequence of those that have been read."""
        return self.noticed.longest

    def groups(self) -> Iterator[Group]:
        """In the order of the file. A name that was used before gets the first free number: a, a_2, a_3.

        Raises ``InputError`` as `iter_fasta` does.
        """
        names, noticed = FreeNames(), self.noticed
        for record in iter_fasta(self.path):
            name = names.free(record.name)
            length, codes = len(record.codes), record.codes
            noticed.sequences += 1
            noticed.longest = max(noticed.longest, length)
            noticed.renamed = names.renamed
            noticed.empty += not length
            noticed.short += 0 < length <= 2 * self.context
            for start in range(0, length, WINDOW):
                end = min(start + WINDOW, length)
                letters = surrounded(partial(_slice, codes), length, start, end, self.context)
                yield [_piece(name, length, start, end, strand, letters) for strand in STRANDS[: 1 + self.both_strands]]


@dataclass(frozen=True)
class GenomeStretches:
    """Intervals of a genome on their strands, one without a strand on both."""

    genome: Genome
    intervals: Sequence[Interval]
    context: int
    noticed: Noticed = field(default_factory=Noticed)

    @property
    def longest(self) -> int:
        """bp of the longest chromosome."""
        return max(self.genome.lengths.values(), default=0)

    def groups(self) -> Iterator[Group]:
        """In the order of the genome, each place and strand once."""
        names = tuple(self.genome.lengths)
        cut = sorted(
            (stretch.number, start // WINDOW, start, strand, min(stretch.end, (start // WINDOW + 1) * WINDOW))
            for strand in STRANDS
            for stretch in merged((each for each in self.intervals if each.strand in (strand, ".")), names)
            for start in (stretch.start, *range((stretch.start // WINDOW + 1) * WINDOW, stretch.end, WINDOW))
        )
        self.noticed.sequences = len({number for number, *_ in cut})
        for (number, _), pieces in groupby(cut, key=lambda each: each[:2]):
            name = names[number]
            letters, length = partial(self.genome.codes, name), self.genome.lengths[name]
            yield [
                _piece(name, length, start, end, strand, surrounded(letters, length, start, end, self.context))
                for _, _, start, strand, end in pieces
            ]


def of_regions(path: Path, genome: Genome, context: int) -> tuple[GenomeStretches, int]:
    """Regions of a BED file, and how many of them have no strand. Raises ``InputError`` as `read_regions` does."""
    intervals = [region.interval for region in read_regions(path, genome)]
    return GenomeStretches(genome, intervals, context), sum(each.strand == "." for each in intervals)


def of_genes(genes: Iterable[SpliceGene], genome: Genome, context: int) -> GenomeStretches:
    """The transcripts that stand for genes, introns included."""
    spans = [Interval(each.gene.chrom, each.transcript.start, each.transcript.end, each.gene.strand) for each in genes]
    return GenomeStretches(genome, spans, context)


def _slice(codes: Codes, start: int, end: int) -> Codes:
    return codes[start:end]


def _piece(name: str, length: int, start: int, end: int, strand: str, forward: Codes) -> Piece:
    return Piece(name, length, start, end, strand, reverse_complement(forward) if strand == "-" else forward)
