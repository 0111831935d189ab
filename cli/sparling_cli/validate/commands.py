"""The group ``sparling validate``: a command a world, and all of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from sparling_cli.options import Command, Device, Force, Group, Quiet, Resume, Verbose, examples
from sparling_cli.validate import kinds
from sparling_cli.validate.options import (
    GRAMMARS,
    PRESETS,
    SIZES,
    VARIANTS,
    Clips,
    GrammarName,
    HeldOut,
    MaxMinutes,
    MaxSamples,
    Out,
    OutOfAll,
    PresetName,
    Seed,
    SizeName,
    VariantName,
)
from sparling_cli.validate.running import Place, validate_world

if TYPE_CHECKING:
    from sparling.validation.world import World

app = typer.Typer(help="Check the method on a world whose truth is known.", no_args_is_help=True, cls=Group)


@app.callback()
def worlds() -> None:
    """Check the method on a world whose truth is known."""


def _of_images(kind: "kinds.Kind[World]") -> Callable[..., None]:
    """The command of a world of images, which has no options but preset and variant."""

    def run(
        preset: PresetName = None,
        variant: VariantName = None,
        seed: Seed = None,
        max_minutes: MaxMinutes = None,
        max_samples: MaxSamples = None,
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
        place = Place(kind, out, device, force, resume)
        screen = place.open(quiet, verbose)
        validate_world(place, screen, {"preset": preset, "variant": variant}, seed, max_minutes, max_samples)

    return run


for _kind, _help in (
    (
        kinds.DIGIT_CIRCLE,
        "Learn to read the digits of noisy images, none of them labelled, and compare the map with where they are.",
    ),
    (
        kinds.LATEX_OCR,
        "Learn to read noisy images of formulas as LaTeX, no sign labelled, and compare the map with where signs are.",
    ),
):
    _call = f"sparling validate {_kind.command}"
    _lines = examples(_call, f"{_call} --variant published --seed 1")
    app.command(_kind.command, help=_help, cls=Command, epilog=_lines)(_of_images(_kind))


@app.command(
    kinds.AUDIO.command,
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
    max_samples: MaxSamples = None,
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
    place = Place(kinds.AUDIO, out, device, force, resume)
    screen = place.open(quiet, verbose)
    chosen = {"clips": None if clips is None else str(clips.resolve()), "held_out": held_out}
    validate_world(place, screen, {"preset": preset, "variant": variant, **chosen}, seed, max_minutes, max_samples)


@app.command(
    kinds.PLANTED_DNA.command,
    cls=Command,
    epilog=examples("sparling validate planted-dna", "sparling validate planted-dna --grammar spacing"),
)
def planted_dna(
    grammar: GrammarName = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    max_samples: MaxSamples = None,
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
    place = Place(kinds.PLANTED_DNA, out, device, force, resume)
    validate_world(place, place.open(quiet, verbose), {"grammar": grammar}, seed, max_minutes, max_samples)


@app.command(
    kinds.CONCEPTS.command,
    cls=Command,
    epilog=examples("sparling validate concepts", "sparling validate concepts --preset full --seed 1"),
)
def concepts(
    preset: SizeName = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    device: Device = None,
    out: Out = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Align streams that see the same sparse concepts, none labelled, and compare the latents with the concepts."""
    from sparling_cli.checks import check_name
    from sparling_cli.validate.concepts import validate_concepts

    check_name("--preset", preset, SIZES)
    place = Place(kinds.CONCEPTS, out, device, force, resume)
    validate_concepts(place, place.open(quiet, verbose), preset, seed, max_minutes)


@app.command(
    "all",
    cls=Command,
    epilog=examples("sparling validate all", "sparling validate all --resume --out validation_quick_0"),
)
def all_worlds(
    preset: PresetName = None,
    seed: Seed = None,
    max_minutes: MaxMinutes = None,
    max_samples: MaxSamples = None,
    device: Device = None,
    out: OutOfAll = None,
    force: Force = False,
    resume: Resume = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run all worlds with motifs one after the other, and end with a table of all."""
    from sparling_cli.checks import check_name
    from sparling_cli.validate.together import Together

    check_name("--preset", preset, PRESETS)
    together = Together(out, device, force, resume)
    together.validate(together.open(quiet, verbose), preset, seed, max_minutes, max_samples)
