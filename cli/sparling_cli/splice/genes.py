"""The genes of an annotation that commands of a finished run look at, by the rules of the training."""

from pathlib import Path
from typing import TYPE_CHECKING

from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_genomics.files.genome import Genome
    from sparling_genomics.splicing.genes import SpliceGene


def used_genes(
    screen: Screen, annotation: Path, genome: "Genome", biotype: str | None, force_sites: bool
) -> "tuple[SpliceGene, ...]":
    """Genes with introns, one transcript each, and what is to be said of them."""
    from sparling_genomics.splicing.annotation import CODING, read_annotation
    from sparling_genomics.splicing.genes import splice_genes
    from sparling_genomics.splicing.runs.config import ALL

    kind = None if biotype == ALL else biotype or CODING
    used = splice_genes(read_annotation(annotation), genome, biotype=kind, any_ends=force_sites)
    for sentence in used.noticed:
        screen.say(sentence)
    screen.say(f"{len(used.genes):,} genes with introns, one transcript each.")
    return used.genes
