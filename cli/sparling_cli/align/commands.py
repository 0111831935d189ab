"""``sparling align``: the command and its options."""

from pathlib import Path
from typing import Annotated

import typer

from sparling.errors import InputError
from sparling_cli.options import INPUT, RUN, SEARCH, Device, Force, Quiet, Resume, Seed, Verbose

Runs = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Folders of finished motif runs, two or more, or streams by --stream.",
        metavar="RUN",
        show_default=False,
    ),
]
Looked = Annotated[
    Path | None,
    typer.Option(
        "--fasta",
        metavar="FILE",
        help=r"Of runs: sequences to look at. \[default: their own test sides]",
        rich_help_panel=INPUT,
    ),
]
StreamFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--stream",
        metavar="NAME=FILE",
        help="Features of the same samples: .npy or .safetensors.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
SampleLabels = Annotated[
    Path | None,
    typer.Option("--labels", metavar="FILE", help="TSV: sample, label.", rich_help_panel=INPUT),
]
Hierarchy = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="TSV: label, parent.", rich_help_panel=INPUT),
]
LatentCount = Annotated[
    int | None,
    typer.Option("--latents", metavar="N", help=r"Size of the common space. \[default: 1024]", rich_help_panel=SEARCH),
]
Active = Annotated[
    int | None,
    typer.Option("--k", metavar="N", help=r"Latents active in a sample. \[default: 32]", rich_help_panel=SEARCH),
]
FirstActive = Annotated[
    int | None,
    typer.Option("--initial-k", metavar="N", help=r"Anneal k from here. \[default: k]", rich_help_panel=SEARCH),
]
ChoiceName = Annotated[
    str | None,
    typer.Option(
        "--choice",
        metavar="NAME",
        help=r"Who chooses them: global or local TopK. \[default: global]",
        rich_help_panel=SEARCH,
        autocompletion=lambda: ["global", "local"],
    ),
]
Cross = Annotated[
    float | None,
    typer.Option(metavar="X", help=r"Weight of cross-reconstruction. \[default: 1]", rich_help_panel=SEARCH),
]
Epochs = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"Passes through the samples. \[default: 20 or more]", rich_help_panel=SEARCH),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(metavar="X", help=r"Minutes of training. \[default: what it takes]", rich_help_panel=RUN),
]
Out = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder of results.", rich_help_panel=RUN)]


def align(
    runs: Runs = None,
    fasta: Looked = None,
    stream: StreamFiles = None,
    labels: SampleLabels = None,
    hierarchy: Hierarchy = None,
    latents: LatentCount = None,
    k: Active = None,
    initial_k: FirstActive = None,
    choice: ChoiceName = None,
    cross: Cross = None,
    epochs: Epochs = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    out: Out = Path("align"),
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Put several models into one sparse latent space: which concepts do they share, and which has only one?"""
    from sparling_cli.align.runs import AskedOfRuns, align_runs
    from sparling_cli.align.streams import Asked, align_streams

    asked = {
        "latents": latents,
        "k": k,
        "initial_k": initial_k,
        "choice": choice,
        "cross": cross,
        "epochs": epochs,
        "seed": seed,
        "max_minutes": max_minutes,
    }
    given: dict[str, object] = {name: value for name, value in asked.items() if value is not None}
    if runs:
        others = {"stream": stream, "labels": labels, "hierarchy": hierarchy, "resume": resume or None} | given
        align_runs(AskedOfRuns(tuple(runs), fasta, seed, device, out, force), others, quiet, verbose)
        return
    if fasta is not None:
        raise InputError("--fasta is for runs, which come first: sparling align RUN RUN --fasta FILE")
    if not (stream or resume):
        raise InputError("two runs or more are aligned, or streams of --stream NAME=FILE; got none")
    align_streams(Asked(tuple(stream or ()), labels, hierarchy, given, device, out, force, resume), quiet, verbose)
