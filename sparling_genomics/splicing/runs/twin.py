"""The dense twin of a run: the same network with ReLU(BatchNorm) in place of the layer, and no core beside it."""

from dataclasses import replace
from pathlib import Path

import torch

from sparling.networks.model import SparlingModel
from sparling.training.annealing import AnnealingRule, Constant, Relative
from sparling.training.devices import FabricLike
from sparling.training.schedule import Stage
from sparling.training.session import Session
from sparling.training.trainer import Watch
from sparling_genomics.splicing.network import splice_model
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.training import trained_to_the_end
from sparling_genomics.splicing.task import SpliceTask

TWIN = "dense twin"
"""Its name among what a run is compared with."""
EPOCHS = 4
"""At the full learning rate, or of few introns until accuracy rests, as in the sparse one; then it falls as long."""


def train_twin(
    config: SpliceConfig, task: SpliceTask, fabric: FabricLike, path: Path, watch: Watch | None, resume: bool
) -> Session:
    """The twin, trained on the same task."""
    network = replace(config.network(), dense=True, core="none")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = splice_model(network, 0.5)
    return train_dense(model, config, task, fabric, path, watch, resume)


def train_dense(
    model: SparlingModel,
    config: SpliceConfig,
    task: SpliceTask,
    fabric: FabricLike,
    path: Path,
    watch: Watch | None,
    resume: bool,
) -> Session:
    """A network without a map, trained at one density, which means nothing to it; in a folder within ``path``."""
    session, windows = Session(model, task, fabric), task.windows_an_epoch
    stage = Stage("Dense twin, to compare with", (0, 0), config.max_minutes)
    rule: AnnealingRule = Constant(0.5, EPOCHS * windows)
    if config.care.rest_density < 1:
        rule = Relative(
            0.5, tolerance=config.tolerance, patience=config.patience, rest=config.patience, must_reach=True
        )
    trained_to_the_end(session, rule, config.settings(windows), stage, path / "twin", watch, resume)
    return session
