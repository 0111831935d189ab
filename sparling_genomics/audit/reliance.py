"""Does the prediction rely on each motif? Changes of the map, and of the sequence, and what the readout then says.

*α-necessity* is the third assumption of the theorem (SPARLING, arXiv 2302.01976): among layouts that have a motif, the
prediction must change for a share α of them when it is taken out. Here it is the necessity of `effects.silencing`: of
bound test sequences that have the motif and are predicted bound, the share that is not without it. The predicted class
is "bound" where the logit is above `CLASS_CUT`.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.audit.figures import Reliance, Transplant
from sparling_genomics.data.dataset import TRAIN
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.effects import CLASS_CUT, silencing
from sparling_genomics.motifs.map_features import map_features
from sparling_genomics.network.motif_network import readout_of
from sparling_genomics.runs.finished import FinishedRun, SparseMap
from sparling_genomics.tasks.binary import fitting_batch

MOVED = 200
"""Sequences, at most, in which sites are moved."""
NEARBY = 2
"""A site that was moved is found again within so many bp of its new place."""


@torch.no_grad()
def reliance(run: FinishedRun, features: Tensor) -> Reliance:
    """What hangs on each channel, from features (n, 2C) of all sequences, as `map_features` makes them."""
    readout, channels = readout_of(run.model), features.shape[1] // 2
    silent = [silencing(run.data, readout, features, i, float(run.listed_from[i])) for i in range(channels)]
    alpha, change = (
        np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        for values in ([each.necessity for each in silent], [each.logit_change for each in silent])
    )
    features = features[torch.from_numpy(run.data.split != TRAIN)]
    active = features[:, :channels] > torch.from_numpy(run.listed_from.copy()).to(features)
    swapped = np.full((channels, channels), np.nan)
    for i in range(channels):
        for j in range(channels):
            either = features[active[:, i] | active[:, j]]
            if i != j and len(either):
                exchanged = either.clone()
                exchanged[:, [i, j, channels + i, channels + j]] = either[:, [j, i, channels + j, channels + i]]
                swapped[i, j] = float((_classes(run, exchanged) == _classes(run, either)).mean())
    return Reliance(np.array([each.predicted for each in silent]), alpha, change, swapped)


@torch.no_grad()
def moved_in_map(run: FinishedRun, found: Activations, sequences: NDArray[np.int64], rng: np.random.Generator) -> float:
    """Share of ``sequences`` whose class stays when all of their sites are carried along the map, around its end.

    It is 1 by construction with a readout that pools over places, and tells nothing of the motifs then.
    """
    same = []
    device = run.fabric.device
    for index in sequences[:MOVED].tolist():
        length = int(run.data.lengths[index])
        own = found.select(found.sequence == index)
        sparse = torch.zeros(1, len(run.motifs), length, device=device)
        sparse[0, own.channel, own.position] = torch.from_numpy(own.score).float().to(device)
        both = torch.cat([sparse, sparse.roll(int(rng.integers(1, max(length, 2))), 2)])
        before, after = (run.model.readout(both)[:, 0] > CLASS_CUT).tolist()
        same.append(before == after)
    return float(np.mean(same)) if same else float("nan")


def transplant(
    run: FinishedRun, whole: SparseMap, channel: int, sequences: NDArray[np.int64], rng: np.random.Generator
) -> Transplant:
    """Exchange the letters of the strongest site of ``channel`` with others of the same sequence, and look again.

    Only the footprint goes, its neighbours stay: a site whose neighbours matter is lost. The new place, drawn at
    random, lies out of reach of all sites of the map; a sequence without such a place is left out.
    """
    motif = whole.motifs[channel]
    start, end = motif.intervals(run.data)
    best: dict[int, int] = {}
    for row in np.argsort(-motif.sites.score, kind="stable").tolist():
        best.setdefault(int(motif.sites.sequence[row]), row)
    chosen = [i for i in sequences.tolist() if i in best][:MOVED]
    taken = {i: whole.activations.position[whole.activations.sequence == i] for i in chosen}
    kept, codes, shifts = [], [], []
    for i in chosen:
        first, last = int(start[best[i]]), int(end[best[i]])
        free = free_starts(int(run.data.lengths[i]), last - first, taken[i], run.width)
        if len(free):
            place = int(rng.choice(free))
            kept.append(i)
            codes.append(exchanged_letters(run.data.sequence(i), first, place, last - first))
            shifts.append(place - first)
    if not kept:
        return Transplant(0, float("nan"), float("nan"))
    changed = replace(run.data.subset(kept), codes=np.concatenate(codes))
    found, _ = run.find(changed, 2 * fitting_batch(run.data.lengths[run.data.split == TRAIN]))
    again = []
    for row, (i, shift) in enumerate(zip(kept, shifts, strict=True)):
        own = (found.sequence == row) & (found.channel == channel) & (found.score > run.listed_from[channel])
        there = found.position[own]
        before = whole.activations
        before = before.select((before.sequence == i) & (before.channel == channel))
        old = before.position[int(before.score.argmax())]
        again.append(bool((abs(there - (old + shift)) <= NEARBY).any()))
    classes = _classes(run, map_features(found, len(kept), len(run.motifs)))
    stayed = classes == _classes(run, whole.features[torch.tensor(kept)])
    return Transplant(len(kept), float(np.mean(again)), float(stayed.mean()))


def free_starts(length: int, width: int, taken: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """Starts of the stretches of ``width`` bp that are ``reach`` bp or more from all ``taken`` positions.

    >>> free_starts(10, 2, np.array([2]), reach=4).tolist()
    [6, 7, 8]
    """
    starts = np.arange(max(length - width + 1, 0))
    near = ((starts[:, None] - taken < reach) & (taken - (starts[:, None] + width - 1) < reach)).any(1)
    return starts[~near]


def exchanged_letters(codes: NDArray[np.uint8], first: int, second: int, width: int) -> NDArray[np.uint8]:
    """The sequence with two stretches of ``width`` letters, which must not overlap, in each other's place.

    >>> exchanged_letters(np.array([0, 1, 2, 3], dtype=np.uint8), 0, 2, 2).tolist()
    [2, 3, 0, 1]
    """
    changed = codes.copy()
    changed[first : first + width], changed[second : second + width] = (
        codes[second : second + width],
        codes[first : first + width],
    )
    return changed


@torch.no_grad()
def _classes(run: FinishedRun, features: Tensor) -> NDArray[np.bool_]:
    readout = readout_of(run.model)
    logits = readout.of_pooled(features.to(next(readout.parameters()).device))[:, 0]
    classes: NDArray[np.bool_] = (logits > CLASS_CUT).cpu().numpy()
    return classes


def swap_partners(swapped: NDArray[np.float64]) -> Sequence[int | None]:
    """For each channel the other with which it may best be exchanged, None where there is none."""
    partners: list[int | None] = []
    for i, row in enumerate(swapped):
        row = np.where(np.arange(len(row)) == i, np.nan, row)
        partners.append(None if np.isnan(row).all() else int(np.nanargmax(row)))
    return partners
