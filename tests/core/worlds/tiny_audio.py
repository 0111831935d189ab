"""The quick preset of spoken digits made so small that a whole validation takes seconds: it goes all the way."""

from dataclasses import replace
from functools import cache

from sparling.domains.spoken_digits.clips import divide
from sparling.domains.spoken_digits.voice import built_in_voices
from sparling.validation.run import Run
from sparling.worlds.spoken_digits.presets import PRESETS, Network, Preset
from sparling.worlds.spoken_digits.sources import Source
from sparling.worlds.spoken_digits.world import SpokenDigitsWorld

NETWORK = Network(width=16, units=1, kernel=5, readout_width=32, readout_layers=1)


def tiny_preset() -> Preset:
    """A second or two of sound with a digit or two, six evaluations of 256 clips each."""
    quick = PRESETS["quick"]
    schedule = replace(
        quick.schedule,
        evaluate_every=256,
        warm_up=100,
        settle_evaluations=1,
        held_out=64,
        calibration=128,
        test=64,
        initial=0.05,
        factor=0.3,
        tolerance=1.0,
        patience=1,
        fall=1e-2,
        batch_size=32,
        constant_samples=512,
    )
    return replace(quick, seconds=1.6, fewest=1, most=2, network=NETWORK, schedule=schedule)


@cache
def tiny_source() -> Source:
    """Two voices, two takes."""
    train, test = divide(built_in_voices(voices=2, takes=2))
    return Source(train, test, {"speakers": 2, "train": len(train), "test": len(test)})


def tiny_run(variant: str = "sparling", seed: int = 1) -> Run:
    """A validation of the tiny preset."""
    return Run(SpokenDigitsWorld.at(tiny_preset(), tiny_source(), variant), seed)
