"""``sparling validate``: train on a world whose motifs are known, and say how much of the truth was found."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sparling.errors import InputError, Interrupted

app = typer.Typer(help="Check the method on a world whose truth is known.", no_args_is_help=True)

PresetName = Annotated[
    str | None, typer.Option("--preset", help=r"quick (10 minutes), full, or paper (for a GPU). \[default: quick]")
]
Seed = Annotated[int | None, typer.Option(help=r"Seed of images and training. \[default: 0]")]
Out = Annotated[Path | None, typer.Option("--out", help=r"Run folder. \[default: digit-circle_PRESET_SEED]")]
VariantName = Annotated[
    str | None, typer.Option("--variant", help=r"The method with one part changed, e.g. shared. \[default: sparling]")
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
    if resume and force:
        raise InputError("--resume and --force exclude each other")
    if device not in ("auto", "cpu", "cuda"):
        raise InputError(f"--device must be one of auto, cpu, cuda; got {device}")
    from sparling.devices import choose_fabric
    from sparling.folders import check_free
    from sparling.validation.flow import validate
    from sparling.validation.report import write_report
    from sparling.validation.run import CONFIG, Run

    if resume and out is not None:
        run, folder = Run.resumable(out, preset, variant, seed, max_minutes), out
    else:
        run = Run.of(preset, variant, seed, max_minutes)
        folder = Path(f"digit-circle_{run.name}") if out is None else out
        if resume:
            run = Run.resumable(folder, preset, variant, seed, max_minutes)
        else:
            check_free(folder, CONFIG, force)
    fabric, precision = choose_fabric(device, "auto")
    if resume:
        run.write(folder)
    else:
        run.start(folder)
    console = Console(stderr=True)
    world = run.preset.domain
    console.print(
        f"{run.preset.name}: {world.side} × {world.side} pixels, {world.fewest}–{world.most} digits; "
        f"{run.variant}: {run.parts.what}; on {fabric.device} in {precision}; results in {folder}",
        highlight=False,
        soft_wrap=True,
    )
    with _display(console, run) as display:
        result = validate(run, fabric, folder, display, resume=resume)
    try:
        report = write_report(folder)
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped while the report was drawn; all else is in {folder}") from error
    print_validation(Console(), result, report)


def _display(console: Console, run: Any) -> Any:
    from sparling_cli.progress import Outlook, TrainingDisplay

    schedule = run.preset.schedule
    return TrainingDisplay(
        console,
        Outlook(
            target=run.preset.true_density,
            factor=schedule.factor,
            evaluate_every=schedule.evaluate_every,
            settle=schedule.settle_evaluations,
            constant=0 if run.parts.anneals else schedule.constant_samples,
            score="1 − E2EE",
            unit="images",
        ),
    )


def print_validation(console: Console, result: dict[str, Any], report: Path) -> None:
    """Every figure beside the published one, a line on what these are, and one sentence."""
    from sparling.validation.summary import about_published, against_target, figures, in_percent, verdict

    table = Table(box=None, pad_edge=False)
    for title in ("%", "this run", "published", "share of"):
        table.add_column(title, justify="left" if title in ("%", "share of") else "right")
    for figure in figures(result):
        published = None if figure.published is None else figure.published.mean
        table.add_row(figure.name, in_percent(figure.value), in_percent(published), figure.meaning)
    console.print(table)
    for line in (
        about_published(result),
        f"Density {against_target(result)}; {result['samples']:,} samples, {result['seconds']:.0f} s.",
        verdict(result),
        f"Report: {report}",
    ):
        console.print(line, highlight=False, soft_wrap=True)
