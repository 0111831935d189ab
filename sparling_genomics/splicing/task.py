"""``SpliceTask``: donors and acceptors at every position, as the trainer wants it."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparling.training.task import Batch, Score
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.metrics import Ranking
from sparling_genomics.splicing.windows import Transcripts, Windows, cut, have_sites, hidden, tiles, windows
from sparling_genomics.tasks.binary import network_input

WITHOUT_SITES = 0.3
"""Share of the windows without a splice site that an epoch takes: all cost twice the time for the same loss."""
CORE, LETTERS_A_BATCH = 768, 16_576
"""Labelled positions of a window, and letters of a batch: 16 windows where the context is 134 letters."""
CALIBRATION = 250_000
"""Positions of the sample for calibration."""
SCORED = 512
"""Windows that are scored together."""


class SpliceTask:
    """Windows along transcripts, shifted at random each epoch; all of it follows from (seed, epoch).

    Where ``train`` has stretches behind its genes, an epoch takes as many windows from them as from genes. Loss:
    cross-entropy over labelled positions. Score: top-k accuracy on the validation side.
    """

    def __init__(
        self,
        train: Transcripts,
        validation: Transcripts,
        seed: int,
        core: int | None = None,
        batch: int | None = None,
        letter_dropout: float = 0.0,
    ) -> None:
        """``core`` positions of a window have labels, by default `CORE` or as many as its context has letters."""
        self.train, self.validation, self.seed, self.letter_dropout = train, validation, seed, letter_dropout
        self.core = max(CORE, 2 * train.context) if core is None else core
        self.batch = max(LETTERS_A_BATCH // (self.core + 2 * train.context), 1) if batch is None else batch

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        """One epoch in random order, in full batches."""
        rng = generator(self.seed, Purpose.ORDER, epoch)
        starts = self._epoch(rng)
        drop = generator(self.seed, Purpose.HIDDEN, epoch)
        for at in range(0, len(starts), self.batch):
            codes, labels = cut(self.train, starts[at : at + self.batch], self.core)
            if self.letter_dropout:
                codes = hidden(codes, self.letter_dropout, drop)
            yield Batch(torch.from_numpy(codes), torch.from_numpy(labels))

    @property
    def windows_an_epoch(self) -> int:
        """Of the first one."""
        return len(self._epoch(generator(self.seed, Purpose.ORDER, 0)))

    def _epoch(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Where the windows of an epoch begin, in their order."""
        starts = tiles(self.train, self.core, int(rng.integers(self.core)))
        with_sites = have_sites(self.train, starts, self.core)
        taken = with_sites | (rng.random(len(starts)) < WITHOUT_SITES)
        of_genes = starts + self.train.context < self.train.first_stretch
        others = rng.permutation(starts[~of_genes])[: int((taken & of_genes).sum())]
        starts = rng.permutation(np.concatenate([starts[taken & of_genes], others]))
        return starts[: max(len(starts) // self.batch * self.batch, min(len(starts), self.batch))]

    def calibration_batches(self) -> Sequence[Batch]:
        """A fixed sample of training windows, evenly spread over all transcripts."""
        return self._calibration

    def validation_batches(self) -> Sequence[Batch]:
        """All of the validation side."""
        return self._validation

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """As `network_input`: what lies beyond a chromosome counts for no density."""
        return network_input(batch.x)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of logits (B, 3, core + 2 context) at labelled positions."""
        return F.cross_entropy(self.cores(output).float(), batch.y.long(), ignore_index=MASKED)

    def score(self, output: Tensor, target: Tensor) -> Score:
        """Top-k accuracy, mean of donors and acceptors, and its standard error."""
        ranking = Ranking(called=0.5)
        for own, labels in zip(*(torch.split(each, SCORED) for each in (self.cores(output), target)), strict=True):
            ranking.add(own.softmax(1).transpose(0, 1).flatten(1).numpy()[1:], labels.flatten().numpy())
        figures = ranking.figures()
        return Score(figures.top_k, figures.noise)

    def chance(self, target: Tensor) -> float:
        """The share of labelled positions that are sites, mean of donors and acceptors: what any k of them have."""
        labelled = target[target != MASKED]
        return float((labelled > 0).float().mean()) / 2

    def cores(self, output: Tensor) -> Tensor:
        """What of outputs or maps (B, C, core + 2 context) lies in cores."""
        context = (output.shape[2] - self.core) // 2
        return output[:, :, context : context + self.core]

    def windows(self, data: Transcripts) -> Iterator[Windows]:
        """Windows that tile ``data``, some at a time."""
        return windows(data, tiles(data, self.core), self.core, 2 * self.batch)

    def batches(self, data: Transcripts) -> Iterator[Batch]:
        """The same as batches."""
        return map(as_batch, self.windows(data))

    def _sample(self, starts: NDArray[np.int64]) -> list[Batch]:
        return [as_batch(own) for own in windows(self.train, starts, self.core, 2 * self.batch)]

    @cached_property
    def _calibration(self) -> list[Batch]:
        most = max(CALIBRATION // self.core, 1)
        starts = tiles(self.train, self.core)
        of_genes = starts + self.train.context < self.train.first_stretch
        if of_genes.all():
            return self._sample(_spread(starts, most))
        return self._sample(np.concatenate([_spread(own, most // 2) for own in (starts[of_genes], starts[~of_genes])]))

    @cached_property
    def _validation(self) -> list[Batch]:
        return list(self.batches(self.validation))


def as_batch(own: Windows) -> Batch:
    """Codes and labels of windows."""
    return Batch(torch.from_numpy(own.codes), torch.from_numpy(own.labels))


def _spread(starts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """At most so many of them, evenly spread."""
    return starts if len(starts) <= most else starts[np.linspace(0, len(starts) - 1, most).astype(int)]
