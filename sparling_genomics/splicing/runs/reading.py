"""The network's map along transcripts: which positions it marks, and what it predicts with channels silenced."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.training.session import Session
from sparling_genomics.splicing.genes import MASKED, Labels
from sparling_genomics.splicing.metrics import SpliceFigures, splice_figures
from sparling_genomics.splicing.network import CLASSES
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts, cut, tiles


class Marks(NamedTuple):
    """Marks on transcripts: the channel of each and where it lies in `Transcripts.codes`, both int64 (n,)."""

    channels: NDArray[np.int64]
    places: NDArray[np.int64]

    def of(self, channel: int) -> NDArray[np.int64]:
        """Places of one channel's marks."""
        own: NDArray[np.int64] = self.places[self.channels == channel]
        return own


MOST_BYTES = 2_000_000_000
"""Of probabilities that are held at once; those of one reading of the data may be more."""
Channels = tuple[int, ...]
"""Channels that mark one motif."""


class Silenced(NamedTuple):
    """Figures of the whole map, and of the map without the channels of each motif."""

    whole: SpliceFigures
    without: dict[Channels, SpliceFigures]

    def change(self, channels: Channels) -> tuple[float, float]:
        """Top-k accuracy of donors and of acceptors without channels, minus with them; below 0 they are needed."""
        without = self.without[channels]
        return without.donor.top_k - self.whole.donor.top_k, without.acceptor.top_k - self.whole.acceptor.top_k


def read_marks(session: Session, task: SpliceTask, data: Transcripts) -> Marks:
    """Marks of all channels at positions of transcripts, not of the context around them."""
    inside = on_transcripts(data)
    starts = tiles(data, task.core)
    channels, places, done = [], [], 0
    for batch in task.batches(data):
        own = starts[done : done + len(batch.y)]
        done += len(own)
        core = session.forward(batch).activations[:, :, data.context : data.context + task.core]
        window, channel, position = (each.numpy() for each in torch.nonzero(core.cpu(), as_tuple=True))
        place = own[window] + data.context + position
        there = (place >= 0) & (place < len(inside))
        there[there] = inside[place[there]]
        channels.append(channel[there])
        places.append(place[there])
    return Marks(np.concatenate(channels), np.concatenate(places))


def on_transcripts(data: Transcripts) -> NDArray[np.bool_]:
    """Which of ``data.codes`` are of a transcript, not of the context around one: (n,)."""
    inside = np.zeros(len(data.codes), dtype=np.bool_)
    for first, end in zip(data.offsets[:-1] + data.context, data.offsets[1:] - data.context, strict=True):
        inside[first:end] = True
    return inside


def without_genes(data: Transcripts, genes: Sequence[int]) -> Labels:
    """Labels of ``data`` with those of these genes, by index, masked."""
    labels = data.labels.copy()
    for gene in genes:
        labels[data.offsets[gene] : data.offsets[gene + 1]] = MASKED
    return labels


def probabilities(
    session: Session, task: SpliceTask, data: Transcripts, silenced: Sequence[Channels]
) -> list[NDArray[np.float32]]:
    """Probabilities (3, positions) along the windows of ``data``, each time with these channels of the map zeroed."""
    parts: list[list[NDArray[np.float32]]] = [[] for _ in silenced]
    for batch in task.batches(data):
        whole = session.forward(batch).activations
        for part, channels in zip(parts, silenced, strict=True):
            seen = whole.clone()
            seen[:, list(channels)] = 0
            output = session.read(seen, batch).float()[:, :, data.context : data.context + task.core]
            part.append(output.softmax(1).transpose(0, 1).flatten(1).cpu().numpy())
    return [np.concatenate(part, axis=1) for part in parts]


def in_turn(
    session: Session, task: SpliceTask, data: Transcripts, silenced: Sequence[Channels]
) -> Iterator[NDArray[np.float32]]:
    """The same one after the other, as many at a time as `MOST_BYTES` hold; each group reads ``data`` again."""
    each = 4 * CLASSES * max(len(tiles(data, task.core)) * task.core, 1)
    together = max(MOST_BYTES // each, 1)
    for first in range(0, len(silenced), together):
        yield from probabilities(session, task, data, silenced[first : first + together])


def figures(session: Session, task: SpliceTask, data: Transcripts, labels: Labels) -> SpliceFigures:
    """Of ``data`` with these ``labels`` in place of its own."""
    (found,) = probabilities(session, task, data, [()])
    return splice_figures(found, _along_windows(task, data, labels))


def silence(
    session: Session, task: SpliceTask, data: Transcripts, labels: Labels, motifs: Sequence[Channels]
) -> Silenced:
    """The same, and with the channels of each of these motifs zeroed in the map."""
    found = in_turn(session, task, data, [(), *motifs])
    along = _along_windows(task, data, labels)
    whole, *others = (splice_figures(each, along) for each in found)
    return Silenced(whole, dict(zip(motifs, others, strict=True)))


def _along_windows(task: SpliceTask, data: Transcripts, labels: Labels) -> Labels:
    """The labels in the order of `probabilities`, whose windows are those of the data's own labels."""
    return cut(replace(data, labels=labels), tiles(data, task.core), task.core)[1].reshape(-1)
