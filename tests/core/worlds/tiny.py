"""Quick presets made so small that a whole validation takes seconds: it learns little, and goes all the way."""

from dataclasses import replace

from sparling.domains.digit_circle import DigitCircle
from sparling.domains.latex_ocr.domain import LatexOcr
from sparling.validation.run import Run
from sparling.validation.variants import Schedule
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.digit_circle.world import DigitCircleWorld
from sparling.worlds.images.presets import Network, Preset
from sparling.worlds.latex_ocr.presets import PRESETS as FORMULAS

WORLD = DigitCircle(side=40, fewest=1, most=2, radius=4.0)
NETWORK = Network(width=16, units=1, readout_width=32, readout_layers=1)


def tiny_schedule(schedule: Schedule) -> Schedule:
    """Six evaluations of 256 images each."""
    return replace(
        schedule,
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


def tiny_preset() -> Preset[DigitCircle]:
    """DigitCircle."""
    quick = PRESETS["quick"]
    return replace(quick, domain=WORLD, network=NETWORK, schedule=tiny_schedule(quick.schedule))


def tiny_formulas() -> Preset[LatexOcr]:
    """LaTeX-OCR."""
    quick = FORMULAS["quick"]
    network = replace(quick.network, width=16, readout_width=32, readout_layers=1)
    return replace(quick, domain=LatexOcr(40, 64, 5), network=network, schedule=tiny_schedule(quick.schedule))


def tiny_run(variant: str = "sparling", seed: int = 1) -> Run:
    """A validation of the tiny preset."""
    return Run(DigitCircleWorld.at(tiny_preset(), variant), seed)
