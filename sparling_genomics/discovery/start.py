"""The network before its first training, and what is added before the second: channels that start as matrices."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import torch

from sparling.networks.model import SparlingModel
from sparling.networks.readout import PooledReadout
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.discovery.growing import log_odds
from sparling_genomics.discovery.known import KnownStart
from sparling_genomics.discovery.plan import Plan, plan
from sparling_genomics.discovery.seeds import Seed
from sparling_genomics.discovery.training import Search, Trained
from sparling_genomics.network.matrix_local import MatrixLocal
from sparling_genomics.network.motif_network import (
    NetworkDescription,
    build_network,
    matrices_of,
    readout_of,
    sparsity_of,
    with_channels,
)


def network_of(
    search: Search, training: SequenceDataset, seeds: Sequence[Seed | KnownStart], *, alone: bool = False
) -> tuple[SparlingModel, Plan]:
    """A channel a seed, each with the seed's marks as its first budget; without seeds, channels that start at random.

    Those begin with a mark a bound sequence each, and keep equal budgets through the first training. ``alone``: the
    matrices stay what they are, nothing is added to them. Known matrices that may change hold their channels to where
    they score.
    """
    config = search.config
    marks = [seed.marks for seed in seeds] or [int((training.labels == 1).sum())] * config.channels
    budget = np.maximum(np.array(marks, dtype=np.float64), 2) / _positions(training)
    unit = float(budget.mean())
    torch.manual_seed(config.seed)
    planned = plan(config, search.data, len(marks), unit, from_nothing=not seeds)
    floors = [seed.floor for seed in seeds if isinstance(seed, KnownStart)]
    if alone:
        planned = replace(planned, network=replace(planned.network, filters=0, units=0, frozen=True))
    elif floors:
        planned = replace(planned, network=replace(planned.network, gated=True))
    if seeds and planned.network.contrasts:
        contrasts = tuple(seed.contrast for seed in seeds if isinstance(seed, Seed))
        planned = replace(planned, network=replace(planned.network, contrasts=contrasts))
    model = build_network(planned.network)
    if training.targets is not None:
        _silence(model)
    _put(model, training, seeds, 0)
    if planned.network.gated:
        cast(MatrixLocal, matrices_of(model)).admit(floors)
    if config.budgets == "data":
        sparsity_of(model).share_out(torch.from_numpy(budget / unit))
    return model, planned


def with_more(
    search: Search, first: Trained, kept: Sequence[int], training: SequenceDataset, seeds: Sequence[Seed]
) -> tuple[SparlingModel, NetworkDescription]:
    """The trained network with these of its channels, and a channel for each new seed."""
    torch.manual_seed(search.config.seed + 1)
    model, network = with_channels(first.model, first.network, kept, len(seeds))
    layer = sparsity_of(model)
    _put(model, training, seeds, len(kept))
    shares = layer.shares.clone()
    shares[len(kept) :] = torch.tensor([max(seed.marks, 2) / _positions(training) / layer.unit for seed in seeds])
    layer.share_out(shares)
    if network.contrasts:
        added = tuple(seed.contrast for seed in seeds)
        network = replace(network, contrasts=network.contrasts[: len(kept)] + added)
    return model.train(), network


def _silence(model: SparlingModel) -> None:
    """A free readout says nothing at first: no matrix is moved before it is known which way its motif acts."""
    readout = readout_of(model)
    if isinstance(readout, PooledReadout):
        for parameter in readout.net[-1].parameters():
            torch.nn.init.zeros_(parameter)


def _positions(training: SequenceDataset) -> float:
    """Letters of the sequences of a balanced sample with all bound ones; of all, where several labels are asked."""
    if training.targets is not None:
        return float(training.lengths.sum())
    return 2 * float(training.lengths[training.labels == 1].sum())


def _put(model: SparlingModel, training: SequenceDataset, seeds: Sequence[Seed | KnownStart], first: int) -> None:
    matrices = matrices_of(model)
    if matrices is not None:
        background = np.array(training.background)
        matrices.start_from([log_odds(seed.counts, background) for seed in seeds], first)
