"""What a trained model is worth on test samples: errors, whether its output follows from its map, what channels see."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from sparling.domains.base import PAD, SpelledDomain
from sparling.domains.counter_random import uniforms
from sparling.domains.sequence_task import CALIBRATION, TEST, ErrorProbe, Placement, WorldTask, matches
from sparling.evaluation.causal import move_channel, necessity
from sparling.evaluation.motif_errors import MotifCounts, motif_errors
from sparling.evaluation.placement import motif_offsets
from sparling.networks.receptive_field import receptive_field
from sparling.training.session import Session
from sparling.validation.result import FoundClass, MapErrors, OutputErrors, ScanPoint, told

SILENCED = 500
"""Test samples of which each channel is silenced."""
PATCHES = 200
"""Strongest marks of a channel of which the mean is taken."""
SAMPLES = 1_000
"""In which they are looked for."""


class Perturbed(NamedTuple):
    """A changed map of n samples, and what follows from the change."""

    activations: Tensor
    """(n, C, S...)."""
    demanded: Tensor
    """(n, T) int64, what must now be read."""
    judged: Tensor
    """(n,) bool: whether reading it says something."""


Perturb = Callable[[int, Tensor, Tensor, Tensor, Tensor], Perturbed]
"""(seed, index, y, activations, channels of each class) → the maps changed (`World.perturb`)."""


class Errors(NamedTuple):
    """Errors on test samples, and the counts behind them."""

    placed: MapErrors
    as_marked: MapErrors
    output: OutputErrors
    density: float
    counts: MotifCounts
    """Of the placed marks."""


def errors_on_test(session: Session, task: WorldTask, n: int, place: Placement) -> Errors:
    """Errors of the placed marks, of the marks as they are and of the output, on ``n`` test samples."""
    samples = task.batches(TEST, n)
    probe = ErrorProbe(samples, task.domain, place)
    density = session.predict([batch for batch, _ in samples], probe).density
    if probe.counts is None or probe.as_marked is None:
        raise ValueError(f"n must be at least 1; got {n}")
    figures = probe.figures()
    output = OutputErrors(figures["e2ee"], figures["exact_match"])
    return Errors(MapErrors.of(probe.counts), MapErrors.of(probe.as_marked), output, density, probe.counts)


def describe_classes(names: Sequence[str], counts: MotifCounts, several: bool = False) -> tuple[FoundClass, ...]:
    """For each class its channel, None where it has none, and of its motifs how many were missed or confused.

    With ``several`` a motif marked by any channel of its class is not confused.
    """
    classes, errors = [], motif_errors(counts)
    for k, (channel, channels) in enumerate(zip(errors.channel_of_class, errors.channels_of_class, strict=True)):
        predicted, missed = int(counts.confusion[k].sum()), int(counts.missed[k])
        own = list(channels) if several else [channel] if channel >= 0 else []
        agreeing = int(counts.confusion[k, own].sum())
        owner = channel if channel >= 0 else None
        classes.append(FoundClass(names[k], owner, predicted + missed, missed, predicted - agreeing))
    return tuple(classes)


def owning_channels(counts: MotifCounts, several: bool) -> Tensor:
    """The channel of each class (K,), −1 where it has none; with ``several`` all of them (K, n), −1 behind the last."""
    errors = motif_errors(counts)
    if not several:
        return torch.tensor(errors.channel_of_class)
    channels = errors.channels_of_class
    most = max(1, *map(len, channels))
    return torch.tensor([[*row, *[-1] * (most - len(row))] for row in channels])


def density_scan(records: Sequence[dict[str, Any]]) -> tuple[ScanPoint, ...]:
    """The last evaluation at each density that was asked for, the highest density first."""
    last = {record["target_density"]: record for record in records}
    keys = ScanPoint.__dataclass_fields__
    return tuple(ScanPoint(**{key: record[key] for key in keys}) for _, record in sorted(last.items(), reverse=True))


def perturbation(
    session: Session, task: WorldTask, perturb: Perturb, channel_of_class: Tensor, n: int
) -> tuple[float | None, int]:
    """Of the ``n`` first test samples that are read right and can be judged: the share read as their changed map
    demands, and their number; None where there are none. Source: SPARLING (arXiv 2302.01976), perturbation experiment.
    """
    right = judged = seen = 0
    for batch, _ in task.batches(TEST, n):
        result = session.forward(batch)
        index = torch.arange(seen, seen + len(batch.y), device=batch.y.device)
        seen += len(batch.y)
        changed = perturb(task.seed, index, batch.y, result.activations, channel_of_class.to(batch.y.device))
        ok = matches(result.output, batch.y) & changed.judged
        if ok.any():
            right += int(matches(session.read(changed.activations[ok]), changed.demanded[ok]).sum())
            judged += int(ok.sum())
    return (right / judged if judged else None), judged


def moved_to_absent(
    domain: SpelledDomain,
    radius: int,
    keys: Tensor,
    y: Tensor,
    activations: Tensor,
    channel_of_class: Tensor,
    exchangeable: int | None = None,
) -> Perturbed:
    """All marks of one class that a sample has, moved to the first channel of a class that it does not have.

    ``channel_of_class`` (K,) or, where a class may have several, (K, n): see `owning_channels`.
    Both are drawn by ``keys`` (n,), of the first ``exchangeable`` classes, None for all; tokens below that number are
    theirs. Of the moved marks the strongest within ``radius`` positions stays
    (`sparling.evaluation.causal.move_channel`). Where one of the two has no channel, nothing can be judged.
    """
    classes = exchangeable or len(domain.class_names)
    present = torch.zeros((len(y), classes), dtype=torch.bool, device=y.device)
    used = (y != PAD) & (y < classes)
    present[torch.nonzero(used)[:, 0], y[used]] = True
    chance = uniforms(keys[:, None], torch.arange(classes, device=y.device))
    source, target = (chance + present).argmax(1), (chance - present.double()).argmax(1)
    table = channel_of_class.view(len(channel_of_class), -1)
    to = table[target, 0]
    judged = (table[source, 0] >= 0) & (to >= 0)
    moved = activations.clone()
    for channel in table[source].T:
        there = judged & (channel >= 0)
        moved[there] = move_channel(moved[there], channel[there], to[there], radius)
    return Perturbed(moved, domain.demanded(y, source, target), judged)


def silenced(session: Session, task: WorldTask) -> tuple[float | None, ...]:
    """Per channel the share of samples with it active whose output changes when it is silenced."""
    end = task.domain.tokens - 1

    def read(changed: Tensor) -> Tensor:
        tokens = session.read(changed).argmax(2)
        after_end = (tokens == end).cumsum(1) - (tokens == end).long() > 0
        return tokens.masked_fill(after_end, PAD)

    batches = task.batches(TEST, SILENCED)
    activations = torch.cat([session.forward(batch).activations for batch, _ in batches])
    return tuple(told(share) for share in necessity(read, activations).tolist())


def channel_offsets(session: Session, task: WorldTask) -> Tensor:
    """How many positions each channel's motif lies beyond its marks: (C, R), from calibration samples alone.

    Inputs within a whole receptive field of a mark are looked at, for a motif may stick out of the half that is seen.
    """
    batch, _ = task.batch(CALIBRATION, 0, SAMPLES)
    patches = mean_patches(session, task, CALIBRATION, receptive_field(session.model.local, task.inputs(batch)[0]))
    typical = batch.x.transpose(0, 1).flatten(1).float().mean(1)
    contrast = (patches - typical.view(-1, *(1,) * (patches.ndim - 2))).abs().mean(1)
    return motif_offsets(contrast, contrast.new_zeros(()), task.cell)


@torch.no_grad()
def mean_patches(session: Session, task: WorldTask, data: int, reach: int) -> Tensor:
    """Mean of the inputs within ``reach`` of each channel's strongest marks: (C, I, side...), NaN for a silent channel.

    ``data`` is the side of the task's samples that is looked at; inputs are (B, I, S...), any number of axes.
    """
    strengths: list[Tensor] = []
    patches: list[Tensor] = []
    for batch, _ in task.batches(data, SAMPLES):
        activations = session.forward(batch).activations
        flat = activations.transpose(0, 1).flatten(1)
        top = flat.topk(min(PATCHES, flat.shape[1]), dim=1)
        shape = (len(activations), *activations.shape[2:])
        unravelled = np.unravel_index(top.indices.cpu().numpy(), shape)  # torch's loads sympy, most of a second
        sample, *place = (torch.from_numpy(index).to(flat.device) for index in unravelled)
        rank = len(place)
        seen = torch.nn.functional.pad(batch.x.float(), (reach,) * 2 * rank, value=float("nan"))
        around = torch.arange(2 * reach + 1, device=seen.device)
        where = [sample.view(*sample.shape, *(1,) * rank)]
        for axis, position in enumerate(place):
            first = (position * task.cell + task.cell // 2).view(*sample.shape, *(1,) * rank)
            where.append(first + around.view(*(-1 if other == axis else 1 for other in range(rank))))
        strengths.append(top.values)
        patches.append(seen.movedim(1, -1)[tuple(where)].movedim(-1, 2))
    best = torch.cat(strengths, 1).topk(PATCHES, dim=1)
    found = torch.cat(patches, 1)
    ones = (1,) * (found.ndim - 2)
    chosen = found.take_along_dim(best.indices.view(*best.indices.shape, *ones), 1)
    return chosen.masked_fill((best.values <= 0).view(*best.values.shape, *ones), float("nan")).nanmean(1)
