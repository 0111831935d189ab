"""Which classes the theorem speaks of, in sentences; and what a validation says of it."""

import json
from dataclasses import replace

import pytest

from sparling.evaluation.identifiability.background import Invariance
from sparling.evaluation.identifiability.dependence import Dependence
from sparling.evaluation.identifiability.necessity import Necessity
from sparling.evaluation.identifiability.shares import Share
from sparling.validation.theorem.assumptions import LAYOUTS, Theorem, assumptions
from sparling.validation.theorem.picture import pairs
from sparling.validation.theorem.verdicts import ClassAssumptions, verdict
from sparling.worlds.digit_circle.world import DigitCircleWorld
from tests.core.validation.hand_made import result_with

ALL, NONE = Share.of(500, 500), Share.of(0, 500)
GOOD = ClassAssumptions(
    "7",
    Share.of(3, 500),
    Share.of(60, 500),
    Dependence(450, "its place", 0.001, 0.6),
    Necessity(Share.of(233, 500), {"removed": Share.of(233, 500), "added": NONE}),
)
SAME = Invariance(1000, 0.001, 0.4)


def test_a_class_that_meets_all_is_guaranteed() -> None:
    found = verdict(GOOD, SAME, 1.03)
    assert found.guaranteed
    assert found.says == (
        "7: guaranteed, as far as the assumptions can be measured. "
        "The answer changes when it is removed (46.6 % of layouts); α̂ = 0.466, at least 0.423."
    )


@pytest.mark.parametrize(
    ("of", "background", "density", "words"),
    [
        (replace(GOOD, overlapping=Share.of(50, 500)), SAME, 1.0, "10 % of its footprints meet another"),
        (replace(GOOD, overlapping=Share.of(0, 0)), SAME, 1.0, "it does not occur"),
        (replace(GOOD, dependence=Dependence(450, "its place", 0.05, 0.002)), SAME, 1.0, r"depend on its place \(P = "),
        (replace(GOOD, necessity=None), SAME, 1.0, "does not say what an edit of it would change"),
        (replace(GOOD, necessity=Necessity(NONE, {"removed": NONE})), SAME, 1.0, "No edit of it changes the answer"),
        (replace(GOOD, necessity=Necessity(Share.of(3, 20), {})), SAME, 1.0, "No edit"),
        (GOOD, Invariance(1000, 0.2, 0.001), 1.0, "background is not the same everywhere"),
        (GOOD, SAME, 1.5, "density of the map is 1.50 × δ"),
        (GOOD, SAME, 0.5, "density of the map is 0.50 × δ"),
    ],
)
def test_what_stands_against_a_class_is_named(
    of: ClassAssumptions, background: Invariance, density: float, words: str
) -> None:
    found = verdict(of, background, density)
    assert found.guaranteed == (words == "No edit")
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(found.says)


def test_a_dependence_beyond_chance_that_explains_nothing_is_none() -> None:
    assert verdict(replace(GOOD, dependence=Dependence(450, "its place", 0.005, 0.002)), SAME, 1.0).guaranteed
    assert verdict(GOOD, Invariance(1000, 0.01, 0.001), 1.0).guaranteed
    assert verdict(replace(GOOD, dependence=None), None, 1.0).guaranteed


@pytest.fixture(scope="module")
def measured() -> Theorem:
    world = DigitCircleWorld.of("quick", "sparling")
    missed = [0.01 * k for k in range(10)]
    return assumptions(world.task(0, "cpu"), world.layouts(), n=400, field=17, density=1.0, missed=missed)


def test_digit_circle_meets_all(measured: Theorem) -> None:
    assert len(measured.classes) == len(measured.verdicts) == 10
    assert all(each.overlapping.value == 0 for each in measured.classes)
    assert all(each.necessity is not None and each.necessity.alpha.number == 400 < LAYOUTS for each in measured.classes)
    assert measured.background is not None
    assert sum(each.guaranteed for each in measured.verdicts) >= 9
    assert measured.alpha is not None
    assert measured.alpha > 0.9


def test_a_world_without_edits_has_no_bound() -> None:
    world = DigitCircleWorld.of("quick", "sparling")
    found = assumptions(world.task(0, "cpu"), None, n=60, field=17, density=1.0, missed=[0.0] * 10)
    assert (found.alpha, found.k, found.alpha_fne) == (None, None, None)
    assert not any(each.guaranteed for each in found.verdicts)


def test_it_is_read_back_as_it_was_written(measured: Theorem) -> None:
    result = replace(result_with(), theorem=measured)
    again = type(result).from_json(json.loads(json.dumps(result.to_json())), ("preset", "variant"))
    assert again.theorem == measured


def test_pairs_are_of_the_densities_at_which_all_can_be_told() -> None:
    result = result_with()
    told = pairs((*result.scan, replace(result.scan[0], exact_match=None)))
    assert [(density, round(e, 3)) for density, e, _ in told] == [(0.1, 0.9), (0.01, 0.4), (0.003, 0.7)]
    several = pairs(tuple(replace(point, ce=0.9, ce_many=0.0) for point in result.scan), several=True)
    assert [e_m for _, _, e_m in several][-1] == pytest.approx(0.6)
    # no mark agreed with anything at 0.01, where CE cannot be told; at 0.003 four of ten are marked, all rightly
    assert [round(e_m, 3) for _, _, e_m in told[1:]] == [1.0, 0.6]
