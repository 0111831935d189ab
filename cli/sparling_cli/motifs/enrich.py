"""``sparling motifs enrich``: which known matrices bound sequences have more often."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sparling.plurals import agreeing, counted
from sparling_cli.options import DATABASE, INPUT, RUN, AlphabetName, Labels, Negatives, Norc, Quiet, Seed
from sparling_cli.screen import Screen

if TYPE_CHECKING:
    from sparling_genomics.known.enrich import Enrichment

SHOWN = 15
"""Families on the terminal, at most."""


def enrich(
    fasta: Annotated[
        Path,
        typer.Option("--fasta", metavar="FILE", help="Sequences: FASTA, plain or gzip.", rich_help_panel=INPUT),
    ],
    db: Annotated[Path, DATABASE],
    negatives: Negatives = None,
    labels: Labels = None,
    alphabet: AlphabetName = None,
    norc: Norc = None,
    seed: Seed = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help=r"Table of all matrices. \[default: the best families on the terminal]",
            rich_help_panel=RUN,
        ),
    ] = None,
    meme: Annotated[
        Path | None,
        typer.Option(
            "--meme",
            metavar="FILE",
            help="Write the matrices that lead a family, E < 0.05: for `train --start-from`.",
            rich_help_panel=RUN,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.", rich_help_panel=RUN)] = False,
    quiet: Quiet = False,
) -> None:
    """Test every matrix of a database: p, E and q of its sites in bound against unbound sequences."""
    from sparling_cli.checks import check_new, check_sequences, check_text

    screen = Screen(quiet)
    check_new("--out", out, force, fasta, db, negatives, labels)
    check_new("--meme", meme, force, fasta, db, negatives, labels, out)
    for name, path in (("fasta", fasta), ("negatives", negatives)):
        check_sequences(name, path)
    for name, path in (("db", db), ("labels", labels)):
        check_text(name, path)
    screen.say(f"Reading {fasta} and {db} …")
    from sparling_genomics.known.enrich import enrichment, write_leading
    from sparling_genomics.known.table import write_enriched_tsv

    found = enrichment(
        fasta, db, negatives=negatives, labels=labels, alphabet=alphabet, norc=bool(norc), seed=seed or 0
    )
    for sentence in found.noticed:
        screen.say(sentence)
    if out is not None:
        write_enriched_tsv(out, found.rows)
    if meme is not None:
        write_leading(meme, found)
    _show(screen, found)
    for path in (out, meme):
        if path is not None:
            screen.line(f"Written: {path}")
    if meme is not None and found.leading:
        screen.next_steps((["sparling", "motifs", "train", "--fasta", fasta, "--start-from", meme], "refine them"))


def _show(screen: Screen, found: "Enrichment") -> None:
    """The best families as a table, and one sentence."""
    significant = [row for row in found.rows if row.family]
    leading = [row for row in significant if row.family == row.motif_id]
    if leading:
        table = Table(box=None, pad_edge=False)
        for title in ("matrix", "name", "consensus", "P", "E", "q", "bound", "unbound", "AUROC", "like it"):
            table.add_column(title, justify="left" if title in ("matrix", "name", "consensus") else "right")
        for row in leading[:SHOWN]:
            like = sum(other.family == row.motif_id for other in significant) - 1
            table.add_row(
                row.motif_id,
                row.name,
                row.consensus,
                _power(row.log10_p),
                _power(row.log10_p, row.e_value / row.p_value if row.p_value else float(len(found.rows))),
                f"{row.q_value:.1e}" if row.q_value else "0",
                f"{row.bound_share:.1%}",
                f"{row.unbound_share:.1%}",
                f"{row.auroc:.3f}",
                str(like or ""),
            )
        screen.show(table)
    families = counted(len(leading), "family", "families")
    tested, are = counted(len(found.rows), "matrix", "matrices"), agreeing(len(significant), "is", "are")
    more = f", the best {SHOWN} above" if len(leading) > SHOWN else ""
    screen.tell(
        f"{len(significant):,} of {tested} {are} enriched (E < 0.05), in {families}{more}."
        if significant
        else f"None of {tested} is enriched (E < 0.05)."
    )


def _power(log10: float, times: float = 1.0) -> str:
    """A number of which the decimal logarithm is known, as 1e-20, however small.

    >>> _power(-474.3), _power(-2.0, 5.0), _power(0.0)
    ('5.0e-475', '5.0e-02', '1.0e+00')
    """
    from math import floor
    from math import log10 as logarithm

    value = log10 + logarithm(times)
    exponent = floor(value)
    mantissa = 10 ** (value - exponent)
    if f"{mantissa:.1f}" == "10.0":
        mantissa, exponent = 1.0, exponent + 1
    return f"{mantissa:.1f}e{exponent:+03d}"
