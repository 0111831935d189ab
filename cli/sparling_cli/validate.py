"""``sparling validate``: train on a world whose motifs are known, and say how much of the truth was found."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sparling.errors import InputError, Interrupted

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
    from sparling.validation.flow import validate
    from sparling.validation.report import write_report
    from sparling.validation.run import Run

    place = _Place("digit-circle", out, device, force, resume)
    run, folder, fabric, precision = place.start(Run, (preset, variant, seed, max_minutes))
    console, world, schedule = Console(stderr=True), run.preset.domain, run.preset.schedule
    console.print(
        f"{run.preset.name}: {world.side} × {world.side} pixels, {world.fewest}–{world.most} digits; "
        f"{run.variant}: {run.parts.what}; on {fabric.device} in {precision}; results in {folder}",
        highlight=False,
        soft_wrap=True,
    )
    constant = 0 if run.parts.anneals else schedule.constant_samples
    with _display(console, run.preset.true_density, schedule, "images", constant) as display:
        result = validate(run, fabric, folder, display, resume=resume)
    print_validation(Console(), result, _drawn(write_report, folder))


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
    from sparling_genomics.worlds.planted_dna.flow import validate
    from sparling_genomics.worlds.planted_dna.report import write_report
    from sparling_genomics.worlds.planted_dna.run import PlantedRun

    place = _Place("planted-dna", out, device, force, resume)
    run, folder, fabric, precision = place.start(PlantedRun, (grammar, seed, max_minutes))
    console, world = Console(stderr=True), run.world
    console.print(
        f"{run.grammar}: {world.grammar.asks} {world.length} bp, {', '.join(world.grammar.classes)}; "
        f"on {fabric.device} in {precision}; results in {folder}",
        highlight=False,
        soft_wrap=True,
    )
    with _display(console, world.true_density, run.schedule, "sequences") as display:
        result = validate(run, fabric, folder, display.begin, resume=resume)
    print_planted(Console(), result, _drawn(write_report, folder))


@dataclass(frozen=True)
class _Place:
    """Where a validation is to be run, and whether one is there already."""

    world: str
    out: Path | None
    device: str
    force: bool
    resume: bool

    def start(self, kind: Any, options: tuple[Any, ...]) -> tuple[Any, Path, Any, str]:
        """The run of these options, made or found, its folder, and the device and precision it uses."""
        if self.resume and self.force:
            raise InputError("--resume and --force exclude each other")
        if self.device not in ("auto", "cpu", "cuda"):
            raise InputError(f"--device must be one of auto, cpu, cuda; got {self.device}")
        from sparling.training.devices import choose_fabric
        from sparling.training.folders import check_free
        from sparling.validation.run import CONFIG

        if self.resume and self.out is not None:
            run, folder = kind.resumable(self.out, *options), self.out
        else:
            run = kind.of(*options)
            folder = Path(f"{self.world}_{run.name}") if self.out is None else self.out
            if self.resume:
                run = kind.resumable(folder, *options)
            else:
                check_free(folder, CONFIG, self.force)
        fabric, precision = choose_fabric(self.device, "auto")
        if self.resume:
            run.write(folder)
        else:
            run.start(folder)
        return run, folder, fabric, precision


def _drawn(write_report: Callable[[Path], Path], folder: Path) -> Path:
    try:
        return write_report(folder)
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped while the report was drawn; all else is in {folder}") from error


def _display(console: Console, target: float, schedule: Any, unit: str, constant: int = 0) -> Any:
    from sparling_cli.progress import Outlook, TrainingDisplay

    return TrainingDisplay(
        console,
        Outlook(
            target=target,
            factor=schedule.factor,
            evaluate_every=schedule.evaluate_every,
            settle=schedule.settle_evaluations,
            constant=constant,
            score=SCORE,
            unit=unit,
        ),
        constant_score=SCORE,
    )


def print_validation(console: Console, result: dict[str, Any], report: Path) -> None:
    """Every figure beside the published one, a line on what these are, and one sentence."""
    from sparling.validation.summary import (
        about_placement,
        about_published,
        against_target,
        figures,
        in_percent,
        verdict,
    )

    table = Table(box=None, pad_edge=False)
    for title in ("%", "this run", "published", "share of"):
        table.add_column(title, justify="left" if title in ("%", "share of") else "right")
    for figure in figures(result):
        published = None if figure.published is None else figure.published.mean
        table.add_row(figure.name, in_percent(figure.value), in_percent(published), figure.meaning)
    console.print(table)
    for line in (
        about_published(result),
        about_placement(result),
        f"Density {against_target(result)}; {result['samples']:,} samples, {result['seconds']:.0f} s.",
        verdict(result),
        f"Report: {report}",
    ):
        if line:
            console.print(line, highlight=False, soft_wrap=True)


def print_planted(console: Console, result: dict[str, Any], report: Path) -> None:
    """Every figure beside that of the planted matrices themselves, and one sentence."""
    from sparling_genomics.worlds.planted_dna.report import about_starts, figures

    from sparling.validation.summary import about_placement, against_target, in_percent, verdict

    table = Table(box=None, pad_edge=False)
    for title in ("%", "this run", "known matrices", "share of"):
        table.add_column(title, justify="left" if title in ("%", "share of") else "right")
    for name, meaning, value, known in figures(result):
        table.add_row(name, in_percent(value), in_percent(known), meaning)
    console.print(table)
    for line in (
        about_starts(result),
        about_placement(result),
        f"Density {against_target(result)}; {result['samples']:,} samples, {result['seconds']:.0f} s.",
        verdict(result),
        f"Report: {report}",
    ):
        console.print(line, highlight=False, soft_wrap=True)
