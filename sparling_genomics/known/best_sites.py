"""The best site of each matrix in each sequence: matrices of one width are one matrix product, on both strands.

Log odds are rounded to `UNIT` bits, so that every sum is exact in float32: scores do not depend on batches, libraries
or the order of summation, and equal words score the same.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.letters.pwm import Pwm

UNIT = 1 / 128
"""Bits to which log odds are rounded."""
LOWEST = -30.0
"""Bits that log odds of a letter are at least."""
COLUMNS, CELLS = 128, 400_000
"""Matrices, and scores, that are computed at once: they stay in the cache of a core."""


class BestSites(NamedTuple):
    """Where each matrix has its best site in each sequence."""

    score: NDArray[np.float32]
    """Bits, (n, K); -∞ where the matrix is longer than the sequence."""
    start: NDArray[np.int32]
    """First letter of the site, 0-based, (n, K); of equal ones the first, the forward strand before the reverse."""


class _Scores(NamedTuple):
    """Scores (n, P, S, k) of sequences and matrices with these numbers; S strands."""

    sequences: NDArray[np.intp]
    matrices: NDArray[np.intp]
    scores: Tensor


def rounded_log_odds(pwms: Sequence[Pwm], background: Sequence[float]) -> list[NDArray[np.float64]]:
    """Log odds (W, 4) of each matrix in bits against ``background``, one letter of it added, in whole `UNIT`.

    >>> rounded_log_odds([Pwm("m", [[9, 0, 0, 0]], 9)], (0.25, 0.25, 0.25, 0.25))[0].tolist()
    [[1.890625, -3.3203125, -3.3203125, -3.3203125]]
    """
    chance = np.asarray(background)
    odds = []
    for pwm in pwms:
        total = pwm.counts.sum(1, keepdims=True)
        ratio = (pwm.counts + chance) / (total + 1) / chance
        odds.append(np.maximum(np.round(np.log2(ratio) / UNIT) * UNIT, LOWEST))
    return odds


def best_scores(data: SequenceDataset, odds: Sequence[NDArray[np.float64]]) -> NDArray[np.float32]:
    """Score of the best site of each of ``odds`` (W, 4) in each sequence, bits: (n, K); -∞ where it does not fit.

    Both strands where the alphabet has two. A letter other than A C G T adds 0.
    """
    best = np.full((len(data), len(odds)), -np.inf, dtype=np.float32)
    for sequences, matrices, scores in _scored(data, odds):
        best[np.ix_(sequences, matrices)] = scores.amax(1).amax(1).numpy()
    return best


def best_sites(data: SequenceDataset, odds: Sequence[NDArray[np.float64]]) -> BestSites:
    """`best_scores`, and where these sites begin; slower."""
    score = np.full((len(data), len(odds)), -np.inf, dtype=np.float32)
    start = np.zeros((len(data), len(odds)), dtype=np.int32)
    for sequences, matrices, scores in _scored(data, odds):
        cells = np.ix_(sequences, matrices)
        best = scores.amax(2).max(1)
        score[cells], start[cells] = best.values.numpy(), best.indices.numpy()
    return BestSites(score, start)


@torch.no_grad()
def _scored(data: SequenceDataset, odds: Sequence[NDArray[np.float64]]) -> Iterator[_Scores]:
    widths = np.array([len(each) for each in odds])
    strands = 2 if data.alphabet.double_stranded else 1
    blocks = []
    for width in np.unique(widths).tolist():
        own = np.flatnonzero(widths == width)
        for first in range(0, len(own), COLUMNS):
            chosen = own[first : first + COLUMNS]
            filters = np.stack([odds[i] for i in chosen])
            both = np.stack([filters, filters[:, ::-1, ::-1]][:strands])
            kernel = torch.from_numpy(both.reshape(strands * len(chosen), -1).T.astype(np.float32))
            blocks.append((width, chosen, kernel.contiguous()))
    order = np.argsort(data.lengths, kind="stable")
    first = 0
    while first < len(order):
        longest = int(data.lengths[order[first]])
        rows = max(1, CELLS // (max(longest, 1) * COLUMNS * strands))
        sequences = order[first : first + rows]
        first += rows
        lengths = torch.from_numpy(data.lengths[sequences])
        letters = one_hot(torch.from_numpy(data.padded(sequences))).transpose(1, 2).contiguous()
        width, words = 0, letters
        for wide, matrices, kernel in blocks:
            places = letters.shape[1] - wide + 1
            if places < 1:
                continue
            if wide != width:
                width, words = wide, letters.unfold(1, wide, 1).transpose(2, 3).reshape(-1, 4 * wide)
            scores = (words @ kernel).view(len(sequences), places, strands, len(matrices))
            if int(lengths.min()) < letters.shape[1]:
                beyond = torch.arange(places) > (lengths - wide)[:, None]
                scores.masked_fill_(beyond[:, :, None, None], -torch.inf)
            yield _Scores(sequences, matrices, scores)
