"""``sparling align RUN RUN …``: concepts that finished runs share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparling.errors import InputError, Interrupted
from sparling.plurals import counted
from sparling_cli.screen import Screen


@dataclass(frozen=True)
class AskedOfRuns:
    """What was typed."""

    runs: tuple[Path, ...]
    fasta: Path | None
    seed: int | None
    device: str | None
    out: Path
    force: bool


def align_runs(asked: AskedOfRuns, others: Mapping[str, object], quiet: bool, verbose: bool) -> None:
    """Align finished runs, and say what they share; nothing is left in the folder where that fails.

    Raises ``InputError`` also for each of ``others``, options of streams alone, that is given.
    """
    from sparling.alignment.settings import AlignmentSettings
    from sparling_cli.checks import check_device, check_outside, check_results, check_run, check_sequences
    from sparling_genomics.compare.places import check_several

    screen = Screen(quiet, verbose)
    for name, value in others.items():
        if value is not None and name != "seed":
            raise InputError(f"--{name.replace('_', '-')} is for streams in files (--stream), not for runs")
    check_several(asked.runs)
    places = [check_run(run) for run in asked.runs]
    seed, out = asked.seed or 0, asked.out
    AlignmentSettings(seed=seed)
    check_device(asked.device)
    check_sequences("fasta", asked.fasta)
    check_results(out, "concepts.tsv", asked.force)
    for place in places:
        check_outside(out, {"run": place})
    check_outside(out, {"fasta": asked.fasta})
    screen.say(f"Reading {len(places)} runs …")
    from sparling_cli.comparison import compile_comparison

    compile_comparison(screen)
    from sparling_genomics.align.flow import PAGE, read_aligned, run_and_write

    known, stored = read_aligned(places, asked.device)
    try:
        made = run_and_write(known, stored, out, fasta=asked.fasta, seed=seed, progress=screen.say)
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
