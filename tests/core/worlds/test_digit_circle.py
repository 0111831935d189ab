"""DigitCircle beside the published figures."""

from dataclasses import replace

import pytest

from sparling.domains.digit_circle import DigitCircle
from sparling.validation.summary import in_percent
from tests.core.validation.hand_made import WORLD, result_with


def test_each_figure_stands_beside_the_published_one() -> None:
    rows = {row.name: (in_percent(row.value), in_percent(row.reference)) for row in WORLD.figures(result_with())}
    assert rows == {
        "FPE": ("2.00", "1.48"),
        "FNE": ("5.00", "0.42"),
        "CE": ("8.00", "1.16"),
        "E2EE": ("1.23", "0.74"),
        "exact match": ("90.00", "–"),
        "perturbation": ("50.00", "99.30"),
    }


@pytest.mark.parametrize(
    ("side", "fewest", "most", "words"),
    [(100, 3, 6, "in the same world"), (64, 2, 3, "quick is a smaller world, 64 × 64 pixels with 2–3 digits")],
)
def test_the_published_world_is_named(side: int, fewest: int, most: int, words: str) -> None:
    world = replace(WORLD, domain=DigitCircle(side, fewest, most, radius=12.0))
    text = world.remarks(result_with())
    assert words in text
    assert "100 × 100" in text
    assert "6 million" in text
