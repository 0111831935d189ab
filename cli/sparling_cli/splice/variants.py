"""``sparling splice variants``: what variants do to splice sites, and which motif marks they take and give."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparling_cli.options import INPUT, RUN, SEARCH, Device, GenomeFile, Quiet
from sparling_cli.screen import Screen
from sparling_cli.splice.check import ANNOTATION, ForceSites
from sparling_cli.splice.predict import BiotypeOfRun, ForceFile, RunFolder

if TYPE_CHECKING:
    from sparling_genomics.splicing.calls.variants import VariantSummary

Vcf = Annotated[
    Path | None,
    typer.Option("--vcf", metavar="FILE", help="Variants: VCF, plain or bgzip, or BCF.", rich_help_panel=INPUT),
]
VcfOut = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="The records with their changes in INFO: VCF; with .gz in blocks (bgzip) with an index.",
        rich_help_panel=RUN,
    ),
]
Distance = Annotated[
    int,
    typer.Option(metavar="NT", help="Look at sites so near to a variant.", rich_help_panel=SEARCH),
]
Masked = Annotated[
    bool,
    typer.Option(
        "--masked",
        help="Gains of annotated sites, and losses of sites that are not annotated, count 0.",
        rich_help_panel=SEARCH,
    ),
]


def variants(
    run: RunFolder,
    out: VcfOut,
    genome: GenomeFile = None,
    annotation: Annotated[Path | None, ANNOTATION] = None,
    vcf: Vcf = None,
    biotype: BiotypeOfRun = None,
    force_sites: ForceSites = False,
    distance: Distance = 50,
    masked: Masked = False,
    device: Device = None,
    force: ForceFile = False,
    quiet: Quiet = False,
) -> None:
    """Say what variants do to splice sites: gains and losses as SpliceAI writes them, and marks of motifs."""
    from sparling_cli.checks import check_device, check_new
    from sparling_cli.splice.checks import check_splice_variants

    screen = Screen(quiet)
    check_device(device)
    check_splice_variants(run, genome, annotation, vcf, out, distance)
    check_new("--out", out, force, run, genome, annotation, vcf)
    from sparling_genomics.files.vcf import open_variants

    opened = open_variants(vcf or Path())
    screen.say(f"Profile {run} …")
    from sparling_cli.splice.genes import used_genes
    from sparling_genomics.files.genome import open_genome
    from sparling_genomics.splicing.calls.predictor import load_predictor
    from sparling_genomics.splicing.calls.variants import SpliceVariants, write_splice_variants

    predictor = load_predictor(run, device or "auto")
    reader = open_genome(genome or Path())
    for sentence in reader.noticed:
        screen.say(sentence)
    genes = used_genes(screen, run, annotation or Path(), reader, biotype, force_sites)
    splice = SpliceVariants(predictor, reader, genes, distance, masked)
    _print_summary(screen, write_splice_variants(splice, opened, out), out)


def _print_summary(screen: Screen, summary: "VariantSummary", out: Path) -> None:
    for reason, number in summary.skipped.items():
        screen.say(f"{number:,} skipped: {reason} ({'; '.join(summary.shown[reason])}).")
    if not summary.indexed:
        screen.say(f"The records are not sorted by place: {out.name} has no index.")
    reached = ", ".join(f"{number:,} of {cut:g} or more" for cut, number in sorted(summary.reached.items()))
    screen.tell(
        f"{summary.records:,} records, {summary.effects:,} effects of an allele on a gene; "
        f"largest delta score: {reached or 'all below 0.2'}."
    )
    screen.line(f"Results: {out}")
