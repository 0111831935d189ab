"""One side of a run, read once: where its motifs lie, which sites are predicted, and what each occurrence does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.layer.calibration import evaluating
from sparling.layer.padding import masked
from sparling.training.session import Session
from sparling_genomics.splicing.genes import MASKED
from sparling_genomics.splicing.maps.knock_out import KnockedOut, by_channel, knock_out
from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.maps.sites import KINDS, Sites, sites_and_decoys
from sparling_genomics.splicing.runs.reading import on_transcripts
from sparling_genomics.splicing.runs.words import SpliceMotif
from sparling_genomics.splicing.task import SpliceTask
from sparling_genomics.splicing.windows import Transcripts, tiles

LEAST = 0.01
"""Probability from which on a position is kept as a possible site."""
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


def read_side(session: Session, task: SpliceTask, data: Transcripts, motifs: Sequence[SpliceMotif]) -> SideMap:
    """Read ``data`` once: the map in the precision of the run, the readout in float32, so that no change is rounded."""
    number = session.model.sparsity.channels
    channels = by_channel(motifs, number)
    sites, inside = sites_and_decoys(data, task.seed), on_transcripts(data)
    starts, done = tiles(data, task.core), 0
    marks, calls, effects = [], [], []
    for batch in task.batches(data):
        own = starts[done : done + len(batch.y)]
        done += len(own)
        x, mask = task.inputs(session.on_device(batch))
        activations = session.forward(batch).activations.float()
        seen = _beside(session, activations, x, mask)
        core = slice(data.context, data.context + task.core)
        marks.append(_marks(activations[:, :, core], own + data.context, inside))
        logits = _read(session, seen, mask)[:, :, core].cpu()
        calls.append(_calls(logits, own + data.context, (batch.y != MASKED).numpy()))
        here = _in_cores(sites.places, own + data.context, task.core)
        effects.append(_effects(session, seen, mask, own, sites, here, channels))
    found = _occurrences(marks, *channels)
    return SideMap(data, tuple(motifs), found, _by_place(calls), sites, _joined(effects, sites), number)


@torch.no_grad()
def _beside(session: Session, activations: Tensor, x: Tensor, mask: Tensor | None) -> Tensor:
    """What the readout sees: the map, and the tracks beside it if there are any (`SparlingModel`)."""
    if session.model.beside is None:
        return activations
    return torch.cat([activations, masked(session.model.beside, x, mask).float()], dim=1)


@torch.no_grad()
def _read(session: Session, seen: Tensor, mask: Tensor | None) -> Tensor:
    with evaluating(session.model):
        return masked(session.model.readout, seen, mask).float()


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


def _effects(
    session: Session,
    seen: Tensor,
    mask: Tensor | None,
    starts: Ints,
    sites: Sites,
    here: tuple[Ints, Ints],
    channels: tuple[Ints, Ints],
) -> tuple[Ints, KnockedOut]:
    """Effects on the sites ``here``: which they are, and in which window."""
    which, window = here
    reach = session.model.readout.reach
    middles = sites.places[which] - starts[window]
    around = torch.from_numpy(middles[:, None] + np.arange(-reach, reach + 1))
    windows = torch.from_numpy(window)[:, None]
    crops = seen.cpu()[windows, :, around].transpose(1, 2)
    real = None if mask is None else mask.cpu()[windows, :, around].transpose(1, 2)

    def read(rows: Tensor, of: Ints) -> Tensor:
        own = None if real is None else session.fabric.to_device(real[torch.from_numpy(of)])
        return _read(session, session.fabric.to_device(rows), own).cpu()

    return which, knock_out(read, crops, sites.kinds[which], *channels)


def _occurrences(marks: Sequence[tuple[Ints, Ints, NDArray[np.float32]]], owner: Ints, shift: Ints) -> Occurrences:
    """Marks as occurrences of motifs, each once."""
    channel, place, height = (np.concatenate(each) for each in zip(*marks, strict=True))
    own = owner[channel] >= 0
    keys = np.stack([place[own] + shift[channel[own]], owner[channel[own]]], axis=1)
    found, of_mark = np.unique(keys, axis=0, return_inverse=True)
    heights = np.zeros(len(found), dtype=np.float32)
    np.maximum.at(heights, of_mark.reshape(-1), height[own])
    return Occurrences(found[:, 1], found[:, 0], heights)


def _by_place(calls: Sequence[Calls]) -> Calls:
    joined = Calls(*(np.concatenate(each) for each in zip(*calls, strict=True)))
    order = np.lexsort((joined.kinds, joined.places))
    return Calls(*(each[order] for each in joined))


def _joined(parts: Sequence[tuple[Ints, KnockedOut]], sites: Sites) -> KnockedOut:
    """Effects of all windows, sites counted through."""
    odds = np.full(len(sites.places), np.nan, dtype=np.float32)
    for which, part in parts:
        odds[which] = part.log_odds
    columns = [(which[part.sites], part.motifs, part.distances, part.changes) for which, part in parts]
    sites_of, motifs, distances, changes = (np.concatenate(each) for each in zip(*columns, strict=True))
    order = np.lexsort((motifs, distances, sites_of))
    return KnockedOut(odds, sites_of[order], motifs[order], distances[order], changes[order])
