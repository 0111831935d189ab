"""What a trained model is worth on test samples: errors, does the readout use the motifs, and what to look at."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sparling.domains.base import PAD
from sparling.domains.counter_random import sample_keys, uniforms
from sparling.domains.sequence_task import TEST, ErrorProbe, Placement, SequenceTask, WorldTask, matches, spelled
from sparling.evaluation.causal import move_channel, necessity
from sparling.evaluation.entropy import map_entropy
from sparling.evaluation.motif_errors import MotifCounts, motif_errors
from sparling.evaluation.placement import placed
from sparling.networks.local import receptive_field
from sparling.training.checkpoint import write_atomically
from sparling.training.records import finite
from sparling.training.session import Session
from sparling.training.trainer import Trainer
from sparling.validation.looks import forward, read_map
from sparling.validation.patches import channel_offsets, mean_patches

PERTURBED = 1_000
RADIUS = 5
"""Pixels within which only the strongest of moved activations is kept (SPARLING, perturbation experiment)."""
BITS = 16
"""η, bits that one activation is worth in the entropy of the map."""
EXAMPLES = 12


def measure(session: Session, task: SequenceTask, n: int) -> tuple[dict[str, Any], MotifCounts]:
    """All errors on ``n`` test samples, as fractions, and the counts behind them."""
    offsets = channel_offsets(session, task)
    figures, counts = errors_on_test(session, task, n, lambda _, activations: placed(activations, offsets))
    figures["offsets"] = offsets.tolist()
    channel_of_class = torch.tensor(motif_errors(counts).channel_of_class)
    return figures | {"perturbation_consistency": perturbation_consistency(session, task, channel_of_class)}, counts


def errors_on_test(session: Session, task: WorldTask, n: int, place: Placement) -> tuple[dict[str, Any], MotifCounts]:
    """Errors of the placed marks on ``n`` test samples of any world, as fractions, and the counts behind them.

    Those of the marks as they are go under ``as_marked``.
    """
    samples = task.batches(TEST, n)
    probe = ErrorProbe(samples, task.domain, place)
    _, _, density = session.predict([batch for batch, _ in samples], probe)
    figures, counts, marked = probe.figures(), probe.counts, probe.as_marked
    if counts is None or marked is None:
        raise ValueError(f"n must be at least 1; got {n}")
    raw = motif_errors(marked)
    return {
        **figures,
        "density": density,
        "entropy_bits": map_entropy(density, session.model.sparsity.channels, BITS),
        "necessity": _necessity(session, task),
        "as_marked": finite({name: getattr(raw, name) for name in ("fpe", "fne", "ce", "ce_many")}),
    }, counts


def run_facts(trainer: Trainer) -> dict[str, Any]:
    """How far training came and on what machine."""
    progress = trainer.progress
    return {
        "target_density": progress.annealing.density,
        "samples": progress.samples,
        "stop_reason": progress.stop_reason,
        "device": str(trainer.session.fabric.device),
        "threads": torch.get_num_threads(),
        "machine": platform.machine(),
        "versions": {name: version(name) for name in ("sparling-genomics", "torch")},
    }


def describe_classes(names: Sequence[str], counts: MotifCounts) -> list[dict[str, Any]]:
    """For each class its channel, None where it has none, and of its motifs how many were missed or confused."""
    classes = []
    for k, channel in enumerate(motif_errors(counts).channel_of_class):
        predicted, missed = int(counts.confusion[k].sum()), int(counts.missed[k])
        agreeing = int(counts.confusion[k, channel]) if channel >= 0 else 0
        classes.append(
            {
                "name": names[k],
                "channel": channel if channel >= 0 else None,
                "motifs": predicted + missed,
                "missed": missed,
                "confused": predicted - agreeing,
            }
        )
    return classes


def density_scan(records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last evaluation at each density that was asked for, the highest density first."""
    last = {record["target_density"]: record for record in records}
    keys = ("target_density", "density", "samples", "fpe", "fne", "ce", "ce_many", "e2ee", "exact_match")
    return [{key: record[key] for key in keys} for _, record in sorted(last.items(), reverse=True)]


@torch.no_grad()
def perturbation_consistency(session: Session, task: SequenceTask, channel_of_class: Tensor) -> float | None:
    """Of correctly read samples, after one digit's activations move to an absent digit's channel: share read as they
    then must be. None where no sample can be judged: both digits need a channel of their own. Source: SPARLING
    (arXiv 2302.01976), perturbation experiment.
    """
    end, classes = task.domain.tokens - 1, len(task.domain.class_names)
    right = judged = seen = 0
    for batch, _ in task.batches(TEST, PERTURBED):
        result, y = forward(session, batch), batch.y.cpu()
        keys = sample_keys(task.seed, torch.arange(seen, seen + len(y)))
        source, target = _draw_swap(keys, y, end, classes)
        channels = channel_of_class[source], channel_of_class[target]
        ok = matches(result.output, batch.y).cpu() & (channels[0] >= 0) & (channels[1] >= 0)
        seen += len(y)
        if not ok.any():
            continue
        device = result.activations.device
        moved = move_channel(
            result.activations[ok.to(device)],
            channels[0][ok].to(device),
            channels[1][ok].to(device),
            max(1, RADIUS // task.cell),
        )
        demanded = task.domain.demanded(y[ok], source[ok], target[ok])
        right += int(matches(read_map(session, moved).cpu(), demanded).sum())
        judged += int(ok.sum())
    return right / judged if judged else None


def _draw_swap(keys: Tensor, y: Tensor, end: int, classes: int) -> tuple[Tensor, Tensor]:
    """For each target (B, T) one class that is in it and one that is not."""
    present = torch.zeros((len(y), classes), dtype=torch.bool)
    used = (y != PAD) & (y != end)
    present[torch.nonzero(used)[:, 0], y[used]] = True
    chance = uniforms(keys[:, None], torch.arange(classes))
    return (chance + present).argmax(1), (chance - present.double()).argmax(1)


@torch.no_grad()
def _necessity(session: Session, task: WorldTask) -> list[float | None]:
    """Per channel the share of samples with it active whose output changes when it is silenced."""
    end = task.domain.tokens - 1

    def read(changed: Tensor) -> Tensor:
        tokens = read_map(session, changed).argmax(2)
        after_end = (tokens == end).cumsum(1) - (tokens == end).long() > 0
        return tokens.masked_fill(after_end, PAD)

    batches = task.batches(TEST, PERTURBED // 2)
    activations = torch.cat([forward(session, batch).activations for batch, _ in batches])
    shares = necessity(read, activations).tolist()
    return [None if share != share else share for share in shares]


@torch.no_grad()
def gather_evidence(
    session: Session, task: SequenceTask, counts: MotifCounts, offsets: Sequence[Sequence[int]], folder: Path
) -> None:
    """Write ``evidence.npz``: what the report draws; places in pixels of the image, marks by their ``offsets``."""
    cell, end = task.cell, task.domain.tokens - 1
    batch, motifs = task.batch(TEST, 0, EXAMPLES)
    result = forward(session, batch)
    activations = placed(result.activations, torch.tensor(offsets))
    sample, channel, *place = activations.nonzero(as_tuple=True)
    strength = activations[(sample, channel, *place)]
    sites = [sample, channel, *(axis * cell + cell // 2 for axis in place), strength]
    boxes = [motifs.sample, motifs.kind, *(motifs.low * cell).T, *(motifs.high * cell).T]
    length = max(len(spell) for spell in spelled(batch.y, end)) + 1
    arrays = {
        "examples": batch.x[:, 0],
        "boxes": torch.stack(boxes, 1),
        "sites": torch.stack([column.double() for column in sites], 1),
        "truth": batch.y[:, :length],
        "guess": result.output.argmax(2)[:, :length],
        "patches": mean_patches(session, task, TEST, receptive_field(session.model.local) // 2),
        "confusion": counts.confusion,
        "missed": counts.missed,
        "false_positives": counts.false_positives,
        "channel_of_class": torch.tensor(motif_errors(counts).channel_of_class),
    }
    plain = {name: array.cpu().numpy() for name, array in arrays.items()}
    write_atomically(folder / "evidence.npz", lambda path: save_arrays(path, plain))


def save_arrays(path: Path, arrays: dict[str, Any]) -> None:
    """Write ``arrays`` by name as a compressed npz file."""
    with path.open("wb") as handle:
        np.savez_compressed(handle, **arrays)
