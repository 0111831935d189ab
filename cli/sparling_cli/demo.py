"""``sparling demo``: known motifs planted in random DNA, found again by the code that will read real peaks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from sparling.locks import locked
from sparling.training.folders import check_free, make_empty
from sparling_cli.options import RUN, Device, Force, Quiet, Verbose
from sparling_cli.screen import Screen

SEQUENCES, LENGTH = 3000, 100
PLANTED = "planted.fa.gz"


def demo(
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FOLDER", help="Folder for the sequences and the run.", rich_help_panel=RUN),
    ] = Path("demo"),
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of data and training.", rich_help_panel=RUN)] = 0,
    device: Device = None,
    force: Force = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Plant four well-known motifs in random DNA, find them, and say how well: half a minute."""
    from sparling_cli.checks import DEMO_RUN, check_device

    screen = Screen(quiet, verbose)
    check_device(device)
    check_free(out, PLANTED, force)
    screen.say(f"Planting motifs in {SEQUENCES:,} random sequences of {LENGTH} bp …")
    import numpy as np

    from sparling_cli.motifs.train import run
    from sparling_genomics.worlds.planted import demo_motifs, plant, write_fasta
    from sparling_genomics.worlds.recovery import compare_with_truth

    motifs = demo_motifs()
    truth = plant(motifs, SEQUENCES, 0, LENGTH, np.random.default_rng(seed))
    with locked(out):
        make_empty(out, PLANTED)
        write_fasta(out / PLANTED, truth)
        options = {"fasta": out / PLANTED, "seed": seed, "device": device}
        found = run(options, out / DEMO_RUN, screen, force=False, resume=False)
    recovery = compare_with_truth(found, truth, motifs)
    table = Table(box=None, pad_edge=False)
    for title in ("planted", "consensus", "found as", "consensus", "site precision", "recall"):
        table.add_column(title, justify="right" if title in ("site precision", "recall") else "left")
    for motif in recovery.motifs:
        names = ", ".join(pwm.name for pwm in motif.found) or "not found"
        consensus = motif.found[0].consensus() if motif.found else ""
        shares = (f"{value:.1%}" for value in motif.accuracy)
        table.add_row(motif.planted.name, motif.planted.consensus(), names, consensus, *shares)
    screen.tell("Planted and found")
    screen.show(table)
    precision, recall = recovery.accuracy
    verdict = "Every planted motif was found, each once." if recovery.complete else "Not all is well:"
    if recovery.spurious:
        verdict += f" {', '.join(pwm.name for pwm in recovery.spurious)} was not planted."
    screen.tell(f"{verdict} Of all sites, precision {precision:.1%}, recall {recall:.1%}.")
    screen.next_steps(
        (["sparling", "motifs", "audit", out], "which ones to believe"),
        (["sparling", "motifs", "train", "--fasta", "peaks.fa"], "sequences of your own"),
    )
