"""A run that was killed and resumed ends, to the byte, like one that was not."""

import contextlib
import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric

from sparling.errors import FolderInUse, InputError, Interrupted, NothingToResume
from sparling.layer.sparsity import SpatialSparsity
from sparling.training.annealing import Constant
from sparling.training.checkpoint import load_state
from sparling.training.schedule import Progress, TrainingSettings
from sparling.training.session import Session
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_model, toy_trainer
from tests.core.toy_rules import EVERY, Scripted, Watcher

RULE = Scripted(("tighten", "tighten", "hold", "give up", "revert"))


def run(folder: Path, resume: bool = False, **options: Any) -> Trainer:
    """A trainer with other initial weights each time it is resumed; fits until it ends or is interrupted."""
    trainer = toy_trainer(folder, rule=RULE, model=toy_model(seed=1 if resume else 0), **options)
    if resume:
        trainer.resume()
    trainer.fit()
    return trainer


def result(trainer: Trainer) -> tuple[dict[str, bytes], list[dict[str, Any]], Progress]:
    weights = {name: tensor.numpy().tobytes() for name, tensor in trainer.model.state_dict().items()}
    records = [json.loads(line) for line in (trainer.folder / "metrics.jsonl").read_text().splitlines()]
    for record in records:
        record.pop("seconds")
    trainer.progress.seconds = 0.0
    return weights, records, trainer.progress


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], list[dict[str, Any]], Progress]:
    return result(run(tmp_path_factory.mktemp("whole")))


def kill(*samples: int) -> Callable[[Progress], None]:
    """Ctrl-C as soon as each of these numbers of training samples is reached, once."""
    left = list(samples)

    def on_batch(progress: Progress) -> None:
        if left and progress.samples >= left[0]:
            left.pop(0)
            raise KeyboardInterrupt

    return on_batch


@pytest.mark.parametrize(
    "samples",
    [
        (32,),
        (96,),
        (EVERY,),
        (EVERY + 32,),
        (4 * EVERY + 64,),
        (5 * EVERY + 64,),
        (6 * EVERY + 32,),
        (96, 300, 301, 700),
    ],
)
def test_killed_between_evaluations(tmp_path: Path, samples: tuple[int, ...], uninterrupted: object) -> None:
    watcher = Watcher(batch=kill(*samples))
    for times in range(len(samples)):
        with pytest.raises(Interrupted, match=f"stopped .*; saved in {tmp_path}"):
            run(tmp_path, resume=times > 0, observer=watcher)
    assert result(run(tmp_path, resume=True, observer=watcher)) == uninterrupted


def uncalibrated(folder: Path, seed: int, samples: int | None = None) -> Trainer:
    """Scores of the last density are gathered from before the kill until after it; other weights where resumed."""
    folder.mkdir(exist_ok=True)
    model = toy_model(seed=seed)
    model.sparsity = SpatialSparsity(2)
    settings = TrainingSettings(learning_rate=1e-2, evaluate_every=EVERY, settle_evaluations=6, calibrated=False)
    session = Session(model, PatternTask(), Fabric(accelerator="cpu", devices=1))
    watcher = Watcher(batch=kill(*([] if samples is None else [samples])))
    return Trainer(session, Constant(0.002, 2 * EVERY), settings, folder=folder, observer=watcher)


def test_killed_in_mid_gathering(tmp_path: Path) -> None:
    whole = uncalibrated(tmp_path / "whole", seed=0)
    whole.fit()
    with pytest.raises(Interrupted):
        uncalibrated(tmp_path / "killed", seed=0, samples=5 * EVERY + 64).fit()
    resumed = uncalibrated(tmp_path / "killed", seed=3)
    resumed.resume()
    assert int(resumed.model.sparsity.tracker.gathered_count) > 0
    resumed.fit()
    assert result(resumed) == result(whole)


def test_killed_before_the_first_evaluation_nothing_is_kept_and_this_is_said(tmp_path: Path) -> None:
    def on_batch(progress: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="stopped before the first evaluation, so that this training begins anew"):
        run(tmp_path, observer=Watcher(batch=on_batch))


@pytest.mark.parametrize("evaluation", [1, 2, 4, 5, 6])
def test_killed_after_an_evaluation(tmp_path: Path, evaluation: int, uninterrupted: object) -> None:
    def on_evaluation(record: Any) -> None:
        if record.step == evaluation:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match=rf"stopped after {evaluation} evaluations?; saved in "):
        run(tmp_path, observer=Watcher(evaluation=on_evaluation))
    assert result(run(tmp_path, resume=True)) == uninterrupted


@pytest.mark.parametrize("moment", ["calibration_batches", "validation_batches", "score"])
@pytest.mark.parametrize("evaluation", [1, 3])
def test_killed_in_an_evaluation(
    tmp_path: Path, moment: str, evaluation: int, monkeypatch: pytest.MonkeyPatch, uninterrupted: object
) -> None:
    task, calls = PatternTask(), 0
    original = getattr(task, moment)

    def killing(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == evaluation:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(task, moment, killing)
    with pytest.raises(Interrupted):
        run(tmp_path, task=task)
    assert result(run(tmp_path, resume=True)) == uninterrupted


def test_killed_between_the_record_and_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uninterrupted: object
) -> None:
    calls = 0

    def killing(trainer: Trainer) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        original(trainer)

    original = Trainer._save
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save", killing)
        with pytest.raises(Interrupted):
            run(tmp_path)
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 2
    with (tmp_path / "metrics.jsonl").open("a") as log:
        log.write('{"step": 3, "samp')
    assert result(run(tmp_path, resume=True)) == uninterrupted


def test_a_crash_of_the_process_is_survived_too(tmp_path: Path, uninterrupted: object) -> None:
    def crash(progress: Progress) -> None:
        if progress.samples == 2 * EVERY + 32:
            raise MemoryError

    with pytest.raises(MemoryError):
        run(tmp_path, observer=Watcher(batch=crash))
    assert result(run(tmp_path, resume=True)) == uninterrupted


def test_a_finished_run_that_is_resumed_stays_as_it_is(tmp_path: Path, uninterrupted: object) -> None:
    run(tmp_path)
    assert result(run(tmp_path, resume=True)) == uninterrupted


def test_a_run_that_was_killed_before_its_first_evaluation_may_be_begun_anew(
    tmp_path: Path, uninterrupted: object
) -> None:
    with contextlib.suppress(Interrupted):
        run(tmp_path, observer=Watcher(batch=kill(32)))
    assert (tmp_path / "checkpoint" / "state.pt").is_file()
    assert result(run(tmp_path)) == uninterrupted


@pytest.mark.parametrize("samples", [400, 10**9], ids=["killed on the way", "finished"])
def test_a_run_is_not_overwritten_by_another_in_its_folder(tmp_path: Path, samples: int) -> None:
    with contextlib.suppress(Interrupted):
        run(tmp_path, observer=Watcher(batch=kill(samples)))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any(path.name == "state.pt" for path in before)
    with pytest.raises(FolderInUse, match=f"the folder is in use: resume the run in it, .*: {tmp_path}$"):
        run(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_finished_trainer_that_is_asked_again_stays_as_it_is(tmp_path: Path, uninterrupted: object) -> None:
    trainer = run(tmp_path)
    trainer.fit()
    assert result(trainer) == uninterrupted


def test_seconds_add_up_over_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second passes whenever the clock is looked at; what was lost with the kill is not counted."""
    clock = SimpleNamespace(monotonic=itertools.count(1000.0).__next__)
    monkeypatch.setattr("sparling.training.trainer.time", clock)
    with pytest.raises(Interrupted):
        run(tmp_path, observer=Watcher(batch=kill(3 * EVERY + 32)))
    before = load_state(tmp_path / "checkpoint")["progress"]["seconds"]
    assert before == 3 * 6.0
    assert run(tmp_path, resume=True).progress.seconds == 7 * 6.0


# Checkpoints that cannot be resumed


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    with pytest.raises(Interrupted):
        run(tmp_path, observer=Watcher(batch=kill(EVERY + 32)))
    return tmp_path


def test_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(NothingToResume, match=r"no run to resume, state\.pt is missing: .*checkpoint$"):
        run(tmp_path, resume=True)


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None], ids=["empty", "text", "cut short"])
def test_a_damaged_checkpoint(killed: Path, damage: bytes | None) -> None:
    path = killed / "checkpoint" / "state.pt"
    path.write_bytes(path.read_bytes()[:2000] if damage is None else damage)
    with pytest.raises(InputError, match=r"checkpoint is damaged \(\w+\), put back a copy .*: .*state\.pt"):
        run(killed, resume=True)


def test_a_checkpoint_of_another_program(killed: Path) -> None:
    torch.save({"weights": torch.zeros(3)}, killed / "checkpoint" / "state.pt")
    with pytest.raises(InputError, match="checkpoint is not one of this program's"):
        run(killed, resume=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["progress"].pop("annealing"),
        lambda state: state["progress"].update(wind="west"),
        lambda state: state["model"].pop("sparsity.tracker.threshold"),
        lambda state: state["model"].update({"sparsity.density_state": torch.tensor(7.0)}),
        lambda state: state["optimizer"].update(param_groups=[]),
        lambda state: state.update(model=3),
        lambda state: state.pop("generators"),
    ],
)
def test_a_checkpoint_of_another_version(killed: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    state = load_state(killed / "checkpoint")
    change(state)
    torch.save(state, killed / "checkpoint" / "state.pt")
    with pytest.raises(InputError, match="checkpoint does not fit this model and program"):
        run(killed, resume=True)


def test_a_checkpoint_of_another_model(killed: Path) -> None:
    trainer = toy_trainer(killed, rule=RULE, model=toy_model(channels=3))
    with pytest.raises(InputError, match="checkpoint does not fit this model and program"):
        trainer.resume()
