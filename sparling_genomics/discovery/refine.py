"""From the candidates of all rounds to one network with a channel a motif, and the map it makes.

1. Each channel starts as a candidate's matrix, and a network learns to adjust it to that one's sites (`detectors`).
2. Each channel's threshold follows from what it finds in bound and in unbound sequences (`cuts`). So a common motif
   fires often, a rare one rarely, and no density has to be shared out.
3. Motifs that composition or another one explains, or that do not hold, go (`selection`), and their channels with them.
4. The readout is fitted to the map that is left. Where weaker marks say more, it is given those as well, by lower
   thresholds (`map_readout.weighed`); they are no sites.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.model import SparlingModel
from sparling.training.devices import FabricLike
from sparling_genomics.data.dataset import TEST, TRAIN, SequenceDataset, with_all_shuffled
from sparling_genomics.discovery.detectors import learn_detectors, with_channels
from sparling_genomics.discovery.map_readout import (
    Step,
    above,
    fit_readout,
    logits_of,
    map_features,
    readout_of,
    shifted,
    sparsity_of,
    tradeoff,
    weighed,
)
from sparling_genomics.discovery.rounds import Search
from sparling_genomics.letters.background import triplet_shuffle
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.motifs.activations import Activations, find_activations, join, strongest_apart
from sparling_genomics.motifs.cuts import balanced_cut, is_composition
from sparling_genomics.motifs.motif import Dropped, Motif
from sparling_genomics.motifs.selection import select_motifs
from sparling_genomics.network.motif_network import NetworkDescription
from sparling_genomics.tasks.binary import fitting_batch

LOWEST = -6.0
"""Log odds, in nats, below which nobody looks for sites."""


class Refined(NamedTuple):
    """One network with a channel a motif: channel i is the i-th motif."""

    model: SparlingModel
    network: NetworkDescription
    motifs: list[Motif]
    dropped: list[Dropped]
    activations: Activations
    """The map of all sequences, shuffled copies too; ``score`` in nats above the channel's threshold."""
    listed_from: NDArray[np.float64]
    """Score from which on an activation of each channel is a site: (C,)."""
    features: Tensor
    """What the readout sees of each sequence: (n, 2C)."""
    steps: list[Step]
    """What more and fewer sites would bring."""
    shift: float
    """That of the step whose map the readout was given, nats."""
    seconds_before: float
    """Of training before it was resumed."""


def refine(
    search: Search, candidates: Sequence[Motif], tested: int, minutes: float | None = None, resume: bool = False
) -> Refined | list[Dropped]:
    """The network, or why no motif holds; sites of ``candidates`` index `with_all_shuffled` (data, seed).

    Its training takes that many ``minutes`` at most; the candidates are what is left of ``tested`` motifs.
    """
    config, fabric = search.config, search.fabric
    everything = with_all_shuffled(search.data, config.seed)
    model, network, seconds_before = learn_detectors(search, candidates, minutes, resume)
    found = _look(model, everything, fabric)
    sites = _apart(found, network)
    cuts = [balanced_cut(everything, own) for own in sites]
    composed = _composed(search, model, network, everything, sites, cuts)
    flank = network.width // 2 + network.width // 4
    motifs, channels, cuts, dropped = select_motifs(
        everything, sites, cuts, composed, flank, tested, config.motifs, config.sites_per_seq
    )
    if not motifs:
        return dropped
    model, network = with_channels(model, network, channels)
    steps = tradeoff(everything, found, channels, cuts, readout_of(model), LOWEST)
    shift = weighed(steps).shift if config.sites_per_seq is None else 0.0
    thresholds = shifted(cuts, shift, LOWEST)
    activations = join([above(found, k, thresholds[i], i) for i, k in enumerate(channels)])
    network = replace(network, density=len(activations) / (len(channels) * len(everything.codes)))
    model.sparsity.density = network.density
    sparsity_of(model).set_threshold(torch.tensor(thresholds, device=fabric.device))
    features = map_features(activations, len(everything), len(channels))
    listed_from = np.array(cuts) - np.array(thresholds)
    training = everything.split == TRAIN
    fit_readout(readout_of(model), features[training], everything.labels[training])
    return Refined(model, network, motifs, dropped, activations, listed_from, features, steps, shift, seconds_before)


def predict(refined: Refined) -> NDArray[np.float64]:
    """Logits of all sequences: (n,)."""
    return logits_of(readout_of(refined.model), refined.features)


def _look(model: SparlingModel, data: SequenceDataset, fabric: FabricLike) -> Activations:
    """Every position with log odds above `LOWEST`, which are its score."""
    sparsity_of(model).set_threshold(torch.full_like(model.sparsity.threshold, LOWEST))
    size = 2 * fitting_batch(data.lengths[data.split == TRAIN])
    found, _ = find_activations(model, data, size, fabric.device, fabric.autocast())
    return replace(found, score=found.score + LOWEST)


def _composed(
    search: Search,
    model: SparlingModel,
    network: NetworkDescription,
    data: SequenceDataset,
    sites: Sequence[Activations],
    cuts: Sequence[float],
) -> list[bool]:
    """Which channels answer to composition; none where unbound sequences were given, for those have theirs."""
    given = search.data
    if given.has_negatives(TRAIN):
        return [False] * len(sites)
    seen = given.subset(np.flatnonzero((given.split != TEST) & (given.labels == 1)))
    rng = generator(search.config.seed, Purpose.TRIPLETS)
    copies = replace(seen, codes=triplet_shuffle(seen.codes, seen.offsets, rng))
    found = _apart(_look(model, copies, search.fabric), network)
    return [is_composition(data, *each) for each in zip(sites, cuts, found, strict=True)]


def _apart(found: Activations, network: NetworkDescription) -> list[Activations]:
    """The strongest sites of each channel."""
    return [strongest_apart(found.select(found.channel == k), network.width // 2) for k in range(network.channels)]
