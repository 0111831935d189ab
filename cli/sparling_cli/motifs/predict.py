"""``sparling motifs predict``: how likely sequences are bound, and what each motif contributes."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparling_cli.options import INPUT, RUN, Fasta, Quiet
from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_genomics.data.dataset import SequenceDataset
    from sparling_genomics.runs.finished import StoredRun

Bed = typer.Option("--bed", metavar="FILE", help="Regions: BED or narrowPeak; needs --genome.", rich_help_panel=INPUT)
GenomeFile = typer.Option("--genome", metavar="FILE", help="Genome: FASTA, plain or bgzip.", rich_help_panel=INPUT)
TableOut = typer.Option(
    "--out", metavar="FILE", help=r"Table to write; .gz compresses. \[default: stdout]", rich_help_panel=RUN
)
ForceFile = typer.Option("--force", help="Replace the file if there is one.", rich_help_panel=RUN)


def predict(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN", show_default=False)],
    fasta: Fasta = None,
    bed: Annotated[Path | None, Bed] = None,
    genome: Annotated[Path | None, GenomeFile] = None,
    out: Annotated[Path | None, TableOut] = None,
    force: Annotated[bool, ForceFile] = False,
    quiet: Quiet = False,
) -> None:
    """Predict how likely each sequence is bound, and what each motif contributes to it, as a table."""
    from sparling_cli.checks import check_prediction, check_run

    screen = Screen(quiet)
    run = check_run(run)
    check_prediction(fasta, bed, genome, out, force=force)
    screen.say(f"Reading {run} …")
    from sparling_genomics.data.given import fasta_in_parts
    from sparling_genomics.letters.alphabet import ALPHABETS
    from sparling_genomics.runs.finished import load_stored
    from sparling_genomics.runs.train import LONGEST
    from sparling_genomics.scan.predictions import prediction_lines

    stored = load_stored(run)
    alphabet = ALPHABETS[stored.network.alphabet]
    if bed is not None and genome is not None:
        from sparling_genomics.data.regions_in_parts import regions_in_parts

        parts = regions_in_parts(bed, genome, alphabet, LONGEST)
    else:
        parts = fasta_in_parts(fasta, alphabet, LONGEST)
