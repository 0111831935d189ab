"""Where the motif of a channel lies beside its marks, read on the strand that was marked.

A mark to the left of a motif on the one strand lies to its right on the other.
"""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.domains.sequence_task import CALIBRATION, Placement, WorldTask
from sparling.evaluation.placement import motif_offsets, placed
from sparling.layer.calibration import evaluating
from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.front_ends import StrandMax, StrandPair

FLANK = 20
"""bp to either side of a mark that are counted for its channel's matrix: a motif may lie beside its mark."""
SAMPLES = 2_000


def channel_offsets(session: Session, task: WorldTask) -> Tensor:
    """bp that the middle of each channel's motif lies behind its marks, on their strand: (C, 1) int64.

    The motif is where letters around marks on calibration sequences carry information.
    """
    counts = letters_around(session, task, CALIBRATION).double().numpy()
    bits = [torch.from_numpy(Pwm("", letters, int(letters.sum(1).max())).information()) for letters in counts]
    return motif_offsets(torch.stack(bits), torch.tensor(0.0))


def placement(session: Session, task: WorldTask, offsets: Tensor) -> Placement:
    """Moves marks by `channel_offsets`, each on its strand."""

    def place(batch: Batch, activations: Tensor) -> Tensor:
        forward_marked = on_forward_strand(session, task, batch)
        return placed(activations * forward_marked, offsets) + placed(activations * ~forward_marked, -offsets)

    return place


@torch.no_grad()
def on_forward_strand(session: Session, task: WorldTask, batch: Batch) -> Tensor:
    """Whether a mark there would be one of the forward strand: (B, C, L)."""
    with evaluating(session.model), session.autocast():
        strands = cast(StrandMax, session.model.local).both(*task.inputs(batch))
    if isinstance(session.model.local, StrandPair):
        forward, reverse = torch.ones_like(strands, dtype=torch.bool)
        return torch.cat([forward, ~reverse], 1)
    return torch.ge(*strands)


@torch.no_grad()
def letters_around(session: Session, task: WorldTask, data: int) -> Tensor:
    """Counts (C, 2 · FLANK + 1, 4) of the letters around marks, read on their strand, in `SAMPLES` of side ``data``."""
    total = torch.zeros(session.model.sparsity.channels, 2 * FLANK + 1, 4)
    for batch, _ in task.batches(data, SAMPLES):
        x, _ = task.inputs(batch)
        marked, forward_marked = session.forward(batch).activations > 0, on_forward_strand(session, task, batch)
        around = F.pad(x, (FLANK, FLANK)).unfold(2, 2 * FLANK + 1, 1).permute(0, 2, 3, 1)
        for c in range(len(total)):
            total[c] += around[marked[:, c] & forward_marked[:, c]].sum(0).cpu()
            total[c] += around[marked[:, c] & ~forward_marked[:, c]].sum(0).flip(0, 1).cpu()
    return total
