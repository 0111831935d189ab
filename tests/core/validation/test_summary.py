"""Figures in words: one sentence that follows from them, and where marks are judged."""

from typing import Any

import pytest

from sparling.validation.result import ValidationResult
from sparling.validation.summary import about_placement, verdict
from tests.core.validation.hand_made import CLASSES, WORLD, result_with


def with_channels(*channels: int | None, **fields: Any) -> ValidationResult:
    clean = {"missed": 0, "confused": 0}
    classes = [item | clean | {"channel": channel} for item, channel in zip(CLASSES, channels, strict=True)]
    return result_with(**({"classes": classes} | fields))


def test_the_verdict_counts_classes_with_a_channel_of_their_own() -> None:
    every = verdict(with_channels(0, 1, 2), WORLD)
    assert every.startswith("Every digit class has a channel of its own; 5 % of digits were missed, 8 % taken for")
    assert every.endswith("2 % of the marks lie on no digit, and 90 % of the images were read without a fault.")
    two = verdict(with_channels(0, 1, None), WORLD)
    assert two.startswith("2 of 3 digit classes have a channel of their own, not 2;")
    one = verdict(with_channels(0, None, None), WORLD)
    assert one.startswith("1 of 3 digit classes have a channel of their own, not 1 and 2;")
    assert verdict(with_channels(None, None, None), WORLD).startswith("No digit class has a channel of its own;")


def test_a_channel_that_seldom_answers_to_its_class_is_not_its_own() -> None:
    seldom = [item | {"channel": k, "missed": 0, "confused": 20 * (k == 1)} for k, item in enumerate(CLASSES)]
    assert "not 1;" in verdict(result_with(classes=seldom), WORLD)


def test_without_any_prediction_there_is_no_confusion_to_tell() -> None:
    text = verdict(with_channels(None, None, None, ce=None, fpe=0.0, fne=1.0, exact_match=0.0), WORLD)
    assert "; 100 % of digits were missed, 0 % of the marks lie on no digit, and 0 % of the images" in text


def test_where_a_class_may_have_several_channels_confusion_is_many_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    result = result_with(ce=0.4, ce_many=0.03)
    assert "40 % taken for another" in verdict(result, WORLD)
    monkeypatch.setattr(type(WORLD), "several", True)
    assert " 3 % taken for another" in verdict(result, WORLD)
    assert "CE many" in about_placement(result, several=True)


def test_marks_are_said_to_be_moved_as_far_as_they_were() -> None:
    assert about_placement(result_with(offsets=[[0, -2], [0, 0]])) == (
        "Each mark is judged at the middle of what its channel sees, up to 2 positions away; "
        "as marked: FPE 3.10, FNE 6.00, CE 8.00 %."
    )
    assert "up to 1 position away" in about_placement(result_with(offsets=[[1], [0]]))
