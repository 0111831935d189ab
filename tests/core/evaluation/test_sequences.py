"""Sequence errors by hand and against the textbook's table."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparling.evaluation.sequences import edit_distance, sequence_errors

sequences = st.lists(st.integers(-3, 3), max_size=12)


def naive_edits(y: list[int], guess: list[int]) -> int:
    """The dynamic programme: edits between all beginnings of both."""
    table = [[0] * (len(guess) + 1) for _ in range(len(y) + 1)]
    for i in range(len(y) + 1):
        for j in range(len(guess) + 1):
            if i == 0 or j == 0:
                table[i][j] = i + j
            else:
                swap = table[i - 1][j - 1] + (y[i - 1] != guess[j - 1])
                table[i][j] = min(swap, table[i - 1][j] + 1, table[i][j - 1] + 1)
    return table[-1][-1]


@given(y=sequences, guess=sequences)
def test_distance_is_that_of_the_table(y: list[int], guess: list[int]) -> None:
    assert edit_distance(y, guess) == pytest.approx(naive_edits(y, guess) / max(len(y), len(guess), 1))


@given(y=sequences, guess=sequences)
def test_distance_is_symmetric_and_zero_only_for_equals(y: list[int], guess: list[int]) -> None:
    assert edit_distance(y, guess) == edit_distance(guess, y)
    assert (edit_distance(y, guess) == 0) == (y == guess)


@pytest.mark.parametrize(
    ("y", "guess", "distance"),
    [
        ([], [], 0.0),
        ([1, 2], [], 1.0),
        ([], [1], 1.0),
        ([1, 2, 3], [1, 2, 3], 0.0),
        ([1, 2, 3], [2, 3], 1 / 3),  # one inserted
        ([1, 2, 3], [1, 9, 3], 1 / 3),  # one substituted
        ([1, 2, 3, 4], [4, 3, 2, 1], 1.0),
        ([-1], [-2], 1.0),  # two integers that Python hashes alike
        ([300], [44], 1.0),  # equal modulo 256
    ],
)
def test_distances_by_hand(y: list[int], guess: list[int], distance: float) -> None:
    assert edit_distance(y, guess) == pytest.approx(distance)


def test_tokens_of_tensors_and_arrays_are_compared_by_value() -> None:
    y = torch.tensor([3, 1, 4, 1])
    assert edit_distance(y, np.array([3, 4, 1], dtype=np.uint8)) == 0.25  # type: ignore[arg-type]


def test_errors_are_means_over_samples() -> None:
    # 0, 1/2, 1 and 0 of two empty ones.
    errors = sequence_errors([[1, 2], [1, 2], [5], []], [[1, 2], [1], [6], []])
    assert errors == (0.375, 0.5)


def test_as_many_guesses_as_truths() -> None:
    with pytest.raises(ValueError, match=re.escape("truths and guesses must be as many, at least 1; got 2 and 1")):
        sequence_errors([[1], [2]], [[1]])
    with pytest.raises(ValueError, match=re.escape("truths and guesses must be as many, at least 1; got 0 and 0")):
        sequence_errors([], [])
