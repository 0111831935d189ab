"""What a command prints when it is done."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sparling.training.checkpoint import read_json
from sparling_genomics.files.rows import Match
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.naming.tomtom import FEW_TARGETS
from sparling_genomics.runs.companions import Agreed
from sparling_genomics.runs.run_folder import RESULT


def print_summary(console: Console, out: Path, seconds: float) -> None:
    """The motifs of a run folder as a table, and one sentence."""
    rows = read_motifs_tsv(out / "motifs.tsv")
    if rows:
        table = Table(box=None, pad_edge=False)
        for title in ("motif", "consensus", "sites", "in bound", "E", "AUROC", "best match", "q"):
            table.add_column(title, justify="left" if title in ("motif", "consensus", "best match") else "right")
        for row in rows:
            q = "" if row.match_q is None else f"{row.match_q:.1e}"
            share = f"{row.bound_fraction or 0:.1%}"
            name = row.match_name or row.best_match
            enrichment = "" if row.e_value is None else f"{row.e_value:.0e}"
            cells = (f"{row.n_sites:,}", share, enrichment, f"{row.auroc or 0:.3f}", name, q)
            table.add_row(row.motif_id, row.consensus, *cells)
        console.print(table)
    console.print(read_json(out / RESULT)["message"], highlight=False)
    console.print(f"{seconds:.0f} s. Report: {out / 'report.html'}", highlight=False, soft_wrap=True)


def print_agreement(console: Console, lines: Sequence[Agreed]) -> None:
    """In how many of the seeds each motif came back."""
    told = ", ".join(f"{line.motif_id} in {line.found}" for line in lines)
    runs = lines[0].runs if lines else 0
    text = f"Of {runs} seeds, the motif came back: {told}." if lines else "There is no motif to find with other seeds."
    console.print(text, highlight=False)


def print_matches(console: Console, matches: Sequence[tuple[str, str, Match | None]], n_targets: int) -> None:
    """One line a motif: its id, consensus and best match, and a word on a database of few motifs."""
    table = Table(box=None, pad_edge=False)
    for title in ("motif", "consensus", "best match", "name", "p", "E", "q"):
        table.add_column(title, justify="right" if title in "pEq" else "left")
    for name, consensus, match in matches:
        if match is None:
            table.add_row(name, consensus, "none")
        else:
            numbers = (f"{value:.1e}" for value in (match.p, match.e, match.q))
            table.add_row(name, consensus, match.target, match.target_name, *numbers)
    console.print(table if matches else "No motifs to match.")
    if 0 < n_targets < FEW_TARGETS:
        console.print(
            f"With only {n_targets} motifs in the database, p-values are rough; {FEW_TARGETS} or more are better."
        )
