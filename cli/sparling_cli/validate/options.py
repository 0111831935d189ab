"""The options of `sparling validate`, and the names that they take."""

from pathlib import Path
from typing import Annotated

import typer

from sparling_cli.data.names import files_and, taken
from sparling_cli.options import RUN

WORLD = "World and method"
PRESETS = ("quick", "full", "paper")
SIZES = ("quick", "full")
"""Presets of concepts."""
VARIANTS = (
    "sparling",
    "shared",
    "no-inhibition",
    "no-recruitment",
    "published",
    "published-shared",
    "published-no-batchnorm",
    "published-annealing",
    "uncalibrated",
    "published-annealing-uncalibrated",
    "no-batchnorm",
    "no-batchnorm-shared",
    "fixed",
    "dense",
    "l1-0.1",
    "l1",
    "l1-2",
    "l1-5",
    "l1-10",
    "kl-0.01",
    "kl-0.1",
    "kl",
    "kl-10",
    "kl-100",
    "kl-1e3",
    "kl-1e4",
    "kl-1e5",
    "retrained-readout",
    "supervised",
    "top-k",
    "noise",
)
GRAMMARS = ("presence", "count", "order", "spacing", "strand", "and-not")
"""Names that the core knows, whose import takes seconds; a test compares them."""

PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help=r"quick (5 to 20 minutes), full, or paper (for a GPU). \[default: quick]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(PRESETS),
    ),
]
SizeName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help=r"quick (8 trainings, 2 to 4 minutes), or full (24, over k). \[default: quick]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(SIZES),
    ),
]
VariantName = Annotated[
    str | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help=rf"The method with one part changed: {', '.join(VARIANTS)}. \[default: sparling]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(VARIANTS),
    ),
]
Clips = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH_OR_NAME",
        callback=taken("sounds"),
        autocompletion=files_and("sounds"),
        help=r"Recordings of digits: a folder of WAV files named 7_jackson_0.wav, an npz file, or a recipe. "
        r"\[default: built-in]",
        rich_help_panel=WORLD,
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        "--held-out",
        metavar="NAMES",
        help=r"Test on these speakers, not heard in training, instead of other takes of all. \[default: none]",
        rich_help_panel=WORLD,
    ),
]
GrammarName = Annotated[
    str | None,
    typer.Option(
        "--grammar",
        metavar="NAME",
        help=r"presence, count, order, spacing, strand or and-not. \[default: order]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(GRAMMARS),
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"Seed of samples and training. \[default: 0]", rich_help_panel=WORLD),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help=r"Run folder. \[default: WORLD_WHAT_SEED]", rich_help_panel=RUN),
]
MaxSamples = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Budget of the training, of each world, in training samples, the same on any machine.",
        rich_help_panel=RUN,
    ),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(metavar="X", help="Time budget of the training, of each world, in minutes.", rich_help_panel=RUN),
]
OutOfAll = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help=r"Folder, with a run folder a world in it. \[default: validation_PRESET_SEED]",
        rich_help_panel=RUN,
    ),
]
