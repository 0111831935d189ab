"""Intergenic and antisense stretches, to train and validate on beside the transcripts of a side."""

from sparling_genomics.letters.intervals import Interval
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.universes.territories import PlaceLabels, Side, free, pieces, read_place
from sparling_genomics.splicing.windows import Transcripts, together

LONGEST = 10_000
"""bp of a stretch."""
SHORTEST = 100
"""bp, below which a stretch between two transcripts is not read."""


def background(side: Side, context: int, most: int) -> Transcripts:
    """Stretches of both strands that belong to a side (`territories`) and to no transcript of its genes: at most about
    ``most`` positions of them, drawn at random, stretches of N left out.

    Labels are those of `PlaceLabels`: no site but those of genes that are not used, which are masked. Genes of the side
    without introns are part of it, on both strands.
    """
    checked = side.checked
    own = [gene for gene, of in zip(checked.used.genes, checked.sides, strict=True) if of == side.side]
    there = pieces([each for place in side.places() for strand in "+-" for each in free(place, strand, own)], LONGEST)
    there = [place for place in there if place.length >= SHORTEST]
    labels, found, positions = PlaceLabels(checked), [], 0
    for i in generator(side.seed, Purpose.BACKGROUND, side.side).permutation(len(there)):
        if positions >= most:
            break
        letters, own_labels = read_place(_cut(there[i], most - positions), side.genome, labels, context)
        known = int((own_labels != MASKED).sum())
        if 2 * known > len(own_labels):
            found.append((letters, own_labels))
            positions += known
    return together((), [len(own_labels) for _, own_labels in found], found, context)


def _cut(place: Interval, most: int) -> Interval:
    return Interval(place.chrom, place.start, min(place.end, place.start + most), place.strand)
