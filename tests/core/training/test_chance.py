"""Nothing is tightened before something was learned: what chance scores, and what the rule does until it is beaten."""

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.domains.digit_circle import DigitCircle
from sparling.domains.sequence_task import SequenceTask
from sparling.evaluation.sequences import best_constant, sequence_errors
from sparling.training.annealing import Relative, Step, simulate
from sparling.training.task import Batch, Guessing, Score
from tests.core.toy import PatternTask, toy_trainer

PUBLISHED_TARGET = 4.492e-5
NOWHERE = "no better than a constant output"


class Told(PatternTask):
    """With ``blind``, labels have nothing to do with sequences."""

    def __init__(self, blind: bool = False) -> None:
        super().__init__()
        self.blind = blind

    def chance(self, target: Tensor) -> float:
        assert target.shape == (128,)
        return 0.5

    def _batches(self, n: int, seed: int) -> list[Batch]:
        batches = super()._batches(n, seed)
        if not self.blind:
            return batches
        generator = torch.Generator().manual_seed(seed)
        return [Batch(b.x, torch.randint(0, 2, b.y.shape, generator=generator).float()) for b in batches]


def evaluations(accuracies: list[float], noise: float = 0.01, chance: float = 0.1) -> list[tuple[float, ...]]:
    return [(20_000 * i, accuracy, noise, chance) for i, accuracy in enumerate(accuracies, 1)]


def changes(steps: list[Step]) -> list[tuple[str, float]]:
    return [(step.action, step.state.density) for step in steps]


def test_at_chance_the_density_stays_and_the_run_ends() -> None:
    """After the 33 evaluations that it would have taken to the target, and ``patience``."""
    rule = Relative(target=PUBLISHED_TARGET)
    steps = simulate(rule, evaluations([0.1, 0.115, 0.09] * 40))
    assert {step.state.density for step in steps} == {rule.initial}
    assert [step.action for step in steps] == ["hold"] * (33 + rule.patience) + ["stop"]
    assert steps[-1].state.reason == NOWHERE
    assert len(simulate(rule, [(i, 0.1) for i in range(1, 99)])) == 34  # where nobody says what chance is


def test_what_is_learned_late_is_not_missed() -> None:
    rule = Relative(target=PUBLISHED_TARGET)
    steps = simulate(rule, evaluations([0.1] * 30 + [0.3] * 40))
    assert steps[29].state.density == rule.initial
    at_once = simulate(rule, [evaluation[:3] for evaluation in evaluations([0.3] * 40)])
    assert changes(steps[30:]) == changes(at_once)
    assert steps[-1].state.reason == "target density reached"


def test_waiting_is_no_plateau() -> None:
    """Evaluations at chance count neither as rest nor as failures."""
    rule = Relative(target=0.01, initial=0.5, ceiling=0.25, patience=2, rest=3, must_reach=True)
    later = [0.4, 0.6, 0.6, 0.6, 0.5, 0.5, 0.7] + [0.7] * 30
    plain = simulate(rule, evaluations(later))
    waited = simulate(rule, evaluations([0.1] * 5 + later))
    assert changes(waited[5:]) == changes(plain)


@pytest.mark.parametrize(("noise", "needed"), [(0.01, 0.12), (0.05, 0.2), (0.0, 0.15), (float("nan"), 0.15)])
def test_it_takes_two_standard_errors_or_the_tolerance(noise: float, needed: float) -> None:
    rule = Relative(target=0.2, tolerance=0.05)
    for accuracy, action in ((needed - 1e-6, "hold"), (needed + 1e-6, "tighten")):
        assert simulate(rule, evaluations([accuracy], noise))[0].action == action


def test_once_learned_it_is_asked_no_more() -> None:
    """What is lost later is judged by the bar, as ever."""
    rule = Relative(target=0.01, patience=1, look_ahead=0)
    lost = [0.9, 0.1, 0.1]
    assert changes(simulate(rule, evaluations(lost))) == changes(
        simulate(rule, [(i, a, 0.01) for i, a in enumerate(lost)])
    )


@given(
    st.lists(st.floats(0.2, 1.0), min_size=1, max_size=40),
    st.floats(0, 0.04),
    st.builds(
        Relative,
        target=st.floats(0.001, 0.2),
        tolerance=st.floats(0.001, 0.05),
        patience=st.integers(1, 4),
        look_ahead=st.integers(0, 2),
        ceiling=st.sampled_from([1.0, 0.3]),
        must_reach=st.booleans(),
        rest=st.integers(0, 3),
        leap=st.sampled_from([0.0, 0.3]),
    ),
)
def test_above_chance_nothing_changes(accuracies: list[float], noise: float, rule: Relative) -> None:
    """0.2 is above a chance of 0.1 by two standard errors, or the tolerance, of every rule here."""
    known = simulate(rule, evaluations(accuracies, noise))
    unknown = simulate(rule, [evaluation[:3] for evaluation in evaluations(accuracies, noise)])
    assert known == unknown


def test_a_trainer_asks_the_task(tmp_path: Path) -> None:
    rule = Relative(target=0.05, factor=0.5, tolerance=0.5, patience=2)
    assert isinstance(Told(), Guessing)
    assert not isinstance(PatternTask(), Guessing)
    blind = toy_trainer(tmp_path / "blind", task=Told(blind=True), rule=rule)
    assert blind.fit().stop_reason == NOWHERE
    assert blind.model.sparsity.density == 0.5
    assert blind.progress.annealing.waited == 4 + 2 + 1


def test_a_toy_run_above_chance_is_bit_for_bit_what_it_was(tmp_path: Path) -> None:
    weights = []
    for name, task in (("told", Told()), ("untold", PatternTask())):
        (tmp_path / name).mkdir()
        trainer = toy_trainer(tmp_path / name, task=task)
        trainer.settings = replace(trainer.settings, evaluate_every=320)
        assert trainer.fit().stop_reason == "target density reached"
        assert trainer.progress.annealing.waited == 0
        weights.append(trainer.model.state_dict())
    assert all(torch.equal(tensor, weights[1][name]) for name, tensor in weights[0].items())


@pytest.mark.parametrize("seed", range(5))
def test_the_best_constant_is_hardly_worse_than_the_best_of_all_short_ones(seed: int) -> None:
    """And no worse than what is most common at each place, which is what a readout that sees nothing learns to say."""
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(0, 4, (200,), generator=generator).tolist()
    truths = [(torch.rand(n, generator=generator).square() * 3).long().tolist() for n in lengths]
    every = [list(guess) for n in range(5) for guess in itertools.product(range(3), repeat=n)]
    errors = [sequence_errors(truths, [guess] * len(truths)).e2ee for guess in every]
    guess, error = best_constant(truths)
    assert error == pytest.approx(sequence_errors(truths, [guess] * len(truths)).e2ee)
    assert min(errors) - 1e-9 <= error <= min(errors) + 0.02
    common = [Counter(t[i] for t in truths if len(t) > i).most_common(1)[0][0] for i in range(3)]
    assert all(error <= sequence_errors(truths, [common[:n]] * len(truths)).e2ee + 1e-9 for n in range(4))


def test_the_best_constant_of_nothing_is_nothing() -> None:
    assert best_constant([[], []]) == ([], 0.0)


def test_the_chance_of_a_world_is_the_score_of_its_best_constant_output() -> None:
    task = SequenceTask(DigitCircle(side=40, fewest=1, most=2, radius=4.0), seed=0, held_out=200)
    target = torch.cat([batch.y for batch in task.validation_batches()])
    end = task.domain.tokens - 1
    guess, _ = best_constant([row[: row.index(end)] for row in target.tolist()])
    logits = torch.zeros(len(target), len(guess) + 1, task.domain.tokens)
    logits[:, torch.arange(len(guess) + 1), torch.tensor([*guess, end])] = 1.0
    score = task.score(logits, target)
    assert isinstance(score, Score)
    assert task.chance(target) == pytest.approx(score.value)
    assert 0 < task.chance(target) < 0.6
