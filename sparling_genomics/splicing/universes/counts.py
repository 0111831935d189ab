"""Scores of a whole genome in constant memory: how many true and how many false positions have which.

A score is the log-odds of a kind of sites; it is kept to one part in 2,048.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels

BITS = 20
"""Of a score: sign, exponent and eleven of its mantissa. Two numbers are in the order of their scores."""


def log_odds(logits: Tensor) -> Tensor:
    """Of donor and of acceptor against all else: logits (B, 3, L) → (B, 2, L), float32.

    >>> log_odds(torch.tensor([[[0.0], [0.0], [0.0]]])).exp()
    tensor([[[0.5000],
             [0.5000]]])
    """
    logits = logits.float()
    others = [logits[:, [0, ACCEPTOR]], logits[:, [0, DONOR]]]
    return torch.stack([logits[:, kind] - other.logsumexp(1) for kind, other in zip((1, 2), others, strict=True)], 1)


def numbered(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """The number of each score, in [0, 2^`BITS`), higher for a higher score.

    >>> numbered(np.array([-8.0, -0.5, 0.5, 8.0], dtype=np.float32)).argsort()
    array([0, 1, 2, 3])
    """
    bits = np.ascontiguousarray(scores + np.float32(0.0)).view(np.uint32)  # -0 becomes 0
    ordered = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    return (ordered >> np.uint32(32 - BITS)).astype(np.int64)


class ScoreCounts:
    """How many false and true positions of each kind have which score, so far."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, 2, 1 << BITS), dtype=np.int64)
        self.positions = 0

    def add(self, odds: NDArray[np.float32], labels: Labels) -> None:
        """Count log-odds (2, n) at positions with ``labels`` (n,); masked ones do not count."""
        counted = labels != MASKED
        self.positions += int(counted.sum())
        for row, kind in enumerate((DONOR, ACCEPTOR)):
            numbers, true = numbered(odds[row][counted]), labels[counted] == kind
            for is_true in (False, True):
                self._counts[row, int(is_true)] += np.bincount(numbers[true == is_true], minlength=1 << BITS)

    def of(self, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Of donors (0) or acceptors (1), the highest score first: false ones, true ones, whether P ≥ 0.5."""
        false, true = self._counts[row, :, ::-1]
        there = (false + true) > 0
        called = np.arange(1 << BITS)[::-1] >= numbered(np.zeros(1, dtype=np.float32))[0]
        return false[there], true[there], called[there]
