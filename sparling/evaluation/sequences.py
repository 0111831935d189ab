"""Errors of predicted token sequences: normalised edit distance and exact match.

The distance between y and ŷ is edit(y, ŷ) / max(|y|, |ŷ|), edit the least number of insertions, deletions and
substitutions of one token that make one of the other (SPARLING, arXiv 2302.01976).
"""

from collections.abc import Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein


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
