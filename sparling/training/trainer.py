"""The one training loop: end-to-end loss, learning-rate warm-up, density annealed down, warm-down, checkpoints.

A run alternates: a fixed number of training samples, then calibrate (precise BatchNorm), evaluate on held-out data, ask
the annealing rule, save. When the rule ends, the learning rate falls to zero at the final density ("settle", the
warm-down). Everything is decided at evaluations and checkpoints are made only there, so a killed run that is resumed
ends like one that was not. Where the budget of time or samples is spent, the next evaluation comes at once. Where a
number is not finite, the run ends with the state of the last evaluation.
"""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from sparling.errors import (
    Diverged,
    FolderInUse,
    InputError,
    Interrupted,
    OutOfMemory,
    ScoresNotFinite,
    is_out_of_memory,
)
from sparling.locks import locked, refuse_held
from sparling.networks.model import SparlingModel
from sparling.plurals import counted
from sparling.training.annealing import Action, AnnealingRule, AnnealingState, Evaluation
from sparling.training.checkpoint import load_state, misfit, refuse_begun, save_state
from sparling.training.devices import generator_states, restore_generators
from sparling.training.lines import Lines
from sparling.training.optimiser import AdamW
from sparling.training.records import EvaluationRecord, MetricsLog
from sparling.training.schedule import ANNEALING_SHARE, NOT_FINITE, Moment, Progress, Stage, TrainingSettings
from sparling.training.session import Demanding, Session
from sparling.training.task import Batch, Guessing, Observer, Probe, Score, Task

Reviver = Callable[[Session, torch.optim.Optimizer, Moment], int | list[int] | None]
"""(session, optimizer, when) → the channel or channels that it gave new weights, or None."""
Watch = Callable[[Stage, AnnealingRule, TrainingSettings], Observer | None]
"""(stage, rule, settings) of one of several trainings → who watches it."""

DEFAULTS, LINES = TrainingSettings(), Lines()


class Trainer:
    """Trains the model of ``session`` under ``rule``; ``folder`` receives metrics.jsonl and checkpoint/.

    ``optimizer`` is over parameters of the model, AdamW where none is given; the learning rate of each of its groups is
    that of the first step, which the schedule lowers. ``revive`` may give dead channels new weights at evaluations
    (`sparling.training.revival`), ``TypeError`` is raised where it asks more of model or task than they have;
    ``observer`` (one line an evaluation, None for silence) and ``probe`` look on.
    """

    def __init__(
        self,
        session: Session,
        rule: AnnealingRule,
        settings: TrainingSettings = DEFAULTS,
        *,
        folder: Path | str,
        optimizer: torch.optim.Optimizer | None = None,
        revive: Reviver | None = None,
        observer: Observer | None = LINES,
        probe: Probe | None = None,
    ) -> None:
        if isinstance(asked := cast(object, revive), Demanding):
            asked.check(session)
        self.session, self.rule, self.settings, self.folder = session, rule, settings, Path(folder)
        self.revive, self.observer, self.probe = revive, observer, probe
        self.log = MetricsLog(self.folder / "metrics.jsonl")
        if optimizer is None:
            optimizer = AdamW(
                self.model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, foreach=True
            )
        self._full_rates = [group["lr"] for group in optimizer.param_groups]
        self._wrapped, self.optimizer = session.fabric.setup(self.model, optimizer)
        self.progress = Progress(rule.start())
        self.model.sparsity.density = self.progress.annealing.density
        self._held: dict[str, Any] | None = None
        self._stream: Iterator[Batch] | None = None
        self._begun = False
        self._chance: float | None = None
        self._largest: tuple[int, tuple[int, ...]] = (0, ())

    @property
    def model(self) -> SparlingModel:
        """The session's."""
        return self.session.model

    @property
    def task(self) -> Task:
        """The session's."""
        return self.session.task

    def resume(self) -> None:
        """Go back to the last checkpoint of this folder; `fit` then goes on from there.

        Raises ``NothingToResume`` where there is none, ``InputError`` where it is damaged or of something else, and
        ``InUse`` where another process trains there.
        """
        refuse_held(self.folder)
        folder = self.folder / "checkpoint"
        state = load_state(folder)
        try:
            progress = dict(state["progress"])
            self.progress = Progress(AnnealingState(**progress.pop("annealing")), **progress)
            self._stream = None
            self._restore(state)
            restore_generators(state["generators"], self.session.fabric.device)
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise InputError(f"checkpoint does not fit this model and program{misfit(error)}: {folder}") from error
        self._held, self._begun = state["held"], True
        self.log.truncate(self.progress.step)

    def fit(self) -> Progress:
        """Train until done.

        Raises ``FolderInUse`` where the folder has an evaluation of another training, which `resume` would go on with,
        and ``InUse`` where another process trains there; `Interrupted` on Ctrl-C, with the state after the last
        evaluation in the folder. Where loss, scores, outputs or the score that the rule looks at are not finite,
        training stops at the state of the last evaluation and says so in ``stop_reason``; raises ``Diverged`` where
        there was none yet, and ``OutOfMemory``, with that state in the folder.
        """
        with locked(self.folder):
            return self._fit()

    def _fit(self) -> Progress:
        evaluated = len(self.log.read())
        if not self._begun:
            refuse_begun(self.folder, evaluated > 0)
            self.log.truncate(0)
        elif evaluated > self.progress.step:  # another one went on with it meanwhile
            raise FolderInUse(self.folder)
        self._begun = True
        started = time.monotonic() - self.progress.seconds
        try:
            if self.progress.step == 0:
                self._save()
            while not self.progress.stop_reason:
                loss = self._train_until_evaluation(started)
                self._evaluate(loss, started)
        except KeyboardInterrupt as error:
            done = f"after {counted(self.progress.step, 'evaluation')}"
            if not self.progress.step:
                done = "before the first evaluation, so that this training begins anew"
            raise Interrupted(f"stopped {done}; saved in {self.folder}") from error
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            raise OutOfMemory(*self._largest, str(self.session.fabric.device), self.folder) from error
        return self.progress

    def _train_until_evaluation(self, started: float) -> float:
        progress = self.progress
        self.model.train()
        total, batches = torch.zeros((), device=self.session.fabric.device), 0
        progress.since = 0
        while progress.since < self.settings.evaluate_every:
            batch = self._next_batch()
            for group, full in zip(self.optimizer.param_groups, self._full_rates, strict=True):
                group["lr"] = self.settings.rate(progress, full)
            total += self._optimise(batch).detach()
            batches += 1
            progress.batch += 1
            progress.since += len(batch.y)
            progress.samples += len(batch.y)
            progress.seconds = time.monotonic() - started
            if self.observer is not None:
                self.observer.on_batch(progress)
            if self.settings.spent(progress) >= (ANNEALING_SHARE if progress.phase == "anneal" else 1.0):
                break
        return float(total) / batches

    def _next_batch(self) -> Batch:
        """The batch after the last one, of the next epoch where this one has none."""
        progress = self.progress
        if self._stream is None:
            self._stream = islice(self.task.training_batches(progress.epoch), progress.batch, None)
        batch = next(self._stream, None)
        if batch is not None:
            self._largest = max(self._largest, (len(batch.y), tuple(batch.x.shape[1:])))
            return batch
        if progress.batch == 0:
            raise ValueError(f"training_batches({progress.epoch}) must give at least one batch; got none")
        progress.epoch, progress.batch, self._stream = progress.epoch + 1, 0, None
        return self._next_batch()

    def _optimise(self, batch: Batch) -> Tensor:
        batch, fabric, longest = self.session.on_device(batch), self.session.fabric, self.settings.clip
        x, mask = self.task.inputs(batch)
        result = self._wrapped(x, mask, self.session.teacher(batch))
        loss = self.task.loss(result.output.float(), batch) + self.model.sparsity.penalty(result.activations)
        self.optimizer.zero_grad()
        fabric.backward(loss)
        if longest is not None:
            fabric.clip_gradients(self._wrapped, self.optimizer, max_norm=longest, error_if_nonfinite=False)
        self.optimizer.step()
        return loss

    def _evaluate(self, loss: float, started: float) -> None:
        progress = self.progress
        target = self.model.sparsity.density
        if not math.isfinite(loss):
            self._stop_at_last("the loss")
            return
        try:
            calibrated = self.session.calibrate().density if self.settings.calibrated else None
        except ScoresNotFinite as error:
            self._stop_at_last("a score of the local model", error)
            return
        output, y, density = self.session.predict(self.task.validation_batches(), self.probe)
        if bool(output.isnan().any()):
            self._stop_at_last("an output")
            return
        score = self.task.score(output, y)
        if not isinstance(score, Score):
            score = Score(float(score), noise=0.0)
        if not math.isfinite(score.value):
            self._stop_at_last("the validation score")
            return
        progress.step += 1
        progress.seconds = time.monotonic() - started
        phase = progress.phase
        thresholds = self.model.sparsity.threshold.tolist()
        if self._chance is None:
            self._chance = float(self.task.chance(y)) if isinstance(self.task, Guessing) else float("-inf")
        action = self._anneal(score, self._chance) if phase == "anneal" else self._settle()
        record = EvaluationRecord(
            step=progress.step,
            samples=progress.samples,
            seconds=round(progress.seconds, 2),
            phase=phase,
            target_density=target,
            density=density if calibrated is None else calibrated,
            validation_density=density,
            loss=loss,
            score=score.value,
            noise=score.noise,
            best=max(progress.annealing.best, score.value),
            bar=progress.annealing.bar,
            action=action,
            threshold=sum(thresholds) / len(thresholds),
        )
        figures: dict[str, object] = dict(self.probe.figures()) if self.probe is not None else {}
        revived = self._revive(target)
        if revived is not None:
            figures["recruited"] = revived
        self.log.append(record, {"thresholds": thresholds} | figures)
        self._save()
        if self.observer is not None:
            self.observer.on_evaluation(record)

    def _stop_at_last(self, what: str, error: Exception | None = None) -> None:
        """Go back to the last evaluation, as of which all numbers were finite, and no further."""
        samples = self.progress.samples
        if not self.progress.step:
            raise Diverged(what, samples) from error
        self.resume()
        density = float(self.log.read()[-1]["target_density"])
        self.progress.annealing = replace(self.progress.annealing, density=density)
        self.progress.stop_reason = f"{what} was {NOT_FINITE} after {samples:,} training samples"
        self.model.sparsity.density = density
        self._save()

    def _anneal(self, score: Score, chance: float) -> Action:
        progress = self.progress
        before = progress.annealing
        step = self.rule.step(before, Evaluation(progress.samples, score.value, score.noise, chance))
        action = step.action
        progress.annealing = step.state
        if step.state.held == before.density and action in ("tighten", "stop"):
            self._held = self._snapshot()
        if action in ("hold", "tighten") and self.settings.spent(progress) >= ANNEALING_SHARE:
            held = before.density if step.state.held is None else step.state.held
            progress.annealing = replace(step.state, density=held, reason=self.settings.budget(progress))
            action = "stop" if held == before.density else "revert"
        if action == "revert" and self._held is not None:
            self._restore(self._held)
        self.model.sparsity.density = progress.annealing.density
        if action in ("stop", "revert"):
            progress.phase, self._held = "settle", None
        return action

    def _settle(self) -> Action:
        progress = self.progress
        progress.settled += 1
        if progress.settled >= self.settings.settle_evaluations or self.settings.spent(progress) >= 1:
            progress.stop_reason = progress.annealing.reason
            return "stop"
        return "hold"

    def _revive(self, density: float) -> int | list[int] | None:
        """The channel or channels that were given new weights, if any; thresholds are then exact for them."""
        if self.revive is None:
            return None
        settled = self.progress.settled / self.settings.settle_evaluations
        revived = self.revive(self.session, self.optimizer, Moment(settled, density))
        if revived is not None and self.settings.calibrated:
            self.session.calibrate()
        return revived

    def _snapshot(self) -> dict[str, Any]:
        return {
            "model": copy.deepcopy(self.model.state_dict()),
            "optimizer": copy.deepcopy(self.optimizer.state_dict()),
        }

    def _restore(self, snapshot: dict[str, Any]) -> None:
        self.model.load_state_dict(snapshot["model"])
        self.optimizer.load_state_dict(copy.deepcopy(snapshot["optimizer"]))

    def _save(self) -> None:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": asdict(self.progress),
            "held": self._held,
        }
        save_state(self.folder / "checkpoint", state | {"generators": generator_states(self.session.fabric.device)})
