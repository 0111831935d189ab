"""The task of finding known sites: targets against loops, loss and score by hand, and what an epoch holds."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score

from sparling.training.task import Batch
from sparling_genomics.data.dataset import TRAIN, VALIDATION
from sparling_genomics.discovery.site_task import HELD_OUT, SITE, UNSAID, Open, Padded, SiteTask, joined_sites
from sparling_genomics.letters.alphabet import AMBIGUOUS, PAD
from tests.genomics.hand_made import activations, dataset, rows, sides
from tests.genomics.sequences import random_sequences

RADIUS = 3


def ragged(n=40, labels=None):
    lengths = np.random.default_rng(1).integers(10, 31, n)
    lengths[0] = 30
    words = [word[:length] for word, length in zip(random_sequences(n, 30), lengths, strict=True)]
    return dataset(words, labels, sides(n))


def scattered(data, channels=3, n=60):
    """Random sites, a few of them outside their sequences."""
    rng = np.random.default_rng(0)
    columns = rng.integers(len(data), size=n), rng.integers(channels, size=n), rng.integers(-2, 33, n)
    return activations(
        [(i, c, p, False, 1.0) for i, c, p in zip(*(column.tolist() for column in columns), strict=True)]
    )


def task(data, sites, channels=3, letter_dropout=0.0):
    return SiteTask(data, sites, channels, RADIUS, seed=0, letter_dropout=letter_dropout)


def target_by_loops(data, sites, index, channels, longest):
    """Naive oracle: each channel and letter by itself."""
    target = np.zeros((channels, longest), dtype=np.uint8)
    length = int(data.lengths[index])
    places = {(c, p) for i, c, p, *_ in rows(sites) if i == index and 0 <= p < length}
    for channel in range(channels):
        for letter in range(longest):
            near = any((channel, p) in places for p in range(letter - RADIUS, letter + RADIUS + 1))
            if (channel, letter) in places:
                target[channel, letter] = SITE
            elif near or letter >= length:
                target[channel, letter] = UNSAID
    return target


# Targets


def test_a_target_by_eye():
    data = dataset(["A" * 12, "A" * 10])
    sites = activations([(1, 0, 4, False, 1.0), (1, 1, 0, True, 1.0), (1, 1, 2, False, 1.0), (0, 0, 11, False, 1.0)])
    assert task(data, sites, 2).targets(data, np.array([1, 0])).tolist() == [
        [[0, 2, 2, 2, 1, 2, 2, 2, 0, 0, 2, 2], [1, 2, 1, 2, 2, 2, 0, 0, 0, 0, 2, 2]],
        [[0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 1], [0] * 12],
    ]


def test_targets_are_those_of_loops_over_channels_and_letters():
    data = ragged()
    sites = scattered(data)
    chosen = np.random.default_rng(2).permutation(len(data))
    found = task(data, sites).targets(data, chosen)
    assert (found.shape, found.dtype) == ((40, 3, 30), torch.uint8)
    for index, target in zip(chosen, found.numpy(), strict=True):
        np.testing.assert_array_equal(target, target_by_loops(data, sites, index, 3, 30))


def test_every_batch_has_the_targets_of_its_sequences_and_shuffled_copies_have_no_site():
    data = ragged()
    sites = scattered(data)
    expected = {
        tuple(data.sequence(i).tolist()): target_by_loops(data, sites, i, 3, 30).tolist() for i in range(len(data))
    }
    given = task(data, sites)
    n_copies = n_sites = 0
    for batch in (*given.training_batches(0), *given.calibration_batches(), *given.validation_batches()):
        for letters, target in zip(batch.x.numpy(), batch.y.numpy(), strict=True):
            word = tuple(letters[letters != PAD].tolist())
            if word in expected:
                assert target.tolist() == expected[word]
                n_sites += int((target == SITE).sum())
            else:
                n_copies += 1
                assert (target[:, : len(word)] == 0).all()
                assert (target[:, len(word) :] == UNSAID).all()
    assert n_copies > 30
    assert n_sites > 30


def test_unbound_sequences_of_the_data_keep_their_sites():
    data = ragged(labels=[1, 0] * 20)
    sites = activations([(i, 0, 5, False, 1.0) for i in range(40)])
    batches = list(task(data, sites).training_batches(0))
    assert sum(len(batch.y) for batch in batches) > 10
    for batch in batches:
        assert (batch.y[:, 0, 5] == SITE).all()
        assert not (batch.y[:, 1:] == SITE).any()


def test_letters_are_hidden_and_targets_are_not():
    data = dataset(["A" * 20] * 50, split=sides(50))
    sites = activations([(i, 0, 5, False, 1.0) for i in range(50)])
    hiding = task(data, sites, letter_dropout=0.3)
    (batch,) = hiding.training_batches(0)
    assert 0.2 < float((batch.x == AMBIGUOUS).float().mean()) < 0.4
    assert (batch.y[:, 0, 5] == SITE).sum() == len(batch.y) / 2  # the other half are shuffled copies
    assert not any((each.x == AMBIGUOUS).any() for each in hiding.validation_batches())


def test_a_part_of_a_long_validation_side_is_looked_at():
    n = 5 * HELD_OUT // 2
    data = dataset(random_sequences(n, 12), [1, 0] * (n // 2), np.full(n, VALIDATION, dtype=np.uint8))
    data.split[:20] = TRAIN
    seen = [tuple(x.tolist()) for batch in task(data, activations([])).validation_batches() for x in batch.x]
    assert len(seen) == HELD_OUT
    own = {tuple(data.sequence(i).tolist()) for i in data.indices(VALIDATION)}
    assert set(seen) <= own
    assert seen != [tuple(data.sequence(i).tolist()) for i in data.indices(VALIDATION)[:HELD_OUT]]


# Loss and score


def batch_of(targets):
    return Batch(torch.zeros(len(targets), 4, dtype=torch.uint8), torch.tensor(targets, dtype=torch.uint8))


def test_loss_is_summed_over_a_sequence_and_says_nothing_of_what_is_unsaid():
    given = task(ragged(), activations([]), 1)
    output = torch.tensor([[[0.0, 2.0, 50.0, -1.0]], [[1.0, 0.0, 0.0, -50.0]]], requires_grad=True)
    loss = given.loss(output, batch_of([[[SITE, 0, UNSAID, 0]], [[UNSAID, 0, SITE, UNSAID]]]))
    by_hand = [math.log(2), math.log1p(math.e**2), math.log1p(math.exp(-1)), math.log(2), math.log(2)]
    assert loss.item() == pytest.approx(sum(by_hand) / 2)
    loss.backward()
    assert (output.grad == 0).tolist() == [[[False, False, True, False]], [[True, False, False, True]]]


def test_score_is_the_average_precision_over_what_is_said():
    rng = np.random.default_rng(0)
    target = torch.from_numpy(rng.choice([0, SITE, UNSAID], (5, 3, 20), p=[0.7, 0.1, 0.2]).astype(np.uint8))
    output = torch.from_numpy(rng.normal(size=(5, 3, 20))) + (target == SITE)
    given = task(ragged(), activations([]))
    said = (target != UNSAID).numpy()
    expected = average_precision_score((target == SITE).numpy()[said], output.numpy()[said])
    assert given.score(output, target) == (pytest.approx(expected), 0.0)
    blind = torch.where(target == UNSAID, 1e6, output)
    assert given.score(blind, target) == given.score(output, target)
    assert given.score(output, torch.where(target == SITE, 0, target)) == (0.0, 0.0)
    assert given.score(torch.where(target == SITE, 9.0, -9.0), target) == (1.0, 0.0)


# Parts around it


def test_scores_go_through_as_they_are_and_maps_are_filled_up():
    scores = torch.randn(2, 3, 10, generator=torch.Generator().manual_seed(0))
    assert torch.equal(Open(3)(scores), scores)
    assert torch.equal(Open(3)(scores, torch.zeros(2, 1, 10, dtype=torch.bool)), scores)
    padded = Padded(14)(scores)
    assert torch.equal(padded[:, :, :10], scores)
    assert (padded.shape, padded[:, :, 10:].abs().max()) == ((2, 3, 14), 0)
    assert torch.equal(Padded(10)(scores), scores)


def test_joined_sites_have_their_part_as_channel():
    parts = [[(0, 7, 3, True, 1.5), (2, 7, 4, False, 2.0)], [], [(1, 0, 9, True, 0.5)]]
    found = joined_sites([activations(part) for part in parts])
    assert rows(found) == [(0, 0, 3, True, 1.5), (2, 0, 4, False, 2.0), (1, 2, 9, True, 0.5)]
