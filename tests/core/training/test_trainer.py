"""One run of the trainer from start to end; `test_resume` holds what happens when it is killed."""

import itertools
import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from lightning_fabric.plugins import MixedPrecision
from torch import Tensor, nn

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import ForwardOutput
from sparling.networks.readout import PooledReadout
from sparling.training.annealing import AnnealingState, Published, Relative
from sparling.training.devices import FabricLike, OneCpu
from sparling.training.schedule import Progress, TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Batch, Score
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, samples, toy_model, toy_trainer
from tests.core.toy_rules import EVERY, Scripted, Watcher


def state_of(trainer: Trainer) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("ragged", [False, True])
def test_a_planted_pattern_is_learnt_and_found(tmp_path: Path, ragged: bool) -> None:
    trainer = toy_trainer(tmp_path, task=PatternTask(ragged))
    progress = trainer.fit()
    assert progress.stop_reason == "target density reached"
    assert trainer.model.sparsity.density == progress.annealing.density == 0.05
    assert lines(tmp_path)[-1]["score"] > 0.9
    x, _, start = samples(256, seed=77)
    with torch.no_grad():
        active = trainer.model.eval()(x.unsqueeze(1)).activations
    best = active.amax(1).argmax(1)
    planted = (start >= 0) & (start < 20)
    centre = start + 1
    assert float(((best - centre).abs() <= 3)[planted].float().mean()) > 0.9


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("rule", [Relative(target=0.02, tolerance=0.2, factor=0.4), Published(target=0.05, fall=1e-3)])
def test_realised_density_is_the_target_at_every_evaluation(
    tmp_path: Path, precision: Any, ragged: bool, rule: Relative | Published
) -> None:
    fabric = Fabric(accelerator="cpu", devices=1, precision=precision)
    settings = TrainingSettings(learning_rate=1e-2, evaluate_every=EVERY, settle_evaluations=2)
    Trainer(Session(toy_model(), PatternTask(ragged), fabric), rule, settings, folder=tmp_path).fit()
    records = lines(tmp_path)
    assert len({record["target_density"] for record in records}) >= 3
    for record in records:
        assert record["density"] == pytest.approx(record["target_density"], rel=0.02)
        assert record["validation_density"] == pytest.approx(record["target_density"], rel=0.3)


def test_records_say_what_happened(tmp_path: Path) -> None:
    watcher = Watcher()
    trainer = toy_trainer(tmp_path, rule=Scripted(("hold", "tighten", "stop")), observer=watcher)
    progress = trainer.fit()
    written = lines(tmp_path)
    thresholds = [line.pop("thresholds") for line in written]
    assert written == [json.loads(json.dumps(record._asdict())) for record in watcher.records]
    assert thresholds == [[record.threshold] for record in watcher.records]
    assert [r["step"] for r in written] == [1, 2, 3, 4, 5]
    assert [r["samples"] for r in written] == [EVERY * step for step in range(1, 6)]
    assert [r["action"] for r in written] == ["hold", "tighten", "stop", "hold", "stop"]
    assert [r["phase"] for r in written] == ["anneal"] * 3 + ["settle"] * 2
    assert [r["target_density"] for r in written] == [0.5, 0.5, 0.25, 0.25, 0.25]
    assert all(a["seconds"] <= b["seconds"] for a, b in itertools.pairwise(written))
    assert (progress.step, progress.samples, progress.stop_reason) == (5, 5 * EVERY, "script ended")


def test_the_learning_rate_falls_to_zero_while_settling(tmp_path: Path) -> None:
    rates: dict[str, list[float]] = {"anneal": [], "settle": []}
    watcher = Watcher(batch=lambda p: rates[p.phase].append(trainer.optimizer.param_groups[0]["lr"]))
    trainer = toy_trainer(tmp_path, rule=Scripted(("tighten", "stop")), observer=watcher)
    trainer.fit()
    assert set(rates["anneal"]) == {1e-2}
    assert rates["settle"][0] == 1e-2
    assert rates["settle"] == sorted(rates["settle"], reverse=True)
    assert rates["settle"][-1] == pytest.approx(0.5e-2 * (1 + math.cos(math.pi * 0.9)))


def test_the_learning_rate_falls_to_zero_while_time_runs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settling that has no time for all its evaluations ends at a low rate all the same."""
    rates: list[float] = []
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("sparling.training.trainer.time", clock)

    def look(progress: Progress) -> None:
        rates.append(trainer.optimizer.param_groups[0]["lr"])
        clock.monotonic = lambda: 48.0 + 12.0 * min(progress.samples / (2 * EVERY), 1.0)

    trainer = toy_trainer(tmp_path, rule=Scripted(("tighten", "stop")), observer=Watcher(batch=look), max_minutes=1)
    trainer.settings = replace(trainer.settings, settle_evaluations=4)
    progress = trainer.fit()
    assert progress.settled < trainer.settings.settle_evaluations
    assert rates[-1] < 0.05 * rates[0]


def test_every_batch_of_every_epoch_is_seen_once_and_in_order(tmp_path: Path) -> None:
    """And made once: an image costs time whether or not it is used."""

    class Counting(PatternTask):
        def __init__(self) -> None:
            super().__init__()
            self.seen: list[Tensor] = []
            self.made = 0

        def training_batches(self, epoch: int) -> Iterator[Batch]:
            for batch in super().training_batches(epoch):
                self.made += 1
                yield batch

        def loss(self, output: Tensor, batch: Batch) -> Tensor:
            self.seen.append(batch.x)
            return super().loss(output, batch)

    task = Counting()
    progress = toy_trainer(tmp_path, task=task, rule=Scripted(("hold",) * 6 + ("stop",))).fit()
    assert progress.samples == 9 * EVERY
    expected = [batch.x for epoch in range(6) for batch in PatternTask().training_batches(epoch)]
    assert len(task.seen) == task.made == progress.samples / 32
    assert all(torch.equal(seen, wanted) for seen, wanted in zip(task.seen, expected, strict=False))


def test_watching_changes_nothing(tmp_path: Path) -> None:
    states = []
    for observer in (Watcher(), None):
        trainer = toy_trainer(tmp_path / type(observer).__name__, observer=observer)
        trainer.fit()
        states.append(state_of(trainer))
    watched, alone = states
    for name, tensor in alone.items():
        assert torch.equal(watched[name], tensor), name


def test_reverting_restores_weights_and_optimizer_of_the_density_that_held(tmp_path: Path) -> None:
    states: list[dict[str, Tensor]] = []
    moments: list[Tensor] = []

    def keep(record: object) -> None:
        states.append(state_of(trainer))
        moments.append(next(iter(trainer.optimizer.state.values()))["exp_avg"].clone())

    rule = Scripted(("tighten", "tighten", "hold", "give up", "revert"))
    trainer = toy_trainer(tmp_path, rule=rule, observer=Watcher(evaluation=keep))
    progress = trainer.fit()
    assert [r["target_density"] for r in lines(tmp_path)] == [0.5, 0.25, 0.125, 0.125, 0.0625, 0.25, 0.25]
    assert progress.annealing.density == trainer.model.sparsity.density == 0.25
    for name, tensor in states[4].items():
        if name != "sparsity.tracker.density_state":
            assert torch.equal(tensor, states[1][name]), name
            alike = torch.equal(tensor, states[3][name])
            assert alike == name.endswith(("num_batches_tracked", "gathered", "gathered_count", "shares")), name
    assert float(states[4]["sparsity.tracker.density_state"]) == 0.25
    assert torch.equal(moments[4], moments[1])


class Clock:
    """Stands at 0 until more than ``evaluations`` of them are past, then at one hour."""

    def __init__(self, evaluations: int) -> None:
        self.evaluations, self.samples = evaluations, 0

    def monotonic(self) -> float:
        return 3600.0 if self.samples > self.evaluations * EVERY else 0.0

    def on_batch(self, progress: Progress) -> None:
        self.samples = progress.samples


@pytest.mark.parametrize(
    ("script", "actions", "density"),
    [
        (("tighten",), ["stop", "stop"], 0.5),
        (("hold",), ["stop", "stop"], 0.5),
        (("tighten", "hold"), ["tighten", "revert", "stop"], 0.5),
        (("tighten", "tighten"), ["tighten", "stop", "stop"], 0.25),
        (("tighten", "give up"), ["tighten", "revert", "stop"], 0.5),
    ],
)
def test_a_time_budget_ends_at_the_density_that_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: tuple[str, ...], actions: list[str], density: float
) -> None:
    clock = Clock(evaluations=len(script) - 1)
    monkeypatch.setattr("sparling.training.trainer.time", clock)
    watcher = Watcher(batch=clock.on_batch)
    trainer = toy_trainer(tmp_path, rule=Scripted(script), observer=watcher, max_minutes=30)
    progress = trainer.fit()
    assert progress.stop_reason == "time budget"
    assert [r["action"] for r in lines(tmp_path)] == actions
    assert trainer.model.sparsity.density == density


def test_a_clock_that_runs_ends_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes whenever it is looked at: at the start, at each of five batches and at their evaluation."""
    monkeypatch.setattr("sparling.training.trainer.time", SimpleNamespace(monotonic=itertools.count(1000.0).__next__))
    progress = toy_trainer(tmp_path, rule=Scripted(("hold",) * 500), max_minutes=1).fit()
    assert progress.stop_reason == "time budget"
    assert [line["seconds"] for line in lines(tmp_path)] == [6.0 * step for step in range(1, 11)]
    assert progress.seconds == 60.0


def test_an_evaluation_comes_at_once_where_time_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch takes 7 s of 60, of which annealing may take 48: the second round of five batches has no time to end."""
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr("sparling.training.trainer.time", clock)
    batches: list[str] = []

    def look(progress: Progress) -> None:
        batches.append(progress.phase)
        clock.monotonic = lambda: 7.0 * len(batches)

    settings = {"rule": Scripted(("hold",) * 500), "observer": Watcher(batch=look), "max_minutes": 1}
    progress = toy_trainer(tmp_path, **settings).fit()
    assert batches == ["anneal"] * 8 + ["settle"] * 2
    assert (progress.step, progress.seconds, progress.stop_reason) == (3, 70.0, "time budget")


def test_prediction_is_of_all_samples_and_leaves_modes_alone(tmp_path: Path) -> None:
    trainer = toy_trainer(tmp_path)
    trainer.fit()
    trainer.model.train()
    norm = next(m for m in trainer.model.modules() if isinstance(m, nn.BatchNorm2d))
    norm.eval()
    modes = [m.training for m in trainer.model.modules()]
    output, target, density = trainer.session.predict(PatternTask(batch_size=32).validation_batches())
    assert [m.training for m in trainer.model.modules()] == modes
    once, same, again = trainer.session.predict(PatternTask(batch_size=128).validation_batches())
    torch.testing.assert_close(output, once, atol=1e-5, rtol=1e-4)
    assert torch.equal(target, same)
    assert density == pytest.approx(again, rel=1e-3)
    assert output.shape == (128, 1)


def test_a_noise_that_is_no_number_is_written_as_null(tmp_path: Path) -> None:
    class Blind(PatternTask):
        def score(self, output: Tensor, target: Tensor) -> Score:
            return Score(0.5, float("nan"))

    toy_trainer(tmp_path, task=Blind(), rule=Scripted(("hold", "stop"))).fit()
    assert [record["noise"] for record in lines(tmp_path)] == [None] * 4
    assert "NaN" not in (tmp_path / "metrics.jsonl").read_text()


def test_a_task_without_training_data_is_refused(tmp_path: Path) -> None:
    class Empty(PatternTask):
        def training_batches(self, epoch: int) -> Iterator[Batch]:
            return iter([])

    with pytest.raises(ValueError, match=re.escape("training_batches(0) must give at least one batch; got none")):
        toy_trainer(tmp_path, task=Empty()).fit()


@pytest.mark.parametrize(
    "name", ["learning_rate", "evaluate_every", "settle_evaluations", "max_minutes", "max_samples"]
)
def test_bad_settings_are_refused(name: str) -> None:
    settings: dict[str, Any] = {name: 0}
    with pytest.raises(ValueError, match=f"{name} must be above 0; got 0"):
        TrainingSettings(**settings)


def test_progress_starts_at_nothing(tmp_path: Path) -> None:
    trainer = toy_trainer(tmp_path)
    assert trainer.progress == Progress(trainer.rule.start())
    assert trainer.model.sparsity.density == 0.5
    assert list(tmp_path.iterdir()) == []


class CountingProbe:
    """How many activations the first and the last batch had."""

    def __init__(self) -> None:
        self.active: dict[int, int] = {}

    def add(self, index: int, result: ForwardOutput) -> None:
        assert result.output.shape == (len(result.activations), 1)
        self.active[index] = int(result.activations.count_nonzero())

    def figures(self) -> dict[str, float]:
        return {"batches": float(len(self.active)), "active": float(sum(self.active.values()))}


def test_a_probe_sees_all_held_out_data_and_changes_nothing(tmp_path: Path) -> None:
    plain = toy_trainer(tmp_path / "plain", rule=Scripted(("tighten", "stop")))
    plain.fit()
    probed = toy_trainer(tmp_path / "probed", rule=Scripted(("tighten", "stop")))
    probed.probe = CountingProbe()
    probed.fit()
    for before, after in zip(lines(tmp_path / "plain"), lines(tmp_path / "probed"), strict=True):
        assert after.pop("batches") == len(PatternTask().validation_batches())
        assert after.pop("active") == pytest.approx(after["validation_density"] * 2 * 128 * 24)
        assert {k: v for k, v in after.items() if k != "seconds"} == {k: v for k, v in before.items() if k != "seconds"}


def test_the_penalty_of_the_layer_is_part_of_the_loss(tmp_path: Path) -> None:
    class Pushed(SpatialSparsity):
        def penalty(self, activations: Tensor) -> Tensor:
            return 1000.0 + 0.0 * activations.sum()

    model = toy_model()
    model.sparsity = Pushed(2, mode="shared")
    toy_trainer(tmp_path, model=model, rule=Scripted(("stop",))).fit()
    assert all(1000.0 < line["loss"] < 1002.0 for line in lines(tmp_path))


def test_a_teacher_reaches_the_readout_in_training_only(tmp_path: Path) -> None:
    seen: list[tuple[bool, bool]] = []

    class Watching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = PooledReadout(2, 1)

        def forward(self, activations: Tensor, teacher: Tensor | None = None) -> Tensor:
            seen.append((self.training, teacher is not None))
            out: Tensor = self.inner(activations)
            return out

    class Told(PatternTask):
        def teacher(self, batch: Batch) -> Tensor:  # type: ignore[override]
            return batch.y

    model = toy_model()
    model.readout = Watching()
    toy_trainer(tmp_path, task=Told(), model=model, rule=Scripted(("stop",))).fit()
    assert set(seen) == {(True, True), (False, False)}


def settings_run(folder: Path, **changed: Any) -> list[dict[str, Any]]:
    folder.mkdir()
    settings = TrainingSettings(learning_rate=1e-2, evaluate_every=EVERY, settle_evaluations=1, **changed)
    session = Session(toy_model(), PatternTask(), Fabric(accelerator="cpu", devices=1))
    Trainer(session, Scripted(("tighten", "tighten", "stop")), settings, folder=folder).fit()
    return lines(folder)


def test_without_calibration_the_running_threshold_is_used(tmp_path: Path) -> None:
    plain, running = settings_run(tmp_path / "plain"), settings_run(tmp_path / "running", calibrated=False)
    for line in plain:
        assert line["density"] == pytest.approx(line["target_density"], rel=0.02)
    assert [line["density"] for line in running] == [line["validation_density"] for line in running]
    assert any(abs(line["density"] / line["target_density"] - 1) > 0.02 for line in running)


def test_warm_up_and_clipping_slow_the_first_steps(tmp_path: Path) -> None:
    def first_step(folder: Path, **changed: Any) -> float:
        folder.mkdir()
        trainer = toy_trainer(folder, rule=Scripted(("stop",)))
        trainer.settings = TrainingSettings(learning_rate=1e-2, evaluate_every=32, settle_evaluations=1, **changed)
        before = state_of(trainer)
        trainer.optimizer = torch.optim.SGD(trainer.model.parameters(), lr=1.0)
        trainer._optimise(next(trainer.task.training_batches(0)))
        parameters = [name for name, _ in trainer.model.named_parameters()]
        moved = [(state_of(trainer)[name] - before[name]).square().sum() for name in parameters]
        return float(torch.stack(moved).sum().sqrt())

    free = first_step(tmp_path / "free")
    assert first_step(tmp_path / "clipped", clip=free / 10) == pytest.approx(free / 10, rel=1e-3)
    settings = TrainingSettings(learning_rate=1e-2, warm_up=1000)
    rates = [settings.rate(Progress(AnnealingState(0.5, 0.0), samples=seen)) for seen in (0, 250, 1000, 5000)]
    assert rates == pytest.approx([0.0, 0.0025, 0.01, 0.01])
    with pytest.raises(ValueError, match="clip must be above 0"):
        TrainingSettings(clip=0.0)


def test_settling_may_begin_at_the_full_rate() -> None:
    settings = TrainingSettings(learning_rate=1e-2, settle_evaluations=8, level=0.5)
    rates = [
        settings.rate(Progress(AnnealingState(0.5, 0.0), samples=10, phase="settle", settled=settled))
        for settled in (0, 2, 4, 6, 8)
    ]
    assert rates == pytest.approx([1e-2, 1e-2, 1e-2, 5e-3, 0.0])
    with pytest.raises(ValueError, match="level must be at least 0 and below 1; got 1"):
        TrainingSettings(level=1.0)


def test_a_clipped_step_is_as_long_whatever_the_loss_is_scaled_by(tmp_path: Path) -> None:
    """In float16 gradients are those of a loss that is 65,536 times as large, until the step."""

    def step(fabric: FabricLike, clip: float | None) -> float:
        model, settings = toy_model(), TrainingSettings(clip=clip)
        session = Session(model, PatternTask(), fabric)
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        trainer = Trainer(session, Scripted(("stop",)), settings, folder=tmp_path, optimizer=optimizer)
        before = [parameter.detach().clone() for parameter in model.parameters()]
        trainer.model.train()
        trainer._optimise(next(trainer.task.training_batches(0)))
        return math.dist(
            torch.cat([each.flatten() for each in before]).tolist(),
            torch.cat([each.detach().flatten() for each in model.parameters()]).tolist(),
        )

    scaled = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=65_536.0))
    free = step(OneCpu(), None)
    for fabric in (
        OneCpu(),
        OneCpu(bf16=True),
        Fabric(accelerator="cpu", devices=1),
        Fabric(accelerator="cpu", devices=1, plugins=scaled),
    ):
        assert step(fabric, free / 10) == pytest.approx(free / 10, rel=1e-3)
