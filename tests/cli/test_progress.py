"""What the live display says: how far it is, the names of its figures, how long a run will take yet."""

import io
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from rich.console import Console
from sparling_cli.progress import ALONE, Outlook, TrainingDisplay
from sparling_cli.screen import ANY_WIDTH, Screen

from sparling.training.annealing import AnnealingState, Constant, Published, Relative
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress, Stage, TrainingSettings

SETTINGS = TrainingSettings(evaluate_every=1000, settle_evaluations=2)
OUTLOOK = Outlook(target=0.1, factor=0.5, evaluate_every=1000, settle=2)


def record(**fields: Any) -> EvaluationRecord:
    known = dict.fromkeys(EvaluationRecord._fields, 0.5) | {"samples": 1000, "phase": "anneal", "action": "tighten"}
    return EvaluationRecord(**(known | fields))


def screen(terminal: bool = False, width: int = 80, **loudness: bool) -> Screen:
    """One whose stderr can be read back."""
    made = Screen(**loudness)
    made.err = Console(
        file=io.StringIO(), width=width if terminal else ANY_WIDTH, force_terminal=terminal, color_system=None
    )
    return made


def written(made: Screen) -> list[str]:
    return made.err.file.getvalue().splitlines()


def ticking(*times: float) -> Callable[[], float]:
    return iter(times).__next__


def display(made: Screen, outlook: Outlook = OUTLOOK, times: Iterable[float] = (0.0, 10.0), **words: str) -> Any:
    return TrainingDisplay(made, outlook, clock=ticking(*times), **words)


def after_one_evaluation(made: Screen, outlook: Outlook, progress: Progress) -> TrainingDisplay:
    """A display that has seen 1,000 samples in 10 seconds, and then ``progress``."""
    shown = display(made, outlook)
    shown.on_batch(Progress(AnnealingState(0.1, 0.0), samples=progress.samples - 1000))
    shown.on_evaluation(record(samples=progress.samples))
    shown.progress = progress
    return shown


def relative(target: float) -> Relative:
    return Relative(target=target, initial=0.25, factor=0.6, tolerance=0.02, noises=0.5, patience=2, look_ahead=0)


# Time left


@pytest.mark.parametrize(
    ("outlook", "density", "since", "samples"),
    [
        (OUTLOOK, 0.1, 0, 3000),
        (OUTLOOK, 0.4, 0, 5000),
        (OUTLOOK, 0.4, 500, 4500),
        (OUTLOOK, 0.4, 1000, 5000),
        (Outlook(0.1, 0.5, 1000, 2, constant=5000), 0.1, 0, 5000),
        (Outlook(0.1, 0.5, 1000, 2, constant=5000), 0.1, 500, 5000),
    ],
)
def test_what_is_left_of_a_training_follows_from_the_steps_to_come(outlook, density, since, samples) -> None:
    progress = Progress(AnnealingState(density, 0.0), samples=2000, since=since)
    assert outlook.samples_left(progress, pace=1.0) == samples


def test_each_density_is_expected_to_take_as_long_as_those_before() -> None:
    progress = Progress(AnnealingState(0.4, 0.0), samples=2000)
    assert OUTLOOK.samples_left(progress, pace=2.0) == 8000


def test_settling_only_the_evaluations_that_are_left_count() -> None:
    progress = Progress(AnnealingState(0.1, 0.0), samples=9000, phase="settle", settled=1, since=250)
    assert OUTLOOK.samples_left(progress, pace=3.0) == 750


@pytest.mark.parametrize(
    ("stage", "left"),
    [
        (ALONE, "about 5 min"),
        (Stage("Channels that stay", (0, 12_000)), "5 to 25 min"),
        (Stage("Density falls", (3000, 12_000)), "10 to 25 min"),
        (Stage("Density falls", (3000, 12_000), minutes=8.5), "about 8 min"),
        (Stage("Density falls", (3000, 12_000), minutes=0.4), "less than 1 min"),
    ],
)
def test_time_left_is_that_of_the_whole_run_and_no_more_than_is_allowed(stage, left) -> None:
    outlook = Outlook(0.1, 0.5, 1000, 2, stage=stage)
    shown = display(screen(), outlook, times=(0.0, 100.0))
    shown.on_batch(Progress(AnnealingState(0.1, 0.0), samples=0))
    shown.on_evaluation(record(samples=1000))  # 10 samples a second
    shown.progress = Progress(AnnealingState(0.1, 0.0), samples=1000)
    assert shown.left() == left


def test_before_the_first_evaluation_the_time_is_not_known_and_a_later_training_begins_with_the_speed_so_far() -> None:
    shown = display(screen(), times=(0.0, 100.0, 100.0))
    shown.begin(Stage("Density falls", (0, 0)), relative(0.25), SETTINGS)
    shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=500, since=500))
    assert shown.left() == "not known yet"
    shown.on_evaluation(record(samples=1500))
    assert shown.left() != "not known yet"
    shown.begin(Stage("Channels that stay", (0, 0)), relative(0.25), SETTINGS)
    shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=500, since=500))
    assert shown.left() == "about 4 min"  # 2,500 samples at 10 a second


@pytest.mark.parametrize(
    ("stage", "minutes", "left"),
    [
        (ALONE, 9.5, "up to 10 min"),
        (ALONE, None, "not known yet"),
        (Stage("Density falls", (0, 6000)), 9.5, "not known yet"),
        (Stage("Density falls", (0, 6000), minutes=4.0), 2.4, "up to 4 min"),
    ],
)
def test_before_the_first_evaluation_no_more_is_left_than_is_allowed(stage, minutes, left) -> None:
    shown = display(screen(), Outlook(0.1, 0.5, 1000, 2, stage=stage, minutes=minutes))
    shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=500, since=500, seconds=10.0))
    assert shown.left() == left


# Piped


def test_piped_a_training_is_a_title_a_header_and_a_row_an_evaluation_in_plain_words() -> None:
    made = screen()
    shown = display(made, times=(0.0, 10.0, 20.0, 20.0, 30.0))
    with shown:
        shown.begin(Stage("Density falls", (0, 6000), said="3 words to start from"), relative(0.25), SETTINGS)
        shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=10))
        shown.on_evaluation(record(samples=1010, score=0.75))
        shown.on_evaluation(record(samples=2010, score=0.875, phase="settle", action="stop"))
        shown.begin(Stage("Channels that stay", (0, 0)), Constant(0.5, 1000), SETTINGS)
        shown.on_batch(Progress(AnnealingState(0.5, 0.0), samples=10))
        shown.on_evaluation(record(samples=1010, score=0.5, action="stop"))
    lines = [line.split() for line in written(made)]
    assert lines[0] == ["3", "words", "to", "start", "from"]
    assert lines[1] == ["Density", "falls"]
    assert lines[2] == lines[6] == ["sequences", "AUROC", "time", "left"]
    assert lines[3] == ["1,010", "0.7500", "up", "to", "2", "min", "fewer", "marks", "from", "here"]
    assert lines[4][:2] + lines[4][-1:] == ["2,010", "0.8750", "done"]
    assert lines[5] == ["Channels", "that", "stay"]
    assert len(lines) == 8
    assert not any("δ" in line or "tighten" in line or "\x1b" in line for line in written(made))


def test_in_full_each_row_has_the_density_the_loss_and_what_the_rule_did() -> None:
    made = screen(verbose=True)
    shown = display(made)
    shown.on_batch(Progress(AnnealingState(0.2, 0.0), samples=10))
    shown.on_evaluation(record(samples=1010, target_density=0.2, loss=0.625))
    assert written(made)[1].split() == ["sequences", "density", "×", "target", "loss", "AUROC", "time", "left"]
    row = written(made)[2].split()
    assert row[:5] == ["1,010", "2.00e-01", "2.0", "0.6250", "0.5000"]
    assert row[-1] == "tighten"
    assert max(map(len, written(made))) <= 80


def test_score_and_unit_have_the_names_that_were_given() -> None:
    made = screen(verbose=True)
    shown = display(made, Outlook(0.1, 0.5, 1000, 2, score="exact match", unit="images"))
    shown.on_batch(Progress(AnnealingState(0.1, 0.0), samples=1))
    assert "images" in written(made)[1]
    assert "exact match" in written(made)[1]
    assert "AUROC" not in written(made)[1]


@pytest.mark.parametrize(
    ("stage", "whole", "named"),
    [
        (Stage("Start 2 of 12"), "", "left, training"),
        (Stage("Seed 1: Density falls", (0, 0)), "seed", "left, seed"),
        (ALONE, "", "time left"),
    ],
)
def test_what_the_time_left_belongs_to_is_said_where_it_is_not_the_run(stage, whole, named) -> None:
    made = screen()
    shown = display(made, whole=whole)
    shown.begin(stage, relative(0.1), SETTINGS)
    shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=1))
    assert written(made)[0] == stage.title
    assert written(made)[1].endswith(named)


@pytest.mark.parametrize("terminal", [False, True])
def test_quiet_says_nothing(terminal) -> None:
    made = screen(terminal, quiet=True)
    with display(made) as shown:
        shown.on_batch(Progress(AnnealingState(0.1, 0.0), samples=10))
        shown.on_evaluation(record(samples=1010, phase="settle", action="stop"))
    assert made.err.file.getvalue() == ""


@pytest.mark.parametrize("terminal", [False, True])
def test_what_is_known_before_a_training_is_said_once(terminal) -> None:
    made = screen(terminal)
    with display(made) as shown:
        shown.begin(Stage("Density falls", (0, 0), said="2 words to start from"), relative(0.1), SETTINGS)
        shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=1))
        shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=2))
    assert made.err.file.getvalue().count("2 words to start from") == 1


def test_a_training_of_which_no_batch_is_left_is_not_mentioned() -> None:
    made = screen()
    with display(made) as shown:
        shown.begin(Stage("Density falls", (0, 0), said="1 word"), relative(0.1), SETTINGS)
    assert written(made) == []


# On a terminal


@pytest.mark.parametrize("width", [80, 140])
def test_the_bar_and_the_line_below_it_fit_the_terminal(width) -> None:
    made = screen(terminal=True, width=width)
    outlook = Outlook(0.1, 0.5, 1000, 2, stage=Stage("Channels that stay", (0, 3000)))
    shown = after_one_evaluation(made, outlook, Progress(AnnealingState(0.1, 0.0), samples=1000))
    made.err.file.truncate(0)
    made.err.print(shown.view())
    bar, status = [line for line in made.err.file.getvalue().lstrip("\0").splitlines() if line.strip()]
    shown.live.stop()
    assert bar.startswith("Channels that stay ━")
    assert bar.rstrip().endswith("25% AUROC 0.500")
    assert len(bar) <= width
    assert status.strip() == "up to 1 min left; 100 sequences a second"


def test_the_bar_never_goes_back() -> None:
    made = screen(terminal=True)
    shown = after_one_evaluation(made, OUTLOOK, Progress(AnnealingState(0.1, 0.0), samples=3000))
    shown.view()
    before = shown._share
    shown.progress = Progress(AnnealingState(0.4, 0.0), samples=3000)
    shown.view()
    shown.live.stop()
    assert shown._share == before == 0.5


def test_what_is_done_stays_on_the_terminal_as_a_line() -> None:
    made = screen(terminal=True, width=100)
    with display(made) as shown:
        shown.on_batch(Progress(AnnealingState(0.1, 0.0), samples=10))
        shown.on_evaluation(record(samples=1010, phase="settle", action="stop", score=0.8125, seconds=110))
    assert "Training: AUROC 0.812, 1 min 50 s" in made.err.file.getvalue()


# Rules


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (relative(0.01), (0.01, 0.6, 0, "AUROC")),
        (Published(target=0.01, factor=0.75), (0.01, 0.75, 0, "AUROC")),
        (Constant(0.5, 3000), (0.5, 0.5, 3000, "AUROC")),
    ],
)
def test_a_training_begins_with_what_its_rule_says_and_nothing_of_the_one_before(rule, known) -> None:
    shown = display(screen())
    shown.on_batch(Progress(AnnealingState(0.25, 0.0), samples=9000))
    shown.on_evaluation(record())
    assert shown.begin(Stage("Another"), rule, SETTINGS) is shown
    assert (shown.records, shown.progress) == ([], None)
    outlook = shown.outlook
    assert (outlook.target, outlook.factor, outlook.constant, outlook.score) == known
    assert (outlook.evaluate_every, outlook.settle, outlook.stage.title) == (1000, 2, "Another")
