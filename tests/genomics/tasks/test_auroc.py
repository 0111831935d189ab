"""The cluster bootstrap of AUROC, against loops over resampled sequences, and its coverage."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.tasks.auroc import auroc_interval, auroc_of_test
from tests.genomics.hand_made import dataset
from tests.genomics.sequences import random_sequences


def naive_values(labels, scores, cluster, rng, resamples):
    """AUROC of each resample, its sequences written out."""
    values = []
    for _ in range(resamples):
        rows = []
        for label in (1, 0):
            groups = {}
            for i in np.flatnonzero(labels == label):
                groups.setdefault(cluster[i], []).append(i)
            members = [groups[key] for key in sorted(groups)]
            for pick in rng.integers(len(members), size=len(members)):
                rows += members[pick]
        values.append(roc_auc_score(labels[rows], scores[rows]))
    return values


@pytest.mark.parametrize("seed", range(5))
def test_the_interval_is_that_of_resampled_sequences(seed):
    rng = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [40, 60])
    scores = np.round(rng.normal(size=100) + labels, 1)  # with ties
    cluster = rng.integers(0, 50, 100)
    found = auroc_interval(labels, scores, cluster, np.random.default_rng(7), level=0.9)
    naive = naive_values(labels, scores, cluster, np.random.default_rng(7), 200)
    assert found.value == pytest.approx(roc_auc_score(labels, scores))
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(naive, [0.05, 0.95])))


def test_nineteen_in_twenty_intervals_hold_the_truth_although_sequences_come_in_families():
    """Families of four with one score: an interval over sequences would be half as wide."""
    truth, holding, holding_alone = 0.7602, 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        labels = np.repeat([1, 0], 240)
        scores = np.repeat(rng.normal(size=120), 4) + labels
        families = np.repeat(np.arange(120), 4)
        low, high = auroc_interval(labels, scores, families, rng)[1:]
        holding += low <= truth <= high
        low, high = auroc_interval(labels, scores, np.arange(480), rng)[1:]
        holding_alone += low <= truth <= high
    assert 180 <= holding <= 199
    assert holding_alone < 160


def test_one_cluster_has_no_interval_and_one_label_no_auroc():
    scores, rng = np.array([1.0, 2.0, 0.0, 1.5]), np.random.default_rng(0)
    one = auroc_interval(np.array([1, 1, 0, 0]), scores, np.array([5, 5, 1, 2]), rng)
    assert one.value == 0.75
    assert np.isnan(one[1:]).all()
    assert np.isnan(auroc_interval(np.zeros(4), scores, np.arange(4), rng)).all()


def test_the_test_side_is_held_against_several_shuffles_of_it():
    words = random_sequences(30, 40)
    data = dataset(words, split=[TEST] * 20 + [TRAIN] * 10, cluster=[0, 0, *range(1, 29)])
    looked_at = []

    def score(sequences):
        looked_at.append(sequences)
        return np.array([(sequences.sequence(i) == 0).sum() - i % 7 for i in range(len(sequences))], dtype=float)

    found = auroc_of_test(data, score, seed=3, copies=4)
    (seen,) = looked_at
    letters = [decode(seen.sequence(i)) for i in range(len(seen))]
    assert letters[:20] == words[:20]
    assert seen.labels.tolist() == [1] * 20 + [0] * 80
    for draw in range(1, 5):
        own = slice(20 * draw, 20 * (draw + 1))
        assert seen.cluster[own].tolist() == (-1 - data.cluster[:20]).tolist()
        for original, copy in zip(words[:20], letters[own], strict=True):
            assert Counter(pairwise(original)) == Counter(pairwise(copy))
    assert len({tuple(letters[20 * draw : 20 * (draw + 1)]) for draw in range(5)}) == 5
    scores = score(seen)
    each = [
        roc_auc_score([1] * 20 + [0] * 20, np.concatenate([scores[:20], scores[20 * d : 20 * (d + 1)]]))
        for d in range(1, 5)
    ]
    assert found.value == pytest.approx(np.mean(each))
    assert found.low < found.value < found.high
    assert auroc_of_test(data, score, seed=3, copies=4) == found


def test_unbound_sequences_that_were_given_are_asked_once():
    data = dataset(random_sequences(40, 30), labels=[1, 0] * 20, split=[TEST] * 40)
    seen = []
    auroc_of_test(data, lambda own: (seen.append(own), np.arange(len(own)) * 1.0)[1], seed=0)
    assert seen[0].names == data.names
