"""One training of a motif network, through its sparsity layer, end to end on the labels; its budgets follow the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from lightning_fabric import Fabric

from sparling.layer.calibration import Calibration
from sparling.networks.model import SparlingModel
from sparling.training.annealing import AnnealingRule
from sparling.training.checkpoint import has_state
from sparling.training.schedule import Progress, Stage, TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Batch
from sparling.training.trainer import Trainer, Watch
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.network.motif_network import NetworkDescription, sparsity_of
from sparling_genomics.tasks.binary import BinaryTask

EXACT_BASES = 1_000_000
"""Letters of bound training sequences, about, by which thresholds are set at the end, and as many of unbound ones."""


@dataclass(frozen=True)
class Search:
    """What all parts of a search share."""

    config: MotifConfig
    data: SequenceDataset
    fabric: Fabric
    precision: str
    folder: Path
    """Of checkpoints and metrics."""
    watch: Watch | None


@dataclass(frozen=True)
class Trained:
    """A network after one of the trainings."""

    model: SparlingModel
    network: NetworkDescription
    progress: Progress
    seconds_before: float
    """Of training before it was resumed."""


class BudgetedSession(Session):
    """Every calibration also sets the budgets of the channels, if ``by_data``."""

    def __init__(self, model: SparlingModel, task: BinaryTask, fabric: Fabric, by_data: bool) -> None:
        super().__init__(model, task, fabric)
        self.by_data = by_data

    def calibrate(self, batches: Sequence[Batch] | None = None, slack: float = 0.0) -> Calibration:
        """As `Session.calibrate`; what was observed and the budgets so far weigh the same."""
        return self._budgeted(self.task.calibration_batches() if batches is None else batches)

    def calibrate_exactly(self, batches: Sequence[Batch]) -> Calibration:
        """Budgets, cuts and thresholds are those of ``batches`` alone."""
        return self._budgeted(batches, pull=1.0)

    def _budgeted(self, batches: Sequence[Batch], **pull: float) -> Calibration:
        layer = sparsity_of(self.model)
        layer.budget_by([batch.y == 1 for batch in batches] if self.by_data else None, **pull)
        return super().calibrate(batches)


def train(
    search: Search,
    model: SparlingModel,
    network: NetworkDescription,
    rule: AnnealingRule,
    settings: TrainingSettings,
    stage: Stage,
    folder: Path,
    resume: bool,
) -> Trained:
    """Train ``model`` under ``rule``, on; its thresholds are then exact on the training side.

    Raises `Interrupted` on Ctrl-C, state saved in ``folder``; with ``resume`` a training begun there goes on.
    """
    config = search.config
    folder.mkdir(parents=True, exist_ok=True)
    task = BinaryTask(search.data, config.seed, config.letter_dropout, config.batch)
    session = BudgetedSession(model, task, search.fabric, config.budgets == "data")
    observer = None if search.watch is None else search.watch(stage, rule, settings)
    trainer = Trainer(
        session, rule, settings, folder=folder, optimizer=_optimizer(config, model), observer=observer
    )
    if resume and has_state(folder / "checkpoint"):
        trainer.resume()
    before = trainer.progress.seconds
    progress = trainer.fit()
    session.calibrate_exactly(task.balanced_batches(EXACT_BASES))
    return Trained(model.eval(), network, progress, before)


def _optimizer(config: MotifConfig, model: SparlingModel) -> torch.optim.Optimizer:
    """The readout learns faster than the local model, whose matrices need only be adjusted."""
    local = {"params": list(model.local.parameters()), "lr": config.learning_rate, "weight_decay": config.weight_decay}
    readout = {"params": list(model.readout.parameters()), "lr": config.readout_rate, "weight_decay": 0.01}
    return torch.optim.AdamW([local, readout], foreach=True)
