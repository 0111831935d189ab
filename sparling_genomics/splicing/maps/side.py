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
from sparling_genomics.splicing.runs.words import SpliceMotif
from sparling_genomics.splicing.task import SpliceTask, as_batch
from sparling_genomics.splicing.windows import Transcripts

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
    channels, readout = session.model.sparsity.channels, cast(PositionReadout, session.model.readout)
    of = owners(motifs, channels)
    sites = sites_and_decoys(data, task.seed)
    marks, calls, effects = [], [], []
    for window in task.windows(data):
        batch = as_batch(window)
        whole = session.forward(batch).activations.float()
        size = max(LETTERS // whole.shape[2], 1)
        parts = zip(*(torch.split(tensor, size) for tensor in (*batch, whole)), strict=True)
        for number, (codes, labels, activations) in enumerate(parts):
            begins = window.cores[number * size : (number + 1) * size]
            x, mask = task.inputs(session.on_device(Batch(codes, labels)))
            with evaluating(session.model):
                followed = Followed(readout, session.model.seen(activations, x, mask), mask)
                marks.append(_marks(task.cores(activations), begins, data, of))
                logits = task.cores(followed.outputs()).cpu()
                calls.append(_calls(logits, begins, (labels != MASKED).numpy()))
                which, row = _in_cores(sites.places, begins, task.core)
                places, kinds = sites.places[which] - begins[row] + data.context, sites.kinds[which]
                effects.append((which, knock_out(followed, activations, row, places, kinds, of)))
    found = _occurrences(marks, max(len(motifs), 1))
    return SideMap(data, tuple(motifs), found, _by_place(calls), sites, _joined(effects, sites), channels)


def _marks(core: Tensor, begins: Ints, data: Transcripts, of: Owners) -> tuple[Ints, Ints, NDArray[np.float32]]:
    """Motif, place of its first letter and height of the marks in the cores of windows that lie on transcripts."""
    core = core.cpu()
    window, channel, at = (each.numpy() for each in torch.nonzero(core, as_tuple=True))
    place = begins[window] + at
    kept = data.inside(place) & (of.motifs[channel] >= 0)
    channel, place = channel[kept], place[kept]
    return of.motifs[channel], place + of.shifts[channel], core.numpy()[window[kept], channel, at[kept]]


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


def _occurrences(marks: Sequence[tuple[Ints, Ints, NDArray[np.float32]]], motifs: int) -> Occurrences:
    """Marks as occurrences of so many motifs, each once."""
    motif, first, height = (np.concatenate(each) for each in zip(*marks, strict=True))
    found, of_mark = np.unique(first * motifs + motif, return_inverse=True)
    heights = np.zeros(len(found), dtype=np.float32)
    np.maximum.at(heights, of_mark, height)
    return Occurrences(found % motifs, found // motifs, heights)


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
