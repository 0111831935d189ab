"""An alignment as the trainer wants it: batches read from the streams as they are needed, the loss, the score."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.alignment.streams import Standard, Streams
from sparling.networks.model import ForwardOutput
from sparling.training.task import Batch, Score


class Losses(NamedTuple):
    """Means over samples that have the streams: scalars, each a normalised squared error."""

    own: Tensor
    """Self-reconstruction, mean over streams."""
    cross: Tensor
    """Cross-reconstruction, mean over ordered pairs of two streams."""
    dead: Tensor
    """The auxiliary error, mean over streams."""


class Batches(Sequence[Batch]):
    """Samples of streams, ``size`` at a time, read when a batch is asked for."""

    def __init__(self, streams: Streams, samples: NDArray[np.int64], size: int) -> None:
        self.streams, self.samples, self.size = streams, samples, size

    def __len__(self) -> int:
        return -(-len(self.samples) // self.size)

    @overload
    def __getitem__(self, index: int) -> Batch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Batch]: ...
    def __getitem__(self, index: int | slice) -> Batch | Sequence[Batch]:
        if isinstance(index, slice):
            return [self[number] for number in range(len(self))[index]]
        return Batch(torch.from_numpy(self.streams.read(self._samples(index))), self.presence(index))

    def presence(self, index: int) -> Tensor:
        """Which streams the samples of a batch have: (B, M) bool."""
        return torch.from_numpy(self.streams.present[self._samples(index)])

    def _samples(self, index: int) -> NDArray[np.int64]:
        start = range(len(self))[index] * self.size
        return self.samples[start : start + self.size]


class AlignmentTask:
    """Streams to be aligned; a `sparling.training.task.Task`.

    A batch has x (B, ΣD), the raw features side by side, and y (B, M) bool, which streams a sample has.
    """

    def __init__(
        self,
        streams: Streams,
        standard: Standard,
        training: NDArray[np.int64],
        held_out: NDArray[np.int64],
        *,
        cross: float,
        auxiliary: float,
        batch: int,
        seed: int,
    ) -> None:
        self.streams, self.training, self.held_out = streams, training, held_out
        self.mean, self.scale = (torch.from_numpy(part) for part in standard)
        self.cross, self.auxiliary, self.batch, self.seed = cross, auxiliary, batch, seed

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        """All training samples, in the order of seed and epoch."""
        order = np.random.default_rng((self.seed, epoch)).permutation(self.training)
        return iter(Batches(self.streams, order, self.batch))

    def calibration_batches(self) -> Sequence[Batch]:
        """The first batches' worth of training samples; TopK has nothing to calibrate."""
        return Batches(self.streams, self.training[: self.batch], self.batch)

    def validation_batches(self) -> Batches:
        """The held-out samples."""
        return Batches(self.streams, self.held_out, self.batch)

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Standardised features (B, ΣD), zeros where a stream is absent, and the mask (B, 1, M)."""
        mean, scale = self.mean.to(batch.x.device), self.scale.to(batch.x.device)
        widths = torch.tensor(self.streams.widths, device=batch.x.device)
        present = batch.y.repeat_interleave(widths, dim=1, output_size=batch.x.shape[1])
        return torch.where(present, (batch.x - mean) / scale, 0.0), batch.y.unsqueeze(1)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Self-reconstruction + λ · cross-reconstruction + auxiliary loss."""
        found = losses(output, batch.y)
        return found.own + self.cross * found.cross + self.auxiliary * found.dead

    def score(self, output: Tensor, target: Tensor) -> Score:
        """The share of what is there that is reconstructed: 1 − mean of self and λ · cross errors."""
        found = losses(output, target)
        value = 1.0 - float(found.own + self.cross * found.cross) / (1.0 + self.cross)
        return Score(value, 0.0)

    def probe(self) -> "AlignmentProbe":
        """What there is to be seen of the held-out samples at each evaluation."""
        return AlignmentProbe(self.validation_batches())


def losses(errors: Tensor, present: Tensor) -> Losses:
    """Means of errors (B, M, M + 1) of `AlignmentModel`, over the samples that have the streams: ``present`` (B, M)."""
    means = pair_means(errors[:, :, :-1], present)
    streams = len(means)
    own = means.diagonal().mean()
    cross = (means.sum() - means.diagonal().sum()) / (streams * (streams - 1))
    counts = present.sum(0).clamp(min=1)
    return Losses(own, cross, (errors[:, :, -1].sum(0) / counts).mean())


def pair_means(errors: Tensor, present: Tensor) -> Tensor:
    """Mean error of each ordered pair (M, M) of errors (B, M, M), zero where a sample lacks one of the two."""
    have = present.to(errors.dtype)
    return errors.sum(0) / (have.T @ have).clamp(min=1)


class AlignmentProbe:
    """Figures of the held-out samples for metrics.jsonl: errors, and latents alive in all, some or no streams."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches
        self._errors: list[Tensor] = []
        self._present: list[Tensor] = []
        self._alive: Tensor | None = None

    def add(self, index: int, result: ForwardOutput) -> None:
        """What the model made of a batch."""
        self._errors.append(result.output.float().cpu())
        self._present.append(self.batches.presence(index))
        alive = (result.activations > 0).any(0)
        self._alive = alive if self._alive is None else self._alive | alive

    def figures(self) -> dict[str, float]:
        """Self- and cross-reconstruction errors, and shares of latents."""
        assert self._alive is not None
        found = losses(torch.cat(self._errors), torch.cat(self._present))
        alive = self._alive.float().mean(1)
        self._errors, self._present, self._alive = [], [], None
        return {
            "self": float(found.own),
            "cross": float(found.cross),
            "alive": float((alive == 1).float().mean()),
            "dead": float((alive == 0).float().mean()),
        }
