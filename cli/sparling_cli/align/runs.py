"""``sparling align RUN RUN …``: concepts that finished runs share."""

from collections.abc import Sequence
from pathlib import Path

from sparling.errors import InputError, Interrupted
from sparling.plurals import counted
from sparling_cli.screen import Screen


def align_finished_runs(
    runs: Sequence[Path],
    out: Path,
    screen: Screen,
    *,
    fasta: Path | None = None,
    seed: int = 0,
    device: str | None = None,
    force: bool = False,
) -> None:
    """Align finished runs, and say what they share; nothing is left in ``out`` where that fails."""
    from sparling_cli.checks import check_outside, check_results, check_run, check_sequences
    from sparling_genomics.compare.places import check_several

    check_several(runs)
    places = [check_run(run) for run in runs]
    if seed < 0:
        raise InputError(f"--seed must be 0 or more, got {seed}")
    check_sequences("fasta", fasta)
    check_results(out, "concepts.tsv", force)
    for place in places:
        check_outside(out, {"run": place})
    check_outside(out, {"fasta": fasta})
    screen.say(f"Reading {len(places)} runs …")
    from sparling_cli.comparison import compile_comparison

    compile_comparison(screen)
    from sparling_genomics.align.flow import PAGE, read_aligned, run_and_write

    known, stored = read_aligned(places, device)
    try:
        made = run_and_write(known, stored, out, fasta=fasta, seed=seed, progress=screen.say)
    except Interrupted:
        raise KeyboardInterrupt from None  # it takes minutes: nothing of it is kept
    screen.tell(made.headline)
    for number, each in enumerate(made.shown, start=1):
        where = ", ".join(
            f"{known[part.channel.run].name} {known[part.channel.run].motifs[part.channel.motif].row.motif_id}"
            for part in each.concept.parts
        )
        screen.tell(f"  C{number} {each.name}, {counted(len(each.concept.places), 'place')}: {where}")
    for channel, why in made.without:
        run = known[channel.run]
        screen.tell(f"  none: {run.name} {run.motifs[channel.motif].row.motif_id}, {why}")
    screen.line(f"Page: {out / PAGE}")
