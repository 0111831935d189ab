"""When the trainer recruits an idle channel, and what it does to optimizer and thresholds."""

import json
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.networks.model import SparlingModel
from sparling.training.revival.channels import Loss
from sparling.training.revival.recruitment import Recruitment
from sparling.training.schedule import TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_model
from tests.core.toy_rules import EVERY, Scripted, Watcher


def trainer(
    folder: Path, recruit_below: float, script: tuple[str, ...], settle: int = 4, calibrated: bool = True
) -> Trainer:
    settings = TrainingSettings(
        learning_rate=1e-2,
        evaluate_every=EVERY,
        settle_evaluations=settle,
        calibrated=calibrated,
    )
    session = Session(toy_model(), PatternTask(ragged=True), Fabric(accelerator="cpu", devices=1))
    return Trainer(session, Scripted(script), settings, folder=folder, revive=Recruitment(recruit_below))


def recruited(folder: Path) -> list[int | None]:
    return [json.loads(line).get("recruited") for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_only_below_a_density_and_not_when_settling_is_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparling.training.revival.recruitment.recruit", lambda *_: 1)
    trainer(tmp_path, 0.25, ("hold", "tighten", "tighten", "stop")).fit()
    assert recruited(tmp_path) == [None, 1, 1, 1, 1, None, None, None]


@pytest.mark.parametrize("calibrated", [True, False])
def test_calibrated_only_where_the_run_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calibrated: bool) -> None:
    monkeypatch.setattr("sparling.training.revival.recruitment.recruit", lambda *_: 1)
    made = trainer(tmp_path, 0.9, ("stop",), calibrated=calibrated)
    calibrate, calls = made.session.calibrate, []
    monkeypatch.setattr(made.session, "calibrate", lambda: calls.append(1) or calibrate())
    made.fit()
    assert recruited(tmp_path)[0] == 1
    assert bool(calls) == calibrated


def test_where_nobody_is_idle_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sparling.training.revival.recruitment.recruit", lambda *_: None)
    trainer(tmp_path, 0.25, ("tighten", "stop")).fit()
    assert all("recruited" not in json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines())


def test_a_recruit_starts_without_momentum_and_with_exact_thresholds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the loss that it is chosen by is that of the readout on the silenced map."""
    made = trainer(tmp_path, 0.9, ("stop",), settle=1)
    watcher = Watcher()
    made.observer = watcher
    losses: list[float] = []

    def take(model: SparlingModel, inputs: list[tuple[Tensor, Tensor | None]], loss: Loss) -> int:
        assert all(mask is not None for _, mask in inputs)
        batch = made.task.calibration_batches()[1]
        with evaluating(model), torch.no_grad():
            active = model(*inputs[1]).activations
            losses.extend([loss(active, 1), float(made.task.loss(model.readout(active), batch))])
            model.local.weight[1] = -model.local.weight[1]
        return 1

    def look(*_: object) -> None:
        if len(watcher.records) == 1:
            moments = [made.optimizer.state[made.model.local.weight][name] for name in ("exp_avg", "exp_avg_sq")]
            assert not any(moment[1].any() for moment in moments)
            assert all(moment[0].any() for moment in moments)
            threshold = made.model.sparsity.threshold.clone()
            made.session.calibrate()
            torch.testing.assert_close(made.model.sparsity.threshold, threshold)

    watcher.evaluation = look
    monkeypatch.setattr("sparling.training.revival.recruitment.recruit", take)
    made.fit()
    assert losses[0] == pytest.approx(losses[1])
    assert recruited(tmp_path) == [1, None]
