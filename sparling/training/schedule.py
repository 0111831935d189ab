"""What a training is asked to do (warm-up, clipping, budget, warm-down, here "settling"), and where it stands."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from sparling.errors import SettingOutOfRange
from sparling.training.annealing import AnnealingState

NOT_FINITE = "not a finite number"
"""In the reason of a training that stopped for it."""
ANNEALING_SHARE = 0.8
"""Share of the budget of time or samples after which the density stays; the rest is for settling."""


class Stage(NamedTuple):
    """One of the trainings of a run, for those who watch it."""

    title: str
    later: tuple[int, int] | None = None
    """Training samples of the trainings that follow, at least and at most; None: not known."""
    minutes: float | None = None
    """What this training and those that follow may take; None: as long as they need."""
    said: str = ""
    """What is known before it begins, in a sentence; empty: nothing of interest."""


@dataclass
class Progress:
    """Where a run stands; all of it is in the checkpoint."""

    annealing: AnnealingState
    step: int = 0
    samples: int = 0
    epoch: int = 0
    batch: int = 0
    seconds: float = 0.0
    phase: str = "anneal"
    settled: int = 0
    stop_reason: str = ""
    since: int = 0
    """Training samples since the last evaluation."""


class Moment(NamedTuple):
    """When in a training channels may get new weights: after an evaluation."""

    settled: float
    """Share of settling that is done."""
    density: float
    """Target density of the map that was evaluated; the model's own is that of the next one."""


@dataclass(frozen=True)
class TrainingSettings:
    """How to train. Samples are training samples, times minutes.

    Raises ``SettingOutOfRange`` unless values are above 0 (decay and warm-up at least 0), and samples whole.
    """

    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    evaluate_every: int = 10_000
    settle_evaluations: int = 5
    level: float = 0.0
    """Share of settling over which the learning rate stays at its full value, before it falls."""
    max_minutes: float | None = None
    """Wall time. How many samples it is depends on the machine and what else runs on it, and so do the weights."""
    max_samples: int | None = None
    """Training samples, of which the last batch may see more; the same seed gives the same weights, however long it
    takes."""
    calibrated: bool = True
    """Whether batch statistics and thresholds are re-estimated before each evaluation."""
    warm_up: int = 0
    """Training samples over which the learning rate rises to its full value."""
    clip: float | None = None
    """Largest norm of a gradient."""

    def __post_init__(self) -> None:
        for name in ("learning_rate", "evaluate_every", "settle_evaluations", "max_minutes", "max_samples", "clip"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise SettingOutOfRange(name, value, "above 0")
        for name in ("weight_decay", "warm_up"):
            if not 0 <= getattr(self, name) < math.inf:
                raise SettingOutOfRange(name, getattr(self, name), "at least 0")
        for name in ("evaluate_every", "settle_evaluations", "max_samples", "warm_up"):
            value = getattr(self, name)
            if value is not None and value != int(value):
                raise SettingOutOfRange(name, value, "a whole number")
        if not 0 <= self.level < 1:
            raise SettingOutOfRange("level", self.level, "at least 0 and below 1")

    def rate(self, progress: Progress, full: float | None = None) -> float:
        """Learning rate of the next step, of a ``full`` one [`learning_rate`].

        Settling, it falls to 0 with evaluations, from the share `level` of them on, or with what is left of the budget.
        """
        rate = self.learning_rate if full is None else full
        if progress.samples < self.warm_up:
            rate *= progress.samples / self.warm_up
        if progress.phase == "settle":
            done = (progress.settled + progress.since / self.evaluate_every) / self.settle_evaluations
            late = (self.spent(progress) - ANNEALING_SHARE) / (1 - ANNEALING_SHARE)
            falling = max((done - self.level) / (1 - self.level), late, 0.0)
            rate *= 0.5 * (1 + math.cos(math.pi * min(falling, 1.0)))
        return rate

    def spent(self, progress: Progress) -> float:
        """Share of the budget that is spent, of time or of samples, whichever is more; 0 without one."""
        return max(self._time_spent(progress), self._samples_spent(progress))

    def budget(self, progress: Progress) -> str:
        """Which of the two budgets that is."""
        by_time = self._time_spent(progress) >= self._samples_spent(progress)
        return "time budget" if by_time else "sample budget"

    def _time_spent(self, progress: Progress) -> float:
        return 0.0 if self.max_minutes is None else progress.seconds / (60 * self.max_minutes)

    def _samples_spent(self, progress: Progress) -> float:
        return 0.0 if self.max_samples is None else progress.samples / self.max_samples
