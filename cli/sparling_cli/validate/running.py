"""A validation from the command line: where it is to be run, how it is watched, what is printed of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic

from rich.table import Table

from sparling.errors import InputError, Interrupted
from sparling_cli.screen import Screen, resumable, span
from sparling_cli.validate.kinds import Kind, W

if TYPE_CHECKING:
    from sparling.validation.result import ValidationResult
    from sparling.validation.run import Run
    from sparling.validation.world import World
    from sparling_cli.progress import TrainingDisplay

MARKER = "validation-config.json"
"""The file by which the folder of a validation is known, as in `sparling.validation.run`."""
SCORE = "1 − E2EE"


@dataclass(frozen=True)
class Place(Generic[W]):
    """Where a validation of this world is to be run, and whether one is there already."""

    kind: Kind[W]
    out: Path | None
    device: str | None
    force: bool
    resume: bool

    def open(self, quiet: bool, verbose: bool) -> Screen:
        """The screen, on which something is said at once.

        Raises ``InputError`` for what can be seen before anything heavy is imported.
        """
        from sparling.training.folders import check_free
        from sparling_cli.checks import check_device

        screen = Screen(quiet, verbose)
        if self.resume and self.force:
            raise InputError("--resume and --force exclude each other")
        check_device(self.device)
        if self.out is not None and not self.resume:
            check_free(self.out, MARKER, self.force)
        screen.say(self.kind.beginning)
        return screen

    def run(
        self,
        chosen: Mapping[str, str | None],
        seed: int | None,
        max_minutes: float | None,
        max_samples: int | None = None,
    ) -> "tuple[Run[W], Path]":
        """The run of these options, or the one to go on with, and its folder; nothing is written."""
        from sparling.training.folders import check_free
        from sparling.validation.run import CONFIG, Run

        world, options = self.kind.load(), (chosen, seed, max_minutes, max_samples)
        if self.resume and self.out is not None:
            return Run.resumable(world, self.out, *options), self.out
        run = Run.of(world, *options)
        folder = Path(f"{self.kind.command}_{run.name}") if self.out is None else self.out
        if self.resume:
            return Run.resumable(world, folder, *options), folder
        check_free(folder, CONFIG, self.force)
        return run, folder


def validate_world(
    place: "Place[World]",
    screen: Screen,
    chosen: Mapping[str, str | None],
    seed: int | None,
    max_minutes: float | None,
    max_samples: int | None,
) -> None:
    """Start the run of these options, or go on with it, to its report and its figures."""
    from sparling.locks import locked

    run, folder = place.run(chosen, seed, max_minutes, max_samples)
    with locked(folder):
        carry_out(screen, run, folder, place.device, place.resume, place.kind.command, folder)


def carry_out(
    screen: Screen, run: "Run[World]", folder: Path, device: str | None, resume: bool, command: str, out: Path
) -> "ValidationResult":
    """Train, measure, draw the report and print the figures; ``command`` with ``out`` goes on where it is stopped."""
    from sparling.training.devices import choose_fabric
    from sparling.validation.flow import validate

    fabric, precision = choose_fabric(device or "auto", "auto")
    if resume:
        run.write(folder)
    else:
        run.start(folder)
    screen.say(f"{run.world.in_words}; on {fabric.device} in {precision}; results in {folder}")
    with resumable("sparling", "validate", command, "--resume", "--out", out):
        with _display(screen, run.world) as display:
            result = validate(
                run,
                fabric,
                folder,
                lambda stage, *training: display.begin(stage, *training) if stage.title else display,
                resume,
            )
        report = draw_report(folder, run.world)
    print_validation(screen, result, run.world, report)
    return result


def draw_report(folder: Path, world: "World") -> Path:
    """The report of what was measured, from its folder. Raises ``Interrupted`` on Ctrl-C."""
    from sparling.validation.report import write_report

    try:
        return write_report(folder, world)
    except KeyboardInterrupt as error:
        raise Interrupted(f"stopped while the report was drawn; all else is in {folder}") from error


def _display(screen: Screen, world: "World") -> "TrainingDisplay":
    from sparling_cli.progress import Outlook, TrainingDisplay

    schedule = world.schedule
    return TrainingDisplay(
        screen,
        Outlook(
            target=world.true_density,
            factor=schedule.factor,
            evaluate_every=schedule.evaluate_every,
            settle=schedule.settle_evaluations,
            constant=0 if world.variant.anneals else schedule.constant_samples,
            score=SCORE,
            unit=world.samples_are,
            minutes=schedule.max_minutes,
        ),
    )


def print_validation(screen: Screen, result: "ValidationResult", world: "World", report: Path) -> None:
    """Every figure beside the one it is held against, what these are, and one sentence."""
    from sparling.validation.summary import against_target, in_percent, notes, verdict

    table = Table(box=None, pad_edge=False)
    for title in ("%", "this run", world.held_against, "share of"):
        table.add_column(title, justify="left" if title in ("%", "share of") else "right")
    for figure in world.figures(result):
        table.add_row(figure.name, in_percent(figure.value), in_percent(figure.reference), figure.meaning)
    screen.show(table)
    spent = result.provenance
    for line in (
        *notes(result, world),
        f"Density {against_target(result.density)}; {spent.samples:,} samples, {span(spent.seconds)}.",
        verdict(result, world),
        f"Report: {report}",
    ):
        screen.line(line)
