"""``sparling validate``: train on a world whose motifs are known, and say how much of the truth was found."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from sparling_cli.data.names import files_and, taken
from sparling_cli.options import RUN, Command, Device, Force, Group, Quiet, Resume, Verbose, examples
from sparling_cli.validation import Place

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

app = typer.Typer(help="Check the method on a world whose truth is known.", no_args_is_help=True, cls=Group)

PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset",
        metavar="NAME",
        help=r"quick (10 to 20 minutes), full, or paper (for a GPU). \[default: quick]",
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
        metavar="PATH_OR_NAME",
        callback=taken("sounds"),
        autocompletion=files_and("sounds"),
        help=r"Recordings of digits: a folder of WAV files named 7_jackson_0.wav, an npz file, or a recipe. "
        r"\[default: built-in]",
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


class _Kind(NamedTuple):
    """A world of images, chosen by preset and variant."""

    command: str
    help: str
    beginning: str
    """Said at once, for what follows takes seconds."""
    module: str
    world: str
    """Its class in that module."""


KINDS = (
    _Kind(
        "digit-circle",
        "Learn to read the digits of noisy images, none of them labelled, and compare the map with where they are.",
        "Preparing images with digits …",
        "sparling.worlds.digit_circle.world",
        "DigitCircleWorld",
    ),
    _Kind(
        "latex-ocr",
        "Learn to read noisy images of formulas as LaTeX, no sign labelled, and compare the map with where signs are.",
        "Preparing images with formulas …",
        "sparling.worlds.latex_ocr.world",
        "LatexOcrWorld",
    ),
)


def _command_of(kind: _Kind) -> Callable[..., None]:
    def run(
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
        from sparling_cli.checks import check_name

        check_name("--preset", preset, PRESETS)
        check_name("--variant", variant, VARIANTS)
        place = Place(kind.command, out, device, force, resume)
        screen = place.open(quiet, verbose, kind.beginning)
        world = getattr(import_module(kind.module), kind.world)
        place.validate(screen, world, {"preset": preset, "variant": variant}, seed, max_minutes)

    return run


for _kind in KINDS:
    _call = f"sparling validate {_kind.command}"
    _lines = examples(_call, f"{_call} --variant published --seed 1")
    app.command(_kind.command, help=_kind.help, cls=Command, epilog=_lines)(_command_of(_kind))


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
    place = Place("audio", out, device, force, resume)
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
    place = Place("planted-dna", out, device, force, resume)
    screen = place.open(quiet, verbose, "Preparing sequences with motifs …")
    from sparling_genomics.worlds.planted_dna.world import PlantedWorld

    place.validate(screen, PlantedWorld, {"grammar": grammar}, seed, max_minutes)
