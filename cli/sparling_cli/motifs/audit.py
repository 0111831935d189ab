"""``sparling motifs audit``: which assumptions hold on these data, and which motifs can be believed."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sparling.locks import refuse_held
from sparling.plurals import counted
from sparling_cli.options import INPUT, RUN, Bed, GenomeFile, Quiet, Verbose
from sparling_cli.screen import Screen, resumable

if TYPE_CHECKING:
    from sparling_genomics.audit.audit import Audit

Moved = typer.Option(metavar="FILE", help="Where this file lies by now, if not where it was.", rich_help_panel=INPUT)


def audit(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN", show_default=False)],
    fasta: Annotated[Path | None, Moved] = None,
    negatives: Annotated[Path | None, Moved] = None,
    labels: Annotated[Path | None, Moved] = None,
    bed: Bed = None,
    genome: GenomeFile = None,
    peaks: Annotated[Path | None, Moved] = None,
    exclude: Annotated[Path | None, Moved] = None,
    null: Annotated[
        bool,
        typer.Option(
            "--null/--no-null",
            help=r"Also train once on shuffled sequences: about as long as RUN. \[default: yes]",
            show_default=False,
            rich_help_panel=RUN,
        ),
    ] = True,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Check a run's motifs: overlap, necessity, independence, composition, seeds, and a run on shuffled sequences."""
    from sparling_cli.checks import check_moved, check_run

    screen = Screen(quiet, verbose)
    run = check_run(run)
    refuse_held(run)
    files = {"fasta": fasta, "negatives": negatives, "labels": labels}
    moved = check_moved(run, files | {"bed": bed, "genome": genome, "peaks": peaks, "exclude": exclude})
    screen.say(f"Reading {run} …")
    from sparling_cli.progress import TrainingDisplay
    from sparling_genomics.audit.running import audit_run
    from sparling_genomics.pages.report import REPORT

    words = sys.argv[1:]
    with resumable("sparling", *words), TrainingDisplay(screen, whole="null run") as display:
        result = audit_run(run, shlex.join(["sparling", *words]), null, display.begin, screen.say, moved)
    print_audit(screen, result)
    screen.line(f"Report: {run / REPORT}")
    of_train = {"peaks": ("--background", f"peaks:{moved.get('peaks')}")}
    again = [word for name, path in moved.items() for word in of_train.get(name, (f"--{name}", path))]
    if result.figures and result.figures[0].runs is None:
        screen.next_steps(
            (
                ["sparling", "motifs", "train", "--resume", "--out", run, "--seeds", 3, *again],
                "do they come back? Then audit again",
            )
        )


def print_audit(screen: Screen, result: "Audit") -> None:
    """Plain words first, the numbers behind."""
    from sparling_genomics.audit.words import findings, headline

    screen.tell(headline(result))
    for f, verdict in zip(result.figures, result.verdicts, strict=True):
        notes = f" (note: {'; '.join(verdict.notes)})" if verdict.notes else ""
        screen.tell(f"  {f.motif_id} {f.consensus}: {verdict.text}{notes}")
    for finding in findings(result):
        screen.tell(f"{finding.question}: {finding.answer}. {finding.text}")
    if result.figures:
        screen.show(_table(result))


def _table(result: "Audit") -> Table:
    from sparling.pages import decimals, percent

    table = Table(box=None, pad_edge=False)
    for title in ("motif", "matrix of", "bits", "test", "E", "alpha", "overlap", "chance", "composition", "seeds"):
        table.add_column(title, justify="left" if title == "motif" else "right", no_wrap=True)
    for f in result.figures:
        table.add_row(
            f.motif_id,
            counted(f.sites, "site"),
            f"{f.information:.1f}",
            f"{f.test_bound:,}/{f.test_unbound:,}",
            f"{f.e:.0e}",
            decimals(f.alpha, 2),
            percent(f.overlap),
            percent(f.overlap_by_chance),
            percent(f.explained),
            "–" if f.found is None else f"{f.found}/{f.runs}",
        )
    return table
