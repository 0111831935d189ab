"""``WindowTask``: true splice sites against decoys, as the trainer wants it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparling.training.task import Batch, Score
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.splicing.decoys.reading import KINDS, SiteWindows
from sparling_genomics.splicing.windows import hidden
from sparling_genomics.tasks.binary import auroc_standard_error, network_input
from sparling_genomics.tasks.ranking import area_under_roc

BATCH = 64
CALIBRATION = 1000
"""Windows of the sample for calibration."""
LABEL, KIND, CORE = 0, 1, 2
"""Columns of a target."""


class WindowFigures(NamedTuple):
    """AUROC of each kind of windows; NaN where there is none of a label."""

    donor: float
    acceptor: float

    @property
    def told(self) -> tuple[float, float]:
        """Both."""
        return self.donor, self.acceptor

    @property
    def mean(self) -> float:
        """Of the kinds that are there."""
        return float(np.nanmean(self))


class WindowTask:
    """Windows of both kinds in random order; all of it follows from (seed, epoch).

    A target holds label, kind and the logit that the core model gives the window (0 without one), to which the
    network's is added. Loss: binary cross-entropy. Score: mean AUROC of donors and acceptors on the validation side.
    """

    def __init__(
        self,
        train: SiteWindows,
        validation: SiteWindows,
        seed: int,
        cores: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
        letter_dropout: float = 0.1,
    ) -> None:
        self.train, self.validation, self.seed = train, validation, seed
        self.cores = cores or tuple(np.zeros(len(each), dtype=np.float32) for each in (train, validation))
        self.letter_dropout = letter_dropout

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        """One epoch in random order, in full batches."""
        order = generator(self.seed, Purpose.ORDER, epoch).permutation(len(self.train))
        drop = generator(self.seed, Purpose.HIDDEN, epoch)
        full = max(len(order) // BATCH * BATCH, min(len(order), BATCH))
        for batch in self._batches(self.train, self.cores[0], order[:full], BATCH):
            if self.letter_dropout:
                batch = batch._replace(x=torch.from_numpy(hidden(batch.x.numpy(), self.letter_dropout, drop)))
            yield batch

    def calibration_batches(self) -> Sequence[Batch]:
        """A fixed sample of training windows."""
        return self._calibration

    def validation_batches(self) -> Sequence[Batch]:
        """All of the validation side."""
        return self._validation

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """As `network_input`."""
        return network_input(batch.x)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Binary cross-entropy of logits (B, 2), of which each window has the one of its kind."""
        return F.binary_cross_entropy_with_logits(logits(output, batch.y), batch.y[:, LABEL])

    def score(self, output: Tensor, target: Tensor) -> Score:
        """Mean AUROC of both kinds, and its standard error."""
        found = figures(output, target)
        errors = []
        for kind, value in enumerate(found):
            own = target[target[:, KIND] == kind, LABEL]
            true = int(own.sum())
            if np.isfinite(value):
                errors.append(auroc_standard_error(value, true, len(own) - true))
        return Score(found.mean, float(np.sqrt(np.square(errors).sum()) / len(errors)))

    def chance(self, target: Tensor) -> float:
        """The AUROC of equal logits."""
        return 0.5

    def batches(self, data: SiteWindows, core: NDArray[np.float32] | None = None) -> list[Batch]:
        """All windows of ``data`` in their order."""
        core = np.zeros(len(data), dtype=np.float32) if core is None else core
        return list(self._batches(data, core, np.arange(len(data)), 4 * BATCH))

    def _batches(
        self, data: SiteWindows, core: NDArray[np.float32], order: NDArray[np.int64], size: int
    ) -> Iterator[Batch]:
        for start in range(0, len(order), size):
            own = order[start : start + size]
            target = np.stack([data.labels[own], data.kinds[own], core[own]], axis=1).astype(np.float32)
            yield Batch(torch.from_numpy(data.codes[own]), torch.from_numpy(target))

    @cached_property
    def _calibration(self) -> list[Batch]:
        rng = generator(self.seed, Purpose.CALIBRATION)
        chosen = np.sort(rng.permutation(len(self.train))[:CALIBRATION])
        return list(self._batches(self.train, self.cores[0], chosen, 4 * BATCH))

    @cached_property
    def _validation(self) -> list[Batch]:
        return self.batches(self.validation, self.cores[1])


def logits(output: Tensor, target: Tensor) -> Tensor:
    """Of each window (n,): the output (n, 2) of its kind, and the core's logit."""
    own = output.gather(1, target[:, KIND].long()[:, None])[:, 0]
    return own + target[:, CORE]


def figures(output: Tensor, target: Tensor) -> WindowFigures:
    """AUROC of logits (n, 2) of windows with these targets (n, 3)."""
    scores = logits(output, target).numpy()
    found = []
    for kind in range(len(KINDS)):
        own = (target[:, KIND] == kind).numpy()
        found.append(area_under_roc(target[own, LABEL].numpy(), scores[own]))
    return WindowFigures(*found)


def auroc_errors(found: WindowFigures, windows: SiteWindows) -> WindowFigures:
    """Standard error of each kind's AUROC in these windows; NaN where it is not defined."""
    errors = []
    for kind, value in enumerate(found):
        own = windows.labels[windows.kinds == kind]
        true = int(own.sum())
        errors.append(auroc_standard_error(value, true, len(own) - true) if np.isfinite(value) else float("nan"))
    return WindowFigures(*errors)
