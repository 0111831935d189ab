"""The result as values and as validation.json: one is the other, and what is not a result is told."""

import json
import math
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from sparling.errors import InputError
from sparling.evaluation.motif_errors import MotifCounts
from sparling.validation.result import Facts, FoundClass, MapErrors, ScanPoint, ValidationResult
from tests.core.validation.hand_made import RESULT, result_with

OPTIONS = ("preset", "variant")


def test_reading_and_writing_are_inverse() -> None:
    result = result_with()
    assert json.loads(json.dumps(result.to_json())) == json.loads(json.dumps(RESULT))
    assert ValidationResult.from_json(json.loads(json.dumps(result.to_json())), OPTIONS) == result


def test_parts_are_values() -> None:
    result = result_with(necessity=None)
    assert result.chosen == {"preset": "quick", "variant": "shared"}
    assert result.errors == MapErrors(0.02, 0.05, 0.08, 0.08)
    assert result.classes[2] == FoundClass("2", None, 10, 4, 6)
    assert isinstance(result.scan[0], ScanPoint)
    assert result.offsets[2] == (-2, 0)
    assert result.causal.necessity is None


@dataclass(frozen=True)
class Told(Facts):
    starts: tuple[MapErrors, ...]


def test_facts_of_a_world_stand_beside_what_all_tell() -> None:
    known = {"fpe": 0.1, "fne": 0.2, "ce": None, "ce_many": None}
    result = ValidationResult.from_json(RESULT | {"starts": [known]}, OPTIONS, Told)
    assert result.facts == Told((MapErrors(0.1, 0.2, None, None),))
    assert json.loads(json.dumps(result.to_json()))["starts"] == [known]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"fpe": "many"}, "not the result of a validation .*fpe"),
        ({"classes": [{"name": "0"}]}, "not the result of a validation .*classes.0.channel"),
        ({"seed": None}, "not the result of a validation .*seed"),
    ],
)
def test_values_of_another_kind_are_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        result_with(**change)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(InputError, match=r"it lacks scan, delta_star, variant$"):
        ValidationResult.from_json(
            {name: value for name, value in RESULT.items() if name not in ("scan", "delta_star", "variant")}, OPTIONS
        )


def test_errors_that_cannot_be_told_are_none() -> None:
    nothing = MotifCounts(torch.zeros(2, 2, dtype=torch.int64), torch.tensor([3, 1]), torch.tensor([0, 0]))
    errors = MapErrors.of(nothing)
    assert errors == MapErrors(0.0, 1.0, None, None)
    assert not math.isnan(errors.fpe)
