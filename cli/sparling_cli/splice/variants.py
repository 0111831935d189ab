"""``sparling splice variants``: what variants do to splice sites, and which motif marks they take and give."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparling.plurals import counted
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
Table = Annotated[
    Path | None,
    typer.Option(
        "--variants",
        metavar="FILE",
        help="Instead: TSV with columns chrom, pos (from 1), ref, alt, if any id; the result is a TSV then.",
        rich_help_panel=INPUT,
    ),
]
VcfOut = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="The records with their changes in INFO: VCF; with .gz in blocks (bgzip) with an index. Of --variants the "
        "rows with more columns.",
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
    *,
    genome: GenomeFile = None,
    annotation: Annotated[Path | None, ANNOTATION] = None,
    vcf: Vcf = None,
    table: Table = None,
    biotype: BiotypeOfRun = None,
    force_sites: ForceSites = False,
    distance: Distance = 50,
    masked: Masked = False,
    out: VcfOut,
    device: Device = None,
    force: ForceFile = False,
    quiet: Quiet = False,
) -> None:
    """Say what variants do to splice sites: gains and losses as SpliceAI writes them, and marks of motifs."""
    from sparling_cli.checks import check_device, check_new
    from sparling_cli.splice.checks import check_splice_variants

    screen = Screen(quiet)
    check_device(device)
    check_splice_variants(run, genome, annotation, vcf, out, distance, table)
    check_new("--out", out, force, run, genome, annotation, vcf, table)
    from sparling_genomics.files.vcf import open_variants
    from sparling_genomics.splicing.calls.variant_tables import open_variant_table, write_variant_table

    rows = None if table is None else open_variant_table(table)
    records = None if vcf is None else open_variants(vcf)
    screen.say(f"Reading {run} …")
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
    if rows is not None:
        summary = write_variant_table(splice, rows, out)
    elif records is not None:
        summary = write_splice_variants(splice, records, out)
    _print_summary(screen, summary, out)


def _print_summary(screen: Screen, summary: "VariantSummary", out: Path) -> None:
    for reason, number in summary.skipped.items():
        screen.say(f"{number:,} skipped: {reason} ({'; '.join(summary.shown[reason])}).")
    if not summary.indexed:
        screen.say(f"The records are not sorted by place: {out.name} has no index.")
    reached = ", ".join(f"{number:,} of {cut:g} or more" for cut, number in sorted(summary.reached.items()))
    screen.tell(
        f"{counted(summary.records, 'record')}, {counted(summary.effects, 'effect')} of an allele on a gene; "
        f"largest delta score: {reached or 'all below 0.2'}."
    )
    screen.line(f"Results: {out}")
