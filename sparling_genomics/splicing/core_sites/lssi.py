"""LSSI, the local splice site identifier: a small network on the letters of a site, written down as a table.

Source: Gupta et al. (SAM, 2024, Genome Biology 25:23). A network on 8 letters is a function of 65,536 words, so it is
trained on counts of words, and used by looking them up. One that sees more of the intron before an acceptor is trained
on the words that there are, and kept as it is (`wide`).
"""

import copy
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sparling_genomics.splicing.core_sites.counts import KmerCounts, count_kmers
from sparling_genomics.splicing.core_sites.tracks import ACCEPTOR_FIRST, FLOOR, LENGTH, KmerTracks
from sparling_genomics.splicing.core_sites.wide import (
    EXON,
    HIDDEN,
    WideTracks,
    Words,
    acceptor_words,
    end_pairs,
    fewer,
)
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.windows import Transcripts

STEPS, RATE, PATIENCE, EVERY = 400, 5e-3, 5, 10
"""Steps at most, learning rate, and after how many looks without a gain training stops; a look every ten steps."""
ENDS = {DONOR: 2, ACCEPTOR: 4}
"""Where in a site of 8 letters the two of the intron's end begin, GT or AG as a rule."""
TABLE = -ACCEPTOR_FIRST
"""Letters of the intron before an acceptor that a table of 8-mers holds."""


def fit_lssi(train: Transcripts, validation: Transcripts, seed: int, acceptor: int = TABLE) -> KmerTracks | WideTracks:
    """Tracks of a network trained on ``train`` and stopped on ``validation``.

    It sees ``acceptor`` letters, 2 at least, of the intron before an acceptor; 6 of the intron behind a donor, and two
    of the exon of either.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        donors = _table(count_kmers(train, DONOR), count_kmers(validation, DONOR), ENDS[DONOR])
        if acceptor > TABLE:
            return _wide(donors, train, validation, seed, acceptor)
        own, other = count_kmers(train, ACCEPTOR), count_kmers(validation, ACCEPTOR)
        return KmerTracks(torch.stack([donors, _table(own, other, ENDS[ACCEPTOR], TABLE - acceptor)]))


def letters_of(words: NDArray[np.int64], length: int = LENGTH) -> Tensor:
    """One-hot letters of words of a length, by number: float32 (n, 4 × length).

    >>> letters_of(np.array([1])).view(8, 4).argmax(1).tolist()
    [0, 0, 0, 0, 0, 0, 0, 1]
    """
    codes = (words[:, None] // 4 ** np.arange(length - 1, -1, -1)) % 4
    return F.one_hot(torch.from_numpy(codes), 4).flatten(1).float()


class Counted(NamedTuple):
    """Words as one-hot letters (n, 4 × length); of how many positions each is, and of how many sites: float (n,)."""

    letters: Tensor
    positions: Tensor
    sites: Tensor


def _table(train: KmerCounts, validation: KmerCounts, end: int, unseen: int = 0) -> Tensor:
    """log P of each 8-mer (4^8,); the floor where no training site has its two letters of the intron, from ``end``.

    The first ``unseen`` letters of a word are not looked at.
    """
    pairs = np.arange(4**LENGTH) // 4 ** (LENGTH - 2 - end) % 16
    rows = np.flatnonzero(np.bincount(pairs, train.sites, minlength=16)[pairs])
    letters = letters_of(rows)
    letters[:, : 4 * unseen] = 0
    own, other = (
        Counted(letters, *(torch.from_numpy(each[rows]).float() for each in (counts.positions, counts.sites)))
        for counts in (train, validation)
    )
    network = _trained(own, other)
    table = torch.full((4**LENGTH,), FLOOR)
    with torch.no_grad():
        table[torch.from_numpy(rows)] = F.logsigmoid(network(letters)[:, 0])
    return table


def _wide(donors: Tensor, train: Transcripts, validation: Transcripts, seed: int, acceptor: int) -> WideTracks:
    """The same with a network for acceptors that sees more than a table can hold."""
    rng, length = np.random.default_rng(seed), acceptor + EXON
    ends = end_pairs(train, np.flatnonzero(train.labels == ACCEPTOR))
    own, other = (fewer(acceptor_words(side, acceptor, ends), rng) for side in (train, validation))
    network = _trained(_counted(own, length), _counted(other, length))
    layers = [(layer.weight, layer.bias) for layer in network if isinstance(layer, nn.Linear)]
    return WideTracks(acceptor, KmerTracks(torch.stack([donors, torch.full_like(donors, FLOOR)])), layers, ends)


def _counted(words: Words, length: int) -> Counted:
    numbers = (torch.from_numpy(each).float() for each in (words.positions, words.sites))
    return Counted(letters_of(words.numbers, length), *numbers)


def _trained(train: Counted, validation: Counted) -> nn.Sequential:
    """A network from letters of a word to the log-odds of a site."""
    last = nn.Linear(HIDDEN, 1)
    nn.init.constant_(last.bias, float(torch.logit((train.sites.sum() + 1) / (train.positions.sum() + 2))))
    first = nn.Linear(train.letters.shape[1], HIDDEN)
    network = nn.Sequential(first, nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    best, kept, stale = float("inf"), copy.deepcopy(network.state_dict()), 0
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = _loss(network, train)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % EVERY == EVERY - 1:
            with torch.no_grad():
                found = float(_loss(network, validation))
            stale = 0 if found < best else stale + 1
            if found < best:
                best, kept = found, copy.deepcopy(network.state_dict())
            if stale >= PATIENCE:
                break
    network.load_state_dict(kept)
    return network


def _loss(network: nn.Module, data: Counted) -> Tensor:
    """Cross-entropy a site."""
    logits = network(data.letters)[:, 0]
    lost = data.sites * F.softplus(-logits) + (data.positions - data.sites) * F.softplus(logits)
    return lost.sum() / data.sites.sum().clamp_min(1)
