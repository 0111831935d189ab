"""The genes of an annotation that commands of a finished run look at, by the rules of the training."""

from pathlib import Path
from typing import TYPE_CHECKING

from sparling.plurals import counted
from sparling_cli.checks import CONFIG
from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_genomics.files.genome import Genome
    from sparling_genomics.splicing.genes import SpliceGene


def used_genes(
    screen: Screen, run: Path, annotation: Path, genome: "Genome", biotype: str | None, force_sites: bool
) -> "tuple[SpliceGene, ...]":
    """Genes with introns, and what is to be said of them.

    The ``run`` says what is an intron, whether one transcript stands for a gene or all do, the ``biotype`` where none
    is given, and, as ``force_sites`` does, to go on where introns have ends of no known kind. Raises ``InputError``
    where its configuration cannot be read, and as `splice_genes` does.
    """
    from sparling_genomics.splicing.annotation import read_annotation
    from sparling_genomics.splicing.genes import SiteRules, splice_genes
    from sparling_genomics.splicing.runs.config import ALL, SpliceConfig

    config = SpliceConfig.read(run / CONFIG)
    kind = biotype or config.biotype
    used = splice_genes(
        read_annotation(annotation),
        genome,
        biotype=None if kind == ALL else kind,
        shortest=config.min_intron,
        any_ends=force_sites or config.force_sites,
        rules=SiteRules(all_transcripts=config.transcripts == "all"),
    )
    for sentence in used.noticed:
        screen.say(sentence)
    which = "all transcripts" if config.transcripts == "all" else "one transcript each"
    screen.say(f"{counted(len(used.genes), 'gene')} with introns, {which}.")
    return used.genes
