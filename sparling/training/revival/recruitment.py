"""Dead-channel revival (neuron resampling): one that nothing depends on looks out for what others leave unmarked.

While the density is high two motifs can share a channel, told apart by how strongly it fires, and another channel then
stands idle. At the true density the weaker of the two loses its mark. No gradient brings the idle channel to it, for
scores below the threshold have none. A lookout responds to whatever any needed channel responds to; inhibition silences
it where another channel marks, so what is left for it is the lost motif, and from there gradient makes it specific.
Units that have gone dead are restarted likewise in sparse autoencoders and vector quantisers; this form is ours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.layer.padding import PaddingAware
from sparling.networks.model import SparlingModel
from sparling.shapes import check_above_zero, check_number
from sparling.training.revival.channels import BATCHES, Featured, Inputs, Loss, costs, read, real
from sparling.training.schedule import Moment
from sparling.training.session import Session

IDLE = 0.25
"""A channel is idle if silencing it costs less than this share of what silencing the median channel costs."""
RIDGE = 1e-3
"""Added to the covariance of features, in units of their mean variance."""


@dataclass(frozen=True)
class Recruitment:
    """At evaluations of a training: `recruit`, and the recruit's optimizer moments start anew; a `Reviver`."""

    below: float
    """Density (a fraction of activations) up to which idle channels are recruited."""
    until: float = 0.5
    """Share of settling from which on none is: what is left is too short for a recruit to learn."""

    def __post_init__(self) -> None:
        check_above_zero("below", self.below)
        check_number("until", self.until, most=1.0)

    def check(self, session: Session) -> None:
        """Raise ``TypeError`` for a local model that is not `Featured`."""
        _featured(session.model)

    def __call__(self, session: Session, optimizer: torch.optim.Optimizer, moment: Moment) -> int | None:
        """Recruit the idlest channel where there is one; its number."""
        model, task = session.model, session.task
        if model.sparsity.density > self.below or moment.settled >= self.until:
            return None
        batches = [session.on_device(batch) for batch in task.calibration_batches()[:BATCHES]]

        def loss(activations: Tensor, index: int) -> float:
            return float(task.loss(read(session, activations, batches[index]), batches[index]))

        with session.autocast():
            recruited = recruit(model, [task.inputs(batch) for batch in batches], loss)
        if recruited is not None:
            weight = cast(Featured, model.local).weight
            for kept in optimizer.state[weight].values():
                if kept.shape == weight.shape:
                    kept[recruited] = 0.0
        return recruited


@torch.no_grad()
def recruit(model: SparlingModel, inputs: Inputs, loss: Loss) -> int | None:
    """Give the channel of ``model`` that is needed least a lookout's weights if it is idle; its number, or None.

    One at a time, for two lookouts would look out for the same. The thresholds are those of before: calibrate
    afterwards. Raises ``TypeError`` for a local model that is not `Featured`.
    """
    local = _featured(model)
    with evaluating(model):
        features = [_features(local, x, mask) for x, mask in inputs]
        active: Sequence[Tensor] = [
            model.sparsity(local.project(f), mask) for f, (_, mask) in zip(features, inputs, strict=True)
        ]
        worth = costs(active, loss)
    masks = _in_every_view(real(active, inputs), features)
    active = _in_every_view(active, features)
    idlest, needed = int(worth.argmin()), worth >= IDLE * worth.median()
    if needed[idlest] or worth.median() <= 0:
        return None
    strength = _rows(active)[needed]
    usual = strength.sum(1, keepdim=True) / strength.count_nonzero(1).clamp_min(1)[:, None]
    marked = (strength > usual).any(0)
    inside = _rows(masks)[0]
    if min(marked.sum(), (inside & ~marked).sum()) < 2:
        return None
    seen = _rows(features).float().T
    direction = discriminant(seen[marked], seen[inside & ~marked])
    size = local.weight.flatten(1).norm(dim=1).median()
    local.weight[idlest] = (size * direction / direction.norm()).view_as(local.weight[0])
    return idlest


def _featured(model: SparlingModel) -> Featured:
    local = model.local
    if not isinstance(local, Featured):
        raise TypeError(f"recruitment needs a local model that shows its features; got {type(local).__name__}")
    return local


def _features(local: Featured, x: Tensor, mask: Tensor | None) -> Tensor:
    """Its features of an input that may be padded."""
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
