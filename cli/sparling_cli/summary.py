"""What a command prints when it is done."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from sparling_cli.comparison import tell_few
from sparling_cli.screen import Screen, span
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.motifs.evidence import SIGNIFICANCE
from sparling_genomics.naming.library import Library
from sparling_genomics.naming.names import name_of
from sparling_genomics.pages.parts.headline import headline, off_the_genome, verdict_of, words
from sparling_genomics.pages.parts.numbers import fold, p_value, share
from sparling_genomics.pages.report import REPORT
from sparling_genomics.pages.run_files import Run, read_run
from sparling_genomics.runs.companions import Agreed
from sparling_genomics.runs.matching import Named


def print_summary(screen: Screen, out: Path, seconds: float) -> None:
    """The motifs of a run folder as a table, and what its page says at once."""
    run = read_run(out)
    head = headline(run)
    if run.motifs:
        screen.show(_motifs(run))
    screen.tell(head.sentence)
    for said in (head.trust, run.data["names_from"] if run.motifs else "", off_the_genome(run)):
        if said:
            screen.tell(said)
    screen.line(f"{span(seconds)}. Report, for a browser: {out / REPORT}")


def _motifs(run: Run) -> Table:
    """A line a motif, with the shares and the verdict that the page shows."""
    labels, verdicts = (["label"], []) if run.metrics["columns"] else ([], ["verdict"])
    say = words(run)
    table = Table(box=None, pad_edge=False)
    for title in ("motif", "consensus", *labels, say.bound, say.unbound, "fold", "E", *verdicts, "name"):
        left = title in ("motif", "consensus", "label", "verdict", "name")
        table.add_column(title, justify="left" if left else "right")
    for row in run.motifs:
        counts = run.carriers[row.motif_id]
        bound = f"{counts.bound_with:,} ({share(counts.bound_share)})"
        e = "" if row.e_value is None else p_value(row.e_value)
        label = [row.label] if labels else []
        verdict = [] if labels else [verdict_of(run, row)]
        cells = (bound, share(counts.unbound_share), fold(counts), e, *verdict, name_of(row))
        table.add_row(row.motif_id, row.consensus, *label, *cells)
    return table


def told_in_short(out: Path) -> str:
    """The proven motifs of a run folder in a line."""
    rows = read_motifs_tsv(out / "motifs.tsv")
    proven = [row for row in rows if row.e_value is not None and row.e_value < SIGNIFICANCE]
    named = ", ".join(f"{row.consensus}{f' ({name_of(row)})' if name_of(row) else ''}" for row in proven)
    rest = f"; {len(rows) - len(proven)} not proven" if len(rows) > len(proven) else ""
    return (named or "no motif proven") + rest


def print_agreement(screen: Screen, lines: Sequence[Agreed]) -> None:
    """In how many of the seeds each motif came back."""
    told = ", ".join(f"{line.motif_id} in {line.found}" for line in lines)
    runs = lines[0].runs if lines else 0
    text = f"Of {runs} seeds, the motif came back: {told}." if lines else "There is no motif to find with other seeds."
    screen.tell(text)


def print_matches(screen: Screen, motifs: Sequence[Named], library: Library) -> None:
    """One line a motif: its id, consensus, name and best match, and what there is to know of the database."""
    table = Table(box=None, pad_edge=False)
    taxa = len({each.taxon for each in library.annotations}) > 1
    for title in ("motif", "consensus", "name", "best match", *(["of"] if taxa else []), "p", "E", "q"):
        table.add_column(title, justify="right" if title in "pEq" else "left")
    for motif, consensus, naming in motifs:
        best, name = naming.best, naming.family.label or "none"
        if best is None:
            table.add_row(motif, consensus, name)
            continue
        numbers = (f"{value:.1e}" for value in (best.p, best.e, best.q))
        named = best.target if best.target_name == best.target else f"{best.target_name} {best.target}"
        table.add_row(motif, consensus, name, named, *([best.taxon] if taxa else []), *numbers)
    if motifs:
        screen.show(table)
    else:
        screen.tell("No motifs to match.")
    for notice in filter(None, (*library.notices, library.names_from if motifs else "")):
        screen.tell(notice)
    tell_few(screen, len(library.motifs))
