"""Dead-channel revival (neuron resampling): one that nothing depends on looks out for what others leave unmarked.

While the density is high two motifs can share a channel, told apart by how strongly it fires, and another channel then
stands idle. At the true density the weaker of the two loses its mark. No gradient brings the idle channel to it, for
scores below the threshold have none. A lookout responds to whatever any needed channel responds to; inhibition silences
it where another channel marks, so what is left for it is the lost motif, and from there gradient makes it specific.
Units that have gone dead are restarted likewise in sparse autoencoders and vector quantisers; this form is ours. Or all
channels are given new weights while their codes can still be read (`recode`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.layer.codes import Codes, alike, read_codes
from sparling.layer.inhibition import around
from sparling.layer.padding import PaddingAware, masked
from sparling.networks.model import SparlingModel
from sparling.training.schedule import Moment
from sparling.training.session import Session
from sparling.training.task import Batch

BATCHES = 2
"""Calibration batches on which idle channels are looked for."""
NEEDED = 0.05
"""A channel is heard when codes are read if silencing it costs at least this share of what silencing any costs."""
ABRUPT = 2.0
"""A map that is to be so many times sparser at once is recoded."""
FEWEST = 5
"""Places that a code needs to get a channel."""
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


@runtime_checkable
class Mixing(Protocol):
    """A readout that first of all adds up the channels at a place, each with weights of its own."""

    @property
    def mixing(self) -> Tensor:
        """(W, C)."""
        ...


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
        inputs = [task.inputs(batch) for batch in batches]
        with session.autocast():
            recruited = recruit(model, inputs, _loss_of(session, batches))
        if recruited is not None:
            weight = cast(Featured, model.local).weight
            for kept in optimizer.state[weight].values():
                if kept.shape == weight.shape:
                    kept[recruited] = 0.0
        return recruited


@dataclass(frozen=True)
class Recoding:
    """Before a leap in density: `recode`, and the moments of what was changed start anew; a `Reviver`."""

    width: int
    """Of a motif, in positions, odd."""

    def __call__(self, session: Session, optimizer: torch.optim.Optimizer, moment: Moment) -> list[int] | None:
        """Recode a map that was `ABRUPT` times as dense as it is to be, or more; the channels that were changed."""
        model, task, density = session.model, session.task, session.model.sparsity.density
        if moment.density < ABRUPT * density:
            return None
        batches = [session.on_device(batch) for batch in task.calibration_batches()]
        inputs = [task.inputs(batch) for batch in batches]
        model.sparsity.density = moment.density
        with session.autocast():
            recoded = recode(model, inputs, _loss_of(session, batches), self.width)
        model.sparsity.density = density
        if recoded is not None:
            _begin_anew(optimizer, cast(Featured, model.local).weight)
            _begin_anew(optimizer, cast(Mixing, model.readout).mixing)
        return recoded


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


@torch.no_grad()
def recode(
    model: SparlingModel, inputs: Sequence[tuple[Tensor, Tensor | None]], loss: Loss, width: int
) -> list[int] | None:
    """Give each code of a map that is to be far sparser a channel; the channels, or None where nothing was changed.

    ``width`` is that of a motif, in positions, odd, at least 3. Codes (`layer.codes`) are as many as there
    are channels; each goes to the channel that agrees with it best, one to one, which gets the weights that tell its
    places from all others (`discriminant`). What the readout made of the code it then makes of that channel. Calibrate
    afterwards. ``inputs`` as of `recruit`. Raises ``TypeError`` unless the local model is `Featured` and the readout
    `Mixing`.
    """
    local, readout = model.local, model.readout
    if not isinstance(local, Featured) or not isinstance(readout, Mixing):
        got = f"{type(local).__name__} and {type(readout).__name__}"
        raise TypeError(f"recoding needs a local model that shows its features and a readout that mixes; got {got}")
    with evaluating(model):
        features = [_features(local, x, mask) for x, mask in inputs]
        active = [model.sparsity(local.project(f), mask) for f, (_, mask) in zip(features, inputs, strict=True)]
        costs = _costs(active[:BATCHES], loss)
    with torch.autocast(costs.device.type, enabled=False):
        codes = read_codes(active, costs >= NEEDED * costs.max(), width)
        masks = [a[:, :1] >= 0 if mask is None else mask for a, (_, mask) in zip(active, inputs, strict=True)]
        return _recoded(local, readout, codes, features, masks, width) if costs.max() > 0 else None


def _recoded(
    local: Featured, readout: Mixing, codes: Codes, features: list[Tensor], real: list[Tensor], width: int
) -> list[int] | None:
    """`recode` by the ``codes``; ``real`` is True where no padding is."""
    strengths, at = codes
    channels = strengths.shape[1]
    if len(strengths) < 2 * channels:
        return None
    code = alike(strengths, channels)
    count, one_of, says = torch.bincount(code), F.one_hot(code).to(strengths), (strengths > 0).to(strengths)
    agreement = 2 * (one_of.T @ says) / (count[:, None] + says.sum(0))
    from scipy.optimize import linear_sum_assignment  # takes long to import, and is seldom needed

    chosen, theirs = linear_sum_assignment(agreement.cpu().numpy(), maximize=True)
    mean, rows = (one_of.T @ strengths) / count[:, None], _rows(features).float().T
    where = [torch.full(places.shape, -1, device=code.device) for places in at]
    said = iter(torch.split(code, [int(places.sum()) for places in at]))
    for part, places in zip(where, at, strict=True):
        part[places] = next(said)
    of = _rows(_in_every_view([part[:, None] for part in where], features))[0]
    size, mixed = local.weight.flatten(1).norm(dim=1).median(), readout.mixing.clone()
    changed = []
    for number, channel in zip(chosen.tolist(), theirs.tolist(), strict=True):
        if count[number] >= FEWEST:
            outside = _background(of, number, where, width, real, features)
            direction = discriminant(rows[of == number], rows[outside])
            local.weight[channel] = (size * direction / direction.norm()).view_as(local.weight[0])
            readout.mixing[:, channel] = mixed @ mean[number].to(mixed)
            changed.append(channel)
    return sorted(changed)


def _background(
    of: Tensor, number: int, where: list[Tensor], width: int, real: list[Tensor], features: Sequence[Tensor]
) -> Tensor:
    """(n,) places of other codes, and about as many positions that are in nobody's window."""
    near = [around((part >= 0).float()[:, None], width) > 0 for part in where]
    empty = _rows(_in_every_view([mask & ~close for mask, close in zip(real, near, strict=True)], features))[0]
    others = (of >= 0) & (of != number)
    step = max(1, int(empty.sum()) // max(1, int(others.sum())))
    return others | (empty & (empty.cumsum(0) % step == 0))


def _begin_anew(optimizer: torch.optim.Optimizer, weight: Tensor) -> None:
    """Momentum starts at none, but no step may be larger than usual: its scale is at least the mean one.

    Were both 0, the first steps of Adam would be ten times as large as the learning rate.
    """
    for name, moment in optimizer.state[weight].items():
        if moment.shape == weight.shape:
            moment.copy_(torch.zeros_like(moment) if name == "exp_avg" else moment.clamp_min(float(moment.mean())))


def _loss_of(session: Session, batches: Sequence[Batch]) -> Loss:
    """The loss of the session's readout on maps of these batches."""

    def loss(activations: Tensor, index: int) -> float:
        batch, model = batches[index], session.model
        teacher = session.teacher(batch)
        if teacher is None:
            output = masked(model.readout, activations, session.task.inputs(batch)[1])
        else:
            output = model.readout(activations, teacher)
        return float(session.task.loss(output.float(), batch))

    return loss


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
