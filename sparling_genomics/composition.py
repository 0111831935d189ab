"""Is a motif more than its letters? Its matrix against the same matrix with its columns in other orders.

A matrix with shuffled columns asks for the same letters in another order, and at the same score it matches random
letters equally often. A true motif is enriched in bound sequences and its shuffled versions are not; where they are,
as with runs of A or patches rich in G and C, the composition of the sequences explains it.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from sparling_genomics.alphabet import one_hot
from sparling_genomics.dataset import SequenceDataset
from sparling_genomics.pwm import Pwm

VERSIONS = 20
LETTERS_AT_ONCE = 200_000
LEAST_MATCHES = 20
"""Sequences that the matrix must match, at least, for a comparison; its cut is lowered to get them."""


class Composition(NamedTuple):
    """How enriched a matrix is in bound sequences, and the same with its columns shuffled.

    Fields: ``own`` and ``shuffled`` (median over `VERSIONS`), log₂ of the share of bound over that of unbound sequences
    with a match; ``explained`` the second divided by the first, between 0 and 1; nan where the matrix itself is not
    enriched.
    """

    own: float
    shuffled: float
    explained: float


def composition(data: SequenceDataset, pwm: Pwm, matches: int, rng: np.random.Generator) -> Composition:
    """Compare ``pwm`` and its column shuffles on ``data``, at the score that gives ``pwm`` that many ``matches``."""
    orders = [np.arange(pwm.width)] + [rng.permutation(pwm.width) for _ in range(VERSIONS)]
    odds = pwm.log_odds()
    best = best_matches(data, np.stack([odds[order] for order in orders]))
    wanted = min(max(matches, LEAST_MATCHES), len(data))
    cut = np.sort(best[:, 0])[-wanted]
    each = enrichments(best >= cut - 1e-6, data.labels == 1)
    own, shuffled = float(each[0]), float(np.median(each[1:]))
    explained = float(np.clip(shuffled / own, 0, 1)) if own > 0 else float("nan")
    return Composition(own, shuffled, explained)


def enrichments(matched: NDArray[np.bool_], bound: NDArray[np.bool_]) -> NDArray[np.float64]:
    """log₂ of (matched bound + ½) / (bound + 1) over the same of unbound sequences: (n, K), (n,) → (K,).

    >>> enrichments(np.array([[True], [True], [False], [False]]), np.array([True, True, False, False])).round(2)
    array([2.32])
    """
    shares = [(matched[side].sum(0) + 0.5) / (side.sum() + 1) for side in (bound, ~bound)]
    ratio: NDArray[np.float64] = np.log2(shares[0] / shares[1])
    return ratio


@torch.no_grad()
def best_matches(data: SequenceDataset, matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Highest score in each sequence of each of ``matrices`` (K, W, 4), on both strands of DNA: (n, K).

    -∞ where a sequence is shorter than the matrix; N scores 0.
    """
    kernels = torch.from_numpy(matrices.transpose(0, 2, 1).copy()).float()
    if data.alphabet.double_stranded:
        kernels = torch.cat([kernels, kernels.flip(1, 2)])
    width = matrices.shape[1]
    best = np.full((len(data), len(matrices)), -np.inf)
    order = np.argsort(data.lengths, kind="stable")
    order = order[data.lengths[order] >= width]
    size = max(1, LETTERS_AT_ONCE // max(int(data.lengths.max(initial=1)), 1))
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        scores = F.conv1d(one_hot(torch.from_numpy(data.padded(chosen))), kernels)
        beyond = torch.arange(scores.shape[2]) > torch.from_numpy(data.lengths[chosen] - width)[:, None]
        scores.masked_fill_(beyond[:, None], -torch.inf)
        strands = scores.amax(2).reshape(len(chosen), -1, len(matrices))
        best[chosen] = strands.amax(1).numpy()
    return best
