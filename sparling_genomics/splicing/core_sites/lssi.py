"""LSSI, the local splice site identifier: a small network on the 8 letters of a site, written down as a table.

Source: Gupta et al. (SAM, 2024, Genome Biology 25:23). A network on 8 letters is a function of 65,536 words, so it is
trained on counts of words, and used by looking them up.
"""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sparling_genomics.splicing.core_sites.counts import KmerCounts, count_kmers
from sparling_genomics.splicing.core_sites.tracks import FLOOR, LENGTH, KmerTracks
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.windows import Transcripts

HIDDEN, STEPS, RATE, PATIENCE, EVERY = 64, 400, 5e-3, 5, 10
"""Width of the network, steps at most, learning rate, and after how many looks without a gain it stops; a look every
ten steps."""
ENDS = {DONOR: 2, ACCEPTOR: 4}
"""Where in a site of 8 letters the two of the intron's end begin, GT or AG as a rule."""


def fit_lssi(train: Transcripts, validation: Transcripts, seed: int) -> KmerTracks:
    """Tracks of a network trained on ``train`` and stopped on ``validation``."""
    tables = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for kind in (DONOR, ACCEPTOR):
            tables.append(_log_p(count_kmers(train, kind), count_kmers(validation, kind), ENDS[kind]))
    return KmerTracks(torch.stack(tables))


def letters_of(kmers: NDArray[np.int64]) -> Tensor:
    """One-hot letters of 8-mers by number: float32 (n, 4 × 8).

    >>> letters_of(np.array([1])).view(8, 4).argmax(1).tolist()
    [0, 0, 0, 0, 0, 0, 0, 1]
    """
    codes = (kmers[:, None] // 4 ** np.arange(LENGTH - 1, -1, -1)) % 4
    return F.one_hot(torch.from_numpy(codes), 4).flatten(1).float()


def _log_p(train: KmerCounts, validation: KmerCounts, end: int) -> Tensor:
    """log P of each 8-mer (4^8,); the floor where no training site has its two letters of the intron, from ``end``."""
    pairs = np.arange(4**LENGTH) // 4 ** (LENGTH - 2 - end) % 16
    rows = np.flatnonzero(np.bincount(pairs, train.sites, minlength=16)[pairs])
    inputs = letters_of(rows)
    (sites, positions), (own_sites, own_positions) = (
        tuple(torch.from_numpy(each[rows]).float() for each in (counts.sites, counts.positions))
        for counts in (train, validation)
    )
    last = nn.Linear(HIDDEN, 1)
    nn.init.constant_(last.bias, float(torch.logit((sites.sum() + 1) / (positions.sum() + 2))))
    network = nn.Sequential(nn.Linear(4 * LENGTH, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    best, kept, stale = float("inf"), copy.deepcopy(network.state_dict()), 0
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = _loss(network(inputs)[:, 0], sites, positions)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % EVERY == EVERY - 1:
            with torch.no_grad():
                found = float(_loss(network(inputs)[:, 0], own_sites, own_positions))
            stale = 0 if found < best else stale + 1
            if found < best:
                best, kept = found, copy.deepcopy(network.state_dict())
            if stale >= PATIENCE:
                break
    network.load_state_dict(kept)
    table = torch.full((4**LENGTH,), FLOOR)
    with torch.no_grad():
        table[torch.from_numpy(rows)] = F.logsigmoid(network(inputs)[:, 0])
    return table


def _loss(logits: Tensor, sites: Tensor, positions: Tensor) -> Tensor:
    """Cross-entropy a site."""
    lost = sites * F.softplus(-logits) + (positions - sites) * F.softplus(logits)
    return lost.sum() / sites.sum().clamp_min(1)
