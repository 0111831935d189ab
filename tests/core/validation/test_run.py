"""What is to be run: its defaults, its faults, and whether a folder holds the same run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sparling.errors import InputError, SettingOutOfRange
from sparling.validation.run import CONFIG, Run
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.digit_circle.world import DigitCircleWorld

Options = tuple[str | None, str | None, int | None, float | None]


def run_of(
    preset: str | None = None, variant: str | None = None, seed: int | None = None, max_minutes: float | None = None
) -> Run:
    return Run.of(DigitCircleWorld, {"preset": preset, "variant": variant}, seed, max_minutes)


def resumable(
    folder: Path, preset: str | None, variant: str | None, seed: int | None, max_minutes: float | None
) -> Run:
    return Run.resumable(DigitCircleWorld, folder, {"preset": preset, "variant": variant}, seed, max_minutes)


def test_defaults_are_the_quick_preset_of_the_method_itself() -> None:
    assert run_of() == Run(DigitCircleWorld.at(PRESETS["quick"]), 0)
    assert [run_of("full", variant, 3).name for variant in (None, "shared")] == ["full_3", "full_3_shared"]


def test_time_is_the_only_thing_that_an_option_changes_in_a_preset() -> None:
    run = run_of("quick", max_minutes=0.5)
    assert run.world.schedule == replace(PRESETS["quick"].schedule, max_minutes=0.5)
    assert run.world == replace(DigitCircleWorld.at(PRESETS["quick"]), schedule=run.world.schedule)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("huge", None, None, None), "preset must be one of quick, full, paper; got huge"),
        (("", None, None, None), "preset must be one of quick, full, paper; got $"),
        (("quick", "l3", None, None), "variant must be one of sparling, shared, .*; got l3"),
        (("quick", None, -1, None), "seed must be a whole number from 0 to .*; got -1"),
        (("quick", None, 1 << 62, None), "seed must be a whole number"),
        (("quick", None, None, 0.0), "max_minutes must be above 0; got 0"),
        (("quick", None, None, float("nan")), "max_minutes must be above 0; got nan"),
        (("quick", None, None, float("inf")), "max_minutes must be above 0; got inf"),
    ],
)
def test_faults_are_named(options: Options, words: str) -> None:
    with pytest.raises(InputError, match=words):
        run_of(*options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run_of("full", "shared", 4, 2.5).start(tmp_path / "run")
    return tmp_path / "run"


def test_a_run_is_found_again_with_and_without_its_options(folder: Path) -> None:
    run = run_of("full", "shared", 4, 2.5)
    assert resumable(folder, None, None, None, None) == run
    assert resumable(folder, "full", "shared", 4, 2.5) == run
    assert resumable(folder, None, None, None, 7.0) == run_of("full", "shared", 4, 7.0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("quick", None, None), "preset quick differs from the run to resume, which has full"),
        ((None, "sparling", None), "variant sparling differs from the run to resume, which has shared"),
        ((None, None, 0), "seed 0 differs from the run to resume, which has 4"),
    ],
)
def test_another_run_is_not_gone_on_with(
    folder: Path, options: tuple[str | None, str | None, int | None], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        resumable(folder, *options, None)


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"no run to resume, {CONFIG} is missing"):
        resumable(tmp_path, None, None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"preset": "huge"},
        {"seed": None},
        {"seed": "x"},
        {"settings": {}},
        {"settings": {"schedule": {"max_minutes": -1}}},
    ],
)
def test_a_damaged_configuration_is_told_with_its_path(folder: Path, change: dict[str, object]) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | change))
    with pytest.raises(InputError, match=rf"not the configuration of a run .*{CONFIG}"):
        resumable(folder, None, None, None, None)


def test_a_preset_that_has_changed_since_is_not_gone_on_with(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = PRESETS["full"]
    monkeypatch.setitem(PRESETS, "full", replace(full, schedule=replace(full.schedule, factor=0.5)))
    with pytest.raises(InputError, match="the settings are not what they were when the run was started"):
        resumable(folder, None, None, None, None)


def test_a_budget_of_samples_takes_the_place_of_the_worlds_minutes(tmp_path: Path) -> None:
    """Else the result would depend on the machine all the same; with both, the first that is spent counts."""
    run = Run.of(DigitCircleWorld, {}, None, None, 5000)
    schedule = run.world.schedule
    assert (schedule.max_minutes, schedule.max_samples) == (None, 5000)
    assert schedule.training().max_samples == 5000
    both = Run.of(DigitCircleWorld, {}, None, 2.0, 5000).world.schedule
    assert (both.max_minutes, both.max_samples) == (2.0, 5000)
    run.start(tmp_path / "run")
    assert Run.resumable(DigitCircleWorld, tmp_path / "run", {}) == run
    longer = Run.resumable(DigitCircleWorld, tmp_path / "run", {}, None, None, 9000)
    assert longer.world.schedule == replace(schedule, max_samples=9000)
    with pytest.raises(SettingOutOfRange, match="max_samples must be above 0; got 0"):
        Run.of(DigitCircleWorld, {}, None, None, 0)
