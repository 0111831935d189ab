"""What the live display says: the names of its figures, and how long a run will take."""

import io
from typing import Any

import pytest
from rich.console import Console
from sparling_cli import progress as display_module
from sparling_cli.progress import Outlook, TrainingDisplay

from sparling.training.annealing import AnnealingState, Constant, Relative
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress, TrainingSettings


def record(**fields: Any) -> EvaluationRecord:
    known = dict.fromkeys(EvaluationRecord._fields, 0.5) | {"samples": 1000, "phase": "anneal", "action": "tighten"}
    return EvaluationRecord(**(known | fields))


def shown(outlook: Outlook, progress: Progress, monkeypatch: pytest.MonkeyPatch) -> str:
    """The table after one evaluation and one batch, at 100 samples a second."""
    clock = iter((0.0, 10.0))
    monkeypatch.setattr(display_module.time, "monotonic", lambda: next(clock))
    console = Console(file=io.StringIO(), width=120)
    display = TrainingDisplay(console, outlook)
    display.on_batch(Progress(AnnealingState(0.1, 0.0), samples=progress.samples - 1000))
    display.records.append(record())
    display.progress = progress
    console.print(display._table())
    return console.file.getvalue()


def test_score_and_unit_have_the_names_that_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    progress = Progress(AnnealingState(0.1, 0.0), samples=2000, seconds=20.0)
    outlook = Outlook(target=0.1, factor=0.5, evaluate_every=1000, settle=2)
    text = shown(outlook, progress, monkeypatch)
    assert "AUROC" in text
    assert "100 sequences/s" in text
    named = Outlook(0.1, 0.5, 1000, 2, score="exact match", unit="images")
    text = shown(named, progress, monkeypatch)
    assert "exact match" in text
    assert "100 images/s" in text
    assert "AUROC" not in text


@pytest.mark.parametrize(
    ("outlook", "density", "since", "seconds"),
    [
        (Outlook(0.1, 0.5, 1000, 2), 0.1, 0, 30),
        (Outlook(0.1, 0.5, 1000, 2), 0.4, 0, 50),
        (Outlook(0.1, 0.5, 1000, 2), 0.4, 500, 45),
        (Outlook(0.1, 0.5, 1000, 2, constant=5000), 0.1, 0, 50),
        (Outlook(0.1, 0.5, 1000, 2, constant=5000), 0.1, 500, 50),
    ],
)
def test_time_left_follows_from_the_steps_to_come(
    outlook: Outlook, density: float, since: int, seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(AnnealingState(density, 0.0), samples=2000, since=since)
    assert f"about {seconds} s left" in shown(outlook, progress, monkeypatch)


def relative(target: float) -> Relative:
    return Relative(target=target, initial=0.25, factor=0.6, tolerance=0.02, noises=0.5, patience=2, look_ahead=0)


def test_each_training_begins_with_its_title_and_nothing_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display_module.time, "monotonic", iter((0.0, 5.0, 15.0)).__next__)
    console = Console(file=io.StringIO(), width=120)
    display = TrainingDisplay(console)
    settings = TrainingSettings(evaluate_every=1000, settle_evaluations=2)
    assert display.begin("Training", relative(0.01), settings) is display
    assert display.outlook == Outlook(target=0.01, factor=0.6, evaluate_every=1000, settle=2)
    display.on_batch(Progress(AnnealingState(0.25, 0.0), samples=9000))
    display.on_evaluation(record())
    again = TrainingSettings(evaluate_every=500, settle_evaluations=4)
    assert display.begin("One network", Constant(0.5, 3000), again) is display
    assert (display.records, display.progress) == ([], None)
    assert display.outlook == Outlook(0.5, 0.5, 500, 4, constant=3000, score="precision")
    # 1000 samples a training of its own, in 10 seconds: 2000 more at the full rate, and 4 times 500 to settle
    display.on_batch(Progress(AnnealingState(0.5, 0.0), samples=0))
    display.progress = Progress(AnnealingState(0.5, 0.0), samples=1000, seconds=10.0)
    assert "about 40 s left" in str(display._table().caption)
    lines = console.file.getvalue().splitlines()
    assert [line for line in lines if "δ" not in line] == ["Training", "One network"]


def test_before_any_training_nothing_is_said() -> None:
    console = Console(file=io.StringIO(), width=120)
    with TrainingDisplay(console) as display:
        assert display._status() == ""
    assert console.file.getvalue() == ""
