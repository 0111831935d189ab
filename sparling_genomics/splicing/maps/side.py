"""One side of a run, read once: where its motifs lie, which sites are predicted, and what each occurrence does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.networks.followed import Followed
from sparling.networks.readout import PositionReadout
from sparling.training.session import Session
from sparling.training.task import Batch
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.maps.knock_out import KnockedOut, Owners, knock_out, owners
from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.maps.sites import KINDS, Sites, sites_and_decoys
from sparling_genomics.splicing.runs.reading import on_transcripts
from sparling_genomics.splicing.runs.words import SpliceMotif
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts, tiles

LEAST = 0.01
"""Probability from which on a position is kept as a possible site."""
LETTERS = 40_000
"""Of windows that are followed at once."""
CALLED = 0.5
"""Probability from which on a position is called a site."""


class Occurrences(NamedTuple):
    """Occurrences of motifs in the order of their places: number of the motif, place of its first letter, and how far
    its strongest mark stands above the threshold; all (n,). Their marks lie on transcripts."""

    motifs: Ints
    firsts: Ints
    heights: NDArray[np.float32]


class Calls(NamedTuple):
    """Possible sites (`LEAST`) in the order of their places: place, DONOR or ACCEPTOR, probability; all (n,)."""

    places: Ints
    kinds: Ints
    probabilities: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SideMap:
    """What a network of so many ``channels`` sees on one side; ``effects`` on ``sites``, decoys among them."""

    data: Transcripts
    motifs: tuple[SpliceMotif, ...]
    occurrences: Occurrences
    calls: Calls
    sites: Sites
    effects: KnockedOut
    channels: int

    def firsts(self, motif: int) -> Ints:
        """First letters of one motif, in order."""
        own: Ints = self.occurrences.firsts[self.occurrences.motifs == motif]
        return own


@torch.no_grad()
def read_side(session: Session, task: SpliceTask, data: Transcripts, motifs: Sequence[SpliceMotif]) -> SideMap:
    """Read ``data`` once: the map in the precision of the run, the readout in float32, so that no change is rounded."""
    number, readout = session.model.sparsity.channels, cast(PositionReadout, session.model.readout)
    of = owners(motifs, number)
    sites, inside = sites_and_decoys(data, task.seed), on_transcripts(data)
    starts, done = tiles(data, task.core), 0
    core = slice(data.context, data.context + task.core)
    marks, calls, effects = [], [], []
    for batch in task.batches(data):
        whole = session.forward(batch).activations.float()
        size = max(LETTERS // whole.shape[2], 1)
        parts = (torch.split(tensor, size) for tensor in (batch.x, batch.y, whole))
        for codes, labels, activations in zip(*parts, strict=True):
            own = starts[done : done + len(labels)]
            done += len(own)
            x, mask = task.inputs(session.on_device(Batch(codes, labels)))
            with evaluating(session.model):
                followed = Followed(readout, session.model.seen(activations, x, mask), mask)
                marks.append(_marks(activations[:, :, core], own + data.context, inside))
                logits = followed.outputs()[:, :, core].cpu()
                calls.append(_calls(logits, own + data.context, (labels != MASKED).numpy()))
                which, window = _in_cores(sites.places, own + data.context, task.core)
                places, kinds = sites.places[which] - own[window], sites.kinds[which]
                effects.append((which, knock_out(followed, activations, window, places, kinds, of)))
    found = _occurrences(marks, of)
    return SideMap(data, tuple(motifs), found, _by_place(calls), sites, _joined(effects, sites), number)


def _marks(core: Tensor, begins: Ints, inside: NDArray[np.bool_]) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """Channel, place and height of the marks in the cores of windows, where these are ``inside`` of transcripts."""
    window, channel, at = (each.numpy() for each in torch.nonzero(core.cpu(), as_tuple=True))
    place = begins[window] + at
    kept = (place >= 0) & (place < len(inside))
    kept[kept] = inside[place[kept]]
    heights = core.cpu().numpy()[window[kept], channel[kept], at[kept]]
    return channel[kept], place[kept], heights


def _calls(logits: Tensor, begins: Ints, labelled: NDArray[np.bool_]) -> Calls:
    """Possible sites among the labelled positions of cores."""
    probabilities = logits.softmax(1).numpy()
    found = []
    for kind in KINDS:
        window, at = np.nonzero((probabilities[:, kind] >= LEAST) & labelled)
        found.append(Calls(begins[window] + at, np.full(len(at), kind), probabilities[window, kind, at]))
    return Calls(*(np.concatenate(each) for each in zip(*found, strict=True)))


def _in_cores(places: Ints, begins: Ints, core: int) -> tuple[Ints, Ints]:
    """Which of the sorted ``places`` lie in these cores, and in which core each."""
    low, high = np.searchsorted(places, begins), np.searchsorted(places, begins + core)
    which = np.concatenate([np.arange(a, b) for a, b in zip(low, high, strict=True)])
    return which.astype(np.int64), np.repeat(np.arange(len(begins)), high - low)


def _occurrences(marks: Sequence[tuple[Ints, Ints, NDArray[np.float32]]], of: Owners) -> Occurrences:
    """Marks as occurrences of motifs, each once."""
    channel, place, height = (np.concatenate(each) for each in zip(*marks, strict=True))
    own = of.motifs[channel] >= 0
    keys = np.stack([place[own] + of.shifts[channel[own]], of.motifs[channel[own]]], axis=1)
    found, of_mark = np.unique(keys, axis=0, return_inverse=True)
    heights = np.zeros(len(found), dtype=np.float32)
    np.maximum.at(heights, of_mark.reshape(-1), height[own])
    return Occurrences(found[:, 1], found[:, 0], heights)


def _by_place(calls: Sequence[Calls]) -> Calls:
    joined = Calls(*(np.concatenate(each) for each in zip(*calls, strict=True)))
    order = np.lexsort((joined.kinds, joined.places))
    return Calls(joined.places[order], joined.kinds[order], joined.probabilities[order])


def _joined(parts: Sequence[tuple[Ints, KnockedOut]], sites: Sites) -> KnockedOut:
    """Effects of all windows, sites counted through."""
    odds = np.full(len(sites.places), np.nan, dtype=np.float32)
    for which, part in parts:
        odds[which] = part.log_odds
    columns = [(which[part.sites], part.motifs, part.distances, part.changes) for which, part in parts]
    sites_of, motifs, distances, changes = (np.concatenate(each) for each in zip(*columns, strict=True))
    order = np.lexsort((motifs, distances, sites_of))
    return KnockedOut(odds, sites_of[order], motifs[order], distances[order], changes[order])
