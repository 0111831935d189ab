"""Annealing rules and observers that do what a test asks for."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sparling.training.annealing import AnnealingState, Evaluation, Step
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress

EVERY = 160
"""Training samples between evaluations of the toy trainer."""


@dataclass(frozen=True)
class Scripted:
    """At each evaluation "tighten" (it held), "give up" (tighten though it did not), "hold", "revert" or "stop"."""

    script: tuple[str, ...]

    def start(self) -> AnnealingState:
        return AnnealingState(0.5, 0.0)

    def step(self, state: AnnealingState, evaluation: Evaluation) -> Step:
        word = self.script[-(-evaluation.samples // EVERY) - 1]
        state = replace(state, samples=evaluation.samples)
        if word == "hold":
            return Step(state, "hold")
        if word == "give up":
            return Step(replace(state, density=state.density / 2), "tighten")
        if word == "revert":
            assert state.held is not None
            return Step(replace(state, density=state.held, reason="script ended"), "revert")
        state = replace(state, held=state.density)
        if word == "stop":
            return Step(replace(state, reason="script ended"), "stop")
        return Step(replace(state, density=state.density / 2), "tighten")


class Watcher:
    """Calls ``batch`` with each progress and ``evaluation`` with each record; keeps the records."""

    def __init__(
        self,
        batch: Callable[[Progress], None] = lambda progress: None,
        evaluation: Callable[[EvaluationRecord], None] = lambda record: None,
    ) -> None:
        self.batch, self.evaluation = batch, evaluation
        self.records: list[EvaluationRecord] = []

    def on_batch(self, progress: Progress) -> None:
        self.batch(progress)

    def on_evaluation(self, record: EvaluationRecord) -> None:
        self.records.append(record)
        self.evaluation(record)
