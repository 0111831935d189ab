"""The quick preset made so small that a whole validation takes seconds: it learns little, and goes all the way."""

from dataclasses import replace

from sparling.domains.digit_circle import DigitCircle
from sparling.validation.run import Run
from sparling.worlds.digit_circle.presets import PRESETS, Network, Preset
from sparling.worlds.digit_circle.world import DigitCircleWorld

WORLD = DigitCircle(side=40, fewest=1, most=2, radius=4.0)
NETWORK = Network(width=16, units=1, readout_width=32, readout_layers=1)


def tiny_preset() -> Preset:
    """Six evaluations of 256 images each."""
    quick = PRESETS["quick"]
    schedule = replace(
        quick.schedule,
        evaluate_every=256,
        warm_up=100,
        settle_evaluations=1,
        held_out=64,
        calibration=128,
        test=64,
        initial=0.03,
        factor=0.3,
        tolerance=1.0,
        patience=1,
        fall=1e-2,
        batch_size=32,
        constant_samples=512,
    )
    return replace(quick, domain=WORLD, network=NETWORK, schedule=schedule)


def tiny_run(variant: str = "sparling", seed: int = 1) -> Run:
    """A validation of the tiny preset."""
    return Run(DigitCircleWorld.at(tiny_preset(), variant), seed)
