"""Options that several commands share, the panels they stand in, and the look of the help."""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

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
