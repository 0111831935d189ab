"""``sparling splice predict``: donors and acceptors along sequences, regions or transcripts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparling.plurals import agreeing, counted
from sparling_cli.options import INPUT, RUN, SEARCH, Bed, Device, Fasta, GenomeFile, Quiet
from sparling_cli.screen import Screen
from sparling_cli.splice.check import ANNOTATION, ForceSites

if TYPE_CHECKING:
    from sparling_genomics.splicing.calls.stretches import Noticed

RunFolder = Annotated[
    Path, typer.Argument(help="Folder of a finished run of sparling splice train.", metavar="RUN", show_default=False)
]
BiotypeOfRun = Annotated[
    str | None,
    typer.Option(
        "--biotype",
        metavar="NAME",
        help=r"Genes of this biotype, where the file says any; or all. \[default: that of the run]",
        rich_help_panel=INPUT,
    ),
]
ForceFile = Annotated[bool, typer.Option("--force", help="Replace the file if there is one.", rich_help_panel=RUN)]
SitesOut = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Sites to write: BED where it ends in .bed or .bed.gz, else a table; .gz in blocks.",
        rich_help_panel=RUN,
    ),
]
BothStrands = Annotated[
    bool,
    typer.Option(
        "--both-strands", help="Of --fasta read both strands, as of genomic DNA; else as given.", rich_help_panel=SEARCH
    ),
]
Least = Annotated[
    float,
    typer.Option("--least", metavar="P", help="Sites of at least this probability.", rich_help_panel=SEARCH),
]


def predict(
    run: RunFolder,
    *,
    fasta: Fasta = None,
    genome: GenomeFile = None,
    bed: Bed = None,
    annotation: Annotated[Path | None, ANNOTATION] = None,
    biotype: BiotypeOfRun = None,
    force_sites: ForceSites = False,
    both_strands: BothStrands = False,
    least: Least = 0.1,
    out: SitesOut,
    device: Device = None,
    force: ForceFile = False,
    quiet: Quiet = False,
) -> None:
    """Predict where introns begin and end: donors and acceptors with their probability."""
    from sparling.errors import InputError
    from sparling_cli.checks import check_device, check_new
    from sparling_cli.splice.checks import check_predict

    screen = Screen(quiet)
    check_device(device)
    check_predict(run, fasta, genome, bed, annotation, least)
    if both_strands and fasta is None:
        raise InputError("--both-strands is of --fasta; regions and genes say their strand")
    if biotype is not None and annotation is None:
        raise InputError("--biotype needs --annotation")
    if force_sites and annotation is None:
        raise InputError("--force-sites needs --annotation")
    check_new("--out", out, force, run, fasta, genome, bed, annotation)
    screen.say(f"Reading {run} …")
    from sparling_genomics.files.genome import open_genome
    from sparling_genomics.splicing.calls.predict import write_predictions
    from sparling_genomics.splicing.calls.predictor import load_predictor
    from sparling_genomics.splicing.calls.stretches import FastaStretches, GenomeStretches, of_genes, of_regions

    predictor = load_predictor(run, device or "auto")
    stretches: FastaStretches | GenomeStretches
    if genome is None:
        stretches = FastaStretches(fasta or Path(), predictor.context, both_strands)
    else:
        opened = open_genome(genome)
        for sentence in opened.noticed:
            screen.say(sentence)
        if annotation is not None:
            from sparling_cli.splice.genes import used_genes

            genes = used_genes(screen, run, annotation, opened, biotype, force_sites)
            stretches = of_genes(genes, opened, predictor.context)
        else:
            stretches, without = of_regions(bed or Path(), opened, predictor.context)
            if without:
                screen.say(f"{counted(without, 'region')} {agreeing(without, 'has', 'have')} no strand: both are read.")
    summary = write_predictions(predictor, stretches, out, least)
    _notice(screen, stretches.noticed, predictor.context)
    if summary.outside:
        have = agreeing(summary.outside, "has its", "have their")
        screen.say(f"{counted(summary.outside, 'site')} {have} intron beyond the sequence: not in BED.")
    found = " and ".join(counted(summary.found[kind], kind) for kind in ("donor", "acceptor"))
    screen.line(f"{found} of P >= {least:g} in {summary.positions:,} nt: {out}")


def _notice(screen: Screen, noticed: "Noticed", context: int) -> None:
    """What a FASTA file has that the user should know of."""
    read = counted(noticed.sequences, "sequence")
    if noticed.short:
        screen.say(
            f"{noticed.short:,} of {read} {agreeing(noticed.short, 'is', 'are')} shorter than the {2 * context + 1} nt "
            "that the network sees of a position; column context says which share of these there was."
        )
    if noticed.empty:
        screen.say(f"{noticed.empty:,} of {read} {agreeing(noticed.empty, 'is', 'are')} empty.")
    if noticed.renamed:
        have = agreeing(noticed.renamed, "has", "have")
        screen.say(
            f"{counted(noticed.renamed, 'sequence')} {have} a name that was used before: numbered, as a, a_2, a_3."
        )
