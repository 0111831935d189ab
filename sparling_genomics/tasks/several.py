"""Several labels or values asked of sequences at once: `SeveralTask`, its loss and its score."""

import math
from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparling.training.task import Batch, Score
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.targets import Column, Targets
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.tasks.binary import FEWEST, BinaryTask, auroc_standard_error
from sparling_genomics.tasks.ranking import area_under_roc, rank_correlation, rank_correlation_error


class SeveralTask(BinaryTask):
    """A readout of T outputs against T columns of `Targets`: logits of labels, values in standard deviations.

    Each epoch is the whole training side, or a part of it; nothing is shuffled. Loss: `column_losses`, of what is
    known, by weight. Score: the mean of `column_score`.
    """

    def __init__(self, dataset: SequenceDataset, seed: int, letter_dropout: float = 0.0, max_batch: int = 128) -> None:
        if dataset.targets is None:
            raise ValueError("the dataset has no targets")
        super().__init__(dataset, seed, letter_dropout, max_batch)
        self.about = dataset.targets

    def targets(self, data: SequenceDataset, chosen: NDArray[np.int64]) -> Tensor:
        """The values of these sequences, their ends, and last their weight: (B, T + K + 1)."""
        own = _of(data).subset(chosen)
        return torch.from_numpy(np.concatenate([own.values, own.ends, own.weights[:, None]], axis=1))

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Mean of `column_losses` over what is known, by the weight of its sequence."""
        return weighted_loss(output, batch.y[:, : output.shape[1]], self.about.columns, batch.y[:, -1:])

    def score(self, output: Tensor, target: Tensor) -> Score:
        """`mean_score` of outputs (n, T)."""
        return mean_score(output.numpy(), target[:, : output.shape[1]].numpy(), self.about.columns)

    def chance(self, target: Tensor) -> float:
        """0.5 for a label, 0 for a value: the mean over columns that say something."""
        each = []
        for column, values in zip(self.about.columns, target.T, strict=False):
            if len(values[values.isfinite()].unique()) > 1:
                each.append(0.5 if column.kind == "label" else 0.0)
        return sum(each) / len(each) if each else 0.5

    def sides(self, batch: Batch, contrasts: Sequence[int]) -> Tensor:
        """For a channel of each of these contrasts 1 where a sequence has it, 0 where it has not, else -1: (B, C)."""
        ends = batch.y[:, [len(self.about.columns) + number for number in contrasts]]
        return ends.nan_to_num(nan=-1.0).to(torch.int8)

    def balanced_batches(self, bases: int) -> list[Batch]:
        """A fixed sample of training sequences, about twice ``bases`` letters, in batches."""
        most = max(int(2 * bases / float(self.dataset.lengths[self.rows].mean())), 2 * FEWEST)
        chosen = generator(self.seed, Purpose.CALIBRATION).permutation(self.rows)[:most]
        return self.all_batches(self.dataset.subset(np.sort(chosen)))

    def _balanced(self, epoch: int) -> SequenceDataset:
        return self.dataset.subset(self._epoch_rows(epoch, generator(self.seed, Purpose.NEGATIVES, epoch)))


def _of(data: SequenceDataset) -> Targets:
    if data.targets is None:
        raise ValueError("the dataset has no targets")
    return data.targets


def column_losses(output: Tensor, values: Tensor, columns: Sequence[Column]) -> Tensor:
    """Loss of each output for each value, both (n, T): 0 where it is unknown.

    Of labels binary cross-entropy, in which both labels weigh alike, so that a logit of 0 is where they balance; of
    values the Huber loss of their standard deviations, which outliers move less than squares.
    """
    losses = []
    for i, column in enumerate(columns):
        known = values[:, i].isfinite()
        y = torch.where(known, values[:, i], 0.0)
        if column.kind == "label":
            weight = torch.where(y == 1, 0.5 / column.mean, 0.5 / (1 - column.mean))
            loss = F.binary_cross_entropy_with_logits(output[:, i], y, weight, reduction="none")
        else:
            loss = F.huber_loss(output[:, i], (y - column.mean) / column.scale, reduction="none")
        losses.append(torch.where(known, loss, 0.0))
    return torch.stack(losses, dim=1)


def weighted_loss(output: Tensor, values: Tensor, columns: Sequence[Column], weights: Tensor) -> Tensor:
    """Mean of `column_losses` over what is known; ``weights`` (n, 1) of the sequences."""
    losses = column_losses(output, values, columns) * weights
    return losses.sum() / values.isfinite().sum().clamp_min(1)


def column_score(output: NDArray[np.float64], values: NDArray[np.float32], column: Column) -> Score:
    """AUROC of a label, Spearman's ρ of a value, of what is known (n,), with its standard error; NaN of one label."""
    known = np.isfinite(values)
    y, scores = values[known], output[known]
    if column.kind == "label":
        value, n = area_under_roc(y, scores), int(y.sum())
        return Score(value, auroc_standard_error(value, n, len(y) - n) if 0 < n < len(y) else math.nan)
    rho = rank_correlation(y, scores)
    return Score(rho, rank_correlation_error(rho, len(y)))


def mean_score(output: NDArray[np.float64], values: NDArray[np.float32], columns: Sequence[Column]) -> Score:
    """Mean of `column_score` over the columns of outputs and values (n, T), those that say something."""
    each = [column_score(output[:, i], values[:, i], column) for i, column in enumerate(columns)]
    each = [score for score in each if not math.isnan(score.value)]
    if not each:
        return Score(0.5, 0.0)
    return Score(
        sum(score.value for score in each) / len(each), math.sqrt(sum(score.noise**2 for score in each)) / len(each)
    )
