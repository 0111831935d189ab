"""``sparling motifs report``: the page of a run, drawn anew."""

from pathlib import Path
from typing import Annotated

import typer

from sparling.locks import locked
from sparling_cli.options import Quiet
from sparling_cli.screen import Screen


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN", show_default=False)],
    quiet: Quiet = False,
) -> None:
    """Make the page of a run anew from the files in its folder; the sequences are not needed."""
    from sparling_cli.checks import check_run

    screen = Screen(quiet)
    run = check_run(run)
    screen.say(f"Drawing the report of {run} …")
    from sparling_genomics.pages.report import write_report

    with locked(run):
        page = write_report(run)
    screen.line(f"Report: {page}")
