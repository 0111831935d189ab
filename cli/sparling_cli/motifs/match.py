"""``sparling motifs match``: names of motifs from a database."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from sparling.locks import locked
from sparling_cli.options import DATABASE, DatabaseTaxon, Quiet
from sparling_cli.screen import Screen


def match(
    source: Annotated[
        Path, typer.Argument(help="Run folder, or a file of motifs.", metavar="RUN_OR_MEME", show_default=False)
    ],
    db: Annotated[Path, DATABASE],
    db_taxon: DatabaseTaxon = None,
    quiet: Quiet = False,
) -> None:
    """Name motifs by the families of their matches in a database (Tomtom): p, E and q values."""
    from sparling_cli.checks import check_run, check_text, has_audit

    screen = Screen(quiet)
    check_text("db", db)
    is_run = source.is_dir()
    if is_run:
        source = check_run(source)
    else:
        check_text("source", source)
    screen.say(f"Reading {db} …")
    from sparling_cli.summary import print_matches
    from sparling_genomics.naming.tomtom import is_compiled
    from sparling_genomics.runs.matching import match_motifs

    if not is_compiled():
        screen.say("The motif comparison is compiled first (a minute, once a machine)")
    with locked(source) if is_run else nullcontext():
        named = match_motifs(source, db, db_taxon)
    print_matches(screen, *named)
    if is_run:
        screen.line(f"Report: {source / 'report.html'}")
        if has_audit(source):
            screen.next_steps((["sparling", "motifs", "audit", source], "which ones to believe"))
