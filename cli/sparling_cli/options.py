"""Options that several commands share, those of a training, the panels they stand in, and the look of the help."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sparling_cli.data.names import background_taken, files_and, taken

INPUT, REGIONS, SEARCH, RUN = "Input", "Regions of a genome", "Search", "Run and output"
"""Panels of the help."""
DEVICES = ("auto", "cpu", "cuda")

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Results and errors only.", rich_help_panel=RUN)]
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show every evaluation in full.", rich_help_panel=RUN),
]
Force = Annotated[
    bool,
    typer.Option("--force", help="Replace the run folder if there is one.", rich_help_panel=RUN),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the interrupted run in --out.", rich_help_panel=RUN),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"auto, cpu or cuda. \[default: auto]",
        rich_help_panel=RUN,
        autocompletion=lambda: list(DEVICES),
    ),
]


Fasta = Annotated[
    Path | None,
    typer.Option("--fasta", metavar="FILE", help="Sequences: FASTA, plain or gzip.", rich_help_panel=INPUT),
]
Bed = Annotated[
    Path | None,
    typer.Option(
        "--bed",
        "--narrowpeak",
        metavar="FILE_OR_NAME",
        help="Regions of a genome: BED, narrowPeak or a recipe.",
        rich_help_panel=INPUT,
        callback=taken("peaks"),
        autocompletion=files_and("peaks"),
    ),
]
GENOME = typer.Option(
    "--genome",
    metavar="FILE_OR_NAME",
    help="The genome: FASTA, plain or bgzip, or a recipe.",
    rich_help_panel=INPUT,
    callback=taken("genome"),
    autocompletion=files_and("genome"),
)
GenomeFile = Annotated[Path | None, GENOME]
Size = Annotated[
    int | None,
    typer.Option(
        metavar="BP",
        help=r"bp around each summit or middle. \[default: 101 at summits]",
        rich_help_panel=REGIONS,
    ),
]
Top = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"The N regions of the highest scores. \[default: all]", rich_help_panel=REGIONS),
]
Background = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"Unbound: genome, flanks, peaks:FILE or shuffle. \[default: genome]",
        rich_help_panel=REGIONS,
        callback=background_taken,
        autocompletion=lambda: ["genome", "flanks", "peaks:", "shuffle"],
    ),
]
Signal = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Learn the signal of this track (bigWig) instead.",
        rich_help_panel=REGIONS,
    ),
]
SignalSummary = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"Of a region: log-mean, mean or max. \[default: log-mean]",
        rich_help_panel=REGIONS,
        autocompletion=lambda: ["log-mean", "mean", "max"],
    ),
]
Exclude = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Regions that are not read (blacklist): BED.", rich_help_panel=REGIONS),
]
TestChroms = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help=r"Test side, as chr8,chr9. \[default: about a tenth]",
        rich_help_panel=REGIONS,
    ),
]
Versus = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE_OR_NAME",
        callback=taken("peaks"),
        autocompletion=files_and("peaks"),
        help="Another set: what differs, either way, in two runs.",
        rich_help_panel=INPUT,
    ),
]
Negatives = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help=r"FASTA of unbound sequences. \[default: shuffled copies]", rich_help_panel=INPUT
    ),
]
Labels = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="TSV: name, then columns of 0 and 1, or values.",
        rich_help_panel=INPUT,
    ),
]
AlphabetName = Annotated[
    str | None,
    typer.Option(
        "--alphabet",
        metavar="NAME",
        help=r"dna or rna. \[default: rna where letters are U]",
        rich_help_panel=INPUT,
        autocompletion=lambda: ["dna", "rna"],
    ),
]
Norc = Annotated[
    bool | None,
    typer.Option("--norc", help="Read the given strand alone (stranded DNA).", rich_help_panel=INPUT),
]
DATABASE = typer.Option(
    "--db",
    metavar="FILE_OR_NAME",
    help="Motif database (MEME, JASPAR, HOMER, …) or a recipe.",
    rich_help_panel=INPUT,
    callback=taken("motifs"),
    autocompletion=files_and("motifs"),
)
Database = Annotated[Path | None, DATABASE]
DatabaseTaxon = Annotated[
    str | None,
    typer.Option(
        "--db-taxon",
        metavar="NAMES",
        help=r"Names from these alone. \[default: best fit]",
        rich_help_panel=INPUT,
        autocompletion=lambda: ["vertebrates", "plants", "insects", "fungi", "nematodes", "urochordates"],
    ),
]
MostMotifs = Annotated[
    int | None,
    typer.Option(
        "--motifs",
        metavar="N",
        help=r"Most motifs to report. \[default: as many as hold]",
        rich_help_panel=SEARCH,
    ),
]
SitesPerSeq = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help=r"Sites a bound sequence. \[default: all that are likelier than chance]",
        rich_help_panel=SEARCH,
    ),
]
Starting = Annotated[
    str | None,
    typer.Option(
        "--start",
        metavar="NAME",
        help=r"seeds (words) or nothing (at random). \[default: seeds]",
        rich_help_panel=SEARCH,
        autocompletion=lambda: ["seeds", "nothing"],
    ),
]
StartFrom = Annotated[
    Path | None,
    typer.Option(
        "--start-from",
        metavar="FILE_OR_NAME",
        callback=taken("motifs"),
        autocompletion=files_and("motifs"),
        help="Known matrices to refine: a motif file or a recipe.",
        rich_help_panel=SEARCH,
    ),
]
Freeze = Annotated[
    bool | None,
    typer.Option("--freeze", help="Leave those matrices as they are; fit thresholds only.", rich_help_panel=SEARCH),
]
Width = Annotated[
    int | None,
    typer.Option(
        metavar="BP",
        help=r"Receptive field, odd. \[default: 21; RNA 15; less if short]",
        rich_help_panel=SEARCH,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"Seed of everything random. \[default: 0]", rich_help_panel=SEARCH),
]
Seeds = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help=r"Runs with other seeds: what comes back? \[default: 1]",
        rich_help_panel=SEARCH,
    ),
]
MaxSamples = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Budget of training samples.",
        rich_help_panel=RUN,
    ),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help=r"Minutes for the trainings. \[default: what they take]",
        rich_help_panel=RUN,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="FOLDER", help=r"Run folder. \[default: NAME_motifs for NAME.fa]", rich_help_panel=RUN
    ),
]


class Command(TyperCommand):
    """A command in whose help flags and arguments have no type beside them, and ``--help`` is the last option."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its options, that for help the last."""
        params = _without_types(super().get_params(ctx))
        setattr(params[-1], "rich_help_panel", RUN)  # noqa: B010 (of typer's options alone, not of click's)
        return params


class Group(TyperGroup):
    """A group of commands in whose help flags have no type beside them."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Its options."""
        return _without_types(super().get_params(ctx))


def _without_types(params: list[Any]) -> list[Any]:
    for param in params:
        if getattr(param, "is_flag", False):
            param.metavar = ""
        elif param.param_type_name == "argument":
            param.display_type_rich = lambda ctx: None
    return params


def examples(*commands: str) -> str:
    """The epilogue of a command's help.

    >>> examples("sparling demo")
    'Examples:\\n$ sparling demo'
    """
    return "\n".join(["Examples:", *(f"$ {command}" for command in commands)])
