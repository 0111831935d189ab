"""The binary task: what is in an epoch follows from (seed, epoch) alone, and is balanced."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from sparling.training.task import Batch
from sparling_genomics.data.dataset import TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD, gc_content, gc_contents
from sparling_genomics.tasks.binary import (
    BASES_A_BATCH,
    FEWEST,
    MOST_BASES,
    SAMPLE_BASES,
    BinaryTask,
    auroc_standard_error,
    like_composition,
)
from tests.genomics.hand_made import dataset, sides
from tests.genomics.sequences import random_sequences


def bound_only(n=100, length=40):
    return dataset(random_sequences(n, length), split=sides(n))


def with_negatives(n_bound=50, n_unbound=150, length=40):
    n = n_bound + n_unbound
    return dataset(random_sequences(n, length), [1] * n_bound + [0] * n_unbound, sides(n))


def ragged(n=60):
    lengths = np.random.default_rng(1).integers(10, 41, n)
    return dataset([s[:k] for s, k in zip(random_sequences(n, 40), lengths, strict=True)], split=sides(n))


def epoch(task, number):
    """The sequences of an epoch as tuples of letters without padding, and their labels, in order."""
    batches = list(task.training_batches(number))
    letters = [tuple(row[row != PAD].tolist()) for batch in batches for row in batch.x.numpy()]
    return letters, [float(y) for batch in batches for y in batch.y]


def words(data, indices):
    return {tuple(data.sequence(i).tolist()) for i in indices}


# Epochs


@pytest.mark.parametrize("data", [bound_only(), with_negatives(), ragged()])
def test_an_epoch_is_the_same_on_every_call_and_unlike_the_next(data):
    task = BinaryTask(data, seed=3, letter_dropout=0.1, max_batch=16)
    first, second, again = epoch(task, 0), epoch(task, 1), epoch(task, 0)
    assert first == again == epoch(BinaryTask(data, seed=3, letter_dropout=0.1, max_batch=16), 0)
    assert first != second
    assert first != epoch(BinaryTask(data, seed=4, letter_dropout=0.1, max_batch=16), 0)


@pytest.mark.parametrize(
    "data", [bound_only(), with_negatives(50, 150), with_negatives(150, 50), with_negatives(50, 50), ragged()]
)
def test_both_classes_come_equally_often(data):
    labels = epoch(BinaryTask(data, seed=0, max_batch=1), 0)[1]
    train = data.labels[data.indices(TRAIN)]
    n_unbound = int((train == 0).sum())
    n = min(int(train.sum()), n_unbound or len(train))
    assert Counter(labels) == {1.0: n, 0.0: n}


def test_an_epoch_is_in_random_order():
    labels = epoch(BinaryTask(with_negatives(), seed=0, max_batch=1), 0)[1]
    assert labels[:10] != sorted(labels)[:10]
    assert labels[:10] != sorted(labels, reverse=True)[:10]


def test_negatives_that_are_given_are_drawn_afresh_and_nothing_is_shuffled():
    data = with_negatives(50, 150)
    task = BinaryTask(data, seed=0, max_batch=1)
    train = data.indices(TRAIN)
    truth = {label: words(data, [i for i in train if data.labels[i] == label]) for label in (0, 1)}
    drawn = []
    for number in range(30):
        letters, labels = epoch(task, number)
        chosen = {label: {w for w, y in zip(letters, labels, strict=True) if y == label} for label in (0, 1)}
        assert chosen[1] == truth[1]
        assert chosen[0] < truth[0]
        drawn.append(chosen[0])
    assert drawn[0] != drawn[1]
    assert set.union(*drawn) == truth[0]


@pytest.mark.parametrize("data", [bound_only(), ragged()])
def test_without_negatives_fresh_copies_keep_the_counts_of_dinucleotides(data):
    task = BinaryTask(data, seed=0, max_batch=1)
    real = words(data, data.indices(TRAIN))
    expected = Counter(frozenset(Counter(pairwise(word)).items()) for word in real)
    copies = []
    for number in (0, 1):
        letters, labels = epoch(task, number)
        copies.append([word for word, label in zip(letters, labels, strict=True) if label == 0])
        assert {word for word, label in zip(letters, labels, strict=True) if label == 1} == real
        assert Counter(frozenset(Counter(pairwise(word)).items()) for word in copies[-1]) == expected
    assert not set(copies[0]) & set(copies[1])


def test_every_batch_is_full_where_there_is_enough_for_one():
    task = BinaryTask(bound_only(100), seed=0, max_batch=16)
    assert [len(batch.x) for batch in task.training_batches(0)] == [16] * 7
    assert [len(batch.x) for batch in BinaryTask(bound_only(10), 0, max_batch=64).training_batches(0)] == [12]


def test_long_sequences_come_in_smaller_batches():
    assert BinaryTask(bound_only(10, 40), seed=0).batch_size == 128
    assert BinaryTask(bound_only(10, 400), seed=0).batch_size == BASES_A_BATCH // 400
    assert BinaryTask(bound_only(5, BASES_A_BATCH + 1), seed=0).batch_size == 1


def test_a_few_long_sequences_do_not_make_all_batches_small():
    words = [*random_sequences(60, 100), *random_sequences(1, 20_000)]
    data = dataset(words, split=[*sides(60), TRAIN])
    assert BinaryTask(data, seed=0).batch_size == MOST_BASES // 20_000
    assert max(len(batch.y) for batch in BinaryTask(data, seed=0).training_batches(0)) == MOST_BASES // 20_000


def test_targets_are_the_labels_and_a_task_may_have_others():
    class Lengths(BinaryTask):
        def targets(self, data, chosen):
            return torch.from_numpy(data.lengths[chosen])

    data = with_negatives()
    assert BinaryTask(data, seed=0).targets(data, np.array([60, 3])).tolist() == [0, 1]
    data = ragged()
    task = Lengths(data, seed=0, max_batch=16)
    for batch in (*task.training_batches(0), *task.calibration_batches(), *task.validation_batches()):
        assert batch.y.tolist() == (batch.x != PAD).sum(1).tolist()


# Hidden letters


def test_letter_dropout_hides_its_share_and_never_padding():
    data = ragged(400)
    plain, hidden = (BinaryTask(data, seed=0, letter_dropout=share) for share in (0.0, 0.2))
    n_hidden = n_letters = 0
    for before, after in zip(plain.training_batches(0), hidden.training_batches(0), strict=True):
        assert torch.equal(before.y, after.y)
        changed = before.x != after.x
        assert (after.x[changed] == 4).all()
        assert torch.equal(before.x == PAD, after.x == PAD)
        n_hidden += int(changed.sum())
        n_letters += int((before.x < 4).sum())
    assert abs(n_hidden / n_letters - 0.2) < 5 * np.sqrt(0.2 * 0.8 / n_letters)


def test_hidden_letters_differ_between_epochs_and_only_training_has_them():
    task = BinaryTask(dataset(["A" * 40] * 50, split=sides(50)), seed=0, letter_dropout=0.3)
    assert epoch(task, 0)[0] != epoch(task, 1)[0]
    for batch in (*task.calibration_batches(), *task.validation_batches()):
        assert not batch.x.any()


# Calibration and validation


def drawn(batches, label):
    """The sequences of one label as tuples of letters without padding."""
    return [tuple(row[row != PAD].tolist()) for batch in batches for row in batch.x[batch.y == label].numpy()]


def test_calibration_is_a_fixed_balanced_sample_of_training():
    data = bound_only(1400, length=300)
    task = BinaryTask(data, seed=0, letter_dropout=0.1)
    before = [batch.x.clone() for batch in task.calibration_batches()]
    list(task.training_batches(5))
    after = task.calibration_batches()
    assert all(torch.equal(x, batch.x) for x, batch in zip(before, after, strict=True))
    bound, copies = drawn(after, 1), drawn(after, 0)
    assert len(bound) == len(copies) == SAMPLE_BASES // 300
    assert set(bound) <= words(data, data.indices(TRAIN))
    expected = Counter(frozenset(Counter(pairwise(word)).items()) for word in bound)
    assert Counter(frozenset(Counter(pairwise(word)).items()) for word in copies) == expected
    assert not set(copies) & set(epoch(BinaryTask(data, seed=0, max_batch=1), 0)[0])
    again = BinaryTask(data, seed=0).calibration_batches()
    assert all(torch.equal(x, batch.x) for x, batch in zip(before, again, strict=True))


@pytest.mark.parametrize(("bases", "expected"), [(100, FEWEST), (7_000, 175), (10**6, 240)])
def test_a_balanced_sample_has_about_as_many_letters_as_it_is_asked_for(bases, expected):
    data = bound_only(400, length=40)
    batches = BinaryTask(data, seed=0).balanced_batches(bases)
    assert [len(drawn(batches, label)) for label in (1, 0)] == [expected] * 2
    assert len(set(drawn(batches, 1))) == expected


@pytest.mark.parametrize("data", [with_negatives(60, 200), ragged(90)])
def test_a_balanced_sample_is_of_training_sequences_in_batches_of_like_lengths(data):
    task = BinaryTask(data, seed=0, max_batch=16)
    batches = task.balanced_batches(10**6)
    train = data.indices(TRAIN)
    bound = words(data, train[data.labels[train] == 1])
    assert set(drawn(batches, 1)) == bound
    if (data.labels == 0).any():
        unbound = drawn(batches, 0)
        assert set(unbound) < words(data, train[data.labels[train] == 0])
        assert len(set(unbound)) == len(unbound) <= len(bound)
    lengths = [(batch.x != PAD).sum(1) for batch in batches]
    assert all(int(a.max()) <= int(b.min()) for a, b in pairwise(lengths))
    assert max(map(len, lengths)) == 32


# Composition


def of_contents(contents, length=50, seed=0):
    """Sequences with these shares of G and C."""
    rng = np.random.default_rng(seed)
    rows = []
    for share in contents:
        strong = rng.permutation(length) < round(share * length)
        rows.append(np.where(strong, rng.integers(1, 3, length), 3 * rng.integers(0, 2, length)).astype(np.uint8))
    return rows


def content(data, chosen):
    return np.array([np.isin(data.sequence(i), (1, 2)).mean() for i in chosen])


def test_unbound_sequences_have_the_composition_of_bound_ones():
    """Bound ones are rich in G and C, unbound ones poor, but there are many of them."""
    rng = np.random.default_rng(0)
    rows = of_contents([*rng.normal(0.6, 0.05, 300), *rng.normal(0.45, 0.12, 6000)])
    data = dataset(rows, [1] * 300 + [0] * 6000)
    bound, unbound = np.arange(300), np.arange(300, 6300)
    chosen = like_composition(data, bound, unbound)
    assert len(set(chosen.tolist())) == len(chosen)
    assert chosen.min() >= 300
    assert 290 <= len(chosen) <= 300
    own, other = content(data, bound), content(data, chosen)
    assert abs(own.mean() - other.mean()) < 0.01
    assert abs(np.quantile(own, [0.1, 0.5, 0.9]) - np.quantile(other, [0.1, 0.5, 0.9])).max() < 0.03
    assert abs(own.mean() - content(data, unbound).mean()) > 0.1


def test_letters_that_are_unknown_say_nothing_of_composition():
    """Half of the letters of unbound ones are N: their content is that of the other half, as `gc_content` has it."""
    rng = np.random.default_rng(0)
    rows = of_contents([*rng.normal(0.6, 0.05, 200), *rng.normal(0.6, 0.05, 300), *rng.normal(0.3, 0.02, 300)])
    for row in rows[200:500]:
        row[: len(row) // 2] = AMBIGUOUS
    data = dataset(rows, [1] * 200 + [0] * 600)
    contents = gc_contents(data.codes, data.offsets)
    assert contents == pytest.approx([gc_content(data.sequence(i)) for i in range(len(data))])
    chosen = like_composition(data, np.arange(200), np.arange(200, 800))
    assert (chosen < 500).mean() > 0.95


def test_a_balanced_sample_has_unbound_sequences_of_that_composition():
    rng = np.random.default_rng(0)
    rows = of_contents([*rng.normal(0.6, 0.05, 200), *rng.normal(0.45, 0.12, 4000)])
    data = dataset(rows, [1] * 200 + [0] * 4000)
    batches = BinaryTask(data, seed=0).balanced_batches(10**6)
    bound, unbound = (np.mean([np.isin(row, (1, 2)).mean() for row in drawn(batches, label)]) for label in (1, 0))
    assert abs(bound - unbound) < 0.01


def test_the_first_of_a_bin_are_taken_and_as_many_as_there_are():
    rows = of_contents([0.2] * 4 + [0.8] * 4 + [0.2, 0.8, 0.2, 0.2, 0.2, 0.2])
    data = dataset(rows, [1] * 8 + [0] * 6)
    order = np.array([13, 12, 9, 11, 10, 8])
    chosen = like_composition(data, np.arange(8), order, bins=2)
    assert sorted(chosen.tolist()) == [9, 10, 11, 12, 13]
    assert like_composition(data, np.arange(8), order[:1]).tolist() == [13]


def test_bound_sequences_of_one_composition_take_unbound_ones_below_it_or_of_it_and_above():
    rows = of_contents([0.5] * 3 + [0.1, 0.5, 0.5, 0.9])
    chosen = like_composition(dataset(rows, [1] * 3 + [0] * 4), np.arange(3), np.arange(3, 7))
    assert len(chosen) <= 3
    assert {4, 5} <= set(chosen.tolist())


@pytest.mark.parametrize("data", [bound_only(), with_negatives()])
def test_validation_is_that_side_alone_with_copies_where_nothing_is_unbound(data):
    task = BinaryTask(data, seed=0)
    x = torch.cat([batch.x for batch in task.validation_batches()])
    y = torch.cat([batch.y for batch in task.validation_batches()])
    own = data.subset(data.indices(VALIDATION))
    np.testing.assert_array_equal(x[: len(own)], own.padded(np.arange(len(own))))
    assert y[: len(own)].tolist() == own.labels.tolist()
    assert y[len(own) :].tolist() == ([] if (own.labels == 0).any() else [0] * len(own))


# Tensors and scores


def test_only_batches_of_unequal_lengths_have_a_mask():
    task = BinaryTask(bound_only(), seed=0)
    x, mask = task.inputs(Batch(torch.tensor([[0, 1, 4], [3, 2, 1]], dtype=torch.uint8), torch.ones(2)))
    assert (x.shape, mask) == ((2, 4, 3), None)
    assert x.sum(1).tolist() == [[1, 1, 0], [1, 1, 1]]
    x, mask = task.inputs(Batch(torch.tensor([[0, 1, PAD], [3, 2, 1]], dtype=torch.uint8), torch.ones(2)))
    assert mask.tolist() == [[[True, True, False]], [[True, True, True]]]
    assert x.sum(1).tolist() == [[1, 1, 0], [1, 1, 1]]


def test_loss_is_the_mean_cross_entropy_of_the_logits():
    task = BinaryTask(bound_only(), seed=0)
    loss = task.loss(torch.tensor([[0.0], [2.0]]), Batch(torch.zeros(2, 3), torch.tensor([1.0, 0.0])))
    assert float(loss) == pytest.approx((np.log(2) + np.log1p(np.exp(2))) / 2)


def test_score_is_the_area_under_the_curve_and_its_error():
    rng = np.random.default_rng(0)
    labels = (rng.random(300) < 0.3).astype(np.float32)
    logits = (rng.normal(size=300) + labels).round(1)
    score = BinaryTask(bound_only(), seed=0).score(torch.tensor(logits)[:, None], torch.tensor(labels))
    assert score[0] == roc_auc_score(labels, logits)
    assert score[1] == auroc_standard_error(score[0], int(labels.sum()), 300 - int(labels.sum()))


def test_the_standard_error_is_the_spread_of_repeated_measurements():
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], [60, 90])
    scores = [roc_auc_score(labels, rng.exponential(1 + 2 * labels)) for _ in range(300)]
    expected = auroc_standard_error(float(np.mean(scores)), 60, 90)
    assert np.std(scores) == pytest.approx(expected, rel=0.2)
    assert auroc_standard_error(1.0, 60, 90) == 0


# Very many sequences


def test_epochs_of_very_many_sequences_are_equal_parts_that_see_each_once_a_turn(monkeypatch):
    data = bound_only(200)
    monkeypatch.setattr("sparling_genomics.tasks.binary.AT_ONCE", len(data.indices(TRAIN)) * 40 // 3)
    task = BinaryTask(data, seed=1, max_batch=1)
    real = words(data, data.indices(TRAIN))
    turns = []
    for turn in (0, 1):
        parts = [epoch(task, 3 * turn + part) for part in range(3)]
        assert all(sum(labels) == len(labels) / 2 for _, labels in parts)
        assert max(len(labels) for _, labels in parts) - min(len(labels) for _, labels in parts) <= 2
        seen = [letters for part in parts for letters, y in zip(*part, strict=True) if y == 1]
        assert len(seen) == len(set(seen))
        assert set(seen) == real
        turns.append(seen)
    assert turns[0] != turns[1]
    assert epoch(BinaryTask(data, seed=1, max_batch=1), 3) == epoch(task, 3)


def test_parts_of_labelled_sequences_are_balanced_and_see_all_of_the_fewer(monkeypatch):
    data = with_negatives(60, 150)
    task = BinaryTask(data, seed=1, max_batch=1)
    train = data.indices(TRAIN)
    fewer = int((data.labels[train] == 1).sum())
    monkeypatch.setattr("sparling_genomics.tasks.binary.AT_ONCE", 2 * fewer * 40 // 3)
    parts = [epoch(task, part) for part in range(3)]
    assert all(sum(labels) == len(labels) / 2 for _, labels in parts)
    seen = [letters for part in parts for letters, y in zip(*part, strict=True) if y == 1]
    assert len(seen) == fewer
    assert set(seen) == words(data, train[data.labels[train] == 1])
