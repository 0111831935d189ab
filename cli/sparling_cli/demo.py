"""``sparling demo``: known motifs planted in random DNA, found again by the code that will read real peaks."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

SEQUENCES, LENGTH = 3000, 100
PLANTED = "planted.fa.gz"


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the sequences and the run.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Seed of data and training.")] = 0,
    device: Annotated[str | None, typer.Option(help=r"auto, cpu or cuda. \[default: auto]")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the folder of an earlier demo.")] = False,
) -> None:
    """Plant four well-known motifs in random DNA, find them, and say how well: about a minute."""
    import numpy as np

    from sparling.training.folders import check_free, make_empty
    from sparling_cli.motifs import run
    from sparling_genomics.worlds.planted import demo_motifs, plant, write_fasta
    from sparling_genomics.worlds.recovery import compare_with_truth

    check_free(out, PLANTED, force)
    motifs = demo_motifs()
    truth = plant(motifs, SEQUENCES, 0, LENGTH, np.random.default_rng(seed))
    make_empty(out)
    write_fasta(out / PLANTED, truth)
    found = run({"fasta": out / PLANTED, "seed": seed, "device": device}, out / "motifs", force=False, resume=False)
    recovery = compare_with_truth(found, truth, motifs)
    table = Table(box=None, pad_edge=False, title="Planted and found", title_justify="left")
    for title in ("planted", "consensus", "found as", "consensus", "site precision", "recall"):
        table.add_column(title, justify="right" if title in ("site precision", "recall") else "left")
    for motif in recovery.motifs:
        names = ", ".join(pwm.name for pwm in motif.found) or "not found"
        consensus = motif.found[0].consensus() if motif.found else ""
        shares = (f"{value:.1%}" for value in motif.accuracy)
        table.add_row(motif.planted.name, motif.planted.consensus(), names, consensus, *shares)
    console = Console()
    console.print(table)
    precision, recall = recovery.accuracy
    verdict = "Every planted motif was found, each once." if recovery.complete else "Not all is well:"
    if recovery.spurious:
        verdict += f" {', '.join(pwm.name for pwm in recovery.spurious)} was not planted."
    console.print(f"{verdict} Of all sites, precision {precision:.1%}, recall {recall:.1%}.", highlight=False)
