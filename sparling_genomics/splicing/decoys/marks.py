"""The network's map of windows: its marks, and how well sites are told with motifs silenced."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.letters.alphabet import PAD
from sparling_genomics.splicing import genes
from sparling_genomics.splicing.decoys.reading import ACCEPTOR, DONOR, SiteWindows
from sparling_genomics.splicing.decoys.task import WindowFigures, figures
from sparling_genomics.splicing.runs.reading import Channels, Marks, Silenced, silenced_outputs
from sparling_genomics.splicing.runs.words import REACH
from sparling_genomics.splicing.windows import Transcripts


def as_transcripts(windows: SiteWindows) -> Transcripts:
    """The windows behind each other, with `REACH` letters that are none between them; true sites alone are labelled.

    So what is read of marks along transcripts is read of windows too.
    """
    n, reach = len(windows), windows.reach
    codes = np.pad(windows.codes, ((0, 0), (REACH, REACH)), constant_values=PAD)
    labels = np.full(codes.shape, genes.MASKED, dtype=np.int8)
    labels[:, REACH:-REACH] = 0
    for kind, base, label in ((DONOR, reach - 1, genes.DONOR), (ACCEPTOR, reach, genes.ACCEPTOR)):
        labels[(windows.kinds == kind) & (windows.labels == 1), REACH + base] = label
    offsets = np.arange(n + 1, dtype=np.int64) * codes.shape[1]
    return Transcripts((), codes.reshape(-1), labels.reshape(-1), offsets, REACH)


def read_marks(session: Session, batches: Sequence[Batch]) -> Marks:
    """Marks of all channels in these windows, with their places as in `as_transcripts`."""
    channels, places, done = [], [], 0
    for batch in batches:
        active = session.forward(batch).activations.cpu()
        window, channel, position = (each.numpy() for each in torch.nonzero(active, as_tuple=True))
        channels.append(channel)
        places.append((done + window) * (active.shape[2] + 2 * REACH) + REACH + position)
        done += len(active)
    return Marks(np.concatenate(channels), np.concatenate(places))


class Outputs(NamedTuple):
    """What the network says of windows: outputs (n, 2), and targets (n, 3) as the task gives them."""

    outputs: Tensor
    targets: Tensor

    def of(self, chosen: NDArray[np.bool_]) -> WindowFigures:
        """Figures of the windows for which ``chosen`` (n,) is true."""
        own = torch.from_numpy(chosen)
        return figures(self.outputs[own], self.targets[own])


def silence(
    session: Session, batches: Sequence[Batch], motifs: Sequence[Channels]
) -> tuple[Outputs, Silenced[WindowFigures]]:
    """What the network says of these windows, and figures with the channels of each motif zeroed in the map."""
    parts: list[list[Tensor]] = [[] for _ in range(len(motifs) + 1)]
    for batch in batches:
        for part, output in zip(parts, silenced_outputs(session, batch, [(), *motifs]), strict=True):
            part.append(output.cpu())
    targets = torch.cat([batch.y for batch in batches])
    whole, *others = (torch.cat(part) for part in parts)
    without = {channels: figures(other, targets) for channels, other in zip(motifs, others, strict=True)}
    return Outputs(whole, targets), Silenced(figures(whole, targets), without)
