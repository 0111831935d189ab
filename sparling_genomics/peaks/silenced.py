"""What is predicted of each sequence, and what that becomes when one of its sites is silenced in the map.

Source: SPARLING (arXiv 2302.01976), causal checks: an activation is set to zero and the readout asked again. Here it is
one site, not a whole channel as in `motifs.effects`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy
import torch
from numpy.typing import NDArray

from sparling.networks.readout import MonotoneReadout, PooledReadout
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.targets import Column
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.motifs.map_features import Map
from sparling_genomics.motifs.motif import Motif, own_distance
from sparling_genomics.network.motif_network import NetworkDescription

BOUND = Column("bound", "label", 0.5, 1.0)
"""What a run without labels or values predicts."""


class SequencePredictions(NamedTuple):
    """What the readout says of n sequences, in the units in which users ask: probability of a label, or the value."""

    columns: tuple[Column, ...]
    """T of them; `BOUND` alone of bound and unbound sequences."""
    whole: NDArray[np.float64]
    """Of the whole map: (n, T)."""
    without: list[NDArray[np.float64]]
    """For each motif, of the column that it belongs to, with one site silenced: (sites,) each."""


def sequence_predictions(
    data: SequenceDataset,
    motifs: Sequence[Motif],
    readout: MonotoneReadout | PooledReadout,
    made: Map,
    network: NetworkDescription,
) -> SequencePredictions:
    """Predictions for the sequences of ``data``, with and without each site of ``motifs``; motif i is channel i.

    A site is silenced with all marks of its channel that are nearer than `motif.own_distance`, weak ones too: they
    explain the same letters. ``made`` is the map of ``data`` by ``network``.
    """
    columns = (BOUND,) if data.targets is None else data.targets.columns
    letters = np.zeros((len(data), 1)) if data.targets is None else data.targets.by_letters.astype(np.float64)
    layers, features = readout.layers(), made.features.cpu().double()
    outputs = layers.outputs(features).cpu().numpy()
    whole = np.stack([_in_its_unit(each, outputs[:, i], letters[:, i]) for i, each in enumerate(columns)], axis=1)
    without = []
    for channel, motif in enumerate(motifs):
        own = 0 if data.targets is None else data.targets.contrasts[network.contrast(channel)].column
        sites = motif.sites
        marks = made.activations.select(made.activations.channel == channel)
        changed = features[torch.from_numpy(sites.sequence)]
        left = marks_left(marks, sites, own_distance(motif.pwm.width))
        changed[:, [channel, channel + features.shape[1] // 2]] = torch.from_numpy(left)
        said = layers.outputs(changed)[:, own].cpu().numpy()
        without.append(_in_its_unit(columns[own], said, letters[sites.sequence, own]))
    return SequencePredictions(columns, whole, without)


def marks_left(marks: Activations, sites: Activations, distance: int) -> NDArray[np.float64]:
    """What `readout.pooled` sees of one channel without each of its sites: largest, log(1 + sum), (sites, 2).

    ``marks`` of the channel in all sequences; those nearer to a site than ``distance`` bp go with it.

    >>> at = Activations(*map(np.array, ([0, 0, 0], [0, 0, 0], [10, 12, 40], [False] * 3, [2.0, 1.0, 1.0])))
    >>> marks_left(at, at.select(np.array([0, 2])), distance=10).round(3)
    array([[1.   , 0.693],
           [2.   , 1.386]])
    """
    order = np.argsort(marks.sequence, kind="stable")
    begin, end = (np.searchsorted(marks.sequence[order], sites.sequence, side) for side in ("left", "right"))
    number = end - begin
    site = np.repeat(np.arange(len(sites)), number)
    mark = order[np.arange(len(site)) - np.repeat(np.cumsum(number) - number - begin, number)]
    stays = abs(marks.position[mark] - sites.position[site]) >= distance
    largest, total = np.zeros((2, len(sites)))
    np.maximum.at(largest, site[stays], marks.score[mark[stays]])
    np.add.at(total, site[stays], marks.score[mark[stays]])
    return np.stack([largest, np.log1p(total)], axis=1)


def _in_its_unit(column: Column, output: NDArray[np.float64], letters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of outputs (n,), logits or standard deviations; ``letters`` (n,): what pairs of letters add to a value."""
    if column.kind == "label":
        return np.asarray(scipy.special.expit(output))
    return output * column.scale + column.mean + letters
