"""No two purposes, and no two numbers within one, draw the same."""

from itertools import combinations, product

import numpy as np

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.streams import Purpose, generator


def test_every_purpose_side_and_epoch_has_a_stream_of_its_own():
    indices = [(), *((i,) for i in range(4)), *product(range(3), range(3))]
    keys = [(seed, purpose, *index) for seed in (0, 1) for purpose in Purpose for index in indices]
    drawn = {tuple(generator(*key).integers(2**62, size=2).tolist()) for key in keys}
    assert len(drawn) == len(keys)


def test_shuffled_copies_are_not_the_negatives_of_an_epoch():
    """Cuts are set on copies; a network trained on the same ones would have seen them."""
    copies = [generator(0, Purpose.COPIES, side).random(5) for side in (TRAIN, VALIDATION, TEST)]
    negatives = [generator(0, Purpose.NEGATIVES, epoch).random(5) for epoch in range(3)]
    assert not any(np.array_equal(a, b) for a, b in combinations([*copies, *negatives], 2))


def test_a_stream_depends_on_nothing_else():
    generator(0, Purpose.SPLIT).random(100)
    np.testing.assert_array_equal(generator(5, Purpose.SEEDS, 2).random(9), generator(5, Purpose.SEEDS, 2).random(9))
