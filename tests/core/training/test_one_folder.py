"""A folder has one training at a time, and keeps the one it has: for those who call `fit` and `align` themselves."""

import json
from pathlib import Path

import numpy as np
import pytest

from sparling.alignment.align import align
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Stream
from sparling.errors import FolderInUse, Interrupted, InUse
from sparling.training.trainer import Trainer
from tests.core.test_locks import everything, held_elsewhere
from tests.core.toy import toy_trainer
from tests.core.toy_rules import Scripted, Watcher

RULE = Scripted(("tighten", "stop"))


def test_fit_and_resume_wait_for_nobody(tmp_path: Path) -> None:
    toy_trainer(tmp_path, rule=RULE).fit()
    with held_elsewhere(tmp_path):
        before = everything(tmp_path)
        for call in (toy_trainer(tmp_path, rule=RULE).fit, toy_trainer(tmp_path, rule=RULE).resume):
            with pytest.raises(InUse, match=f"in use by process .*: {tmp_path}$"):
                call()
        assert everything(tmp_path) == before


def test_nothing_of_the_lock_stays(tmp_path: Path) -> None:
    toy_trainer(tmp_path, rule=RULE).fit()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint", "metrics.jsonl"]


def test_evaluations_without_their_checkpoint_are_kept_too(tmp_path: Path) -> None:
    toy_trainer(tmp_path, rule=RULE).fit()
    (tmp_path / "checkpoint" / "state.pt").unlink()
    before = everything(tmp_path)
    with pytest.raises(FolderInUse):
        toy_trainer(tmp_path, rule=RULE).fit()
    assert everything(tmp_path) == before


def test_who_resumed_before_another_went_on_does_not_undo_that(tmp_path: Path) -> None:
    def stop(record: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        toy_trainer(tmp_path, rule=RULE, observer=Watcher(evaluation=stop)).fit()
    late, other = toy_trainer(tmp_path, rule=RULE), toy_trainer(tmp_path, rule=RULE)
    late.resume()
    other.resume()
    other.fit()
    before = everything(tmp_path)
    with pytest.raises(FolderInUse):
        late.fit()
    assert everything(tmp_path) == before


def test_a_line_that_a_kill_left_before_the_first_checkpoint_is_not_told_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = Trainer._save

    def killed(trainer: Trainer) -> None:
        if trainer.progress.step:
            raise KeyboardInterrupt
        saved(trainer)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save", killed)
        with pytest.raises(Interrupted):
            toy_trainer(tmp_path, rule=RULE).fit()
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == 1
    toy_trainer(tmp_path, rule=RULE).fit()
    steps = [json.loads(line)["step"] for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) > 1


def test_an_alignment_keeps_the_one_that_is_there(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    streams = [Stream(name, rng.normal(size=(64, 5)).astype(np.float32)) for name in ("a", "b")]
    settings = AlignmentSettings(latents=8, k=2, epochs=1)
    align(streams, settings, folder=tmp_path, device="cpu", observer=None)
    before = everything(tmp_path)
    with pytest.raises(FolderInUse):
        align(streams, AlignmentSettings(latents=4, k=2, epochs=1), folder=tmp_path, device="cpu", observer=None)
    assert everything(tmp_path) == before
