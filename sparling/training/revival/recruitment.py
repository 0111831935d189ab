"""Dead-channel revival (neuron resampling): one that nothing depends on looks out for what others leave unmarked.

While the density is high two motifs can share a channel, told apart by how strongly it fires, and another channel then
stands idle. At the true density the weaker of the two loses its mark. No gradient brings the idle channel to it, for
scores below the threshold have none. A lookout responds to whatever any needed channel responds to; inhibition silences
it where another channel marks, so what is left for it is the lost motif, and from there gradient makes it specific.
Units that have gone dead are restarted likewise in sparse autoencoders and vector quantisers; this form is ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.networks.model import SparlingModel
from sparling.training.revival.channels import (
    BATCHES,
    Featured,
    Inputs,
    Loss,
    costs,
    discriminant,
    features_of,
    in_every_view,
    read,
    real,
    rows,
)
from sparling.training.schedule import Moment
from sparling.training.session import Session

IDLE = 0.25
"""A channel is idle if silencing it costs less than this share of what silencing the median channel costs."""


@dataclass(frozen=True)
class Recruitment:
    """At evaluations of a training: `recruit`, and the recruit's optimizer moments start anew; a `Reviver`."""

    below: float
    """Density (a fraction of activations) up to which idle channels are recruited."""
    until: float = 0.5
    """Share of settling from which on none is: what is left is too short for a recruit to learn."""

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
    local = model.local
    if not isinstance(local, Featured):
        raise TypeError(f"recruitment needs a local model that shows its features; got {type(local).__name__}")
    with evaluating(model):
        features = [features_of(local, x, mask) for x, mask in inputs]
        active: Sequence[Tensor] = [
            model.sparsity(local.project(f), mask) for f, (_, mask) in zip(features, inputs, strict=True)
        ]
        worth = costs(active, loss)
    masks = in_every_view(real(active, inputs), features)
    active = in_every_view(active, features)
    idlest, needed = int(worth.argmin()), worth >= IDLE * worth.median()
    if needed[idlest] or worth.median() <= 0:
        return None
    strength = rows(active)[needed]
    usual = strength.sum(1, keepdim=True) / strength.count_nonzero(1).clamp_min(1)[:, None]
    marked = (strength > usual).any(0)
    inside = rows(masks)[0]
    if min(marked.sum(), (inside & ~marked).sum()) < 2:
        return None
    seen = rows(features).float().T
    direction = discriminant(seen[marked], seen[inside & ~marked])
    size = local.weight.flatten(1).norm(dim=1).median()
    local.weight[idlest] = (size * direction / direction.norm()).view_as(local.weight[0])
    return idlest
