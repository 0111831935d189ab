"""Live progress of a training run on the terminal; plain lines where there is no terminal."""

import time
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sparling.training.annealing import AnnealingRule, Constant, Relative
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress, TrainingSettings

ROWS = 12


@dataclass(frozen=True)
class Outlook:
    """What is known of a run before it starts, and what its figures are called."""

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


UNKNOWN = Outlook(target=1.0, factor=0.5, evaluate_every=1, settle=0)
"""Before the first training begins."""


class TrainingDisplay:
    """Shows δ, how far it is above its target, the score, speed and time left; an ``Observer`` of the trainer.

    ``constant_score`` is what the score of a training at one density is called, if one begins.
    """

    def __init__(self, console: Console, outlook: Outlook = UNKNOWN, constant_score: str = "precision") -> None:
        self.console, self.outlook = console, outlook
        self._scores, self._unit = (outlook.score, constant_score), outlook.unit
        self.records: list[EvaluationRecord] = []
        self.progress: Progress | None = None
        self.live = Live(console=console, refresh_per_second=4, transient=True)
        self._first: tuple[float, int] | None = None

    def __enter__(self) -> "TrainingDisplay":
        if self.console.is_terminal:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def begin(self, title: str, rule: AnnealingRule, settings: TrainingSettings) -> "TrainingDisplay":
        """Another training of the same run starts."""
        every, settle = settings.evaluate_every, settings.settle_evaluations
        if isinstance(rule, Constant):
            self.outlook = Outlook(rule.density, 0.5, every, settle, rule.samples, self._scores[1], self._unit)
        elif isinstance(rule, Relative):
            self.outlook = Outlook(rule.target, rule.factor, every, settle, 0, self._scores[0], self._unit)
        self.records, self.progress, self._first = [], None, None
        self.console.print(title, highlight=False, markup=False)
        return self

    def on_batch(self, progress: Progress) -> None:
        """Refresh the table."""
        self.progress = progress
        if self._first is None:
            self._first = (time.monotonic(), progress.samples)
        if self.console.is_terminal:
            self.live.update(self._table())

    def on_evaluation(self, record: EvaluationRecord) -> None:
        """Add a line."""
        self.records.append(record)
        if not self.console.is_terminal:
            self.console.print(" ".join(_cells(record, self.outlook.target)), highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, caption=self._status(), caption_justify="left", pad_edge=False)
        for title in ("samples", "phase", "density", "× target", self.outlook.score, "loss", ""):
            table.add_column(title, justify="left" if title in ("phase", "") else "right")
        for record in self.records[-ROWS:]:
            table.add_row(*_cells(record, self.outlook.target))
        return table

    def _status(self) -> str:
        progress = self.progress
        if progress is None or self._first is None:
            return ""
        elapsed = time.monotonic() - self._first[0]
        speed = (progress.samples - self._first[1]) / elapsed if elapsed > 0.5 else 0.0
        left = f", about {self._seconds_left(speed):.0f} s left" if speed else ""
        return f"{progress.seconds:.0f} s, {speed:,.0f} {self.outlook.unit}/s{left}"

    def _seconds_left(self, speed: float) -> float:
        """If every density holds at the pace seen so far."""
        progress = self.progress
        if progress is None:
            return 0.0
        outlook = self.outlook
        settle = (outlook.settle - progress.settled) * outlook.evaluate_every
        annealing = 0.0
        if progress.phase == "anneal":
            density, steps = progress.annealing.density, 0
            while density > outlook.target * 1.001:
                density, steps = density * outlook.factor, steps + 1
            tightened = sum(record.action == "tighten" for record in self.records)
            pace = len(self.records) / tightened if tightened else 1.0
            annealing = (steps + 1) * pace * outlook.evaluate_every
            if outlook.constant:
                annealing = outlook.constant - progress.samples + progress.since
        return max(annealing + settle - progress.since, 0.0) / speed


_MARKS = {"tighten": "tighten", "hold": "", "revert": "back to the last density that held", "stop": "done"}


def _cells(record: EvaluationRecord, target: float) -> tuple[str, ...]:
    return (
        f"{record.samples:>9,}",
        f"{record.phase:<6}",
        f"δ {record.target_density:.2e}",
        f"{record.target_density / target:7.1f}×",
        f"{record.score:.4f}",
        f"{record.loss:.4f}",
        _MARKS[record.action],
    )
