"""Sparsity schedules, when to tighten the density: pure rules, state × evaluation → state, drawn without training.

Published (SPARLING, arXiv 2302.01976, adaptive sparsity annealing): a bar T falls by d_T a sample; once the accuracy A
beats it, δ ← factor · δ and T ← max(T, A). Relative (ours): the bar is the best accuracy so far less a tolerance, so
it works where accuracy near 1 is out of reach; a tightening that is not recovered from is taken back, and none is made
before something was learned. An accuracy that is not finite tightens nothing.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, Protocol

from sparling.shapes import check_above_zero, check_count, check_fraction, check_number

CHANCE_ERRORS = 2.0
"""Standard errors by which accuracy must exceed chance: of a normal one, 2.3 % do without having learned anything."""

Action = Literal["tighten", "hold", "revert", "stop"]


class Evaluation(NamedTuple):
    """One look at held-out data."""

    samples: int
    """Training samples seen so far."""
    accuracy: float
    """End-to-end score, higher is better (exact match, AUROC, ...)."""
    noise: float = 0.0
    """Standard error of ``accuracy``; 0 where unknown."""
    chance: float = float("-inf")
    """Accuracy of the best output that is the same for all samples; −∞ where unknown."""


@dataclass(frozen=True)
class AnnealingState:
    """Where the schedule stands. ``bar`` is what accuracy must reach for the next tightening."""

    density: float
    bar: float
    best: float = float("-inf")
    held: float | None = None
    """Where to go back to: the sparsest density so far at which the bar was reached; of rules that never go back, the
    present one."""
    here: float = float("-inf")
    """Accuracy to gain on since the last tightening."""
    stale: int = 0
    """Evaluations since ``here`` rose."""
    failed: int = 0
    """Densities in a row that were given up."""
    samples: int = 0
    learned: bool = False
    """Whether accuracy has been better than chance."""
    waited: int = 0
    """Evaluations before it was."""
    reason: str = ""
    """Why the schedule ended; empty while it runs."""


class Step(NamedTuple):
    """What a rule answers. On "revert" go back to the model as it was when ``state.density`` last held."""

    state: AnnealingState
    action: Action


class AnnealingRule(Protocol):
    """A schedule: where it starts, and what it does with each evaluation."""

    def start(self) -> AnnealingState:
        """The state before training."""
        ...

    def step(self, state: AnnealingState, evaluation: Evaluation) -> Step:
        """The next state; ``state`` is left as it was."""
        ...


@dataclass(frozen=True)
class Published:
    """The paper's rule. ``fall`` is d_T, in accuracy a sample; ``target`` is δ*, where it stops.

    Raises ``ValueError``, as all rules do, for a setting that is out of range.

    >>> rule = Published(target=0.2, fall=1e-3)
    >>> [(step.action, round(step.state.density, 3)) for step in simulate(rule, [(100, 0.85), (200, 0.85), (300, 0.9)])]
    [('hold', 0.5), ('tighten', 0.375), ('tighten', 0.281)]
    """

    target: float
    initial: float = 0.5
    factor: float = 0.75
    fall: float = 1e-7
    initial_bar: float = 1.0

    def __post_init__(self) -> None:
        _check_schedule(self.initial, self.target, self.factor)
        check_number("fall", self.fall)
        check_number("initial_bar", self.initial_bar, least=-math.inf)

    def start(self) -> AnnealingState:
        """δ at its initial value, the bar at its highest."""
        return AnnealingState(self.initial, self.initial_bar)

    def step(self, state: AnnealingState, evaluation: Evaluation) -> Step:
        """Tighten when the accuracy beats the fallen bar; stop once the target density itself has beaten it."""
        bar = state.bar - self.fall * (evaluation.samples - state.samples)
        accuracy = evaluation.accuracy
        best = max(state.best, accuracy) if math.isfinite(accuracy) else state.best
        state = replace(state, bar=bar, samples=evaluation.samples, best=best, held=state.density)
        if not bar < accuracy < math.inf:
            return Step(state, "hold")
        state = replace(state, bar=max(bar, accuracy))
        if state.density <= self.target:
            return Step(replace(state, reason="target density reached"), "stop")
        return Step(replace(state, density=max(state.density * self.factor, self.target)), "tighten")


@dataclass(frozen=True)
class Relative:
    """Tighten while accuracy holds up; when it does not, go back to the sparsest density that held and stop.

    ``target`` the sparsest density to try; ``tolerance`` the accuracy one is ready to give for sparsity, in units of
    the score, never less than ``noises`` standard errors of it; ``patience`` evaluations without a gain of half of that
    at one density (a plateau) before giving up on it; ``look_ahead`` densities may be given up in a row before one goes
    back, for a sparser map sometimes learns what a denser one did not; ``must_reach`` never goes back. At the target it
    stops only after a plateau of ``rest`` evaluations. From ``leap`` or a lower density the next step is the target.
    Densities above ``ceiling`` cannot fail: what accuracy they reach, they may reach by other means than a few sites.
    At the ceiling the best starts anew, and accuracy must first come to rest there.

    Where chance is known, nothing of this begins before accuracy exceeds it by `CHANCE_ERRORS` standard errors, or by
    ``tolerance`` where these are unknown. If it never does, the rule stops at the density where it began, after as many
    evaluations as it had needed to the target, and ``patience``.

    >>> rule = Relative(target=0.1, tolerance=0.01, patience=2, look_ahead=0)
    >>> [step.action for step in simulate(rule, [(1, 0.9), (2, 0.9), (3, 0.8), (4, 0.7), (5, 0.7)])]
    ['tighten', 'tighten', 'hold', 'hold', 'revert']
    """

    target: float
    initial: float = 0.5
    factor: float = 0.75
    tolerance: float = 0.01
    noises: float = 1.0
    patience: int = 4
    look_ahead: int = 2
    ceiling: float = 1.0
    must_reach: bool = False
    rest: int = 0
    leap: float = 0.0

    def __post_init__(self) -> None:
        _check_schedule(self.initial, self.target, self.factor)
        for name in ("tolerance", "noises"):
            check_number(name, getattr(self, name))
        check_count("patience", self.patience)
        for name in ("look_ahead", "rest"):
            check_count(name, getattr(self, name), least=0)
        check_above_zero("ceiling", self.ceiling)
        check_number("leap", self.leap)

    def start(self) -> AnnealingState:
        """δ at its initial value; anything passes the first bar."""
        return AnnealingState(self.initial, float("-inf"))

    def step(self, state: AnnealingState, evaluation: Evaluation) -> Step:
        """Tighten, hold, revert (the last step, at the density that held) or stop (at the target density)."""
        accuracy = evaluation.accuracy
        if not math.isfinite(accuracy):
            return Step(replace(state, samples=evaluation.samples), "hold")
        if not state.learned and not accuracy > self._chance(evaluation):
            return self._wait(replace(state, samples=evaluation.samples, best=max(state.best, accuracy)))
        state = replace(state, learned=True)
        best = max(state.best, accuracy)
        margin = max(self.tolerance, self.noises * _known(evaluation.noise))
        bar = best - margin
        improved = accuracy > state.here + margin / 2
        state = replace(
            state,
            best=best,
            bar=bar,
            here=accuracy if improved else state.here,
            stale=0 if improved else state.stale + 1,
            samples=evaluation.samples,
        )
        at_target = state.density <= self.target
        if state.density > max(self.ceiling, self.target):
            return self._tighten(state) if accuracy >= bar or state.stale >= self.patience else Step(state, "hold")
        if state.held is None and self.ceiling < self.initial and state.stale < self.patience:
            return Step(state, "hold")
        if self.must_reach:
            state = replace(state, held=state.density)
        if accuracy >= bar:
            state = replace(state, held=state.density, failed=0)
            if at_target and state.stale < self.rest:
                return Step(state, "hold")
            if at_target:
                return Step(replace(state, reason="target density reached"), "stop")
            return self._tighten(state)
        held = state.held
        if state.stale < self.patience or held is None:
            return Step(state, "hold")
        state = replace(state, failed=state.failed + 1)
        if self.must_reach and at_target:
            rested = state.stale >= self.rest
            return Step(replace(state, reason="target density reached"), "stop") if rested else Step(state, "hold")
        if self.must_reach:
            return self._tighten(state)
        if at_target or state.failed > self.look_ahead:
            reason = "accuracy did not recover from a sparser density"
            return Step(replace(state, density=held, reason=reason), "revert")
        return self._tighten(state)

    def _chance(self, evaluation: Evaluation) -> float:
        """What accuracy must exceed to be better than chance."""
        return evaluation.chance + (CHANCE_ERRORS * _known(evaluation.noise) or self.tolerance)

    def _wait(self, state: AnnealingState) -> Step:
        """One more evaluation at chance."""
        state = replace(state, waited=state.waited + 1)
        if state.waited <= tightenings(state.density, self.target, self.factor) + self.patience:
            return Step(state, "hold")
        return Step(replace(state, held=state.density, reason="no better than a constant output"), "stop")

    def _tighten(self, state: AnnealingState) -> Step:
        density = self.target if state.density <= self.leap else max(state.density * self.factor, self.target)
        if state.density > self.ceiling >= density:
            state, density = replace(state, best=float("-inf")), self.ceiling
        return Step(replace(state, density=density, here=float("-inf"), stale=0), "tighten")


@dataclass(frozen=True)
class Constant:
    """No annealing: one density for ``samples`` training samples.

    >>> [step.action for step in simulate(Constant(0.1, samples=200), [(100, 0.5), (200, 0.6)])]
    ['hold', 'stop']
    """

    density: float
    samples: int

    def __post_init__(self) -> None:
        check_fraction("density", self.density)
        check_count("samples", self.samples)

    def start(self) -> AnnealingState:
        """The one density."""
        return AnnealingState(self.density, float("-inf"))

    def step(self, state: AnnealingState, evaluation: Evaluation) -> Step:
        """Hold, then stop."""
        best = max(state.best, evaluation.accuracy)
        state = replace(state, best=best, held=self.density, samples=evaluation.samples)
        if evaluation.samples < self.samples:
            return Step(state, "hold")
        return Step(replace(state, reason="all samples seen"), "stop")


def tightenings(density: float, target: float, factor: float) -> int:
    """How often ``density`` is multiplied by ``factor`` until it is no more than ``target``.

    >>> tightenings(0.25, 0.1, 0.5), tightenings(0.1, 0.1, 0.5)
    (2, 0)
    """
    steps = 0
    while density > target * 1.001:
        density, steps = density * factor, steps + 1
    return steps


def simulate(rule: AnnealingRule, evaluations: Iterable[tuple[float, ...]]) -> list[Step]:
    """Fold ``rule`` over (samples, accuracy[, noise]) triples until it ends.

    >>> simulate(Published(target=0.4, fall=0.1), [(10, 0.5), (20, 0.5)])[-1].state.reason
    'target density reached'
    """
    state, steps = rule.start(), []
    for evaluation in evaluations:
        step = rule.step(state, Evaluation(int(evaluation[0]), *evaluation[1:]))
        steps.append(step)
        state = step.state
        if state.reason:
            break
    return steps


def _known(noise: float) -> float:
    """A standard error that is not finite is unknown."""
    return noise if math.isfinite(noise) else 0.0


def _check_schedule(initial: float, target: float, factor: float) -> None:
    for name, value in (("initial", initial), ("target", target), ("factor", factor)):
        check_fraction(name, value)
    if target > initial:
        raise ValueError(f"target density must not exceed the initial density {initial}; got {target}")
