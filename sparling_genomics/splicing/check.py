"""What a genome and its annotation would be used for: counted, and said in sentences. Nothing is written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sparling.plurals import agreeing, counted
from sparling_genomics.data.splits import SPLIT_NAMES, TEST, TRAIN, VALIDATION, Split
from sparling_genomics.files.bed import Region
from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import Codes
from sparling_genomics.splicing.annotation import CODING, SHORTEST_INTRON, Annotation
from sparling_genomics.splicing.canonical import Canonical, how_often
from sparling_genomics.splicing.genes import (
    DEFAULT_RULES,
    KNOWN_ENDS,
    SiteRules,
    SpliceGene,
    SpliceGenes,
    splice_genes,
)
from sparling_genomics.splicing.homology import LENGTH, RELATED, shared_words
from sparling_genomics.splicing.split import LEFT_OUT, divide_genes

FEWEST_INTRONS = 50
"""On the training side, from which on something can be learned."""


@dataclass(frozen=True)
class Checked:
    """What is used of an annotation: genes with introns, the side of each (`divide_genes`), and the test genes that
    have relatives among training genes, by index. Genes of two sides lie ``gap`` bp apart; ``mask`` is the user's."""

    annotation: Annotation
    biotype: str | None
    used: SpliceGenes
    sides: Split
    related: tuple[int, ...]
    gap: int
    mask: tuple[Region, ...]

    def introns(self, side: int) -> int:
        """Introns on a side, without those that are masked."""
        return sum(gene.counted for gene, own in zip(self.used.genes, self.sides, strict=True) if own == side)

    @property
    def median_intron(self) -> float:
        """Length in bp, of all sides."""
        return float(np.median([end - start for gene in self.used.genes for start, end in gene.introns]))


def check_annotation(
    annotation: Annotation,
    genome: Genome,
    *,
    gap: int,
    test_chroms: Sequence[str] = (),
    validation_chroms: Sequence[str] = (),
    biotype: str | None = CODING,
    shortest: int = SHORTEST_INTRON,
    any_ends: bool = False,
    mask: Sequence[Region] = (),
    rules: SiteRules = DEFAULT_RULES,
) -> Checked:
    """Choose, divide and compare genes as a training would.

    Raises ``InputError`` as `splice_genes` and `divide_genes` do.
    """
    used = splice_genes(
        annotation, genome, biotype=biotype, shortest=shortest, any_ends=any_ends, mask=mask, rules=rules
    )
    sides = divide_genes(used.genes, gap, test_chroms, validation_chroms)
    test, train = (_letters(used.genes, sides, side, genome) for side in (TEST, TRAIN))
    of_test = (gene.transcript for gene, own in zip(used.genes, sides, strict=True) if own == TEST)
    shares = shared_words(test, train, sum(each.end - each.start for each in of_test))
    related = np.flatnonzero(sides == TEST)[shares >= RELATED]
    return Checked(annotation, biotype, used, sides, tuple(related.tolist()), gap, tuple(mask))


def _letters(genes: Sequence[SpliceGene], sides: Split, side: int, genome: Genome) -> Iterator[Codes]:
    """Of the transcripts of one side, one after the other, on the forward strand."""
    for gene, own in zip(genes, sides, strict=True):
        if own == side:
            yield genome.codes(gene.gene.chrom, gene.transcript.start, gene.transcript.end)


def sentences(checked: Checked) -> list[str]:
    """What was counted, a sentence a line."""
    genes, annotation = checked.used.genes, checked.annotation
    total = sum(len(gene.introns) for gene in genes)
    kind = f"{checked.biotype} " if checked.biotype and any(gene.gene.biotype for gene in genes) else ""
    of_kind = sum(not kind or gene.biotype == checked.biotype for gene in annotation.genes)
    rules = how_often([Canonical(gene.transcript, gene.rule) for gene in genes])
    masked, median = sum(len(gene.others) for gene in genes), checked.median_intron
    said = [
        f"{annotation.path.name}: {annotation.kind}, {counted(len(annotation.genes), 'gene')}.",
        f"{len(genes):,} of {counted(of_kind, f'{kind}gene')} {agreeing(len(genes), 'has', 'have')} introns: "
        f"{total:,}, of {median:,.0f} bp (median).",
        f"Ends of introns: {_ends(checked.used.ends)}.",
        f"Transcript that stands for a gene: {', '.join(f'{rule} {number:,}' for rule, number in rules.items())}.",
        f"{counted(masked, 'other annotated site')} {agreeing(masked, 'lies', 'lie')} within these genes: masked, "
        "neither sites nor negatives.",
    ]
    hidden = sum(end - start for gene in genes for start, end in gene.masked)
    if hidden:
        of = counted(sum(bool(gene.masked) for gene in genes), "gene")
        said.append(f"{hidden:,} bp of {of} {agreeing(hidden, 'is', 'are')} masked by the user.")
    for side, name in enumerate(SPLIT_NAMES):
        own = [gene for gene, of in zip(genes, checked.sides, strict=True) if of == side]
        chroms = sorted({gene.gene.chrom for gene in own})
        where = f" ({', '.join(chroms)})" if side == TEST and 0 < len(chroms) <= 12 else ""
        said.append(f"{name}: {counted(len(own), 'gene')}, {counted(checked.introns(side), 'intron')}{where}.")
    left = int((checked.sides == LEFT_OUT).sum())
    if left:
        lie = agreeing(left, "lies", "lie")
        said.append(f"{counted(left, 'training gene')} {lie} beside genes of another side: left out.")
    if checked.related:
        said.append(
            f"{counted(len(checked.related), 'test gene')} {agreeing(len(checked.related), 'shares', 'share')} "
            f"{RELATED:.0%} or more of the words of {LENGTH} letters with "
            "training genes: not in the headline figure."
        )
    for side, name, fewest in ((TRAIN, "training", FEWEST_INTRONS), (VALIDATION, "validation", 1), (TEST, "test", 1)):
        if checked.introns(side) < fewest:
            said.append(
                f"{counted(checked.introns(side), 'intron')} on the {name} side "
                f"{agreeing(checked.introns(side), 'is', 'are')} too few for training: {fewest} at least."
            )
    return [*said, *checked.used.noticed]


def _ends(ends: dict[str, int]) -> str:
    total = sum(ends.values())
    known = [f"{each} {ends[each] / total:.1%}" for each in KNOWN_ENDS if ends.get(each)]
    rest = total - sum(ends.get(each, 0) for each in KNOWN_ENDS)
    return ", ".join(known + ([f"others {rest / total:.1%}"] if rest else []))
