"""Options that several commands share, those of a training, the panels they stand in, and the look of the help."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sparling_cli.data.names import background_taken, files_and, taken

INPUT, SEARCH, RUN = "Input", "Search", "Run and output"
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
        help="Regions of a genome: BED or narrowPeak, plain or gzip, or a recipe.",
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
        help=r"Read so much around each summit, or middle. \[default: 101 around summits, else regions as they are]",
        rich_help_panel=INPUT,
    ),
]
Top = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"The N regions of the highest scores. \[default: all]", rich_help_panel=INPUT),
]
Background = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Unbound: genome (windows alike in length, GC and repeats), flanks (beside the regions), peaks:FILE "
        r"(of other factors) or shuffle. \[default: genome, with --bed]",
        rich_help_panel=INPUT,
        callback=background_taken,
        autocompletion=lambda: ["genome", "flanks", "peaks:", "shuffle"],
    ),
]
Signal = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Learn a value for each region of --bed instead: its signal in this track (bigWig).",
        rich_help_panel=INPUT,
    ),
]
SignalSummary = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"Signal of a region: log-mean, which is log(1 + mean), mean or max. \[default: log-mean]",
        rich_help_panel=INPUT,
        autocompletion=lambda: ["log-mean", "mean", "max"],
    ),
]
Exclude = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Regions that are not read, such as a blacklist: BED.", rich_help_panel=INPUT),
]
TestChroms = Annotated[
    str | None,
    typer.Option(
        metavar="NAMES",
        help=r"Chromosomes of the test side, as chr8,chr9. \[default: about a tenth of all]",
        rich_help_panel=INPUT,
    ),
]
Versus = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE_OR_NAME",
        callback=taken("peaks"),
        autocompletion=files_and("peaks"),
        help="What tells the sequences or regions from those of this file, and the reverse: two runs in --out.",
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
        help="TSV with a header line: name, then labels (0, 1), values, NA, weight.",
        rich_help_panel=INPUT,
    ),
]
AlphabetName = Annotated[
    str | None,
    typer.Option(
        "--alphabet",
        metavar="NAME",
        help=r"dna (both strands) or rna. \[default: rna where letters are U]",
        rich_help_panel=INPUT,
        autocompletion=lambda: ["dna", "rna"],
    ),
]
Norc = Annotated[
    bool | None,
    typer.Option("--norc", help="Read the given strand alone (stranded DNA: TSS, SELEX).", rich_help_panel=INPUT),
]
DATABASE = typer.Option(
    "--db",
    metavar="FILE_OR_NAME",
    help="Motif database: MEME, JASPAR, TRANSFAC or HOMER, or a recipe.",
    rich_help_panel=INPUT,
    callback=taken("motifs"),
    autocompletion=files_and("motifs"),
)
Database = Annotated[Path | None, DATABASE]
MostMotifs = Annotated[
    int | None,
    typer.Option(
        "--motifs",
        metavar="N",
        help=r"Most motifs to report, those that explain most. \[default: as many as hold]",
        rich_help_panel=SEARCH,
    ),
]
SitesPerSeq = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help=r"Sites that a bound sequence shall have, of all motifs. \[default: all that are likelier than chance]",
        rich_help_panel=SEARCH,
    ),
]
Starting = Annotated[
    str | None,
    typer.Option(
        "--start",
        metavar="NAME",
        help=r"seeds (words that bound sequences have more often) or nothing (at random). \[default: seeds]",
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
        help="Known matrices that channels start as, instead of words: MEME, JASPAR, TRANSFAC or HOMER, 64 at most.",
        rich_help_panel=SEARCH,
    ),
]
Freeze = Annotated[
    bool | None,
    typer.Option(
        "--freeze", help="Leave those matrices as they are; only thresholds and readout learn.", rich_help_panel=SEARCH
    ),
]
Width = Annotated[
    int | None,
    typer.Option(
        metavar="BP",
        help=r"Receptive field, odd. \[default: 21; RNA 15; at most half of a short sequence]",
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
        help=r"Runs with different seeds, to see which motifs come back. \[default: 1]",
        rich_help_panel=SEARCH,
    ),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help=r"Minutes for both trainings of a run together. \[default: as long as they take]",
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
