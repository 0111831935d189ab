from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, decode, encode
from sparling_genomics.letters.background import dinucleotide_shuffle, shuffle_joined
from tests.counting import calls


def dinucleotides(sequence):
    return Counter(pairwise(sequence))


def all_shuffles(sequence):
    """Naive oracle: every order of the inner letters that keeps the dinucleotide counts."""
    inner = {"".join(order) for order in permutations(sequence[1:-1])}
    candidates = {sequence[0] + middle + sequence[-1] for middle in inner}
    return {c for c in candidates if dinucleotides(c) == dinucleotides(sequence)}


def triplets(sequence):
    return Counter(zip(sequence, sequence[1:], sequence[2:], strict=False))


def shuffles(sequence, n, seed=0):
    batch = np.repeat(encode(sequence)[None], n, axis=0)
    shuffled = dinucleotide_shuffle(batch, np.full(n, len(sequence)), np.random.default_rng(seed))
    return Counter(decode(row) for row in shuffled)


def test_acccacgatgatg_has_27_equally_likely_shuffles():
    counts = shuffles("ACCCACGATGATG", n=27 * 500)
    assert len(counts) == 27
    assert chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize("sequence", ["ACGTACGA", "AACCAACA", "ACNNACGNA", "AAAATAAC", "ACACGCGTA"])
def test_exactly_the_shuffles_that_exist_are_drawn_and_equally_often(sequence):
    expected = all_shuffles(sequence)
    counts = shuffles(sequence, n=400 * len(expected), seed=1)
    assert set(counts) == expected
    if len(expected) > 1:
        assert chisquare(list(counts.values())).pvalue > 0.001


@pytest.mark.parametrize("sequence", ["A", "AC", "AAAAAA", "ACGTN", "NNNN"])
def test_a_sequence_without_another_shuffle_stays(sequence):
    assert shuffles(sequence, n=20) == {sequence: 20}


def test_every_row_keeps_dinucleotides_ends_and_padding():
    rng = np.random.default_rng(2)
    lengths = rng.integers(0, 61, 300)
    codes = rng.choice(5, size=(300, 60), p=[0.4, 0.3, 0.15, 0.1, 0.05]).astype(np.uint8)
    codes[np.arange(60) >= lengths[:, None]] = PAD
    before = codes.copy()
    shuffled = dinucleotide_shuffle(codes, lengths, rng)
    np.testing.assert_array_equal(codes, before)
    for row, original, length in zip(shuffled.tolist(), codes.tolist(), lengths.tolist(), strict=True):
        assert row[length:] == [PAD] * (60 - length)
        assert dinucleotides(row[:length]) == dinucleotides(original[:length])
        assert row[:1] == original[:1]
        assert row[length - 1 : length] == original[length - 1 : length]
    assert (shuffled != codes).any(axis=1)[lengths > 20].all()


def test_repeats_with_one_way_out_are_shuffled_at_once():
    """A tree found by trial and error would need (length / 4) ** 2 attempts here; a step a letter is enough."""
    short, long = ("AT" * n + "CG" * n + "N" for n in (200, 2000))
    ((shuffled, _),) = shuffles(long, n=1).items()
    assert dinucleotides(shuffled) == dinucleotides(long)
    assert calls(lambda: shuffles(long, n=1)) < 11 * calls(lambda: shuffles(short, n=1))


def test_the_same_generator_state_gives_the_same_shuffles():
    assert shuffles("ACCCACGATGATGGCATTACGA", n=50, seed=3) == shuffles("ACCCACGATGATGGCATTACGA", n=50, seed=3)


def test_5000_sequences_take_as_many_calls_as_one():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (5000, 101)).astype(np.uint8)

    def cost(n):
        return calls(lambda: dinucleotide_shuffle(codes[:n], np.full(n, 101), rng))

    assert cost(5000) == cost(1) < 1000


def test_joined_sequences_of_any_lengths_are_shuffled_each_within_itself():
    rng = np.random.default_rng(4)
    lengths = np.concatenate([rng.integers(0, 80, 200), [30_000]])
    offsets = np.concatenate([[0], np.cumsum(rng.permutation(lengths))])
    codes = rng.integers(0, 5, offsets[-1]).astype(np.uint8)
    shuffled = shuffle_joined(codes, offsets, rng)
    for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        after, before = (c[start:end][c[start:end] != AMBIGUOUS].tolist() for c in (shuffled, codes))
        assert dinucleotides(after) == dinucleotides(before)
    assert (shuffled != codes).mean() > 0.5
    np.testing.assert_array_equal(shuffled == AMBIGUOUS, codes == AMBIGUOUS)


@pytest.mark.parametrize("sequence", ["NNNN", "NACGTN", "NNACNNNNGTNN", "ANCNGNT", "", "N"])
def test_a_joined_sequence_keeps_its_n_and_its_outer_letters(sequence):
    codes = encode("ACCCACGATGATG" + sequence + "GATTACA")
    offsets = np.cumsum([0, 13, len(sequence), 7])
    shuffled = decode(shuffle_joined(codes, offsets, np.random.default_rng(0)))[13 : 13 + len(sequence)]
    assert [letter == "N" for letter in shuffled] == [letter == "N" for letter in sequence]
    before, after = (word.replace("N", "") for word in (sequence, shuffled))
    assert (after[:1], after[-1:], dinucleotides(after)) == (before[:1], before[-1:], dinucleotides(before))


def test_letters_between_n_are_shuffled_as_one_sequence():
    codes = np.tile(encode("ACGNNNTANCGA"), 400)
    shuffled = shuffle_joined(codes, 12 * np.arange(401), np.random.default_rng(0)).reshape(400, 12)
    drawn = {decode(row) for row in shuffled}
    assert {word.replace("N", "") for word in drawn} == all_shuffles("ACGTACGA")
    assert {word[3:6] + word[8] for word in drawn} == {"NNNN"}


def test_an_empty_batch_is_returned():
    empty = np.zeros((0, 7), dtype=np.uint8)
    assert dinucleotide_shuffle(empty, np.zeros(0, dtype=np.int64), np.random.default_rng(0)).shape == (0, 7)
    assert shuffle_joined(empty.ravel(), np.zeros(1, dtype=np.int64), np.random.default_rng(0)).size == 0


@pytest.mark.parametrize(
    ("codes", "lengths", "message"),
    [
        (np.zeros(5, dtype=np.uint8), [5], r"shape \(B, L\); got uint8 of shape \(5,\)"),
        (np.zeros((1, 5), dtype=np.int64), [5], r"codes must be uint8 of shape \(B, L\); got int64"),
        (np.zeros((1, 5), dtype=np.uint8), [5, 5], r"lengths must have shape \(1,\); got \(2,\)"),
        (np.zeros((1, 5), dtype=np.uint8), [6], "lengths must lie in 0 to 5; got 6 to 6"),
        (np.full((1, 5), PAD, dtype=np.uint8), [5], "codes must lie in 0 to 4 inside a sequence; got 5"),
    ],
)
def test_other_input_is_refused(codes, lengths, message):
    with pytest.raises(ValueError, match=message):
        dinucleotide_shuffle(codes, np.array(lengths), np.random.default_rng(0))
