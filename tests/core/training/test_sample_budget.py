"""A budget of samples: the same seed gives the same weights, whatever the clock says, also when it was killed."""

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from sparling.errors import Interrupted
from sparling.training.annealing import AnnealingState
from sparling.training.schedule import Progress, TrainingSettings
from sparling.training.trainer import Trainer
from tests.core.toy import toy_trainer
from tests.core.toy_rules import EVERY, Scripted, Watcher

BUDGET = 9 * EVERY + 3 * 32


def trained(folder: Path, watcher: Watcher | None = None, budget: int | None = BUDGET) -> Trainer:
    folder.mkdir(exist_ok=True)
    trainer = toy_trainer(folder, rule=Scripted(("tighten", "tighten", *["hold"] * 500)), observer=watcher)
    trainer.settings = replace(trainer.settings, max_samples=budget, settle_evaluations=4)
    return trainer


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return trainer.model.state_dict()


def test_the_clock_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = trained(tmp_path / "quick")
    assert quick.fit().stop_reason == "sample budget"
    monkeypatch.setattr("sparling.training.trainer.time", SimpleNamespace(monotonic=itertools.count(0, 500).__next__))
    slow = trained(tmp_path / "slow")
    assert slow.fit().samples == quick.progress.samples == BUDGET
    assert slow.progress.seconds > 10_000
    assert all(torch.equal(tensor, weights(slow)[name]) for name, tensor in weights(quick).items())


def test_a_killed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole")
    whole.fit()

    def kill(progress: Progress) -> None:
        if progress.samples == 6 * EVERY + 64:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        trained(tmp_path / "killed", Watcher(batch=kill)).fit()
    again = trained(tmp_path / "killed")
    again.resume()
    assert again.fit().samples == BUDGET
    assert all(torch.equal(tensor, weights(again)[name]) for name, tensor in weights(whole).items())


def test_the_last_fifth_is_for_settling_at_the_density_that_held(tmp_path: Path) -> None:
    rates: list[tuple[str, float]] = []
    watcher = Watcher(batch=lambda p: rates.append((p.phase, trainer.optimizer.param_groups[0]["lr"])))
    trainer = trained(tmp_path, watcher)
    trainer.fit()
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    annealed = [line["samples"] for line in lines if line["phase"] == "anneal"]
    assert annealed[-1] == math.ceil(0.8 * BUDGET / 32) * 32
    assert trainer.model.sparsity.density == 0.25
    settled = [rate for phase, rate in rates if phase == "settle"]
    assert {rate for phase, rate in rates if phase == "anneal"} == {1e-2}
    assert settled == sorted(settled, reverse=True)
    assert settled[-1] < 0.05 * settled[0]


def test_without_one_nothing_ends_early(tmp_path: Path) -> None:
    trainer = toy_trainer(tmp_path, rule=Scripted(("tighten", "stop")))
    assert trainer.settings.max_samples is None
    assert trainer.fit().stop_reason == "script ended"


@pytest.mark.parametrize(("seconds", "samples", "which"), [(30, 400, "time"), (30, 600, "sample"), (0, 1, "sample")])
def test_whichever_is_spent_first_ends_it(seconds: float, samples: int, which: str) -> None:
    settings = TrainingSettings(max_minutes=1, max_samples=1000)
    progress = Progress(AnnealingState(0.5, 0.0), seconds=seconds, samples=samples)
    assert settings.spent(progress) == max(seconds / 60, samples / 1000)
    assert settings.budget(progress) == f"{which} budget"
