"""Holes: N exactly where sites were, and nothing in them that tells bound from unbound."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, with_all_shuffled
from sparling_genomics.data.hiding import hide
from sparling_genomics.letters.alphabet import AMBIGUOUS, decode
from tests.genomics.hand_made import dataset, sides
from tests.genomics.sequences import random_sequences


def hidden(data, places, seed=0):
    """``data`` without the letters of ``places``, rows (sequence, start, end)."""
    columns = np.array(places, dtype=np.int64).reshape(-1, 3).T
    return hide(data, *columns, seed)


def holes(data):
    return [data.sequence(i) == AMBIGUOUS for i in range(len(data))]


def texts(data):
    return [decode(data.sequence(i)) for i in range(len(data))]


def mixed(n_bound=40, n_unbound=60, seed=0):
    """Sequences of 10 to 30 letters on all sides, and random places in them."""
    rng = np.random.default_rng(seed)
    n = n_bound + n_unbound
    lengths = rng.integers(10, 31, n)
    words = [word[:length] for word, length in zip(random_sequences(n, 30, seed), lengths, strict=True)]
    data = dataset(words, [1] * n_bound + [0] * n_unbound, sides(n))
    sequence = rng.integers(n, size=50)
    start = rng.integers(0, lengths[sequence])
    return data, np.stack([sequence, start, np.minimum(start + rng.integers(0, 9, 50), lengths[sequence])], axis=1)


def test_holes_by_eye():
    data = dataset(["ACGTACGT", "CCCC", "GATTACA"])
    places = [(0, 2, 5), (2, 0, 1), (2, 6, 7), (0, 4, 6), (1, 3, 3), (1, 3, 2)]
    assert texts(hidden(data, places)) == ["ACNNNNGT", "CCCC", "NATTACN"]


def test_bound_sequences_lose_exactly_their_sites_where_unbound_ones_have_none():
    data, places = mixed()
    places = places[places[:, 0] < 40]
    expected = holes(data)
    for sequence, start, end in places:
        expected[sequence][start:end] = True
    for i, found in enumerate(holes(hidden(data, places))[:40]):
        np.testing.assert_array_equal(found, expected[i])


def test_a_sequence_loses_its_sites_and_what_one_of_the_other_class_on_its_side_has_lost():
    data, places = mixed()
    expected = holes(data)
    for sequence, start, end in places:
        expected[sequence][start:end] = True
    for i, found in enumerate(holes(hidden(data, places))):
        others = [j for j in range(100) if data.split[j] == data.split[i] and data.labels[j] != data.labels[i]]
        lent = [np.resize(np.append(expected[j], np.zeros(30, dtype=bool)), len(found)) for j in others]
        assert any(np.array_equal(found, expected[i] | of) for of in lent), i


def test_letters_only_ever_become_n_and_nothing_else_changes():
    data, places = mixed()
    codes = data.codes.copy()
    after = hidden(data, places)
    np.testing.assert_array_equal(data.codes, codes)
    assert (after.codes.dtype, after.names, after.intervals) == (np.uint8, data.names, data.intervals)
    for name in ("offsets", "labels", "split"):
        np.testing.assert_array_equal(getattr(after, name), getattr(data, name))
    changed = after.codes != data.codes
    assert changed.any()
    assert (after.codes[changed] == AMBIGUOUS).all()


def test_no_site_hides_nothing():
    data, _ = mixed()
    np.testing.assert_array_equal(hidden(data, []).codes, data.codes)


def test_the_seed_decides_who_lends():
    data, places = mixed()
    first, again, other = (hidden(data, places, seed).codes for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    twice = hide(hidden(data, places), *places.T, 0)
    np.testing.assert_array_equal(twice.codes, first)


def test_a_side_without_bound_sequences_is_lent_nothing():
    data = dataset(["A" * 8, "C" * 8, "G" * 8], [1, 0, 0], [TRAIN, TRAIN, TEST])
    assert texts(hidden(data, [(0, 0, 4)])) == ["NNNNAAAA", "NNNNCCCC", "GGGGGGGG"]


def test_only_the_other_class_lends():
    data = dataset(["A" * 8, "C" * 8, "G" * 8], [1, 1, 0], [TRAIN, TRAIN, TRAIN])
    assert texts(hidden(data, [(2, 0, 4)])) == ["NNNNAAAA", "NNNNCCCC", "NNNNGGGG"]
    data = dataset(["A" * 8, "C" * 8, "G" * 8], [1, 1, 0], [TRAIN, TRAIN, TEST])
    assert texts(hidden(data, [(0, 0, 4)])) == ["NNNNAAAA", "CCCCCCCC", "GGGGGGGG"]


def test_what_is_longer_than_the_lender_keeps_its_end_and_what_is_shorter_loses_only_letters_of_its_own():
    data = dataset(["A" * 8, "C" * 12, "G" * 3], [1, 0, 0])
    assert texts(hidden(data, [(0, 1, 8)])) == ["A" + "N" * 7, "CNNNNNNNCCCC", "GNN"]


def given_negatives(seed=0):
    """1000 bound and 1000 unbound sequences; sites of 8 letters are taken out of most bound and some unbound ones."""
    rng = np.random.default_rng(seed)
    data = dataset(random_sequences(2000, 40), [1] * 1000 + [0] * 1000, np.concatenate([sides(1000)] * 2))
    sequence = np.repeat(np.arange(2000), 2)
    sequence = sequence[rng.random(4000) < np.where(sequence < 1000, 0.7, 0.3)]
    start = np.where(sequence < 1000, rng.integers(10, 20, len(sequence)), rng.integers(0, 32, len(sequence)))
    return data, np.stack([sequence, start, start + 8], axis=1)


@pytest.mark.parametrize("side", [TRAIN, VALIDATION, TEST])
def test_holes_tell_nobody_which_sequence_is_bound(side):
    data, places = given_negatives()
    chosen = data.split == side
    found = np.array(holes(hidden(data, places)))[chosen]
    labels = data.labels[chosen]
    error = np.sqrt(len(labels) / 12) / (len(labels) / 2)
    assert abs(roc_auc_score(labels, found.sum(1)) - 0.5) < 4 * error
    bound, unbound = found[labels == 1].mean(0), found[labels == 0].mean(0)
    assert bound.max() > 0.3
    assert np.abs(bound - unbound).max() < 4 * np.sqrt(2 * 0.25 / (len(labels) / 2))


def test_what_was_taken_out_stays_out_of_shuffled_copies():
    data = dataset(random_sequences(50, 40), split=sides(50))
    places = [(i, i % 30, i % 30 + 6) for i in range(0, 50, 2)]
    everything = with_all_shuffled(hidden(data, places), seed=0)
    index = {name: i for i, name in enumerate(everything.names)}
    found = holes(everything)
    assert len(everything) == 100
    for name in data.names:
        np.testing.assert_array_equal(found[index[name]], found[index[f"{name}_shuffled"]])
    assert sum(hole.sum() for hole in found) == 2 * 25 * 6
