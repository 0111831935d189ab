"""What the method is held against: a local model told every motif, and a readout without a bottleneck before it."""

import math
import time
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.domains.sequence_task import TRAIN, WorldTask
from sparling.evaluation.motif_errors import Motifs
from sparling.layer.padding import masked
from sparling.networks.model import SparlingModel
from sparling.training.trainer import Trainer
from sparling.validation.world import World


def fit_local(trainer: Trainer, task: WorldTask, world: World) -> None:
    """Train the local model alone, supervised at every position, for `Schedule.constant_samples`; calibrate at δ*.

    Source: SPARLING (arXiv 2302.01976), the directly supervised local model. The learning rate falls to 0 along a
    cosine, over the samples or, where that is shorter, over the trainer's time budget. Not saved on the way.
    """
    schedule, model, progress = world.schedule, trainer.model, trainer.progress
    limit, started = 60 * (trainer.settings.max_minutes or math.inf), time.monotonic()
    model.train()
    optimizer = torch.optim.AdamW(model.local.parameters(), lr=schedule.learning_rate, foreach=True)
    while (done := max(progress.samples / schedule.constant_samples, progress.seconds / limit)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
        batch, motifs = task.batch(TRAIN, progress.samples, progress.samples + task.batch_size)
        with trainer.session.autocast():
            scores = masked(model.local, *task.inputs(batch))
        loss = position_loss(scores.float(), motifs)
        optimizer.zero_grad()
        trainer.session.fabric.backward(loss)
        optimizer.step()
        progress.samples, progress.seconds = progress.samples + task.batch_size, time.monotonic() - started
        if trainer.observer is not None:
            trainer.observer.on_batch(progress)
    model.sparsity.density = world.true_density
    trainer.session.calibrate()
    reason = "all samples seen" if progress.samples >= schedule.constant_samples else "time budget"
    progress.annealing = replace(progress.annealing, density=world.true_density, reason=reason)
    progress.stop_reason = reason


def position_loss(scores: Tensor, motifs: Motifs) -> Tensor:
    """Cross-entropy over the channels of scores (B, C, S...) and a background of score 0.

    The mean over the centres of all motifs' boxes, where their class is wanted, plus the mean over all positions
    outside boxes, where the background is: were both in one mean, the few motifs would long go unlearned.
    """
    background = scores.shape[1]
    wanted = torch.full((len(scores), *scores.shape[2:]), background, device=scores.device)
    for sample, low, high in zip(motifs.sample.tolist(), motifs.low.tolist(), motifs.high.tolist(), strict=True):
        wanted[(sample, *map(slice, low, high))] = -1
    centre = (motifs.low + motifs.high) // 2
    logits = torch.cat([scores, torch.zeros_like(scores[:, :1])], 1)
    at_motifs = F.cross_entropy(logits.movedim(1, -1)[(motifs.sample, *centre.T)], motifs.kind)
    return at_motifs + F.cross_entropy(logits, wanted, ignore_index=-1)


def take_local(model: SparlingModel, finished: SparlingModel) -> None:
    """Give ``model`` the local model of ``finished``, frozen. Source: SPARLING (arXiv 2302.01976), retraining."""
    model.local.load_state_dict(finished.local.state_dict())
    model.local.requires_grad_(False)
