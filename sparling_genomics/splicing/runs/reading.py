"""The network's map along transcripts: which positions it marks, and what it predicts with channels silenced.

All is read window by window, at constant memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.metrics import Ranking, SpliceFigures
from sparling_genomics.splicing.task import SpliceTask, as_batch
from sparling_genomics.splicing.windows import Transcripts

Channels = tuple[int, ...]
"""Channels that mark one motif."""
MOST_READ, MOST_MARKS = 32_000_000, 8_000_000
"""Positions of the training side of which words are read, and marks that are held: of a larger side, or of a map that
has not become sparse, whole genes that are evenly spread."""


class Marks(NamedTuple):
    """Marks on transcripts: the channel of each and where it lies in `Transcripts.codes`, (n,) both."""

    channels: NDArray[np.integer]
    places: NDArray[np.int64]

    def of(self, channel: int) -> NDArray[np.int64]:
        """Places of one channel's marks."""
        own: NDArray[np.int64] = self.places[self.channels == channel]
        return own


class Figures(Protocol):
    """How well sites are told."""

    @property
    def told(self) -> tuple[float, float]:
        """Of donors, of acceptors."""
        ...


Own = TypeVar("Own", bound=Figures)


@dataclass(frozen=True)
class Silenced(Generic[Own]):
    """Figures of the whole map, and of the map without the channels of each motif."""

    whole: Own
    without: Mapping[Channels, Own]

    def change(self, channels: Channels) -> tuple[float, float]:
        """How well donors and acceptors are told without channels, minus with them; below 0 they are needed."""
        (donor, acceptor), whole = self.without[channels].told, self.whole.told
        return donor - whole[0], acceptor - whole[1]


def readable(session: Session, data: Transcripts, most: int | None = None) -> Transcripts:
    """As much of ``data`` as has `MOST_MARKS` marks, and at ``most`` so many positions."""
    layer = session.model.sparsity
    marks = max(layer.density * layer.channels, 1e-9)
    return data.at_most(min(int(MOST_MARKS / marks), data.positions if most is None else most))


def read_marks(session: Session, task: SpliceTask, data: Transcripts) -> Marks:
    """Marks of all channels at positions of transcripts, not of the context around them."""
    channels, places = [np.zeros(0, dtype=np.int16)], [np.zeros(0, dtype=np.int64)]
    for own in task.windows(data):
        active = task.cores(session.forward(as_batch(own)).activations)
        window, channel, position = (each.numpy() for each in torch.nonzero(active.cpu(), as_tuple=True))
        place = own.cores[window] + position
        there = data.inside(place)
        channels.append(channel[there].astype(np.int16))
        places.append(place[there])
    return Marks(np.concatenate(channels), np.concatenate(places))


def silenced_outputs(session: Session, batch: Batch, silenced: Sequence[Channels]) -> Iterator[Tensor]:
    """The readout's outputs for a batch, float32, each time with these channels of the map zeroed."""
    whole = session.forward(batch).activations
    for channels in silenced:
        seen = whole.clone()
        seen[:, list(channels)] = 0
        yield session.read(seen, batch).float()


def silence(
    session: Session, task: SpliceTask, data: Transcripts, motifs: Sequence[Channels], left_out: Sequence[int] = ()
) -> Silenced[SpliceFigures]:
    """Figures of ``data``, and with the channels of each of these motifs zeroed in the map.

    ``left_out`` genes, by number, count in none.
    """
    rankings = [Ranking(called=0.5) for _ in range(len(motifs) + 1)]
    for own in task.windows(data):
        labels = own.labels.reshape(-1)
        if len(left_out):
            genes = np.searchsorted(data.offsets, own.places.reshape(-1), side="right") - 1
            labels = np.where(np.isin(genes, left_out), np.int8(MASKED), labels)
        for ranking, output in zip(rankings, silenced_outputs(session, as_batch(own), [(), *motifs]), strict=True):
            ranking.add(task.cores(output).softmax(1).transpose(0, 1).flatten(1).cpu().numpy()[1:], labels)
    whole, *others = (ranking.figures() for ranking in rankings)
    return Silenced(whole, dict(zip(motifs, others, strict=True)))
