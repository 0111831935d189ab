"""``sparling motifs audit``: which assumptions hold on these data, and which motifs can be believed."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from sparling_genomics.audit.audit import Audit


def audit(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    null: Annotated[
        bool,
        typer.Option("--null/--no-null", help="Also train once on shuffled sequences: about as long as RUN."),
    ] = True,
) -> None:
    """Check a run's motifs: overlap, necessity, independence, composition, seeds, and a run on shuffled sequences."""
    from sparling_cli.progress import TrainingDisplay
    from sparling_genomics.audit.audit import audit_run
    from sparling_genomics.audit.page import write_audit_page

    console = Console(stderr=True)
    command = shlex.join(["sparling", *sys.argv[1:]])
    with TrainingDisplay(console) as display:
        result = audit_run(run, command, null, display.begin, lambda text: console.print(text, highlight=False))
    print_audit(Console(), result)
    page = write_audit_page(run, result)
    Console().print(f"Audit: {page}", highlight=False, soft_wrap=True, markup=False)


def print_audit(console: Console, result: "Audit") -> None:
    """Plain words first, the numbers behind."""
    from sparling_genomics.audit.words import findings, headline

    console.print(headline(result), highlight=False)
    for f, verdict in zip(result.figures, result.verdicts, strict=True):
        notes = f" (note: {'; '.join(verdict.notes)})" if verdict.notes else ""
        console.print(f"  {f.motif_id} {f.consensus}: {verdict.text}{notes}", highlight=False, soft_wrap=True)
    for finding in findings(result):
        console.print(f"{finding.question}: {finding.answer}. {finding.text}", highlight=False, soft_wrap=True)
    if result.figures:
        console.print(_table(result))


def _table(result: "Audit") -> Table:
    from sparling.pages import decimals, percent

    table = Table(box=None, pad_edge=False)
    for title in ("motif", "sites", "bits", "held out", "E", "alpha", "overlap", "chance", "composition", "seeds"):
        table.add_column(title, justify="left" if title == "motif" else "right", no_wrap=True)
    for f in result.figures:
        table.add_row(
            f.motif_id,
            f"{f.sites:,}",
            f"{f.information:.1f}",
            f"{f.held_out_bound:,}/{f.held_out_unbound:,}",
            f"{f.e:.0e}",
            decimals(f.alpha, 2),
            percent(f.overlap),
            percent(f.overlap_by_chance),
            percent(f.explained),
            "–" if f.found is None else f"{f.found}/{f.runs}",
        )
    return table
