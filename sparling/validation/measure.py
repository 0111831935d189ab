"""What a trained model is worth on test samples: errors, does the readout use the motifs, and what to look at."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sparling.checkpoint import write_atomically
from sparling.domains.base import PAD
from sparling.domains.counter_random import sample_keys, uniforms
from sparling.domains.sequence_task import TEST, ErrorProbe, SequenceTask, matches, spelled
from sparling.evaluation.causal import move_channel, necessity
from sparling.evaluation.entropy import map_entropy
from sparling.evaluation.motif_errors import MotifCounts, motif_errors
from sparling.local import receptive_field
from sparling.model import SparlingModel
from sparling.sparsity import evaluating
from sparling.training import Trainer

PERTURBED = 1_000
RADIUS = 5
"""Pixels within which only the strongest of moved activations is kept (SPARLING, perturbation experiment)."""
BITS = 16
"""η, bits that one activation is worth in the entropy of the map."""
EXAMPLES = 12
PATCHES = 200


def measure(trainer: Trainer, task: SequenceTask, n: int) -> tuple[dict[str, Any], MotifCounts]:
    """All errors on ``n`` test samples, as fractions, and the counts behind them."""
    samples = task.batches(TEST, n)
    probe = ErrorProbe(samples, task.domain)
    _, _, density = trainer.predict([batch for batch, _ in samples], probe)
    figures, counts = probe.figures(), probe.counts
    if counts is None:
        raise ValueError(f"n must be at least 1; got {n}")
    channel_of_class = torch.tensor(motif_errors(counts).channel_of_class)
    extra = {
        "density": density,
        "entropy_bits": map_entropy(density, trainer.model.sparsity.channels, BITS),
        "perturbation_consistency": perturbation_consistency(trainer.model, task, channel_of_class),
        "necessity": _necessity(trainer.model, task),
    }
    return {**figures, **extra}, counts


@torch.no_grad()
def perturbation_consistency(model: SparlingModel, task: SequenceTask, channel_of_class: Tensor) -> float | None:
    """Of correctly read samples, after one digit's activations move to an absent digit's channel: share read as they
    then must be. None where no sample can be judged. Source: SPARLING (arXiv 2302.01976), perturbation experiment.
    """
    end, classes = task.domain.tokens - 1, len(task.domain.class_names)
    right = judged = 0
    for batch, _ in task.batches(TEST, PERTURBED):
        with evaluating(model):
            result = model(*task.inputs(batch))
            keys = sample_keys(task.seed, torch.arange(len(batch.y)) + judged)
            source, target = _draw_swap(keys, batch.y.cpu(), end, classes)
            ok = (
                matches(result.output, batch.y).cpu()
                & (channel_of_class[source] >= 0)
                & (channel_of_class[target] >= 0)
            )
            source, target, y = source[ok], target[ok], batch.y.cpu()[ok]
            if not len(y):
                continue
            device = batch.y.device
            moved = move_channel(
                result.activations[ok.to(device)],
                channel_of_class[source].to(device),
                channel_of_class[target].to(device),
                max(1, RADIUS // task.cell),
            )
            right += int(matches(model.readout(moved).cpu(), task.domain.demanded(y, source, target)).sum())
            judged += len(y)
    return right / judged if judged else None


def _draw_swap(keys: Tensor, y: Tensor, end: int, classes: int) -> tuple[Tensor, Tensor]:
    """For each target (B, T) one class that is in it and one that is not."""
    present = torch.zeros((len(y), classes), dtype=torch.bool)
    used = (y != PAD) & (y != end)
    present[torch.nonzero(used)[:, 0], y[used]] = True
    chance = uniforms(keys[:, None], torch.arange(classes))
    return (chance + present).argmax(1), (chance - present.double()).argmax(1)


@torch.no_grad()
def _necessity(model: SparlingModel, task: SequenceTask) -> list[float | None]:
    """Per channel the share of samples with it active whose output changes when it is silenced."""
    end = task.domain.tokens - 1
    batch, _ = task.batch(TEST, 0, PERTURBED // 2)
    with evaluating(model):
        activations = model(*task.inputs(batch)).activations

        def read(changed: Tensor) -> Tensor:
            tokens: Tensor = model.readout(changed).argmax(2)
            after_end = (tokens == end).cumsum(1) - (tokens == end).long() > 0
            return tokens.masked_fill(after_end, PAD)

        shares = necessity(read, activations).tolist()
    return [None if share != share else share for share in shares]


@torch.no_grad()
def gather_evidence(trainer: Trainer, task: SequenceTask, counts: MotifCounts, folder: Path) -> None:
    """Write ``evidence.npz``: what the report draws; places in pixels of the image."""
    cell, end = task.cell, task.domain.tokens - 1
    batch, motifs = task.batch(TEST, 0, PERTURBED)
    with evaluating(trainer.model):
        result = trainer.model(*task.inputs(batch))
    images = batch.x[:, 0].cpu()
    sample, channel, *place = (t.cpu() for t in result.activations.nonzero(as_tuple=True))
    strength = result.activations.cpu()[(sample, channel, *place)]
    centre = torch.stack(place, 1) * cell + cell // 2
    sites = torch.cat([torch.stack([sample, channel], 1), centre], 1).double()
    sites = torch.cat([sites, strength[:, None].double()], 1)
    boxes = torch.stack([motifs.sample, motifs.kind], 1).cpu()
    boxes = torch.cat([boxes, motifs.low.cpu() * cell, motifs.high.cpu() * cell], 1)
    length = max(len(spell) for spell in spelled(batch.y, end)) + 1
    arrays = {
        "examples": images[:EXAMPLES],
        "boxes": boxes[boxes[:, 0] < EXAMPLES],
        "sites": sites[sites[:, 0] < EXAMPLES],
        "truth": batch.y[:EXAMPLES, :length].cpu(),
        "guess": result.output.argmax(2)[:EXAMPLES, :length].cpu(),
        "patches": _mean_patches(images.float(), sites, result.activations.shape[1], _reach(trainer.model, cell)),
        "confusion": counts.confusion,
        "missed": counts.missed,
        "false_positives": counts.false_positives,
        "channel_of_class": torch.tensor(motif_errors(counts).channel_of_class),
    }
    plain = {name: np.asarray(array) for name, array in arrays.items()}
    write_atomically(folder / "evidence.npz", lambda path: _save_arrays(path, plain))


def _save_arrays(path: Path, arrays: dict[str, Any]) -> None:
    with path.open("wb") as handle:
        np.savez_compressed(handle, **arrays)


def _reach(model: SparlingModel, cell: int) -> int:
    """Pixels to either side of a position's centre that its score depends on."""
    return receptive_field(model.local) * cell // 2


def _mean_patches(images: Tensor, sites: Tensor, channels: int, reach: int) -> Tensor:
    """Mean of the pixels around each channel's strongest activations: (C, side, side), NaN where it has none."""
    side = 2 * reach + 1
    padded = torch.nn.functional.pad(images, (reach, reach, reach, reach), value=float("nan"))
    mean = torch.full((channels, side, side), float("nan"))
    for channel in range(channels):
        mine = sites[sites[:, 1] == channel]
        mine = mine[mine[:, 4].argsort(descending=True)[:PATCHES]]
        if len(mine):
            cut = [padded[int(s), int(r) : int(r) + side, int(c) : int(c) + side] for s, _, r, c, _ in mine.tolist()]
            mean[channel] = torch.stack(cut).nanmean(0)
    return mean
