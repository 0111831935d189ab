"""Errors of predicted token sequences: normalised edit distance and exact match.

The distance between y and ŷ is edit(y, ŷ) / max(|y|, |ŷ|), edit the least number of insertions, deletions and
substitutions of one token that make one of the other (SPARLING, arXiv 2302.01976).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist


class SequenceErrors(NamedTuple):
    """Means over samples, fractions in [0, 1]; 0 is perfect for both."""

    e2ee: float
    """End-to-end error: the mean normalised edit distance."""
    exact_match: float
    """Exact-match error: the share of samples whose guess differs from the truth anywhere."""


def edit_distance(truth: Sequence[int], guess: Sequence[int]) -> float:
    """Edits that turn ``guess`` into ``truth``, divided by the length of the longer; 0 for two empty sequences.

    Tokens may be anything that ``int`` takes: Python, NumPy or 0-d tensors.

    >>> edit_distance([3, 1, 4, 1], [3, 4, 1])
    0.25
    """
    return Levenshtein.normalized_distance([int(token) for token in truth], [int(token) for token in guess])


def best_constant(truths: Sequence[Sequence[int]]) -> tuple[list[int], float]:
    """The one guess for all ``truths``, and its e2ee: what one can say without having looked.

    The best of those that grow at their end by the token that leaves the least error, up to the longest truth;
    another may be a little better.

    >>> best_constant([[3, 1], [3, 1, 4], [5, 1]])
    ([1], 0.5555555555555555)
    """
    known = sorted({int(token) for truth in truths for token in truth})
    whole = [[int(token) for token in truth] for truth in truths]
    guess: list[int] = []
    found = [(_mean_distances([guess], whole)[0], guess)]
    for _ in range(max(map(len, whole))):
        longer = [[*guess, token] for token in known]
        errors = _mean_distances(longer, whole)
        guess = longer[int(errors.argmin())]
        found.append((errors.min(), guess))
    error, guess = min(found, key=lambda each: each[0])
    return guess, float(error)


def _mean_distances(guesses: list[list[int]], truths: list[list[int]]) -> NDArray[np.float64]:
    """`edit_distance` of each guess, the mean over truths: (G,)."""
    distances = cdist(guesses, truths, scorer=Levenshtein.normalized_distance, dtype=np.float64)
    means: NDArray[np.float64] = distances.mean(1)
    return means


def sequence_errors(truths: Sequence[Sequence[int]], guesses: Sequence[Sequence[int]]) -> SequenceErrors:
    """Mean errors of ``guesses``, one for each of ``truths``.

    Raises ``ValueError`` where there are none, or not as many of one as of the other.

    >>> sequence_errors([[3, 1, 4, 1], [5]], [[3, 4, 1], [5]])
    SequenceErrors(e2ee=0.125, exact_match=0.5)
    """
    if len(truths) != len(guesses) or not len(truths):
        raise ValueError(f"truths and guesses must be as many, at least 1; got {len(truths)} and {len(guesses)}")
    distances = [edit_distance(truth, guess) for truth, guess in zip(truths, guesses, strict=True)]
    return SequenceErrors(
        e2ee=sum(distances) / len(distances),
        exact_match=sum(distance > 0 for distance in distances) / len(distances),
    )
