"""A training of the motif network through its sparsity layer, end to end on the labels; budgets follow the data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch

from sparling.layer.calibration import Calibration
from sparling.networks.model import SparlingModel
from sparling.training.annealing import AnnealingRule
from sparling.training.checkpoint import has_state
from sparling.training.devices import FabricLike
from sparling.training.optimiser import AdamW
from sparling.training.schedule import Progress, Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Batch
from sparling.training.trainer import Trainer, Watch
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.motif_network import NetworkDescription, sparsity_of
from sparling_genomics.tasks.binary import BinaryTask
from sparling_genomics.tasks.several import SeveralTask

READOUT_DECAY = 0.01
EXACT_BASES = 600_000
"""Letters of bound training sequences, about, by which thresholds are set at the end, and as many of unbound ones."""


@dataclass(frozen=True)
class Search:
    """What all parts of a search share."""

    config: MotifConfig
    data: SequenceDataset
    fabric: FabricLike
    precision: str
    folder: Path
    """Of checkpoints and metrics."""
    watch: Watch | None
    known: tuple[Pwm, ...] = ()
    """Matrices that channels start as."""


class Evaluated(NamedTuple):
    """One evaluation of a training: a point of the accuracy-density curve."""

    phase: str
    density: float
    """Times its sites that each channel marked."""
    score: float
    """On the validation side: AUROC; where several labels or values are asked, the mean of theirs, or of ρ."""


@dataclass(frozen=True)
class Trained:
    """A network after one of the trainings."""

    title: str
    model: SparlingModel
    network: NetworkDescription
    progress: Progress
    evaluations: list[Evaluated]
    seconds_before: float
    """Of training before it was resumed."""


class BudgetedSession(Session):
    """Every calibration also sets the budgets of the channels, each of its contrast, if ``by_data``."""

    task: BinaryTask

    def __init__(
        self, model: SparlingModel, task: BinaryTask, fabric: FabricLike, by_data: bool, contrasts: Sequence[int] = ()
    ) -> None:
        super().__init__(model, task, fabric)
        self.by_data, self.contrasts = by_data, contrasts

    def calibrate(self, batches: Sequence[Batch] | None = None, slack: float = 0.0) -> Calibration:
        """As `Session.calibrate`; what was observed and the budgets so far weigh the same."""
        return self._budgeted(self.task.calibration_batches() if batches is None else batches)

    def calibrate_exactly(self, batches: Sequence[Batch], wanted: float = 0.0) -> Calibration:
        """Budgets, cuts and thresholds are those of ``batches`` alone; ``wanted`` sites a bound sequence, if not 0."""
        layer = sparsity_of(self.model)
        layer.budget_by([self.task.sides(batch, self.contrasts) for batch in batches], 1.0, wanted)
        return super().calibrate(batches)

    def _budgeted(self, batches: Sequence[Batch]) -> Calibration:
        layer = sparsity_of(self.model)
        sides = [self.task.sides(batch, self.contrasts) for batch in batches] if self.by_data else None
        layer.budget_by(sides)
        return super().calibrate(batches)


def within(
    settings: TrainingSettings, config: MotifConfig, before: Sequence[Trained], share: float = 1.0
) -> TrainingSettings:
    """With this share of the budgets of time and samples, less what the trainings ``before`` have spent."""
    minutes, samples = config.max_minutes, config.max_samples
    seconds, seen = sum(each.progress.seconds for each in before), sum(each.progress.samples for each in before)
    return replace(
        settings,
        max_minutes=None if minutes is None else max(share * minutes - seconds / 60, 0.1 if before else 0.0),
        max_samples=None if samples is None else max(int(share * samples) - seen, 1),
    )


def train(
    search: Search,
    model: SparlingModel,
    network: NetworkDescription,
    rule: AnnealingRule,
    settings: TrainingSettings,
    stage: Stage,
    folder: Path,
    *,
    by_data: bool,
    resume: bool,
) -> Trained:
    """Train ``model`` under ``rule``; its budgets (``by_data``: at each evaluation) and thresholds are exact then.

    Raises `Interrupted` on Ctrl-C, state saved in ``folder``; with ``resume`` a training begun there goes on.
    """
    config = search.config
    folder.mkdir(parents=True, exist_ok=True)
    session = _session(search, model, by_data, network.contrasts)
    observer = None if search.watch is None else search.watch(stage, rule, settings)
    trainer = Trainer(session, rule, settings, folder=folder, optimizer=_optimizer(config, model), observer=observer)
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    before = trainer.progress.seconds
    progress = trainer.fit()
    lines = trainer.log.read()
    evaluations = [
        Evaluated(str(each["phase"]), float(each["target_density"]) / network.unit, float(each["score"]))
        for each in lines
    ]
    set_thresholds(search, model, contrasts=network.contrasts)
    return Trained(stage.title, model.eval(), network, progress, evaluations, before)


def set_thresholds(
    search: Search,
    model: SparlingModel,
    data: SequenceDataset | None = None,
    wanted: float = 0.0,
    contrasts: Sequence[int] = (),
) -> None:
    """Budgets, cuts and thresholds of all training sequences, as far as `EXACT_BASES` go; or of all of ``data``.

    ``wanted`` above 0: with that many sites a bound sequence. ``contrasts`` of the channels, as in the network.
    """
    session = _session(search, model, True, contrasts)
    batches = session.task.balanced_batches(EXACT_BASES) if data is None else session.task.all_batches(data)
    session.calibrate_exactly(batches, wanted)


def _session(search: Search, model: SparlingModel, by_data: bool, contrasts: Sequence[int] = ()) -> BudgetedSession:
    config = search.config
    kind = BinaryTask if search.data.targets is None else SeveralTask
    task = kind(search.data, config.seed, config.letter_dropout, config.batch)
    return BudgetedSession(model, task, search.fabric, by_data and config.budgets == "data", contrasts)


def _optimizer(config: MotifConfig, model: SparlingModel) -> torch.optim.Optimizer:
    """The readout learns faster than the local model, whose matrices need only be adjusted."""
    local = {"params": list(model.local.parameters()), "lr": config.learning_rate, "weight_decay": config.weight_decay}
    readout = {"params": list(model.readout.parameters()), "lr": config.readout_rate, "weight_decay": READOUT_DECAY}
    return AdamW([local, readout], foreach=True)
