"""``sparling align``: concepts that several models share."""

from pathlib import Path
from typing import Annotated

import typer

from sparling_cli.options import INPUT, RUN, Device, Quiet
from sparling_cli.screen import Screen

Runs = typer.Argument(help="Folders of finished runs, two or more.", metavar="RUN...", show_default=False)
OutFolder = typer.Option("--out", metavar="FOLDER", help="Folder of results.", rich_help_panel=RUN)
ForceFolder = typer.Option("--force", help="Replace the folder of results if there is one.", rich_help_panel=RUN)
Looked = typer.Option(
    "--fasta",
    metavar="FILE",
    help=r"Sequences to look at. \[default: the runs' own test sides]",
    rich_help_panel=INPUT,
    show_default=False,
)
Seed = typer.Option("--seed", metavar="N", help="Seed of everything random.", rich_help_panel=RUN)


def align(
    runs: Annotated[list[Path], Runs],
    fasta: Annotated[Path | None, Looked] = None,
    out: Annotated[Path, OutFolder] = Path("align"),
    seed: Annotated[int, Seed] = 0,
    device: Device = None,
    force: Annotated[bool, ForceFolder] = False,
    quiet: Quiet = False,
) -> None:
    """Put several models into one sparse latent space (SPARC): which concepts they share, and which one has alone."""
    from sparling_cli.align.runs import align_finished_runs

    align_finished_runs(runs, out, Screen(quiet), fasta=fasta, seed=seed, device=device, force=force)
