"""The method itself, on a world small enough for a minute: digits that nobody labelled become channels."""

from dataclasses import replace
from pathlib import Path

from sparling.devices import choose_fabric
from sparling.domains.digit_circle import DigitCircle
from sparling.validation.flow import validate
from sparling.validation.presets import PRESETS
from sparling.validation.run import Run


def test_digits_emerge_as_density_falls(tmp_path: Path) -> None:
    quick = PRESETS["quick"]
    schedule = replace(
        quick.schedule, evaluate_every=2_000, factor=0.4, patience=1, settle_evaluations=1, held_out=500, test=500
    )
    world = DigitCircle(side=48, fewest=2, most=2, radius=5.0)
    preset = replace(quick, domain=world, schedule=schedule)
    scan = validate(Run(preset, "sparling", 0), choose_fabric("cpu", "auto")[0], tmp_path)["scan"]
    first, sparse = scan[0], next(point for point in scan if point["target_density"] < 6 * preset.true_density)
    final = next(point for point in scan if point["target_density"] == preset.true_density)
    assert first["fpe"] > 0.95
    assert first["ce"] > 0.4
    assert sparse["exact_match"] > 0.8
    assert sparse["fne"] < 0.05
    assert sparse["ce"] < 0.25
    assert final["fpe"] < 0.05
