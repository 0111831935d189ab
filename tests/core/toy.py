"""A domain small enough to train in a second: noise of length 24, in half of the samples the pattern +2 −2 +2."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor, nn

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PooledReadout
from sparling.training.annealing import AnnealingRule, Relative
from sparling.training.schedule import TrainingSettings
from sparling.training.session import Session
from sparling.training.task import Batch, Observer, Score
from sparling.training.trainer import Trainer

LENGTH = 24
PATTERN = torch.tensor([2.0, -2.0, 2.0])


def samples(n: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Sequences (n, L), labels (n,), and where the pattern starts (n,), −1 for nowhere."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, LENGTH, generator=generator)
    y = (torch.arange(n) % 2).float()
    start = torch.randint(0, LENGTH - 2, (n,), generator=generator)
    for i in range(n):
        if y[i]:
            x[i, start[i] : start[i] + 3] += 1.5 * PATTERN
    return x, y, torch.where(y > 0, start, -1)


class PatternTask:
    """Is the pattern there? With ``ragged``, sequences end early and a mask says where."""

    def __init__(self, ragged: bool = False, batch_size: int = 32) -> None:
        self.ragged, self.batch_size = ragged, batch_size
        self.epochs: list[int] = []

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        self.epochs.append(epoch)
        return iter(self._batches(256, seed=epoch))

    def calibration_batches(self) -> Sequence[Batch]:
        return self._batches(128, seed=0)

    def validation_batches(self) -> Sequence[Batch]:
        return self._batches(128, seed=10_000)

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        x = batch.x.unsqueeze(1)
        return x.nan_to_num(), ~x.isnan() if self.ragged else None

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        return F.binary_cross_entropy_with_logits(output[:, 0], batch.y)

    def score(self, output: Tensor, target: Tensor) -> Score:
        right = float(((output[:, 0] > 0) == (target > 0)).float().mean())
        return Score(right, (right * (1 - right) / len(target)) ** 0.5)

    def _batches(self, n: int, seed: int) -> list[Batch]:
        x, y, _ = samples(n, seed)
        if self.ragged:
            x[::3, LENGTH - 2 :] = float("nan")
        return [Batch(*pair) for pair in zip(x.split(self.batch_size), y.split(self.batch_size), strict=True)]


def toy_model(channels: int = 2, seed: int = 0) -> SparlingModel:
    """With dropout, so that a run also depends on the state of torch's generator."""
    torch.manual_seed(seed)
    local = ResidualLocal(1, channels, width=8, units=1, stem=3)
    readout = nn.Sequential(nn.Dropout(0.1), PooledReadout(channels, 1))
    return SparlingModel(local, SpatialSparsity(channels, mode="shared"), readout)


def toy_trainer(
    folder: Path,
    *,
    task: PatternTask | None = None,
    rule: AnnealingRule | None = None,
    observer: Observer | None = None,
    model: SparlingModel | None = None,
    max_minutes: float | None = None,
) -> Trainer:
    return Trainer(
        Session(model or toy_model(), task or PatternTask(), Fabric(accelerator="cpu", devices=1)),
        rule or Relative(target=0.05, factor=0.5, tolerance=0.05, patience=2),
        TrainingSettings(learning_rate=1e-2, evaluate_every=160, settle_evaluations=2, max_minutes=max_minutes),
        folder=folder,
        observer=observer,
    )
