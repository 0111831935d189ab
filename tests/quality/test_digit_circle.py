"""The method itself: digits that nobody labelled become channels."""

from pathlib import Path

import pytest

from sparling.training.devices import choose_fabric
from sparling.validation.flow import validate
from sparling.validation.run import Run
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.digit_circle.world import DigitCircleWorld


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.slow if seed else pytest.mark.quality) for seed in range(5)]
)
def test_the_quick_preset_finds_every_digit(seed: int, tmp_path: Path) -> None:
    """Ten minutes a seed. Measured over five seeds: FPE at most 0.1, E2EE at most 1 %."""
    result = validate(Run(DigitCircleWorld.at(PRESETS["quick"]), seed), choose_fabric("cpu", "auto")[0], tmp_path)
    for share in (result.errors.fpe, result.errors.fne, result.errors.ce, result.output.e2ee):
        assert share is not None
        assert share <= 0.05
