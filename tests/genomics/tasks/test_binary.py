"""The binary task: what is in an epoch follows from (seed, epoch) alone, and is balanced."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from sparling.training.task import Batch
from sparling_genomics.data.dataset import TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import PAD
from sparling_genomics.tasks.binary import (
    BASES_A_BATCH,
    CALIBRATION_SEQUENCES,
    MOST_BASES,
    BinaryTask,
    auroc_standard_error,
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


def test_calibration_is_a_fixed_balanced_sample_of_training():
    data = bound_only(1400)
    task = BinaryTask(data, seed=0, letter_dropout=0.1)
    before = [batch.x.clone() for batch in task.calibration_batches()]
    list(task.training_batches(5))
    after = task.calibration_batches()
    assert all(torch.equal(x, batch.x) for x, batch in zip(before, after, strict=True))
    labels = torch.cat([batch.y for batch in after])
    assert (len(labels), float(labels.sum())) == (CALIBRATION_SEQUENCES, CALIBRATION_SEQUENCES / 2)
    bound = {tuple(row.tolist()) for batch in after for row in batch.x[batch.y == 1]}
    assert bound <= words(data, data.indices(TRAIN))
    copies = {tuple(row.tolist()) for batch in after for row in batch.x[batch.y == 0]}
    assert copies <= set(epoch(BinaryTask(data, seed=0, max_batch=1), 0)[0])
    again = BinaryTask(data, seed=0).calibration_batches()
    assert all(torch.equal(x, batch.x) for x, batch in zip(before, again, strict=True))


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
