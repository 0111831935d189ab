"""In-silico knock-out: by how much a site's log-odds change when one mark in its reach is silenced.

A prediction depends on no mark beyond the readout's reach, so a site is read in a crop of its surroundings, once as it
is and once without each mark. Source: knock-outs of motif sites as in Gupta et al. 2024 (SAM, kavigupta/sam).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.runs.words import SpliceMotif

ROWS = 256
"""Crops read at once."""

Read = Callable[[Tensor, Ints], Tensor]
"""Logits (n, classes, length) of maps (n, C, length), copies of the crops with these numbers (n,)."""


class KnockedOut(NamedTuple):
    """Of sites (s,), and of motif occurrences in their reach (n,): which site, which motif, where its first letter lies
    from the site's base (nt), and the change of the site's log-odds without it; below 0 it speaks for the site."""

    log_odds: NDArray[np.float32]
    sites: Ints
    motifs: Ints
    distances: Ints
    changes: NDArray[np.float32]


def log_odds(logits: Tensor, kinds: Tensor) -> Tensor:
    """log(P / (1 - P)) of the class ``kinds`` (n,) of logits (n, classes): (n,).

    >>> log_odds(torch.tensor([[0.0, 1.0, 0.0]]), torch.tensor([1]))  # 1 - log(2)
    tensor([0.3069])
    """
    own = logits.gather(1, kinds[:, None])[:, 0]
    others = logits.scatter(1, kinds[:, None], -torch.inf)
    return own - others.logsumexp(1)


def by_channel(motifs: Sequence[SpliceMotif], channels: int) -> tuple[Ints, Ints]:
    """Number of each channel's motif, -1 for none, nt from its mark to the motif's first letter: both (channels,)."""
    owner, shift = np.full(channels, -1, dtype=np.int64), np.zeros(channels, dtype=np.int64)
    for number, motif in enumerate(motifs):
        for channel, own in zip(motif.channels, motif.shifts, strict=True):
            owner[channel], shift[channel] = number, own
    return owner, shift


def knock_out(read: Read, crops: Tensor, kinds: Ints, owner: Ints, shift: Ints) -> KnockedOut:
    """Silence each occurrence of a motif in ``crops`` (s, C, 2 reach + 1), a site in the middle of each.

    ``kinds`` (s,) of the sites. ``owner`` and ``shift`` of channels as `by_channel`; channels beyond them, and those
    of no motif, stay as they are. Marks of several channels that mean the same occurrence are silenced together.
    """
    reach = crops.shape[2] // 2
    site, channel, at = (each.cpu().numpy() for each in torch.nonzero(crops[:, : len(owner)], as_tuple=True))
    used = owner[channel] >= 0
    site, channel, at = site[used], channel[used], at[used]
    keys = np.stack([site, owner[channel], at - reach + shift[channel]], axis=1)
    occurrences, of_mark = np.unique(keys, axis=0, return_inverse=True)
    of_mark = of_mark.reshape(-1)
    whole = np.zeros(len(crops), dtype=np.float32)
    for low in range(0, len(crops), ROWS):
        own = np.arange(low, min(low + ROWS, len(crops)))
        whole[own] = _middle(read, crops[low : low + ROWS], own, kinds)
    changes = np.zeros(len(occurrences), dtype=np.float32)
    order = np.argsort(of_mark, kind="stable")
    first_mark = np.searchsorted(of_mark[order], np.arange(len(occurrences) + 1))
    for low in range(0, len(occurrences), ROWS):
        high = min(low + ROWS, len(occurrences))
        own = occurrences[low:high, 0]
        rows = crops[torch.from_numpy(own)]
        marks = order[first_mark[low] : first_mark[high]]
        rows[of_mark[marks] - low, channel[marks], at[marks]] = 0
        changes[low:high] = _middle(read, rows, own, kinds) - whole[own]
    return KnockedOut(whole, occurrences[:, 0], occurrences[:, 1], occurrences[:, 2], changes)


def _middle(read: Read, rows: Tensor, of: Ints, kinds: Ints) -> NDArray[np.float32]:
    """Log-odds of the sites in the middle of copies of the crops ``of``."""
    logits = read(rows, of)[:, :, rows.shape[2] // 2].float()
    found: NDArray[np.float32] = log_odds(logits, torch.from_numpy(kinds[of])).numpy()
    return found
