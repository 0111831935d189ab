"""Activations and sites of models made by hand, against loops."""

import numpy as np
import pytest
import torch

from sparling_genomics.letters.alphabet import RNA, decode, encode, reverse_complement
from sparling_genomics.motifs.activations import find_activations, join, letter_counts, strongest_apart, windows
from sparling_genomics.tasks.binary import BinaryTask
from tests.genomics.hand_made import NO_AUTOCAST, activations, dataset, rows, sides, word_model
from tests.genomics.sequences import random_sequences

WORDS = ("GATTA", "CCG")


def find(model, data, batch_size=7):
    return find_activations(model, data, batch_size, torch.device("cpu"), NO_AUTOCAST)


def agreement(word, codes, position):
    """Letters of the word, centred at the position, that agree with the sequence."""
    first = position - len(word) // 2
    return sum(0 <= first + i < len(codes) and codes[first + i] == code for i, code in enumerate(encode(word).tolist()))


def naive_activations(data, words, threshold, both_strands=True):
    """By loops over sequences, words and positions."""
    found = []
    for index in range(len(data)):
        codes = data.sequence(index)
        opposite = reverse_complement(codes)
        for channel, word in enumerate(words):
            for position in range(len(codes)):
                forward = agreement(word, codes, position)
                reverse = agreement(word, opposite, len(codes) - 1 - position) if both_strands else -1
                if max(forward, reverse) > threshold:
                    score = float(max(forward, reverse) - threshold)
                    found.append((index, channel, position, reverse > forward, score))
    return found


@pytest.fixture
def ragged():
    lengths = [30, 12, 25, 5, 30, 40, 8, 30, 17, 30, 22, 30]
    sequences = [s[:n] for s, n in zip(random_sequences(12, 40), lengths, strict=True)]
    sequences[4] = sequences[4][:10] + "NNNN" + sequences[4][14:]
    return dataset(sequences, labels=[1, 0] * 6, split=sides(12))


# Finding


@pytest.mark.parametrize("batch_size", [1, 5, 100])
@pytest.mark.parametrize("both_strands", [True, False])
def test_activations_are_those_of_a_loop(ragged, batch_size, both_strands):
    model = word_model(*WORDS, threshold=2.5, both_strands=both_strands)
    found, _ = find(model, ragged, batch_size)
    assert sorted(rows(found)) == naive_activations(ragged, WORDS, 2.5, both_strands)
    assert len(found) > 20


def test_logits_are_those_of_the_model_whatever_the_batch(ragged):
    model = word_model(*WORDS, threshold=2.5)
    logits = [find(model, ragged, batch_size)[1] for batch_size in (1, 5, 100)]
    assert logits[0].shape == (12,)
    for others in logits[1:]:
        np.testing.assert_allclose(logits[0], others, atol=1e-6)
    task = BinaryTask(ragged, seed=0)
    single = next(iter(task.training_batches(0)))._replace(x=torch.from_numpy(ragged.padded([5])))
    with torch.no_grad():
        np.testing.assert_allclose(model(*task.inputs(single)).output.numpy(), logits[0][5], atol=1e-6)


def test_rna_never_has_a_site_on_the_reverse_strand():
    data = dataset(
        [decode(reverse_complement(encode("CCGATTACC")))] * 10 + ["CCGAUUACC"] * 2, split=sides(12), alphabet=RNA
    )
    found, _ = find(word_model("GAUUA", threshold=4.5, both_strands=False), data)
    assert rows(found) == [(10, 0, 4, False, 0.5), (11, 0, 4, False, 0.5)]


def test_reverse_complementing_the_input_mirrors_the_activations(ragged):
    model = word_model(*WORDS, threshold=2.5)
    mirrored = dataset(
        [reverse_complement(ragged.sequence(i)) for i in range(12)], labels=ragged.labels, split=ragged.split
    )
    there, back = find(model, ragged)[0], find(model, mirrored)[0]
    last = ragged.lengths[there.sequence] - 1
    places = sorted(zip(there.sequence, there.channel, last - there.position, there.score, strict=True))
    assert places == sorted(zip(back.sequence, back.channel, back.position, back.score, strict=True))


def test_padding_never_fires():
    data = dataset(["A" * 30, "GATTA", "GAT"] * 4, split=sides(12))
    found, _ = find(word_model("GATTA", threshold=-1), data)
    assert (found.position < data.lengths[found.sequence]).all()
    assert len(found) == data.lengths.sum()


def test_a_silent_model_has_no_activations(ragged):
    found, logits = find(word_model(*WORDS, threshold=9), ragged)
    assert len(found) == 0
    assert np.ptp(logits) < 1e-6


def test_parts_are_joined_in_order():
    parts = [[(0, 1, 2, True, 3.0)], [], [(4, 0, 1, False, 0.5), (0, 0, 0, True, 1.0)]]
    assert rows(join([activations(part) for part in parts])) == [row for part in parts for row in part]


# Sites out of activations


def naive_strongest_apart(found, distance):
    """Greedy over all activations, each compared with all that were taken before."""
    taken = []
    for row in sorted(rows(found), key=lambda row: (-row[4], row[2])):
        if all(row[:2] != other[:2] or abs(row[2] - other[2]) >= distance for other in taken):
            taken.append(row)
    return sorted(taken, key=lambda row: (row[0], row[2], row[1]))


@pytest.mark.parametrize("distance", [1, 2, 5, 12])
@pytest.mark.parametrize("seed", range(4))
def test_the_strongest_apart_are_those_of_a_loop(distance, seed):
    rng = np.random.default_rng(seed)
    places = sorted({tuple(row) for row in rng.integers(0, [6, 3, 40], (200, 3)).tolist()})
    found = activations([(*place, rng.random() < 0.5, float(rng.integers(1, 6))) for place in places])
    found = found.select(rng.permutation(len(found)))
    assert rows(strongest_apart(found, distance)) == naive_strongest_apart(found, distance)


def test_a_strong_site_spares_what_its_weak_neighbour_would_have_hidden():
    found = activations([(0, 0, 10, False, 3.0), (0, 0, 14, False, 2.0), (0, 0, 18, False, 1.0)])
    assert strongest_apart(found, 5).position.tolist() == [10, 18]


def test_distance_one_keeps_everything_and_nothing_stays_nothing():
    found = activations([(0, 0, 1, False, 1.0), (0, 0, 2, True, 1.0), (0, 1, 1, False, 1.0)])
    assert len(strongest_apart(found, 1)) == 3
    assert len(strongest_apart(activations([]), 5)) == 0


# Letters around sites


def test_windows_read_the_strand_of_their_site_and_end_with_the_sequence():
    data = dataset(["ACGTN", "GGATCC"])
    found = activations(
        [(0, 0, 2, False, 1), (0, 0, 2, True, 1), (0, 0, 0, False, 1), (0, 0, 4, True, 1), (1, 0, 1, True, 1)]
    )
    assert [decode(row) for row in windows(data, found, 2)] == ["ACGTN", "NACGT", "NNACG", "NNNAC", "ATCCN"]


@pytest.mark.parametrize("flank", [0, 3, 25])
def test_windows_are_those_of_a_loop(ragged, flank):
    rng = np.random.default_rng(0)
    sequence = rng.integers(0, 12, 60)
    position = rng.integers(0, ragged.lengths[sequence])
    found = activations(list(zip(sequence, [0] * 60, position, rng.random(60) < 0.5, [1.0] * 60, strict=True)))
    expected = []
    for index, _, place, reverse, _ in rows(found):
        codes = np.concatenate([[4] * flank, ragged.sequence(index), [4] * flank]).astype(np.uint8)
        window = codes[place : place + 2 * flank + 1]
        expected.append(reverse_complement(window) if reverse else window)
    np.testing.assert_array_equal(windows(ragged, found, flank), expected)


def test_windows_of_no_site_are_empty(ragged):
    assert windows(ragged, activations([]), 3).shape == (0, 7)


def test_letter_counts_are_those_of_a_loop():
    codes = np.random.default_rng(0).integers(0, 6, (40, 7)).astype(np.uint8)
    expected = [[sum(int(row[w] == letter) for row in codes) for letter in range(4)] for w in range(7)]
    np.testing.assert_array_equal(letter_counts(codes), expected)
    assert letter_counts(codes[:0]).tolist() == [[0.0] * 4] * 7
