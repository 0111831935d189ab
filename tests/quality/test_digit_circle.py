"""The method itself: digits that nobody labelled become channels."""

from dataclasses import replace
from pathlib import Path

import pytest

from sparling.domains.digit_circle import DigitCircle
from sparling.training.devices import choose_fabric
from sparling.validation.flow import validate
from sparling.validation.run import Run
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.digit_circle.world import DigitCircleWorld


@pytest.mark.quality
def test_digits_emerge_as_density_falls(tmp_path: Path) -> None:
    """A world and a schedule small enough for a minute: most is learned, not all."""
    quick = PRESETS["quick"]
    schedule = replace(
        quick.schedule,
        evaluate_every=2_500,
        factor=0.5,
        tolerance=1.0,
        settle_evaluations=1,
        held_out=500,
        calibration=2_000,
        test=500,
    )
    world = DigitCircle(side=52, fewest=3, most=3, radius=10.0, overlap=False)
    preset = replace(quick, domain=world, schedule=schedule)
    result = validate(Run(DigitCircleWorld.at(preset), 0), choose_fabric("cpu", "auto")[0], tmp_path)
    first, errors = result.scan[0], result.errors
    assert first.fpe is not None
    assert first.ce is not None
    assert errors.ce is not None
    assert result.output.e2ee is not None
    assert first.fpe > 0.95
    assert first.ce > 0.6
    assert errors.fpe < 0.3
    assert errors.fne < 0.3
    assert errors.ce < 0.35
    assert result.output.e2ee < 0.6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_quick_preset_finds_every_digit(seed: int, tmp_path: Path) -> None:
    result = validate(Run(DigitCircleWorld.at(PRESETS["quick"]), seed), choose_fabric("cpu", "auto")[0], tmp_path)
    for share in (result.errors.fpe, result.errors.fne, result.errors.ce, result.output.e2ee):
        assert share is not None
        assert share <= 0.05
