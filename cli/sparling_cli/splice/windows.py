"""``sparling splice windows``: true splice sites against decoys with the same two letters."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparling.plurals import counted
from sparling_cli.options import INPUT, SEARCH, Device, Fasta, Force, Quiet, Resume, Seed, Verbose
from sparling_cli.screen import Screen, span
from sparling_cli.splice.running import trained
from sparling_cli.splice.train import Channels, MaxMinutes, Out

if TYPE_CHECKING:
    from sparling_genomics.splicing.decoys.experiment import Measured, WindowOutcome

NO_CORE, MAXENT = "none", "maxent:"
Said = Annotated[
    Path | None,
    typer.Option(
        "--labels",
        metavar="FILE",
        help=r"TSV with a header line: name, site (donor or acceptor), label (1 true, 0 decoy), split (train, "
        r"validation or test). \[default: the same as words of the headers, site=donor label=1 split=train]",
        rich_help_panel=INPUT,
    ),
]
Core = Annotated[
    str | None,
    typer.Option(
        metavar="none|maxent:FILE",
        help=r"What is known of the sites' own letters: nothing, or maximum entropy scores from your own tables "
        r"(.npz), to which the map adds. \[default: none]",
        rich_help_panel=SEARCH,
    ),
]
Marks = Annotated[
    float | None,
    typer.Option(
        "--marks-per-100nt",
        metavar="X",
        help=r"Marks of all motifs together to end at. \[default: 16]",
        rich_help_panel=SEARCH,
    ),
]
LetterDropout = Annotated[
    float | None,
    typer.Option(
        metavar="SHARE", help=r"Share of training letters that are hidden. \[default: 0.1]", rich_help_panel=SEARCH
    ),
]
Reach = Annotated[
    int | None,
    typer.Option(
        metavar="NT", help=r"Letters to either side of a site that are read. \[default: 150]", rich_help_panel=INPUT
    ),
]


def windows(
    *,
    fasta: Fasta = None,
    labels: Said = None,
    reach: Reach = None,
    core: Core = None,
    channels: Channels = None,
    marks_per_100nt: Marks = None,
    letter_dropout: LetterDropout = None,
    seed: Seed = None,
    out: Out,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Tell true splice sites in the middle of windows from decoys with the same GT or AG; write model and motifs."""
    from sparling.errors import InputError
    from sparling_cli.checks import check_sequences, check_text

    screen = Screen(quiet, verbose)
    if resume and force:
        raise InputError("--resume and --force exclude each other")
    if fasta is None and not resume:
        raise InputError("--fasta is missing")
    tables = None
    if core is not None and core != NO_CORE:
        if not core.startswith(MAXENT) or core == MAXENT:
            raise InputError(f"--core must be none or maxent:FILE, got {core!r}")
        tables = Path(core.removeprefix(MAXENT))
    check_sequences("fasta", fasta)
    check_text("labels", labels)
    options = {
        "fasta": fasta,
        "labels": labels,
        "core": tables,
        "reach": reach,
        "channels": channels,
        "marks_per_100nt": marks_per_100nt,
        "letter_dropout": letter_dropout,
        "seed": seed,
        "max_minutes": max_minutes,
        "device": device,
    }
    run(options, out, screen, force=force, resume=resume)


def run(options: dict[str, Any], out: Path, screen: Screen, *, force: bool, resume: bool) -> None:
    """The run with progress on stderr and its result on stdout. Resumed, what is finished is left as it is."""
    screen.say(f"Reading {options.get('fasta') or out} …")
    from sparling_genomics.splicing.decoys.experiment import open_run, train_windows

    done = trained("windows", options, out, screen, open_run, train_windows, score="AUROC", force=force, resume=resume)
    if done is not None:
        _show(screen, out, done[1])


def _show(screen: Screen, out: Path, outcome: "WindowOutcome") -> None:
    """Motifs, figures and where they lie; a table that fits a terminal of 80 columns: the report has the rest."""
    from rich.table import Table

    from sparling_genomics.splicing.decoys.overlap import LENGTH

    if outcome.motifs:
        table = Table("motif", "consensus", box=None, pad_edge=False)
        for name in ("bits", "per 100 nt", "at donors", "at acceptors", "Δ AUROC"):
            table.add_column(name, justify="right")
        for motif in outcome.motifs:
            at = [f"{own.place.share:.0%} at {own.place.offset:+d}" for own in (motif.donor, motif.acceptor)]
            table.add_row(
                motif.pwm.name,
                motif.pwm.consensus(),
                f"{motif.bits:.1f}",
                f"{motif.marks_per_100nt:.2f}",
                *at,
                f"{_signed(motif.change.donor)} {_signed(motif.change.acceptor)}",
            )
        screen.show(table)
    else:
        screen.tell("No channel became a motif.")
    if outcome.left_out:
        why = ", ".join(f"{number} {reason}" for reason, number in outcome.left_out.items())
        screen.say(f"Channels left out: {why}.")
    screen.tell(f"Test, all: {_figures(outcome.everything)}, {outcome.marks_per_100nt:.2f} marks per 100 nt.")
    screen.tell(f"Test, those that share no {LENGTH}-mer with other sides: {_figures(outcome.clean)}.")
    screen.line(f"{span(outcome.seconds)}; {outcome.stop_reason}. Report, for a browser: {out / 'report.html'}")


def _signed(value: float) -> str:
    """With its sign, or a dash where there is nothing to tell it from."""
    return "–" if math.isnan(value) else f"{value:+.3f}"


def _figures(found: "Measured") -> str:
    beside = found.maxent
    alone = "" if beside is None else f" (maximum entropy alone {beside.donor:.4f}, {beside.acceptor:.4f})"
    donor, acceptor = found.network
    return f"{counted(found.windows, 'window')}, AUROC donor {donor:.4f}, acceptor {acceptor:.4f}{alone}"
