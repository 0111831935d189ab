"""The readout of a run: fitted to a map, and to maps with more and fewer sites, to see what sparsity costs."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import NamedTuple, cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling.training.optimiser import AdamW
from sparling_genomics.data.dataset import TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.motifs.activations import Activations, join
from sparling_genomics.tasks.ranking import area_under_roc

STEPS, RATE, DECAY = 500, 0.03, 0.01
"""Of fitting the readout."""
SHIFTS = (2.0, 1.0, 0.0, -1.0, -2.0, -3.0)
"""Nats by which thresholds are moved."""
LOSS = 0.01
"""Validation AUROC that a sparser map may cost."""


class Step(NamedTuple):
    """A map with all thresholds moved by ``shift`` nats, as far as `shifted` moves each."""

    shift: float
    bound: float
    """Sites a bound sequence, all channels together; places beside one another count each."""
    unbound: float
    """The same of unbound sequences."""
    auroc: float
    """Of a readout fitted to it, on the validation side."""


def readout_of(model: SparlingModel) -> MonotoneReadout | PooledReadout:
    """The readout, which is of a kind that looks at `pooled` activations."""
    return cast(MonotoneReadout | PooledReadout, model.readout)


def sparsity_of(model: SparlingModel) -> SpatialSparsity:
    """The bottleneck, which is of the kind that has thresholds."""
    return cast(SpatialSparsity, model.sparsity)


def map_features(activations: Activations, sequences: int, channels: int) -> Tensor:
    """What `sparling.networks.readout.pooled` makes of the map with these activations: (sequences, 2C)."""
    largest, total = np.zeros((2, sequences, channels))
    np.maximum.at(largest, (activations.sequence, activations.channel), activations.score)
    np.add.at(total, (activations.sequence, activations.channel), activations.score)
    return torch.from_numpy(np.concatenate([largest, np.log1p(total)], axis=1)).float()


def fit_readout(readout: MonotoneReadout | PooledReadout, features: Tensor, labels: NDArray[np.float32]) -> None:
    """Fit ``readout`` to features (n, 2C) by cross-entropy, bound and unbound sequences weighing alike."""
    device = next(readout.parameters()).device
    x, y = features.to(device), torch.from_numpy(labels).to(device)
    weight = torch.where(y == 1, 0.5 / y.sum().clamp_min(1), 0.5 / (1 - y).sum().clamp_min(1))
    optimizer = AdamW(readout.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        each = F.binary_cross_entropy_with_logits(readout.of_pooled(x)[:, 0], y, reduction="none")
        (each * weight).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()


def above(found: Activations, channel: int, cut: float, number: int) -> Activations:
    """The activations of one channel above its cut, as those of channel ``number``."""
    own = found.select((found.channel == channel) & (found.score > cut))
    return replace(own, channel=np.full_like(own.channel, number), score=own.score - cut)


@torch.no_grad()
def logits_of(readout: MonotoneReadout | PooledReadout, features: Tensor) -> NDArray[np.float64]:
    """What ``readout`` says of features (n, 2C): (n,)."""
    logits = readout.of_pooled(features.to(next(readout.parameters()).device))
    return logits[:, 0].cpu().numpy().astype(np.float64)


def weighed(steps: Sequence[Step]) -> Step:
    """What the readout is given: the sparsest map, no sparser than the list of sites, that costs no more than `LOSS`.

    A mark that is as likely chance as not is no site to be listed, but many of them tell bound from unbound sequences.

    >>> steps = [Step(1.0, 0.8, 0.0, 0.90), Step(0.0, 1.0, 0.1, 0.92), Step(-1.0, 1.2, 0.2, 0.96)]
    >>> weighed([*steps, Step(-2.0, 2.0, 1.0, 0.965)])
    Step(shift=-1.0, bound=1.2, unbound=0.2, auroc=0.96)
    """
    dense = [step for step in steps if step.shift <= 0]
    best = max(step.auroc for step in dense)
    return max((step for step in dense if step.auroc >= best - LOSS), key=lambda step: step.shift)


def shifted(cuts: Sequence[float], shift: float, lowest: float) -> list[float]:
    """Each of ``cuts`` moved by ``shift``, but to ``lowest`` where it would get below; one that lies there stays.

    >>> shifted([1.0, -5.0, -7.0], shift=-3.0, lowest=-6.0)
    [-2.0, -6.0, -7.0]
    """
    return [max(cut + shift, min(cut, lowest)) for cut in cuts]


def tradeoff(
    data: SequenceDataset,
    found: Activations,
    channels: Sequence[int],
    cuts: Sequence[float],
    readout: MonotoneReadout | PooledReadout,
    lowest: float,
) -> list[Step]:
    """Sites and AUROC with the cuts of ``channels`` moved by each of `SHIFTS`; ``readout`` is where fits start.

    ``found`` are the activations of all channels above a score of ``lowest``, and no cut is moved below that.
    """
    training, validation = (np.flatnonzero(data.split == side) for side in (TRAIN, VALIDATION))
    steps = []
    for shift in SHIFTS:
        thresholds = shifted(cuts, shift, lowest)
        sites = join([above(found, k, t, i) for i, (k, t) in enumerate(zip(channels, thresholds, strict=True))])
        features = map_features(sites, len(data), len(channels))
        fitted = deepcopy(readout)
        fit_readout(fitted, features[training], data.labels[training])
        auroc = area_under_roc(data.labels[validation], logits_of(fitted, features[validation]))
        bound, unbound = (
            float((data.labels[sites.sequence] == label).sum() / max((data.labels == label).sum(), 1))
            for label in (1, 0)
        )
        steps.append(Step(shift, bound, unbound, auroc))
    return steps
