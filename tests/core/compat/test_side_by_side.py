"""`sparling.compat` gives the numbers of 0.3.0: recorded ones, and those of 0.3.0 itself where it is installed."""

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from sparling import compat
from tests.core.compat import cases

RECORDED = json.loads((Path(__file__).parent / "recorded.json").read_text())
PACKAGES = "sparling==0.3.0", "dconstruct"


@pytest.fixture(scope="module")
def folder() -> Path:
    """Where 0.3.0 is installed, in no environment of ours; installed there if it is not."""
    named = os.environ.get("SPARLING_030")
    if not named:
        pytest.skip("SPARLING_030 names no folder that has sparling 0.3.0, or that it may be installed in")
    folder = Path(named)
    if not (folder / "sparling").is_dir():
        command = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder), *PACKAGES]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"sparling 0.3.0 cannot be installed: {done.stderr.strip().splitlines()[-1]}")
    return folder


def theirs(installed: Path, what: str, out: Path, folder: Path) -> dict[str, Any]:
    """What 0.3.0 says, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(installed), "OMP_NUM_THREADS": str(torch.get_num_threads())}
    command = [sys.executable, cases.__file__, what, str(out), str(folder)]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def assert_alike(found: Any, expected: Any, where: str) -> None:
    """Words and counts equal, other numbers up to what the order of a sum may change over 50 steps of training."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key, value in expected.items():
            assert_alike(found[key], value, f"{where}, {key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            assert_alike(one, other, f"{where}, {number}")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-3, abs=5e-3), where
    else:
        assert found == expected, where


def test_all_names_of_0_3_0_are_there() -> None:
    assert len(cases.NAMES) == 22
    assert set(cases.NAMES) <= set(compat.__all__)


def test_every_layer_and_every_table_of_names_is_among_the_cases() -> None:
    built = {case.kind for case in cases.CASES.values()}
    assert built == set(compat.sparsity_types()) | set(compat.enforce_sparsity_per_channel_types())


@pytest.mark.parametrize("name", cases.CASES)
def test_numbers_are_those_recorded(name: str) -> None:
    """Activations, gradients, thresholds and states over 50 batches, fresh and trained, pickled on the way."""
    _, seen = cases.trained(compat, cases.CASES[name])
    assert_alike(cases.plain(seen), RECORDED["cases"][name], name)


def test_tables_constructors_and_base_classes_are_those_recorded() -> None:
    assert cases.plain(cases.surface(compat)) == RECORDED["surface"]


def test_float64_stays_float64() -> None:
    found = [cases.doubled(compat, cases.CASES[name], whole) for name, whole in cases.DOUBLES]
    assert_alike(cases.plain(found), RECORDED["doubles"], "doubles")


@pytest.mark.parametrize("name", cases.SCHEDULES)
def test_schedules_are_those_recorded(name: str) -> None:
    found = cases.schedule(compat, **cases.SCHEDULES[name])
    assert found == pytest.approx(RECORDED["schedules"][name], abs=1e-9)
    if name == "annealing":
        assert 3 < len(set(found)) < 20


@pytest.mark.parametrize("name", cases.CASES)
def test_a_recorded_state_dict_loads(name: str) -> None:
    case, recorded = cases.CASES[name], RECORDED["cases"][name]
    state = {key: torch.tensor(value) for key, value in recorded["state"].items()}
    layer = cases.loaded(compat, case, state)
    assert_alike(cases.plain(cases.evaluated(layer, case)), recorded["evaluated"], name)


def test_both_give_the_same_numbers(folder: Path, tmp_path: Path) -> None:
    """To the ninth digit."""
    expected = theirs(folder, "record", tmp_path / "theirs.json", tmp_path)
    found = cases.record(compat)
    for part in ("surface", "doubles", "schedules"):
        assert found[part] == expected[part], part
    for name, seen in expected["cases"].items():
        assert found["cases"][name] == seen, name


def test_state_dicts_load_both_ways(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "ours").mkdir()
    expected = theirs(folder, "save", tmp_path / "out.json", tmp_path / "theirs")
    assert cases.load(compat, tmp_path / "theirs") == expected
    assert cases.save(compat, tmp_path / "ours") == expected
    assert theirs(folder, "load", tmp_path / "out.json", tmp_path / "ours") == expected


class Renaming(pickle.Unpickler):
    """Finds what 0.3.0 pickled in `sparling.compat`, as docs/compat.md shows."""

    def find_class(self, module: str, name: str) -> Any:
        return super().find_class("sparling.compat" if module.startswith("sparling.sparsity") else module, name)


def test_layers_that_0_3_0_pickled_whole_can_be_read(folder: Path, tmp_path: Path) -> None:
    expected = theirs(folder, "save", tmp_path / "out.json", tmp_path)
    for number, (name, case) in enumerate(cases.CASES.items()):
        with (tmp_path / f"{number}.pkl").open("rb") as file:
            layer = Renaming(file).load()
        assert type(layer) is getattr(compat, case.kind)
        assert cases.plain(cases.evaluated(layer, case)) == expected[name], name


def test_a_layer_pickled_before_it_had_dimensions_has_two(rng: torch.Generator) -> None:
    case = cases.CASES["norm, 2D"]
    layer = cases.build(compat, case)
    del layer.__dict__["input_dimensions"]
    assert pickle.loads(pickle.dumps(layer))(torch.randn(case.shape, generator=rng)).shape == case.shape


def test_the_recorded_numbers_are_those_of_0_3_0(folder: Path, tmp_path: Path) -> None:
    assert_alike(RECORDED, theirs(folder, "record", tmp_path / "theirs.json", tmp_path), "recorded")
