"""Live progress of a training run on the terminal; plain lines where there is no terminal."""

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from sparling.records import EvaluationRecord
from sparling.training import Progress

ROWS = 12


class TrainingDisplay:
    """Shows δ, how far it is above its target, the score, speed and time left; an ``Observer`` of the trainer."""

    def __init__(self, console: Console, target: float, factor: float, evaluate_every: int, settle: int) -> None:
        self.console, self.target, self.factor = console, target, factor
        self.evaluate_every, self.settle = evaluate_every, settle
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
            self.console.print(" ".join(_cells(record, self.target)), highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, caption=self._status(), caption_justify="left", pad_edge=False)
        for title in ("samples", "phase", "density", "× target", "AUROC", "loss", ""):
            table.add_column(title, justify="left" if title in ("phase", "") else "right")
        for record in self.records[-ROWS:]:
            table.add_row(*_cells(record, self.target))
        return table

    def _status(self) -> str:
        progress = self.progress
        if progress is None or self._first is None:
            return ""
        elapsed = time.monotonic() - self._first[0]
        speed = (progress.samples - self._first[1]) / elapsed if elapsed > 0.5 else 0.0
        left = f", about {self._seconds_left(speed):.0f} s left" if speed else ""
        return f"{progress.seconds:.0f} s, {speed:,.0f} sequences/s{left}"

    def _seconds_left(self, speed: float) -> float:
        """If every density holds at the pace seen so far."""
        progress = self.progress
        if progress is None:
            return 0.0
        settle = (self.settle - progress.settled) * self.evaluate_every
        annealing = 0.0
        if progress.phase == "anneal":
            density, steps = progress.annealing.density, 0
            while density > self.target * 1.001:
                density, steps = density * self.factor, steps + 1
            tightened = sum(record.action == "tighten" for record in self.records)
            pace = len(self.records) / tightened if tightened else 1.0
            annealing = (steps + 1) * pace * self.evaluate_every
        return (annealing + settle - progress.since) / speed


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
