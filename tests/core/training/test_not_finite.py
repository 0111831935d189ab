"""Trainings in which a number is none: they stop, say why, and leave the state of the last evaluation."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from sparling.errors import Diverged, ScoresNotFinite
from sparling.training.annealing import AnnealingRule, Constant, Published, Relative, simulate
from sparling.training.checkpoint import load_state
from sparling.training.records import MetricsLog
from sparling.training.schedule import TrainingSettings
from sparling.training.task import Batch, Score
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_trainer
from tests.core.toy_rules import EVERY, Scripted, Watcher

NAN, INFINITE = float("nan"), float("inf")
RULES: dict[str, AnnealingRule] = {
    "relative": Relative(target=0.05, factor=0.5, tolerance=0.5, patience=2),
    "published": Published(target=0.05, factor=0.5, fall=1e-2),
    "constant": Constant(0.25, samples=20 * EVERY),
}


class Broken(PatternTask):
    """From training batch ``at`` on (5 an evaluation, from 0) the loss is multiplied by ``factor``."""

    def __init__(self, at: int, factor: float) -> None:
        super().__init__()
        self.at, self.factor, self.seen = at, factor, 0

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        self.seen += 1
        return super().loss(output, batch) * (self.factor if self.seen > self.at else 1.0)


class Scoring(PatternTask):
    """Evaluation ``at``, from 1, has this score."""

    def __init__(self, at: int, value: float) -> None:
        super().__init__()
        self.at, self.value, self.seen = at, value, 0

    def score(self, output: Tensor, target: Tensor) -> Score:
        self.seen += 1
        return Score(self.value, 0.0) if self.seen == self.at else super().score(output, target)


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}


def stopped(folder: Path, task: PatternTask, **given: Any) -> tuple[Trainer, list[dict[str, Tensor]]]:
    """A training that is over, and the weights that each evaluation saw."""
    seen: list[dict[str, Tensor]] = []
    trainer = toy_trainer(
        folder, task=task, observer=Watcher(evaluation=lambda record: seen.append(weights(trainer))), **given
    )
    trainer.fit()
    return trainer, seen


def check_left_as_evaluated(trainer: Trainer, seen: list[dict[str, Tensor]], evaluations: int) -> None:
    assert trainer.progress.step == len(seen) == evaluations
    assert all(p.isfinite().all() for p in trainer.model.parameters())
    lines = MetricsLog(trainer.folder / "metrics.jsonl").read()
    assert len(lines) == evaluations
    assert trainer.model.sparsity.density == trainer.progress.annealing.density == lines[-1]["target_density"]
    for name, tensor in weights(trainer).items():
        if "density_state" not in name and "gathered" not in name:
            assert torch.equal(tensor, seen[-1][name]), name
    assert trainer.session.predict(trainer.task.validation_batches()).outputs.isfinite().all()
    kept = load_state(trainer.folder / "checkpoint")
    assert kept["progress"]["stop_reason"] == trainer.progress.stop_reason


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("factor", [NAN, INFINITE])
def test_a_loss_that_is_none_ends_the_run_at_the_last_evaluation(tmp_path: Path, name: str, factor: float) -> None:
    trainer, seen = stopped(tmp_path, Broken(at=12, factor=factor), rule=RULES[name])
    check_left_as_evaluated(trainer, seen, evaluations=2)
    assert trainer.progress.stop_reason == "the loss was not a finite number after 480 training samples"


def test_such_a_run_is_over_for_those_who_resume_it(tmp_path: Path) -> None:
    first, _ = stopped(tmp_path, Broken(at=12, factor=NAN), rule=RULES["relative"])
    again = toy_trainer(tmp_path, rule=RULES["relative"])
    again.resume()
    assert again.fit().stop_reason == first.progress.stop_reason
    assert all(torch.equal(tensor, weights(first)[name]) for name, tensor in weights(again).items())


def test_so_does_one_while_the_learning_rate_falls(tmp_path: Path) -> None:
    trainer, seen = stopped(tmp_path, Broken(at=12, factor=NAN), rule=Scripted(("stop",)))
    check_left_as_evaluated(trainer, seen, evaluations=2)
    assert "the loss was not" in trainer.progress.stop_reason


def test_before_the_first_evaluation_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    told = "^the loss was not a finite number after 160 training samples, before any evaluation was done; try a lower"
    with pytest.raises(Diverged, match=told):
        toy_trainer(tmp_path, task=Broken(at=3, factor=NAN)).fit()
    assert MetricsLog(tmp_path / "metrics.jsonl").read() == []
    whole = toy_trainer(tmp_path, rule=Scripted(("stop",)))
    assert whole.fit().stop_reason == "script ended"


@pytest.mark.parametrize("value", [NAN, INFINITE, -INFINITE])
@pytest.mark.parametrize("name", RULES)
def test_a_score_that_is_none_ends_the_run_at_the_evaluation_before(tmp_path: Path, name: str, value: float) -> None:
    trainer, seen = stopped(tmp_path, Scoring(at=3, value=value), rule=RULES[name])
    check_left_as_evaluated(trainer, seen, evaluations=2)
    assert trainer.progress.stop_reason == "the validation score was not a finite number after 480 training samples"


def gradient_of_nothing(trainer: Trainer) -> None:
    """The last step before the second evaluation has a finite loss and a gradient that is none."""
    optimise = trainer._optimise

    def step(batch: Batch) -> Tensor:
        loss = optimise(batch)
        if trainer.progress.samples == 2 * EVERY - 32:
            next(iter(trainer.model.local.parameters())).data.fill_(NAN)
        return loss

    trainer._optimise = step  # type: ignore[method-assign]


@pytest.mark.parametrize(("calibrated", "what"), [(True, "a score of the local model"), (False, "an output")])
def test_weights_that_are_none_are_noticed_though_the_score_is_one(tmp_path: Path, calibrated: bool, what: str) -> None:
    """Accuracy of logits that are NaN is a constant 0.5."""
    seen: list[dict[str, Tensor]] = []
    watcher = Watcher(evaluation=lambda record: seen.append(weights(trainer)))
    trainer = toy_trainer(tmp_path, rule=RULES["relative"], observer=watcher)
    trainer.settings = TrainingSettings(learning_rate=1e-2, evaluate_every=EVERY, calibrated=calibrated)
    gradient_of_nothing(trainer)
    trainer.fit()
    check_left_as_evaluated(trainer, seen, evaluations=1)
    assert trainer.progress.stop_reason == f"{what} was not a finite number after 320 training samples"


def test_held_out_data_that_are_none_are_told_with_their_cause(tmp_path: Path) -> None:
    class Blank(PatternTask):
        def calibration_batches(self) -> list[Batch]:
            return [Batch(batch.x * NAN, batch.y) for batch in super().calibration_batches()]

        def inputs(self, batch: Batch) -> tuple[Tensor, None]:
            return batch.x.unsqueeze(1), None

    with pytest.raises(Diverged, match="a score of the local model") as caught:
        toy_trainer(tmp_path, task=Blank()).fit()
    assert isinstance(caught.value.__cause__, ScoresNotFinite)


@pytest.mark.parametrize("accuracy", [NAN, INFINITE, -INFINITE])
@pytest.mark.parametrize(
    "made", [lambda: Relative(target=0.1), lambda: Relative(target=0.1, must_reach=True), lambda: Published(target=0.1)]
)
def test_no_rule_tightens_for_an_accuracy_that_is_none(made: Callable[[], AnnealingRule], accuracy: float) -> None:
    steps = simulate(made(), [(i, accuracy) for i in range(1, 60)])
    assert {step.action for step in steps} == {"hold"}
    after = simulate(made(), [(1, accuracy), (2, 1.1)])[-1]
    assert after.action == "tighten"
    assert after.state.best == 1.1
    assert math.isfinite(after.state.bar)
