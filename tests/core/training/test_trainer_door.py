"""What a library user meets first: a folder as text, a device by name, a line an evaluation, tasks of few methods."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from sparling.training.annealing import Constant, Relative
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Moment, Progress, TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Observer
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_model
from tests.core.toy_rules import EVERY, Scripted, Watcher

SETTINGS = TrainingSettings(learning_rate=1e-2, evaluate_every=EVERY, settle_evaluations=2)
RULE = Scripted(("tighten", "stop"))


def test_a_line_an_evaluation_is_shown_unless_silence_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Trainer(Session(toy_model(), PatternTask(), "cpu"), RULE, SETTINGS, folder=str(tmp_path / "loud")).fit()
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"evaluation {step}" for step in (1, 2, 3, 4)]
    assert [line.rpartition(": ")[2] for line in lines] == ["tighten", "stop", "settle", "done"]
    assert "160 samples in" in lines[0]
    assert ", density 0.5," in lines[0]
    assert ", density 0.25," in lines[1]
    assert (tmp_path / "loud" / "metrics.jsonl").exists()
    session = Session(toy_model(), PatternTask(), "cpu")
    Trainer(session, RULE, SETTINGS, folder=tmp_path / "silent", observer=None).fit()
    assert capsys.readouterr() == ("", "")


def test_settings_have_defaults(tmp_path: Path) -> None:
    trainer = Trainer(Session(toy_model(), PatternTask(), "cpu"), Relative(target=0.05), folder=tmp_path)
    assert trainer.settings == TrainingSettings()
    assert trainer.optimizer.param_groups[0]["weight_decay"] == TrainingSettings().weight_decay


def test_a_score_may_be_a_plain_number(tmp_path: Path) -> None:
    class Plain(PatternTask):
        def score(self, output: Tensor, target: Tensor) -> float:  # type: ignore[override]
            return float(((output[:, 0] > 0) == (target > 0)).float().mean())

    records = []
    for task in (Plain(), PatternTask()):
        watcher = Watcher()
        session = Session(toy_model(), task, "cpu")
        Trainer(session, RULE, SETTINGS, folder=tmp_path / type(task).__name__, observer=watcher).fit()
        records.append(watcher.records)
    plain, full = records
    assert [record.score for record in plain] == [record.score for record in full]
    assert {record.noise for record in plain} == {0.0}
    assert all(record.noise > 0 for record in full)


def test_an_observer_may_have_one_of_the_two_methods(tmp_path: Path) -> None:
    class Evaluations(Observer):
        def __init__(self) -> None:
            self.steps: list[int] = []

        def on_evaluation(self, record: EvaluationRecord) -> None:
            self.steps.append(record.step)

    class Batches(Observer):
        def __init__(self) -> None:
            self.samples: list[int] = []

        def on_batch(self, progress: Progress) -> None:
            self.samples.append(progress.samples)

    evaluations, batches = Evaluations(), Batches()
    for name, observer in (("evaluations", evaluations), ("batches", batches)):
        session = Session(toy_model(), PatternTask(), "cpu")
        Trainer(session, RULE, SETTINGS, folder=tmp_path / name, observer=observer).fit()
    assert evaluations.steps == [1, 2, 3, 4]
    assert batches.samples == list(range(32, 4 * EVERY + 1, 32))


def test_an_optimizer_of_ones_own_keeps_its_rates_and_they_fall_alike(tmp_path: Path) -> None:
    """Two groups, of which one learns ten times slower; what no group has stays as it was."""
    model = toy_model()
    groups = [
        {"params": list(model.local.parameters()), "lr": 0.1},
        {"params": [p for p in model.readout.parameters() if p.ndim > 1], "lr": 0.01},
    ]
    left = next(p for p in model.readout.parameters() if p.ndim == 1)
    before = left.detach().clone()
    rates: list[list[float]] = []
    watcher = Watcher(batch=lambda _: rates.append([g["lr"] for g in trainer.optimizer.param_groups]))
    trainer = Trainer(
        Session(model, PatternTask(), "cpu"),
        Constant(0.25, 2 * EVERY),
        SETTINGS,
        folder=tmp_path,
        optimizer=torch.optim.SGD(groups),
        observer=watcher,
    )
    trainer.fit()
    assert rates[0] == [0.1, 0.01]
    assert rates[-1] == pytest.approx([r * 0.5 * (1 + math.cos(math.pi * 0.9)) for r in (0.1, 0.01)])
    assert torch.equal(left, before)


def test_the_default_optimizer_is_adamw_of_the_settings(tmp_path: Path) -> None:
    """Given as one's own, it leads to the same weights."""
    states = []
    for name in ("default", "given"):
        model = toy_model()
        given = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=SETTINGS.weight_decay, foreach=True)
        optimizer = given if name == "given" else None
        session = Session(model, PatternTask(), "cpu")
        Trainer(session, RULE, SETTINGS, folder=tmp_path / name, optimizer=optimizer, observer=None).fit()
        states.append(model.state_dict())
    assert all(torch.equal(tensor, states[1][name]) for name, tensor in states[0].items())


def test_dead_channels_are_revived_by_whoever_is_asked_to(tmp_path: Path) -> None:
    """With how much of settling is done; thresholds are exact again afterwards."""
    seen: list[float] = []
    densities: list[tuple[float, float]] = []

    def revive(session: Session, optimizer: torch.optim.Optimizer, moment: Moment) -> int | None:
        seen.append(moment.settled)
        densities.append((moment.density, session.model.sparsity.density))
        nn.init.normal_(session.model.local.weight.data[1])
        return 1 if moment.settled < 1 else None

    session = Session(toy_model(), PatternTask(), "cpu")
    trainer = Trainer(session, RULE, SETTINGS, folder=tmp_path, revive=revive, observer=None)
    trainer.fit()
    assert seen == [0.0, 0.0, 0.5, 1.0]
    lines = trainer.log.read()
    assert [before for before, _ in densities] == [line["target_density"] for line in lines]
    assert [now for _, now in densities[:-1]] == [line["target_density"] for line in lines[1:]]
    assert [line.get("recruited") for line in trainer.log.read()] == [1, 1, 1, None]
