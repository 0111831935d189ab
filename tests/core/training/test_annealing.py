import copy
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling.training.annealing import (
    AnnealingRule,
    AnnealingState,
    Constant,
    Evaluation,
    Published,
    Relative,
    Step,
    simulate,
)

GAVE_UP = "accuracy did not recover from a sparser density"
REACHED = "target density reached"


def actions(rule: AnnealingRule, *accuracies: float, noise: float = 0.0) -> list[str]:
    return [step.action for step in simulate(rule, [(i + 1, a, noise) for i, a in enumerate(accuracies)])]


def densities(rule: AnnealingRule, *accuracies: float) -> list[float]:
    return [round(step.state.density, 6) for step in simulate(rule, [(i + 1, a) for i, a in enumerate(accuracies)])]


# Published


def test_published_bar_falls_by_the_sample_and_rises_to_the_accuracy() -> None:
    rule = Published(target=0.1, fall=1e-3)
    steps = simulate(rule, [(100, 0.85), (200, 0.85), (250, 0.79), (300, 0.81), (310, 0.79)])
    assert [s.action for s in steps] == ["hold", "tighten", "hold", "tighten", "hold"]
    assert [s.state.bar for s in steps] == pytest.approx([0.9, 0.85, 0.80, 0.81, 0.80])
    assert [s.state.density for s in steps] == pytest.approx([0.5, 0.375, 0.375, 0.28125, 0.28125])


def test_published_bar_must_be_beaten_not_met() -> None:
    assert actions(Published(target=0.1, fall=0.0, initial_bar=0.5), 0.5, 0.500001) == ["hold", "tighten"]


def test_published_stops_once_the_target_itself_has_held() -> None:
    rule = Published(target=0.3, fall=0.5)
    steps = simulate(rule, [(i, 0.9) for i in range(1, 9)])
    assert [s.action for s in steps] == ["tighten", "tighten", "stop"]
    assert [s.state.density for s in steps] == [0.375, 0.3, 0.3]
    assert steps[-1].state.reason == REACHED
    assert steps[-1].state.held == 0.3


def test_published_settings_need_accuracy_near_one() -> None:
    evaluations = [(20_000 * i, 0.85) for i in range(1, 76)]
    assert {s.action for s in simulate(Published(target=4.492e-5), evaluations[:74])} == {"hold"}
    assert simulate(Published(target=4.492e-5), [*evaluations, (1_500_020, 0.85)])[-1].action == "tighten"


def test_published_does_not_tighten_on_a_model_that_diverged() -> None:
    assert actions(Published(target=0.1, fall=0.9), float("nan"), float("nan")) == ["hold", "hold"]


# Relative


def test_relative_tightens_while_accuracy_holds_and_stops_at_the_target() -> None:
    rule = Relative(target=0.3, tolerance=0.01)
    assert actions(rule, 0.8, 0.795, 0.81, 0.9) == ["tighten", "tighten", "stop"]
    assert densities(rule, 0.8, 0.795, 0.81) == [0.375, 0.3, 0.3]


def test_relative_holds_below_the_bar_and_goes_on_after_recovery() -> None:
    rule = Relative(target=0.1, tolerance=0.01, patience=3)
    assert actions(rule, 0.9, 0.80, 0.85, 0.895) == ["tighten", "hold", "hold", "tighten"]


def test_relative_waits_while_accuracy_still_rises() -> None:
    rule = Relative(target=0.1, tolerance=0.01, patience=2, look_ahead=0)
    assert actions(rule, 0.9, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8) == [
        "tighten",
        "hold",
        "hold",
        "hold",
        "hold",
        "hold",
        "revert",
    ]


def test_small_gains_do_not_count_as_rising() -> None:
    rule = Relative(target=0.1, tolerance=0.02, patience=2, look_ahead=0)
    assert actions(rule, 0.9, 0.50, 0.505, 0.509) == ["tighten", "hold", "hold", "revert"]


def test_relative_goes_back_to_the_last_density_that_held() -> None:
    rule = Relative(target=0.01, tolerance=0.01, patience=1, look_ahead=0)
    steps = simulate(rule, [(1, 0.9), (2, 0.9), (3, 0.5), (4, 0.5), (5, 0.99)])
    assert [s.action for s in steps] == ["tighten", "tighten", "hold", "revert"]
    assert (steps[-1].state.density, steps[-1].state.held, steps[-1].state.reason) == (0.375, 0.375, GAVE_UP)


def test_look_ahead_gives_up_that_many_densities_before_going_back() -> None:
    for look_ahead in (0, 1, 2):
        rule = Relative(target=0.01, patience=1, look_ahead=look_ahead)
        expected = ["tighten"] + ["hold", "tighten"] * look_ahead + ["hold", "revert"]
        assert actions(rule, 0.9, *[0.5] * 20) == expected
        assert densities(rule, 0.9, *[0.5] * 20)[-1] == 0.5


def test_a_sparser_density_that_holds_forgives_those_given_up() -> None:
    rule = Relative(target=0.01, patience=1, look_ahead=1)
    steps = simulate(rule, [(i, a) for i, a in enumerate([0.9, 0.5, 0.5, 0.9, 0.5, 0.5, 0.5, 0.5])])
    assert [s.action for s in steps] == ["tighten", "hold", "tighten", "tighten", "hold", "tighten", "hold", "revert"]
    assert steps[3].state.failed == 0
    assert steps[-1].state.density == pytest.approx(0.5 * 0.75**2)


def test_look_ahead_ends_at_the_target() -> None:
    rule = Relative(target=0.4, patience=1, look_ahead=5)
    assert actions(rule, 0.9, *[0.5] * 9) == ["tighten", "hold", "revert"]
    assert densities(rule, 0.9, *[0.5] * 9)[-1] == 0.5


def test_must_reach_goes_on_to_the_target_whatever_it_costs() -> None:
    rule = Relative(target=0.25, patience=1, look_ahead=0, must_reach=True)
    steps = simulate(rule, [(i, a) for i, a in enumerate([0.9] + [0.5] * 20)])
    assert [s.action for s in steps] == ["tighten", "hold", "tighten", "hold", "tighten", "hold", "stop"]
    assert (steps[-1].state.density, steps[-1].state.reason) == (0.25, REACHED)


@pytest.mark.parametrize("rule", [Relative(target=0.1, patience=3, must_reach=True), Published(target=0.1, fall=0.2)])
def test_rules_that_never_go_back_hold_where_they_are(rule: AnnealingRule) -> None:
    """So a run that is out of time stays there, too."""
    steps = simulate(rule, [(i, a) for i, a in enumerate([0.9] + [0.2] * 9)])
    assert "hold" in [step.action for step in steps[2:]]
    density = rule.start().density
    for step in steps:
        assert step.state.held == density
        density = step.state.density


def test_densities_above_the_ceiling_cannot_fail() -> None:
    rule = Relative(target=0.1, tolerance=0.01, patience=1, look_ahead=0, ceiling=0.25)
    steps = simulate(rule, [(i, a) for i, a in enumerate([0.99] + [0.2] * 20)])
    assert "revert" not in [step.action for step in steps]
    assert all((step.state.held or 0.0) <= 0.25 for step in steps)
    assert 0.25 in [step.state.density for step in steps]
    assert steps[-1].state.reason == REACHED


def test_a_ceiling_below_the_target_still_ends() -> None:
    assert actions(Relative(target=0.3, ceiling=0.01), *[0.8] * 20)[-1] == "stop"


def test_noise_widens_the_tolerance() -> None:
    rule = Relative(target=0.1, tolerance=0.01, noises=2.0)
    assert actions(rule, 0.9, 0.87, noise=0.0) == ["tighten", "hold"]
    assert actions(rule, 0.9, 0.87, noise=0.02) == ["tighten", "tighten"]


def test_relative_holds_on_a_model_that_diverged() -> None:
    nan = float("nan")
    assert actions(Relative(target=0.1), nan, nan, nan, nan, nan, 0.5) == ["hold"] * 5 + ["tighten"]


def test_a_target_at_the_initial_density_stops_at_once() -> None:
    assert actions(Relative(target=0.5), 0.6) == ["stop"]
    assert actions(Published(target=0.5, initial_bar=0.5, fall=0.0), 0.6) == ["stop"]


# Laws of both

RULES = st.one_of(
    st.builds(Published, target=st.floats(0.01, 0.4), factor=st.floats(0.1, 0.95), fall=st.floats(0.0, 1e-2)),
    st.builds(
        Relative,
        target=st.floats(0.01, 0.4),
        factor=st.floats(0.1, 0.95),
        tolerance=st.floats(0.0, 0.1),
        patience=st.integers(1, 4),
        look_ahead=st.integers(0, 3),
        must_reach=st.booleans(),
        ceiling=st.floats(0.001, 1.0),
    ),
)
ACCURACIES = st.lists(st.floats(0.0, 1.0), min_size=1, max_size=60)


@given(rule=RULES, accuracies=ACCURACIES)
def test_density_falls_to_the_target_and_rises_only_by_reverting(rule: Any, accuracies: list[float]) -> None:
    before = rule.start()
    ceiling = getattr(rule, "ceiling", 1.0)
    for step in simulate(rule, [(20 * i, a, 0.01) for i, a in enumerate(accuracies)]):
        density = step.state.density
        assert density >= rule.target
        if step.action == "tighten":
            assert density < before.density
            assert density in (max(before.density * rule.factor, rule.target), ceiling)
        elif step.action == "revert":
            assert density == before.held > before.density
        else:
            assert density == before.density
        assert (step.action in ("stop", "revert")) == bool(step.state.reason)
        reaches_ceiling = before.density > ceiling >= density
        assert reaches_ceiling or step.state.best >= before.best
        before = step.state


@given(rule=RULES, accuracies=ACCURACIES)
def test_rules_are_pure(rule: Any, accuracies: list[float]) -> None:
    state = rule.start()
    for i, accuracy in enumerate(accuracies):
        kept, evaluation = copy.deepcopy(state), Evaluation(i, accuracy)
        step = rule.step(state, evaluation)
        assert state == kept
        assert rule.step(state, evaluation) == step
        state = step.state


@given(rule=RULES, accuracies=ACCURACIES)
def test_simulation_is_the_fold_of_the_rule(rule: Any, accuracies: list[float]) -> None:
    state, folded = rule.start(), []
    for i, accuracy in enumerate(accuracies):
        folded.append(rule.step(state, Evaluation(i, accuracy)))
        state = folded[-1].state
        if state.reason:
            break
    assert simulate(rule, list(enumerate(accuracies))) == folded


@given(rule=RULES, accuracy=st.floats(0.0, 1.0))
def test_every_schedule_ends_when_accuracy_stays(rule: Any, accuracy: float) -> None:
    if isinstance(rule, Published):
        rule = replace(rule, fall=0.1)
    assert simulate(rule, [(20 * i, accuracy) for i in range(600)])[-1].state.reason == REACHED


def test_simulation_of_nothing_is_nothing() -> None:
    steps: list[Step] = simulate(Relative(target=0.1), [])
    assert steps == []
    assert Relative(target=0.1).start() == AnnealingState(0.5, float("-inf"))


@pytest.mark.parametrize("kind", [Published, Relative])
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": 0.0}, "target must lie strictly between 0 and 1; got 0.0"),
        ({"target": 0.1, "initial": 1.0}, "initial must lie strictly between 0 and 1; got 1.0"),
        ({"target": 0.1, "factor": 1.0}, "factor must lie strictly between 0 and 1; got 1.0"),
        ({"target": 0.6}, "target density must not exceed the initial density 0.5; got 0.6"),
    ],
)
def test_bad_settings_are_refused(kind: type[Any], settings: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        kind(**settings)


def test_constant_holds_its_density_until_all_samples_are_seen() -> None:
    steps = simulate(Constant(0.2, samples=300), [(100, 0.5), (200, 0.1), (300, 0.4), (400, 0.9)])
    assert [step.action for step in steps] == ["hold", "hold", "stop"]
    assert {step.state.density for step in steps} == {0.2}
    assert steps[-1].state.reason == "all samples seen"
    assert steps[-1].state.best == 0.5
    with pytest.raises(ValueError, match="density must lie strictly between 0 and 1"):
        Constant(0.0, samples=1)


def test_with_rest_the_target_is_left_only_when_accuracy_no_longer_rises() -> None:
    eager = Relative(target=0.2, initial=0.3, factor=0.5, tolerance=0.02)
    resting = replace(eager, rest=2)
    accuracies = (0.3, 0.5, 0.7, 0.705, 0.69, 0.7)
    assert actions(eager, *accuracies[:2]) == ["tighten", "stop"]
    assert actions(resting, *accuracies[:5]) == ["tighten", "hold", "hold", "hold", "stop"]
    assert actions(resting, 0.3, 0.9, 0.5, 0.5, 0.5, 0.5)[-1] == "revert"


def test_with_rest_a_target_that_must_be_reached_is_not_left_while_accuracy_rises_below_the_bar() -> None:
    """The bar is 0.88, never reached again; each gain of 0.02 is one."""
    eager = Relative(target=0.2, initial=0.3, factor=0.5, tolerance=0.02, patience=1, must_reach=True)
    resting = replace(eager, rest=3)
    accuracies = (0.9, 0.5, 0.5, 0.52, 0.54, 0.54, 0.54, 0.54)
    assert actions(eager, *accuracies) == ["tighten", "hold", "stop"]
    assert actions(resting, *accuracies) == ["tighten", *["hold"] * 6, "stop"]


def test_a_gain_of_more_than_half_the_margin_is_a_gain_and_of_less_is_none() -> None:
    """Below the bar of 0.8, each gain is measured from the last one that counted."""
    rule = Relative(target=0.1, tolerance=0.1, patience=1, look_ahead=0)
    gaining = [(1, 0.9), (2, 0.5), (3, 0.56), (4, 0.62)]
    assert [step.action for step in simulate(rule, gaining)] == ["tighten", "hold", "hold", "hold"]
    assert simulate(rule, [*gaining, (5, 0.66)])[-1].action == "revert"
