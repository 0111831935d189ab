"""The genome and the genes of a run, read and checked by its configuration, as `splice check` and a training do."""

from typing import NamedTuple

from sparling_genomics.data.splits import TRAIN
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.genome import Genome, open_genome
from sparling_genomics.splicing.annotation import read_annotation
from sparling_genomics.splicing.check import Checked, check_annotation, sentences
from sparling_genomics.splicing.runs.config import ALL, SpliceConfig
from sparling_genomics.splicing.split import GAP


class Inputs(NamedTuple):
    """A genome, its genes as they are used, and what is to be said of both, a sentence each."""

    genome: Genome
    checked: Checked
    noticed: tuple[str, ...]


def read_inputs(config: SpliceConfig) -> Inputs:
    """Read, choose and divide. Raises ``InputError`` as `read_annotation`, `open_genome` and `check_annotation` do."""
    annotation, genome = read_annotation(config.annotation), open_genome(config.genome)
    checked = check_annotation(
        annotation,
        genome,
        gap=max(GAP, config.network().context),  # a context that follows from introns fits in `GAP`
        test_chroms=config.test_chroms,
        validation_chroms=config.validation_chroms,
        biotype=None if config.biotype == ALL else config.biotype,
        shortest=config.min_intron,
        any_ends=config.force_sites,
        mask=read_regions(config.mask, genome) if config.mask else (),
        rules=config.site_rules(),
    )
    context = config.of_introns(checked.introns(TRAIN), checked.median_intron).network().context
    seen = (
        f"A site is told from {context:,} letters to either side of it; genes of training, validation and test lie "
        f"{checked.gap:,} bp apart, or more."
    )
    return Inputs(genome, checked, (*genome.noticed, *sentences(checked), seen))
