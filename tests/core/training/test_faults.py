"""Memory that does not suffice and clocks that jump: nothing that was trained is lost."""

import itertools
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from torch import Tensor

from sparling.errors import OutOfMemory, is_out_of_memory
from sparling.training.task import Batch
from sparling.training.trainer import Trainer
from tests.core.toy import PatternTask, toy_trainer
from tests.core.toy_rules import EVERY, Scripted, Watcher

RULE = Scripted(("tighten", "tighten", "stop"))
SAID = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 16777216 bytes. Error code 12"


class Hungry(PatternTask):
    """Memory does not suffice for the 8th of its batches of 32, or for the validation after the first evaluation."""

    def __init__(self, error: Exception, place: str) -> None:
        super().__init__()
        self.error, self.place, self.calls = error, place, itertools.count(1)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        if self.place == "training" and next(self.calls) == 8:
            raise self.error
        return super().loss(output, batch)

    def validation_batches(self) -> list[Batch]:  # type: ignore[override]
        if self.place == "evaluation" and next(self.calls) == 2:
            raise self.error
        return list(super().validation_batches())


@pytest.mark.parametrize("place", ["training", "evaluation"])
@pytest.mark.parametrize(
    "error",
    [MemoryError(), RuntimeError(SAID), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")],
    ids=["Python", "CPU", "CUDA"],
)
def test_out_of_memory_says_the_batch_and_keeps_the_last_evaluation(
    tmp_path: Path, error: Exception, place: str
) -> None:
    whole = toy_trainer(tmp_path / "whole", rule=RULE)
    whole.fit()
    hungry = toy_trainer(tmp_path / "run", rule=RULE, task=Hungry(error, place))
    words = (
        r"out of memory on cpu, with batches of 32 samples of shape \(24,\) each; take smaller batches .*, and resume"
    )
    with pytest.raises(OutOfMemory, match=words) as caught:
        hungry.fit()
    assert (caught.value.size, caught.value.exit_code, caught.value.__cause__) == (32, 1, error)
    again = toy_trainer(tmp_path / "run", rule=RULE)
    again.resume()
    assert again.progress.step == 1
    again.fit()
    weights = whole.model.state_dict()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in again.model.state_dict().items())


def test_it_goes_on_with_smaller_batches_from_as_many_of_them_in_the_epoch(tmp_path: Path) -> None:
    hungry = toy_trainer(tmp_path, rule=RULE, task=Hungry(MemoryError(), "training"))
    with pytest.raises(OutOfMemory):
        hungry.fit()
    smaller = toy_trainer(tmp_path, rule=RULE, task=PatternTask(batch_size=16))
    smaller.resume()
    assert (smaller.progress.samples, smaller.progress.batch) == (EVERY, EVERY // 32)
    assert smaller.fit().stop_reason == "script ended"


def test_another_error_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="shapes differ"):
        toy_trainer(tmp_path, rule=RULE, task=Hungry(RuntimeError("shapes differ"), "training")).fit()
    assert not is_out_of_memory(KeyError("out of memory"))


@pytest.mark.parametrize("jump", [-1e9, 1e9], ids=["back", "forward"])
def test_a_clock_that_jumps_ends_no_budget_and_changes_no_time(
    tmp_path: Path, jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of day; what is measured is measured by a clock that cannot be set."""
    day = itertools.count(time.time(), jump)

    class Jumping(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Jumping":
            return cls.fromtimestamp(max(next(day), 0) % 4e9, UTC)

    monkeypatch.setattr(time, "time", lambda: next(day))
    monkeypatch.setattr("sparling.locks.datetime", Jumping)
    trainer = toy_trainer(tmp_path, rule=RULE, max_minutes=60)
    progress = trainer.fit()
    assert progress.stop_reason == "script ended"
    assert 0 < progress.seconds < 600
    seconds = [line["seconds"] for line in trainer.log.read()]
    assert seconds == sorted(seconds)


def test_the_last_checkpoint_stays_where_the_next_one_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(record: object) -> None:
        monkeypatch.setattr(Path, "write_bytes", no_room)

    def no_room(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left on device"):
        toy_trainer(tmp_path, rule=RULE, observer=Watcher(evaluation=full)).fit()
    monkeypatch.undo()
    again: Trainer = toy_trainer(tmp_path, rule=RULE)
    again.resume()
    assert again.progress.step == 1
    assert again.fit().stop_reason == "script ended"
