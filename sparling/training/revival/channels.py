"""What giving channels new weights asks of a model: features, its readout, what channels are worth."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from sparling.layer.padding import masked
from sparling.training.session import Session
from sparling.training.task import Batch

BATCHES = 2
"""Calibration batches on which it is measured what channels are worth."""
Loss = Callable[[Tensor, int], float]
"""(activations, index of the batch) → mean loss of the readout on them."""
Inputs = Sequence[tuple[Tensor, Tensor | None]]
"""What the local model reads, with masks, batch by batch."""


@runtime_checkable
class Featured(Protocol):
    """A local model that shows its features, of which each channel's score is a weighted sum."""

    def features(self, x: Tensor) -> Tensor:
        """Features (V · B, W, S...) of the input: V views of the whole batch, one after the other.

        One that is `PaddingAware` takes the mask behind it.
        """
        ...

    def project(self, features: Tensor) -> Tensor:
        """Scores (B, C, S...), of V views the best."""
        ...

    @property
    def weight(self) -> Tensor:
        """(C, W, 1...)."""
        ...


def real(active: Sequence[Tensor], inputs: Inputs) -> list[Tensor]:
    """Masks (B, 1, S...) of the ``active``, True where no padding is."""
    return [a[:, :1] >= 0 if mask is None else mask for a, (_, mask) in zip(active, inputs, strict=True)]


def read(session: Session, activations: Tensor, batch: Batch) -> Tensor:
    """What the session's readout makes of a map of this batch, taught as in training: float32."""
    teacher = session.teacher(batch)
    if teacher is None:
        output = masked(session.model.readout, activations, session.task.inputs(batch)[1])
    else:
        output = session.model.readout(activations, teacher)
    return output.float()


def costs(active: Sequence[Tensor], loss: Loss) -> Tensor:
    """What it costs to silence each channel, in units of the loss: (C,)."""
    samples = [len(part) for part in active]

    def mean(silent: int | None) -> float:
        total = 0.0
        for index, part in enumerate(active):
            if silent is not None:
                part = part.clone()
                part[:, silent] = 0.0
            total += loss(part, index) * samples[index]
        return total / sum(samples)

    whole = mean(None)
    return torch.tensor([mean(c) - whole for c in range(active[0].shape[1])], device=active[0].device)
