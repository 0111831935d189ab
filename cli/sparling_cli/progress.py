"""Live progress of a run's trainings: a bar and the time left of the whole run; plain rows where it is piped."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from sparling.training.annealing import AnnealingRule, Constant, Published, Relative, tightenings
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress, Stage, TrainingSettings
from sparling_cli.screen import Screen, span, time_left

UNKNOWN_TIME = "not known yet"
ALONE = Stage("Training", (0, 0))
"""The only training of a run."""


@dataclass(frozen=True)
class Outlook:
    """What is known of a training before it starts, and what its figures are called."""

    target: float
    """Density at which annealing ends."""
    factor: float
    """By which the density falls at each tightening."""
    evaluate_every: int
    """Training samples between evaluations."""
    settle: int
    """Evaluations after annealing."""
    constant: int = 0
    """Training samples before settling where the density does not fall."""
    score: str = "AUROC"
    unit: str = "sequences"
    stage: Stage = ALONE
    minutes: float | None = None
    """What this training alone may take."""

    def samples_left(self, progress: Progress, pace: float) -> float:
        """Training samples that are still to come where each density takes ``pace`` evaluations."""
        since = progress.since % self.evaluate_every
        settling = (self.settle - progress.settled) * self.evaluate_every
        if progress.phase != "anneal":
            return max(settling - since, 0.0)
        if self.constant:
            return max(self.constant - progress.samples + settling, 0.0)
        steps = tightenings(progress.annealing.density, self.target, self.factor)
        return (steps + 1) * pace * self.evaluate_every + settling - since


UNKNOWN = Outlook(target=1.0, factor=0.5, evaluate_every=1, settle=0)
"""Before the first training begins."""


class TrainingDisplay:
    """Shows how far a training is, its score, and the time left of the whole run; an ``Observer`` of the trainer.

    ``whole``: what the trainings together are called ("seed"), where they are not all.
    """

    def __init__(
        self,
        screen: Screen,
        outlook: Outlook = UNKNOWN,
        whole: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.screen, self.outlook, self.clock, self.whole = screen, outlook, clock, whole
        self.records: list[EvaluationRecord] = []
        self.progress: Progress | None = None
        self.live = Live(console=screen.err, refresh_per_second=4, transient=True)
        self._first: tuple[float, int] | None = None
        self._speed, self._share = 0.0, 0.0

    def __enter__(self) -> "TrainingDisplay":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def begin(self, stage: Stage, rule: AnnealingRule, settings: TrainingSettings) -> "TrainingDisplay":
        """Another training of the same run starts; nothing is shown before its first batch."""
        every, settle, minutes = settings.evaluate_every, settings.settle_evaluations, settings.max_minutes
        score, unit = self.outlook.score, self.outlook.unit
        if isinstance(rule, Constant):
            self.outlook = Outlook(rule.density, 0.5, every, settle, rule.samples, score, unit, stage, minutes)
        elif isinstance(rule, Relative | Published):
            self.outlook = Outlook(rule.target, rule.factor, every, settle, 0, score, unit, stage, minutes)
        self.records, self.progress, self._first, self._share = [], None, None, 0.0
        return self

    def on_batch(self, progress: Progress) -> None:
        """Move the bar."""
        self.progress = progress
        if self._first is None:
            self._first = (self.clock(), progress.samples)
            self._open()
        if self.live.is_started:
            self.live.update(self.view())

    def on_evaluation(self, record: EvaluationRecord) -> None:
        """Measure the speed, evaluations included, and add a row where rows are shown."""
        self.records.append(record)
        if self._first is not None:
            elapsed = self.clock() - self._first[0]
            if elapsed > 0 and record.samples > self._first[1]:
                self._speed = (record.samples - self._first[1]) / elapsed
        if self.screen.quiet:
            return
        if not self.screen.live or self.screen.verbose:
            self._write(self._cells(record))
        if self.live.is_started and record.phase == "settle" and record.action == "stop":
            score = f"{self.outlook.score} {record.score:.3f}"
            self.screen.say(f"{self.outlook.stage.title}: {score}, {span(record.seconds)}")
            self.live.update(Text("Reading the map …"))

    def left(self) -> str:
        """Of the whole run, as far as it can be told; of this training, where nobody knows what follows."""
        seconds = self._seconds_left()
        if seconds is None:
            allowed = self._allowed()
            return UNKNOWN_TIME if allowed is None else time_left(0.0, allowed)
        return time_left(*seconds)

    def view(self) -> Group:
        """The bar, and the line below it."""
        bar = Table.grid(expand=True, padding=(0, 1))
        for justify, ratio in (("left", None), ("left", 1), ("right", None), ("left", None)):
            bar.add_column(justify=justify, ratio=ratio, no_wrap=ratio is None)  # type: ignore[arg-type]
        self._share = max(self._share, self._done())
        score = f"{self.outlook.score} {self.records[-1].score:.3f}" if self.records else ""
        bar.add_row(self.outlook.stage.title, ProgressBar(1.0, self._share), f"{self._share:.0%}", score)
        left, belongs = self.left(), self._belongs()
        status = f"time left: {left}" if left == UNKNOWN_TIME else f"{left} left" + (belongs and f" of this {belongs}")
        speed = f"; {self._speed:,.0f} {self.outlook.unit} a second" if self._speed else ""
        return Group(bar, Text(status + speed))

    def _belongs(self) -> str:
        """What the time that is left belongs to, where that is not all."""
        return "training" if self.outlook.stage.later is None else self.whole

    def _open(self) -> None:
        """What is known already; then the title and the names of the columns where rows are shown, else the bar."""
        if self.screen.quiet:
            return
        if self.outlook.stage.said:
            self.screen.say(self.outlook.stage.said)
        if self.screen.live:
            self.live.start()
        if not self.screen.live or self.screen.verbose:
            self.screen.say(self.outlook.stage.title)
            details = ("density", "× target", "loss") if self.screen.verbose else ()
            belongs = self._belongs()
            left = f"left, {belongs}" if belongs else "time left"
            self._write((self.outlook.unit, *details, self.outlook.score, left, ""))

    def _cells(self, record: EvaluationRecord) -> tuple[str, ...]:
        samples, score, left = f"{record.samples:,}", f"{record.score:.4f}", self.left()
        if not self.screen.verbose:
            return (samples, score, left, _WORDS[record.phase, record.action])
        times = record.target_density / self.outlook.target
        details = (f"{record.target_density:.2e}", f"{times:.1f}", f"{record.loss:.4f}")
        remark = record.action if record.phase == "anneal" else "settle"
        return (samples, *details, score, left, remark)

    def _write(self, cells: tuple[str, ...]) -> None:
        """One row; figures stand on the right of their columns, words on the left."""
        *figures, left, remark = cells
        widths = _WIDTHS if self.screen.verbose else (_WIDTHS[0], _WIDTHS[-1])
        row = "".join(f"{figure:>{width}}" for figure, width in zip(figures, widths, strict=True))
        self.screen.err.print(f"{row}  {left:<{_LEFT}}  {remark}".rstrip(), soft_wrap=True)

    def _done(self) -> float:
        if self.progress is None:
            return 0.0
        progress, minutes = self.progress, self.outlook.minutes
        whole = progress.samples + self.outlook.samples_left(progress, self._pace())
        late = 0.0 if minutes is None else progress.seconds / (60 * minutes)
        return min(max(progress.samples / whole, late), 1.0)

    def _pace(self) -> float:
        tightened = sum(record.action == "tighten" for record in self.records)
        return len(self.records) / tightened if tightened else 1.0

    def _seconds_left(self) -> tuple[float, float] | None:
        """At least and at most: this training at its pace so far, and those that follow; no more than is allowed."""
        progress, stage = self.progress, self.outlook.stage
        if progress is None or not self._speed:
            return None
        own = self.outlook.samples_left(progress, self._pace()) / self._speed
        if self.outlook.minutes is not None:
            own = min(own, max(60 * self.outlook.minutes - progress.seconds, 0.0))
        least, most = (own + samples / self._speed for samples in stage.later or (0, 0))
        if stage.minutes is not None:
            most = min(most, max(60 * stage.minutes - progress.seconds, 0.0))
        return min(least, most), most

    def _allowed(self) -> float | None:
        """Seconds that the run may still take, where it may take only so many."""
        progress, stage = self.progress, self.outlook.stage
        minutes = self.outlook.minutes if stage.minutes is None and stage.later == ALONE.later else stage.minutes
        return None if progress is None or minutes is None else max(60 * minutes - progress.seconds, 0.0)


_WIDTHS = (11, 10, 9, 8, 13)
"""Of the columns sequences, density, × target, loss and score."""
_LEFT = 15
"""Of the column with the time left."""
_WORDS = {
    ("anneal", "hold"): "",
    ("anneal", "tighten"): "fewer marks from here",
    ("anneal", "revert"): "back to the last map that was good enough; fine-tuning from here",
    ("anneal", "stop"): "fine-tuning from here",
    ("settle", "hold"): "",
    ("settle", "stop"): "done",
}
