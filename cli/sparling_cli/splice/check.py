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
TranscriptsOfGene = Annotated[
    str | None,
    typer.Option(
        "--transcripts",
        metavar="canonical|all",
        help=r"Sites to learn: of one transcript a gene (MANE, Ensembl canonical, APPRIS, longest), or of all "
        r"together. \[default: canonical]",
        rich_help_panel=INPUT,
        autocompletion=lambda: ["canonical", "all"],
    ),
]
StrictNegatives = Annotated[
    bool,
    typer.Option(
        "--strict-negatives",
        help="Sites of other transcripts are negatives, as in SpliceAI's data; else they are masked.",
        rich_help_panel=INPUT,
    ),
]
CanonicalSitesOnly = Annotated[
    bool,
    typer.Option(
        "--canonical-sites-only",
        help="Drop all introns other than GT-AG; their sites are masked, neither sites nor negatives.",
        rich_help_panel=INPUT,
    ),
]
Context = Annotated[
    int | None,
    typer.Option(
        metavar="NT",
        help=r"Letters to either side in which marks tell a site, up to 5000. \[default: 124, or 252 where half of the "
        r"introns are longer]",
        rich_help_panel=SEARCH,
    ),
]


def check(
    genome: Annotated[Path, GENOME],
    annotation: Annotated[Path, ANNOTATION],
    biotype: Biotype = None,
    transcripts: TranscriptsOfGene = None,
    strict_negatives: StrictNegatives = False,
    canonical_sites_only: CanonicalSitesOnly = False,
    mask: Mask = None,
    min_intron: MinIntron = None,
    force_sites: ForceSites = False,
    test_chroms: TestChroms = None,
    validation_chroms: ValidationChroms = None,
    context: Context = None,
    quiet: Quiet = False,
) -> None:
    """Read a genome and its annotation, and say what of them would be used. Writes nothing but the genome's index."""
    from sparling_cli.checks import check_file, check_text
    from sparling_genomics.discovery.config import chromosomes_of

    screen = Screen(quiet)
    check_text("annotation", annotation)
    check_text("mask", mask)
    check_file("genome", genome)
    options = {
        "genome": genome,
        "annotation": annotation,
        "biotype": biotype,
        "transcripts": transcripts,
        "strict_negatives": strict_negatives or None,
        "canonical_sites_only": canonical_sites_only or None,
        "mask": mask,
        "min_intron": min_intron,
        "force_sites": force_sites or None,
        "test_chroms": None if test_chroms is None else chromosomes_of(test_chroms),
        "validation_chroms": None
        if validation_chroms is None
        else chromosomes_of(validation_chroms, "validation-chroms"),
        "context": context,
    }
    screen.say(f"Reading {annotation} …")
    from sparling_genomics.splicing.runs.config import SpliceConfig
    from sparling_genomics.splicing.runs.inputs import read_inputs

    for sentence in read_inputs(SpliceConfig.of(options)).noticed:
        screen.tell(sentence)
