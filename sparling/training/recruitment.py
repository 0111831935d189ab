"""Dead-channel revival (neuron resampling): one that nothing depends on looks out for what others leave unmarked.

While the density is high two motifs can share a channel, told apart by how strongly it fires, and another channel then
stands idle. At the true density the weaker of the two loses its mark. No gradient brings the idle channel to it, for
scores below the threshold have none. A lookout responds to whatever any needed channel responds to; inhibition silences
it where another channel marks, so what is left for it is the lost motif, and from there gradient makes it specific.
Units that have gone dead are restarted likewise in sparse autoencoders and vector quantisers; this form is ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.layer.padding import PaddingAware, masked
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.training.session import Session

BATCHES = 2
"""Calibration batches on which idle channels are looked for."""
IDLE = 0.25
"""A channel is idle if silencing it costs less than this share of what silencing the median channel costs."""
RIDGE = 1e-3
"""Added to the covariance of features, in units of their mean variance."""

Loss = Callable[[Tensor, int], float]
"""(activations, index of the batch) → mean loss of the readout on them."""


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


@dataclass(frozen=True)
class Recruitment:
    """At evaluations of a training: `recruit`, and the recruit's optimizer moments start anew; a `Reviver`."""

    below: float
    """Density (a fraction of activations) up to which idle channels are recruited."""
    until: float = 0.5
    """Share of settling from which on none is: what is left is too short for a recruit to learn."""

    def __call__(self, session: Session, optimizer: torch.optim.Optimizer, settled: float) -> int | None:
        """Recruit the idlest channel where there is one; its number. ``settled``: share of settling that is done."""
        model, task = session.model, session.task
        if model.sparsity.density > self.below or settled >= self.until:
            return None
        batches = [session.on_device(batch) for batch in task.calibration_batches()[:BATCHES]]
        inputs = [task.inputs(batch) for batch in batches]

        def loss(activations: Tensor, index: int) -> float:
            teacher = session.teacher(batches[index])
            if teacher is None:
                output = masked(model.readout, activations, inputs[index][1])
            else:
                output = model.readout(activations, teacher)
            return float(task.loss(output.float(), batches[index]))

        with session.autocast():
            recruited = recruit(model, inputs, loss)
        if recruited is not None:
            weight = cast(Featured, model.local).weight
            for moment in optimizer.state[weight].values():
                if moment.shape == weight.shape:
                    moment[recruited] = 0.0
        return recruited


@dataclass(frozen=True)
class Rivalry:
    """Once settling has begun channels rival (`SpatialSparsity.let_rival`) and idle ones are recruited; a `Reviver`."""

    recruits: Recruitment | None = None

    def __call__(self, session: Session, optimizer: torch.optim.Optimizer, settled: float) -> int | None:
        """As `Recruitment`, which waits until channels rival. ``settled``: share of settling that is done."""
        if not settled:
            return None
        if isinstance(session.model.sparsity, SpatialSparsity):
            session.model.sparsity.let_rival()
        return None if self.recruits is None else self.recruits(session, optimizer, settled)


@torch.no_grad()
def recruit(model: SparlingModel, inputs: Sequence[tuple[Tensor, Tensor | None]], loss: Loss) -> int | None:
    """Give the channel of ``model`` that is needed least a lookout's weights if it is idle; its number, or None.

    One at a time, for two lookouts would look out for the same. ``inputs``: what the local model reads, with masks. The
    thresholds are those of before: calibrate afterwards. Raises ``TypeError`` for a local model that is not `Featured`.
    """
    local = model.local
    if not isinstance(local, Featured):
        raise TypeError(f"recruitment needs a local model that shows its features; got {type(local).__name__}")
    with evaluating(model):
        features = [_features(local, x, mask) for x, mask in inputs]
        active = [model.sparsity(local.project(f), mask) for f, (_, mask) in zip(features, inputs, strict=True)]
        costs = _costs(active, loss)
    masks = [a[:, :1] >= 0 if mask is None else mask for a, (_, mask) in zip(active, inputs, strict=True)]
    active, masks = _in_every_view(active, features), _in_every_view(masks, features)
    idlest, needed = int(costs.argmin()), costs >= IDLE * costs.median()
    if needed[idlest] or costs.median() <= 0:
        return None
    strength = _rows(active)[needed]
    usual = strength.sum(1, keepdim=True) / strength.count_nonzero(1).clamp_min(1)[:, None]
    marked = (strength > usual).any(0)
    real = _rows(masks)[0]
    if min(marked.sum(), (real & ~marked).sum()) < 2:
        return None
    rows = _rows(features).float().T
    direction = discriminant(rows[marked], rows[real & ~marked])
    size = local.weight.flatten(1).norm(dim=1).median()
    local.weight[idlest] = (size * direction / direction.norm()).view_as(local.weight[0])
    return idlest


def _features(local: Featured, x: Tensor, mask: Tensor | None) -> Tensor:
    if mask is None or not isinstance(local, PaddingAware):
        return local.features(x)
    features: Tensor = cast(Callable[[Tensor, Tensor], Tensor], local.features)(x, mask)
    return features


def _in_every_view(parts: Sequence[Tensor], features: Sequence[Tensor]) -> list[Tensor]:
    """Parts (B, ...) repeated as often as their features (V · B, ...) have views."""
    return [torch.cat([part] * (len(f) // len(part))) for part, f in zip(parts, features, strict=True)]


def _rows(parts: Sequence[Tensor]) -> Tensor:
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


def _costs(active: list[Tensor], loss: Loss) -> Tensor:
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
