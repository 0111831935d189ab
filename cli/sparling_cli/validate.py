"""``sparling validate``: train on a world whose motifs are known, and say how much of the truth was found."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sparling.errors import InputError, Interrupted
from sparling_cli.options import RUN, Command, Device, Force, Group, Quiet, Resume, Verbose, examples
from sparling_cli.screen import Screen, resumable, span

if TYPE_CHECKING:
    from sparling.validation.result import ValidationResult
    from sparling.validation.world import World
    from sparling_cli.progress import TrainingDisplay

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
    "noise",
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
Clips = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help=r"Recordings of digits: a folder of WAV files named 7_jackson_0.wav, or an npz file. \[default: built-in]",
        rich_help_panel=WORLD,
    ),
]
HeldOut = Annotated[
    str | None,
    typer.Option(
        "--held-out",
        metavar="NAMES",
        help=r"Test on these speakers, not heard in training, instead of other takes of all. \[default: none]",
        rich_help_panel=WORLD,
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
    place = _Place("digit-circle", out, device, force, resume)
    screen = place.open(quiet, verbose, "Preparing images with digits …")
    from sparling.worlds.digit_circle.world import DigitCircleWorld

    place.validate(screen, DigitCircleWorld, {"preset": preset, "variant": variant}, seed, max_minutes)


@app.command(
    "audio",
    cls=Command,
    epilog=examples(
        "sparling validate audio", "sparling validate audio --preset full --clips recordings --held-out jackson"
    ),
)
def audio(
    preset: PresetName = None,
    variant: VariantName = None,
    clips: Clips = None,
    held_out: HeldOut = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn which digits are said in noisy sound, none of them labelled, and compare the map with where they are."""
    from sparling_cli.checks import check_exists, check_name, check_outside

    check_name("--preset", preset, PRESETS)
    check_name("--variant", variant, VARIANTS)
    check_exists("clips", clips)
    if out is not None:
        check_outside(out, {"clips": clips})
    place = _Place("audio", out, device, force, resume)
    screen = place.open(quiet, verbose, "Preparing spoken digits …")
    from sparling.worlds.spoken_digits.world import SpokenDigitsWorld

    chosen = {"clips": None if clips is None else str(clips.resolve()), "held_out": held_out}
    place.validate(screen, SpokenDigitsWorld, {"preset": preset, "variant": variant, **chosen}, seed, max_minutes)


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
    place = _Place("planted-dna", out, device, force, resume)
    screen = place.open(quiet, verbose, "Preparing sequences with motifs …")
    from sparling_genomics.worlds.planted_dna.world import PlantedWorld

    place.validate(screen, PlantedWorld, {"grammar": grammar}, seed, max_minutes)


@dataclass(frozen=True)
class _Place:
    """Where a validation of this world is to be run, and whether one is there already."""

    world: str
    out: Path | None
    device: str | None
    force: bool
    resume: bool

    def open(self, quiet: bool, verbose: bool, beginning: str) -> Screen:
        """The screen, on which ``beginning`` is said at once.

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
        screen.say(beginning)
        return screen

    def validate(
        self,
        screen: Screen,
        kind: "type[World]",
        chosen: dict[str, str | None],
        seed: int | None,
        max_minutes: float | None,
    ) -> None:
        """Start the run of these options, or go on with it, to its report and its figures."""
        from sparling.training.devices import choose_fabric
        from sparling.training.folders import check_free
        from sparling.validation.flow import validate
        from sparling.validation.report import write_report
        from sparling.validation.run import CONFIG, Run

        options = (chosen, seed, max_minutes)
        if self.resume and self.out is not None:
            run, folder = Run.resumable(kind, self.out, *options), self.out
        else:
            run = Run.of(kind, *options)
            folder = Path(f"{self.world}_{run.name}") if self.out is None else self.out
            if self.resume:
                run = Run.resumable(kind, folder, *options)
            else:
                check_free(folder, CONFIG, self.force)
        fabric, precision = choose_fabric(self.device or "auto", "auto")
        if self.resume:
            run.write(folder)
        else:
            run.start(folder)
        screen.say(f"{run.world.in_words}; on {fabric.device} in {precision}; results in {folder}")
        with resumable("sparling", "validate", self.world, "--resume", "--out", folder):
            with _display(screen, run.world) as display:
                result = validate(
                    run,
                    fabric,
                    folder,
                    lambda stage, *training: display.begin(stage, *training) if stage.title else display,
                    self.resume,
                )
            try:
                report = write_report(folder, run.world)
            except KeyboardInterrupt as error:
                raise Interrupted(f"stopped while the report was drawn; all else is in {folder}") from error
        print_validation(screen, result, run.world, report)


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
