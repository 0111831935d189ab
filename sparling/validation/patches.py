"""What a channel sees at its marks: the mean of the pixels around them, and where in that its motif lies."""

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.domains.sequence_task import CALIBRATION, SequenceTask
from sparling.evaluation.placement import motif_offsets
from sparling.networks.local import receptive_field
from sparling.training.session import Session
from sparling.validation.looks import forward

PATCHES = 200
"""Strongest marks of a channel of which the mean is taken."""
SAMPLES = 1_000


def channel_offsets(session: Session, task: SequenceTask) -> Tensor:
    """How many positions each channel's motif lies beyond its marks: (C, 2), from calibration images alone.

    Pixels within a whole receptive field of a mark are looked at, for a motif may stick out of the half that is seen.
    """
    reach = receptive_field(session.model.local)
    patches = mean_patches(session, task, CALIBRATION, reach)
    batch, _ = task.batch(CALIBRATION, 0, SAMPLES)
    return motif_offsets(patches, batch.x.float().mean(), task.cell)


@torch.no_grad()
def mean_patches(session: Session, task: SequenceTask, data: int, reach: int) -> Tensor:
    """Mean of the pixels within ``reach`` of each channel's strongest marks: (C, side, side), NaN for a silent channel.

    ``data`` is the side of the task's samples that is looked at.
    """
    side = 2 * reach + 1
    strengths: list[Tensor] = []
    patches: list[Tensor] = []
    for batch, _ in task.batches(data, SAMPLES):
        activations = forward(session, batch).activations
        flat = activations.transpose(0, 1).flatten(1)
        top = flat.topk(min(PATCHES, flat.shape[1]), dim=1)
        sample, *place = torch.unravel_index(top.indices, (len(activations), *activations.shape[2:]))
        row, column = (axis * task.cell + task.cell // 2 for axis in place)
        seen = F.pad(batch.x[:, 0].float(), (reach,) * 4, value=float("nan"))
        offset = torch.arange(side, device=seen.device)
        rows, columns = row[..., None, None] + offset[:, None], column[..., None, None] + offset
        strengths.append(top.values)
        patches.append(seen[sample[..., None, None], rows, columns])
    best = torch.cat(strengths, 1).topk(PATCHES, dim=1)
    chosen = torch.cat(patches, 1).take_along_dim(best.indices[..., None, None], 1)
    return chosen.masked_fill((best.values <= 0)[..., None, None], float("nan")).nanmean(1)
