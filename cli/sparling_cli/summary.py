"""What a command prints when it is done."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from sparling.training.checkpoint import read_json
from sparling_cli.comparison import tell_few
from sparling_cli.screen import Screen, span
from sparling_genomics.files.rows import Match
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.motifs.evidence import SIGNIFICANCE
from sparling_genomics.runs.companions import Agreed
from sparling_genomics.runs.run_folder import RESULT


def print_summary(screen: Screen, out: Path, seconds: float) -> None:
    """The motifs of a run folder as a table, and one sentence."""
    rows = read_motifs_tsv(out / "motifs.tsv")
    if rows:
        table = Table(box=None, pad_edge=False)
        labels = ["label"] if any(row.label for row in rows) else []
        for title in ("motif", "consensus", *labels, "sites", "in bound", "E", "AUROC", "best match", "q"):
            left = title in ("motif", "consensus", "label", "best match")
            table.add_column(title, justify="left" if left else "right")
        for row in rows:
            q = "" if row.match_q is None else f"{row.match_q:.1e}"
            share = "" if row.bound_fraction is None else f"{row.bound_fraction:.1%}"
            name = row.match_name or row.best_match
            enrichment = "" if row.e_value is None else f"{row.e_value:.0e}"
            auroc = "" if row.auroc is None else f"{row.auroc:.3f}"
            label = [row.label] if labels else []
            table.add_row(row.motif_id, row.consensus, *label, f"{row.n_sites:,}", share, enrichment, auroc, name, q)
        screen.show(table)
    screen.tell(read_json(out / RESULT)["message"])
    screen.line(f"{span(seconds)}. Report, for a browser: {out / 'report.html'}")


def told_in_short(out: Path) -> str:
    """The proven motifs of a run folder in a line."""
    rows = read_motifs_tsv(out / "motifs.tsv")
    proven = [row for row in rows if row.e_value is not None and row.e_value < SIGNIFICANCE]
    named = ", ".join(f"{row.consensus}{f' ({row.match_name})' if row.match_name else ''}" for row in proven)
    rest = f"; {len(rows) - len(proven)} not proven" if len(rows) > len(proven) else ""
    return (named or "no motif proven") + rest


def print_agreement(screen: Screen, lines: Sequence[Agreed]) -> None:
    """In how many of the seeds each motif came back."""
    told = ", ".join(f"{line.motif_id} in {line.found}" for line in lines)
    runs = lines[0].runs if lines else 0
    text = f"Of {runs} seeds, the motif came back: {told}." if lines else "There is no motif to find with other seeds."
    screen.tell(text)


def print_matches(
    screen: Screen, matches: Sequence[tuple[str, str, Match | None]], n_targets: int, notice: str = ""
) -> None:
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
    if matches:
        screen.show(table)
    else:
        screen.tell("No motifs to match.")
    if notice:
        screen.tell(notice)
    tell_few(screen, n_targets)
