"""``sparling validate``: train on a world whose motifs are known, and say how much of the truth was found."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sparling.errors import InputError, Interrupted
from sparling_cli.options import RUN, Command, Device, Force, Group, Quiet, Resume, Verbose, examples
from sparling_cli.screen import Screen, resumable, span

WORLD = "World and method"
PRESETS = ("quick", "full", "paper")
VARIANTS = (
    "sparling",
    "shared",
    "no-inhibition",
    "no-recruitment",
    "published",
    "published-shared",
    "published-no-batchnorm",
    "published-annealing",
    "uncalibrated",
    "published-annealing-uncalibrated",
    "no-batchnorm",
    "no-batchnorm-shared",
    "fixed",
    "dense",
    "l1",
    "l1-strong",
    "kl",
    "retrained-readout",
    "supervised",
    "top-k",
)
GRAMMARS = ("presence", "count", "order", "spacing", "strand", "and-not")
"""Names that the core knows, whose import takes seconds; a test compares them."""
MARKER = "validation-config.json"
"""The file by which the folder of a validation is known, as in `sparling.validation.run`."""
SCORE = "1 − E2EE"

app = typer.Typer(help="Check the method on a world whose truth is known.", no_args_is_help=True, cls=Group)

PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help=r"quick (10 minutes), full, or paper (for a GPU). \[default: quick]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(PRESETS),
    ),
]
VariantName = Annotated[
    str | None,
    typer.Option(
        "--variant",
        metavar="NAME",
        help=rf"The method with one part changed: {', '.join(VARIANTS)}. \[default: sparling]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(VARIANTS),
    ),
]
GrammarName = Annotated[
    str | None,
    typer.Option(
        "--grammar",
        metavar="NAME",
        help=r"presence, count, order, spacing, strand or and-not. \[default: order]",
        rich_help_panel=WORLD,
        autocompletion=lambda: list(GRAMMARS),
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", help=r"Seed of samples and training. \[default: 0]", rich_help_panel=WORLD),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FOLDER", help=r"Run folder. \[default: WORLD_WHAT_SEED]", rich_help_panel=RUN),
]
MaxMinutes = Annotated[
    float | None,
    typer.Option(metavar="X", help="Time budget of training, in minutes.", rich_help_panel=RUN),
]


@app.callback()
def worlds() -> None:
    """Check the method on a world whose truth is known."""


@app.command(
    "digit-circle",
    cls=Command,
    epilog=examples("sparling validate digit-circle", "sparling validate digit-circle --variant published --seed 1"),
)
def digit_circle(
    preset: PresetName = None,
    variant: VariantName = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn to read the digits of noisy images, none of them labelled, and compare the map with where they are."""
    from sparling_cli.checks import check_name

    check_name("--preset", preset, PRESETS)
    check_name("--variant", variant, VARIANTS)
    screen = Screen(quiet, verbose)
    place = _Place("digit-circle", out, device, force, resume)
    place.check()
    screen.say("Preparing images with digits …")
    from sparling.validation.flow import validate
    from sparling.validation.report import write_report
    from sparling.validation.run import Run

    run, folder, fabric, precision = place.start(Run, (preset, variant, seed, max_minutes))
    world, schedule = run.preset.domain, run.preset.schedule
    screen.say(
        f"{run.preset.name}: {world.side} × {world.side} pixels, {world.fewest}–{world.most} digits; "
        f"{run.variant}: {run.parts.what}; on {fabric.device} in {precision}; results in {folder}"
    )
    constant = 0 if run.parts.anneals else schedule.constant_samples
    with place.resumable(folder):
        with _display(screen, run.preset.true_density, schedule, "images", constant) as display:
            result = validate(run, fabric, folder, display, resume=resume)
        report = _drawn(write_report, folder)
    print_validation(screen, result, report)


@app.command(
    "planted-dna",
    cls=Command,
    epilog=examples("sparling validate planted-dna", "sparling validate planted-dna --grammar spacing"),
)
def planted_dna(
    grammar: GrammarName = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn what DNA with planted motifs says, no motif labelled, and compare the map with where they are."""
    from sparling_cli.checks import check_name

    check_name("--grammar", grammar, GRAMMARS)
    screen = Screen(quiet, verbose)
    place = _Place("planted-dna", out, device, force, resume)
    place.check()
    screen.say("Preparing sequences with motifs …")
    from sparling_genomics.worlds.planted_dna.flow import validate
    from sparling_genomics.worlds.planted_dna.report import write_report
    from sparling_genomics.worlds.planted_dna.run import PlantedRun

    run, folder, fabric, precision = place.start(PlantedRun, (grammar, seed, max_minutes))
    world = run.world
    screen.say(
        f"{run.grammar}: {world.grammar.asks} {world.length} bp, {', '.join(world.grammar.classes)}; "
        f"on {fabric.device} in {precision}; results in {folder}"
    )
    with place.resumable(folder):
        with _display(screen, world.true_density, run.schedule, "sequences") as display:
            result = validate(run, fabric, folder, display.begin, resume=resume)
        report = _drawn(write_report, folder)
    print_planted(screen, result, report)


@dataclass(frozen=True)
class _Place:
    """Where a validation is to be run, and whether one is there already."""

    world: str
    out: Path | None
    device: str | None
    force: bool
    resume: bool

    def check(self) -> None:
        """Raise ``InputError`` for what can be seen before anything heavy is imported."""
        from sparling.training.folders import check_free
        from sparling_cli.checks import check_device

        if self.resume and self.force:
            raise InputError("--resume and --force exclude each other")
        check_device(self.device)
        if self.out is not None and not self.resume:
            check_free(self.out, MARKER, self.force)

    def resumable(self, folder: Path) -> AbstractContextManager[None]:
        """Says how to go on where the run is stopped."""
        return resumable("sparling", "validate", self.world, "--resume", "--out", folder)

    def start(self, kind: Any, options: tuple[Any, ...]) -> tuple[Any, Path, Any, str]:
        """The run of these options, made or found, its folder, and the device and precision it uses."""
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
        fabric, precision = choose_fabric(self.device or "auto", "auto")
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


def _display(screen: Screen, target: float, schedule: Any, unit: str, constant: int = 0) -> Any:
    from sparling_cli.progress import Outlook, TrainingDisplay

    return TrainingDisplay(
        screen,
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


def print_validation(screen: Screen, result: dict[str, Any], report: Path) -> None:
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
    screen.show(table)
    for line in (
        about_published(result),
        about_placement(result),
        f"Density {against_target(result)}; {result['samples']:,} samples, {span(result['seconds'])}.",
        verdict(result),
        f"Report: {report}",
    ):
        if line:
            screen.line(line)


def print_planted(screen: Screen, result: dict[str, Any], report: Path) -> None:
    """Every figure beside that of the planted matrices themselves, and one sentence."""
    from sparling.validation.summary import about_placement, against_target, in_percent, verdict
    from sparling_genomics.worlds.planted_dna.report import about_starts, figures

    table = Table(box=None, pad_edge=False)
    for title in ("%", "this run", "known matrices", "share of"):
        table.add_column(title, justify="left" if title in ("%", "share of") else "right")
    for name, meaning, value, known in figures(result):
        table.add_row(name, in_percent(value), in_percent(known), meaning)
    screen.show(table)
    for line in (
        about_starts(result),
        about_placement(result),
        f"Density {against_target(result)}; {result['samples']:,} samples, {span(result['seconds'])}.",
        verdict(result),
        f"Report: {report}",
    ):
        screen.line(line)
