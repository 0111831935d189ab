"""``sparling motifs variants``: what variants change: predictions, and sites gained, lost and changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparling.plurals import counted
from sparling_cli.options import INPUT, RUN, GenomeFile, Quiet
from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_genomics.variants.flow import Summary

Vcf = typer.Option(
    "--vcf", metavar="FILE", help="Variants: VCF, plain or bgzip, or BCF; needs --genome.", rich_help_panel=INPUT
)
Pairs = typer.Option(
    "--pairs",
    metavar="FILE",
    help="Instead: TSV of two sequences each; columns name, reference, alternative.",
    rich_help_panel=INPUT,
)
Sample = typer.Option(
    "--sample",
    metavar="NAME",
    help="Alleles of this sample alone, neighbours on one haplotype together (phased genotypes).",
    rich_help_panel=INPUT,
)
Strict = typer.Option(
    "--strict", help="A reference that is not the genome's is an error, not skipped.", rich_help_panel=INPUT
)
OutFolder = typer.Option(
    "--out", metavar="FOLDER", help=r"Folder of results. \[default: NAME_variants]", rich_help_panel=RUN
)
Pictures = typer.Option(
    "--pictures", metavar="N", help="Draw the N largest changes.", rich_help_panel=RUN, min=0, show_default=True
)
Named = typer.Option(
    "--picture", metavar="NAME", help="Draw this variant too: ID or CHROM:POS. May be repeated.", rich_help_panel=RUN
)
ForceFolder = typer.Option("--force", help="Replace the folder of results if there is one.", rich_help_panel=RUN)


def variants(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN", show_default=False)],
    vcf: Annotated[Path | None, Vcf] = None,
    genome: GenomeFile = None,
    pairs: Annotated[Path | None, Pairs] = None,
    sample: Annotated[str | None, Sample] = None,
    strict: Annotated[bool, Strict] = False,
    out: Annotated[Path | None, OutFolder] = None,
    pictures: Annotated[int, Pictures] = 5,
    picture: Annotated[list[str] | None, Named] = None,
    force: Annotated[bool, ForceFolder] = False,
    quiet: Quiet = False,
) -> None:
    """Say what variants change: the prediction, and sites gained, lost, stronger and weaker."""
    from sparling_cli.checks import NO_MOTIF, check_outside, check_results, check_run, has_motifs
    from sparling_cli.motifs.checks import check_variants

    screen = Screen(quiet)
    run = check_run(run)
    source = check_variants(vcf, genome, pairs, sample, strict=strict)
    place = Path(f"{source.name.removesuffix('.gz').rsplit('.', 1)[0]}_variants") if out is None else out
    from sparling_genomics.files.vcf import open_variants

    check_results(place, "variants.tsv", force)
    check_outside(place, {"vcf": vcf, "genome": genome, "pairs": pairs, "run": run})
    opened = None if vcf is None else open_variants(vcf)
    screen.say(f"Reading {run} …")
    if not has_motifs(run):
        screen.say(NO_MOTIF)
    from sparling_genomics.files.genome import open_genome
    from sparling_genomics.runs.finished import load_stored
    from sparling_genomics.variants.flow import from_pairs, from_vcf, write_variants

    stored = load_stored(run)
    if opened is not None and genome is not None:
        reader = open_genome(genome)
        for sentence in reader.noticed:
            screen.say(sentence)
        records = from_vcf(stored, opened, reader, sample)
        if not stored.network.both_strands:
            screen.say("The run reads one strand: that of the genome as it is written")
        screen.say(f"Windows of {records.window} bp, as long as the run's sequences (median), around each variant")
    else:
        records = from_pairs(source)
    summary = write_variants(stored, records, place, strict=strict, pictures=pictures, named=picture or ())
    _print_summary(screen, summary, place)


def _print_summary(screen: Screen, summary: "Summary", place: Path) -> None:
    screen.tell(
        f"{counted(summary.scored, 'allele')}: the prediction moves in {summary.moved:,}; "
        f"sites: {summary.sites['gained']:,} gained, {summary.sites['lost']:,} lost, "
        f"{summary.sites['changed']:,} changed."
    )
    for reason, number in summary.skipped.items():
        detail, line = summary.first_skipped[reason]
        first = ", ".join(word for word in (detail, f"line {line}" if line else "") if word)
        screen.tell(f"{number:,} skipped: {reason}{f' (first: {first})' if first else ''}.")
    if not summary.indexed:
        screen.tell("The records are not sorted by place: variants.vcf.gz has no index.")
    screen.line(f"Results: {place}")
