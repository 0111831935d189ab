"""``sparling validate``: train on a world whose motifs are known, and say how much of the truth was found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from sparling.errors import InputError, Interrupted

if TYPE_CHECKING:
    from sparling.validation.result import ValidationResult
    from sparling.validation.world import World
    from sparling_cli.progress import TrainingDisplay

app = typer.Typer(help="Check the method on a world whose truth is known.", no_args_is_help=True)

SCORE = "1 − E2EE"

PresetName = Annotated[
    str | None, typer.Option("--preset", help=r"quick (10 minutes), full, or paper (for a GPU). \[default: quick]")
]
Seed = Annotated[int | None, typer.Option(help=r"Seed of samples and training. \[default: 0]")]
Out = Annotated[Path | None, typer.Option("--out", help=r"Run folder. \[default: WORLD_WHAT_SEED]")]
VariantName = Annotated[
    str | None, typer.Option("--variant", help=r"The method with one part changed, e.g. shared. \[default: sparling]")
]
GrammarName = Annotated[
    str | None,
    typer.Option("--grammar", help=r"presence, count, order, spacing, strand or and-not. \[default: order]"),
]
MaxMinutes = Annotated[float | None, typer.Option(help="Time budget of training, in minutes.")]
Device = Annotated[str, typer.Option(help="auto, cpu or cuda.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the run folder if there is one.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the interrupted run in --out.")]


@app.callback()
def worlds() -> None:
    """Check the method on a world whose truth is known."""


@app.command("digit-circle")
def digit_circle(
    preset: PresetName = None,
    seed: Seed = None,
    out: Out = None,
    variant: VariantName = None,
    max_minutes: MaxMinutes = None,
    device: Device = "auto",
    force: Force = False,
    resume: Resume = False,
) -> None:
    """Learn to read the digits of noisy images, none of them labelled, and compare the map with where they are."""
    from sparling.worlds.digit_circle.world import DigitCircleWorld

    _validate(DigitCircleWorld, {"preset": preset, "variant": variant}, seed, out, max_minutes, device, force, resume)


@app.command("planted-dna")
def planted_dna(
    grammar: GrammarName = None,
    seed: Seed = None,
    out: Out = None,
    max_minutes: MaxMinutes = None,
    device: Device = "auto",
    force: Force = False,
    resume: Resume = False,
) -> None:
    """Learn what DNA with planted motifs says, no motif labelled, and compare the map with where they are."""
    from sparling_genomics.worlds.planted_dna.world import PlantedWorld

    _validate(PlantedWorld, {"grammar": grammar}, seed, out, max_minutes, device, force, resume)


def _validate(
    kind: "type[World]",
    chosen: dict[str, str | None],
    seed: int | None,
    out: Path | None,
    max_minutes: float | None,
    device: str,
    force: bool,
    resume: bool,
) -> None:
    """The whole command for this kind of world."""
    if resume and force:
        raise InputError("--resume and --force exclude each other")
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"--device must be one of auto, cpu, cuda; got {device}")
    from sparling.training.devices import choose_fabric
    from sparling.training.folders import check_free
    from sparling.validation.flow import validate
    from sparling.validation.report import write_report
    from sparling.validation.run import CONFIG, Run

    options = (chosen, seed, max_minutes)
    if resume and out is not None:
        run, folder = Run.resumable(kind, out, *options), out
    else:
        run = Run.of(kind, *options)
        folder = Path(f"{kind.command}_{run.name}") if out is None else out
        if resume:
            run = Run.resumable(kind, folder, *options)
        else:
            check_free(folder, CONFIG, force)
    fabric, precision = choose_fabric(device, "auto")
    if resume:
        run.write(folder)
    else:
        run.start(folder)
    console, world = Console(stderr=True), run.world
    where = f"on {fabric.device} in {precision}; results in {folder}"
    console.print(f"{world.in_words}; {where}", highlight=False, soft_wrap=True)
    with _display(console, world) as display:
        result = validate(
            run,
            fabric,
            folder,
            lambda title, *training: display.begin(title, *training) if title else display,
            resume=resume,
        )
    try:
        report = write_report(folder, world)
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped while the report was drawn; all else is in {folder}") from error
    print_validation(Console(), result, world, report)


def _display(console: Console, world: "World") -> "TrainingDisplay":
    from sparling_cli.progress import Outlook, TrainingDisplay

    schedule = world.schedule
    return TrainingDisplay(
        console,
        Outlook(
            target=world.true_density,
            factor=schedule.factor,
            evaluate_every=schedule.evaluate_every,
            settle=schedule.settle_evaluations,
            constant=0 if world.variant.anneals else schedule.constant_samples,
            score=SCORE,
            unit=world.samples_are,
        ),
        constant_score=SCORE,
    )


def print_validation(console: Console, result: "ValidationResult", world: "World", report: Path) -> None:
    """Every figure beside the one it is held against, what these are, and one sentence."""
    from sparling.validation.summary import against_target, in_percent, notes, verdict

    table = Table(box=None, pad_edge=False)
    for title in ("%", "this run", world.held_against, "share of"):
        table.add_column(title, justify="left" if title in ("%", "share of") else "right")
    for figure in world.figures(result):
        known = None if figure.reference is None else figure.reference.mean
        table.add_row(figure.name, in_percent(figure.value), in_percent(known), figure.meaning)
    console.print(table)
    spent = result.provenance
    for line in (
        *notes(result, world),
        f"Density {against_target(result.density)}; {spent.samples:,} samples, {spent.seconds:.0f} s.",
        verdict(result, world),
        f"Report: {report}",
    ):
        console.print(line, highlight=False, soft_wrap=True)
