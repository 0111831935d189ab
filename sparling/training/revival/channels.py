"""What giving channels new weights asks of a model: features, what its readout makes of maps, discriminants."""

from collections.abc import Callable, Sequence
from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor

from sparling.layer.padding import PaddingAware, masked
from sparling.training.session import Session
from sparling.training.task import Batch

BATCHES = 2
"""Calibration batches on which it is measured what channels are worth."""
RIDGE = 1e-3
"""Added to the covariance of features, in units of their mean variance."""

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


def features_of(local: Featured, x: Tensor, mask: Tensor | None) -> Tensor:
    """Its features of an input that may be padded."""
    if mask is None or not isinstance(local, PaddingAware):
        return local.features(x)
    features: Tensor = cast(Callable[[Tensor, Tensor], Tensor], local.features)(x, mask)
    return features


def real(active: Sequence[Tensor], inputs: Inputs) -> list[Tensor]:
    """Masks (B, 1, S...) of the ``active``, True where no padding is."""
    return [a[:, :1] >= 0 if mask is None else mask for a, (_, mask) in zip(active, inputs, strict=True)]


def in_every_view(parts: Sequence[Tensor], features: Sequence[Tensor]) -> list[Tensor]:
    """Parts (B, ...) repeated as often as their features (V · B, ...) have views."""
    return [torch.cat([part] * (len(f) // len(part))) for part, f in zip(parts, features, strict=True)]


def rows(parts: Sequence[Tensor]) -> Tensor:
    """Parts (B, C, S...) → all their positions in one row a channel (C, n)."""
    return torch.cat([part.transpose(0, 1).flatten(1) for part in parts], dim=1)


def discriminant(inside: Tensor, outside: Tensor) -> Tensor:
    """Fisher's linear discriminant of two groups of features (n, W), (m, W) → (W,), larger inside.

    >>> inside = torch.tensor([[0.0, 5.0], [1.0, 4.0], [0.0, 4.0], [1.0, 5.0]])
    >>> discriminant(inside, outside=-inside).sign()
    tensor([1., 1.])
    """
    within = torch.cov(inside.T) + torch.cov(outside.T)
    ridge = RIDGE * within.diagonal().mean() * torch.eye(len(within), device=within.device)
    solved: Tensor = torch.linalg.solve(within + ridge, inside.mean(0) - outside.mean(0))
    return solved


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
