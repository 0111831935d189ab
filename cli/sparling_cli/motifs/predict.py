"""``sparling motifs predict``: how likely sequences are bound, and what each motif contributes."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparling.plurals import counted
from sparling_cli.options import INPUT, RUN, Bed, Fasta, GenomeFile, Quiet
from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_genomics.files.fasta import FreeNames

TableOut = typer.Option(
    "--out", metavar="FILE", help=r"Table to write; .gz compresses. \[default: stdout]", rich_help_panel=RUN
)
AroundSummit = typer.Option(
    "--size",
    metavar="BP",
    min=1,
    help=r"Read so much around each summit, or middle. \[default: as the run did]",
    rich_help_panel=INPUT,
)
ForceFile = typer.Option("--force", help="Replace the file if there is one.", rich_help_panel=RUN)


def predict(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN", show_default=False)],
    fasta: Fasta = None,
    bed: Bed = None,
    genome: GenomeFile = None,
    size: Annotated[int | None, AroundSummit] = None,
    out: Annotated[Path | None, TableOut] = None,
    force: Annotated[bool, ForceFile] = False,
    quiet: Quiet = False,
) -> None:
    """Predict how likely each sequence is bound, and what each motif contributes to it, as a table."""
    from sparling_cli.checks import NO_MOTIF, check_new, check_run, has_motifs
    from sparling_cli.motifs.checks import check_prediction

    screen = Screen(quiet)
    run = check_run(run)
    check_prediction(fasta, bed, genome, size)
    check_new("--out", out, force, run, fasta, bed, genome)
    screen.say(f"Reading {run} …")
    if not has_motifs(run):
        screen.say(NO_MOTIF)
    from sparling_genomics.data.given import fasta_in_parts, regions_in_parts
    from sparling_genomics.files.bed import read_regions
    from sparling_genomics.files.bgzip import text_written
    from sparling_genomics.files.fasta import FreeNames
    from sparling_genomics.files.genome import open_genome
    from sparling_genomics.letters.alphabet import ALPHABETS
    from sparling_genomics.runs.finished import load_stored
    from sparling_genomics.runs.train import LONGEST
    from sparling_genomics.scan.predictions import prediction_lines, size_for

    stored, names = load_stored(run), FreeNames()
    alphabet = ALPHABETS[stored.network.alphabet]
    if bed is not None and genome is not None:
        opened = open_genome(genome)
        for sentence in opened.noticed:
            screen.say(sentence)
        regions = read_regions(bed, opened)
        around = size_for(stored, regions, size)
        if around is not None:
            why = "" if size is not None else ", as of the run's sequences; --size says otherwise"
            screen.say(f"{around:,} bp around each summit, or middle, are read{why}")
        parts = regions_in_parts(bed, regions, opened, alphabet, LONGEST, around)
    else:
        parts = fasta_in_parts(fasta or "", alphabet, LONGEST, names)
    lines = prediction_lines(stored, parts, on_genome=fasta is None)
    if out is None:
        sys.stdout.writelines(lines)
        _say_renamed(screen, names)
        return
    number = -1  # the first line is that of columns
    with text_written(out) as file:
        for line in lines:
            file.write(line)
            number += 1
    _say_renamed(screen, names)
    screen.line(f"{counted(number, 'sequence')}: {out}")


def _say_renamed(screen: Screen, names: "FreeNames") -> None:
    if names.renamed:
        screen.say(f"{counted(names.renamed, 'sequence')} {names.SAID}.")
