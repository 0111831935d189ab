"""``sparling splice check``: what a genome and its annotation would be used for."""

from pathlib import Path
from typing import Annotated

import typer

from sparling_cli.data.names import files_and, taken
from sparling_cli.options import GENOME, INPUT, SEARCH, Quiet
from sparling_cli.screen import Screen

ANNOTATION = typer.Option(
    "--annotation",
    metavar="FILE_OR_NAME",
    help="Genes: GTF or GFF3, plain or gzip, or a recipe.",
    rich_help_panel=INPUT,
    callback=taken("annotation"),
    autocompletion=files_and("annotation"),
)
TestChroms = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help=r"Chromosomes to hold out. \[default: some with about 20 % of introns]",
        rich_help_panel=SEARCH,
    ),
]
Biotype = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"Genes of this biotype, where the file says any; or all. \[default: protein_coding]",
        rich_help_panel=INPUT,
    ),
]
ValidationChroms = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help=r"Chromosomes that say when to stop. \[default: blocks of those that train]",
        rich_help_panel=SEARCH,
    ),
]
MinIntron = Annotated[
    int | None,
    typer.Option(
        metavar="BP",
        help=r"Gaps between exons that are shorter are no introns. \[default: 15]",
        rich_help_panel=INPUT,
    ),
]
Mask = Annotated[
    Path | None,
    typer.Option(metavar="BED", help="Regions where nothing counts, sites or not.", rich_help_panel=INPUT),
]
ForceSites = Annotated[
    bool,
    typer.Option("--force-sites", help="Go on where introns have ends of no known kind.", rich_help_panel=INPUT),
]


def check(
    genome: Annotated[Path, GENOME],
    annotation: Annotated[Path, ANNOTATION],
    test_chroms: TestChroms = None,
    validation_chroms: ValidationChroms = None,
    biotype: Biotype = None,
    mask: Mask = None,
    min_intron: MinIntron = None,
    force_sites: ForceSites = False,
    quiet: Quiet = False,
) -> None:
    """Read a genome and its annotation, and say what of them would be used. Writes nothing but the genome's index."""
    from sparling.errors import InputError
    from sparling_cli.checks import check_file, check_text
    from sparling_genomics.discovery.config import chromosomes_of

    screen = Screen(quiet)
    if min_intron is not None and min_intron < 1:
        raise InputError(f"--min-intron must be 1 or more, got {min_intron}")
    check_text("annotation", annotation)
    check_text("mask", mask)
    check_file("genome", genome)
    screen.say(f"Reading {annotation} …")
    from sparling_genomics.files.bed import read_regions
    from sparling_genomics.files.genome import open_genome
    from sparling_genomics.splicing.annotation import CODING, SHORTEST_INTRON, read_annotation
    from sparling_genomics.splicing.check import check_annotation, sentences
    from sparling_genomics.splicing.runs.config import ALL
    from sparling_genomics.splicing.split import GAP

    genes = read_annotation(annotation)
    opened = open_genome(genome)
    for sentence in opened.noticed:
        screen.say(sentence)
    checked = check_annotation(
        genes,
        opened,
        gap=GAP,
        test_chroms=() if test_chroms is None else chromosomes_of(test_chroms),
        validation_chroms=() if validation_chroms is None else chromosomes_of(validation_chroms, "validation-chroms"),
        biotype=None if biotype == ALL else biotype or CODING,
        shortest=min_intron or SHORTEST_INTRON,
        any_ends=force_sites,
        mask=read_regions(mask, opened) if mask else (),
    )
    for sentence in sentences(checked):
        screen.tell(sentence)
