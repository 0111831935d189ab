"""Figures in words: beside the published ones, and in one sentence that follows from them."""

from typing import Any

import pytest

from sparling.validation.summary import about_published, figures, in_percent, verdict
from tests.core.validation.hand_made import CLASSES, RESULT


def test_each_figure_stands_beside_the_published_one() -> None:
    rows = {
        row.name: (in_percent(row.value), row.published and in_percent(row.published.mean)) for row in figures(RESULT)
    }
    assert rows == {
        "FPE": ("2.00", "1.48"),
        "FNE": ("5.00", "0.42"),
        "CE": ("8.00", "1.16"),
        "E2EE": ("1.23", "0.74"),
        "exact match": ("90.00", None),
        "perturbation": ("50.00", "99.30"),
    }


def with_channels(*channels: int | None, **fields: Any) -> dict[str, Any]:
    clean = {"missed": 0, "confused": 0}
    classes = [item | clean | {"channel": channel} for item, channel in zip(CLASSES, channels, strict=True)]
    return RESULT | fields | {"classes": classes}


def test_the_verdict_counts_classes_with_a_channel_of_their_own() -> None:
    assert verdict(with_channels(0, 1, 2)).startswith("Every digit class has a channel of its own; 5 % of digits")
    assert verdict(with_channels(0, 1, None)).startswith("2 of 3 digit classes have a channel of their own, not 2;")
    assert verdict(with_channels(0, None, None)).startswith(
        "1 of 3 digit classes have a channel of their own, not 1 and 2;"
    )
    assert verdict(with_channels(None, None, None)).startswith("No digit class has a channel of its own;")


def test_a_channel_that_seldom_answers_to_its_class_is_not_its_own() -> None:
    result = with_channels(0, 1, 2)
    result["classes"][1]["confused"] = 20
    assert "not 1;" in verdict(result)


def test_without_any_prediction_there_is_no_confusion_to_tell() -> None:
    text = verdict(with_channels(None, None, None, ce=None, fpe=0.0, fne=1.0, exact_match=0.0))
    assert "; 100 % of digits were missed, 0 % of the marks lie on no digit, and 0 % of the images" in text


@pytest.mark.parametrize(
    ("side", "fewest", "most", "words"),
    [(100, 3, 6, "in the same world"), (64, 2, 3, "quick is a smaller world, 64 × 64 pixels with 2–3 digits")],
)
def test_the_published_world_is_named(side: int, fewest: int, most: int, words: str) -> None:
    domain = {"side": side, "fewest": fewest, "most": most}
    text = about_published(RESULT | {"settings": {"domain": domain}})
    assert words in text
    assert "100 × 100" in text
    assert "6 million" in text
