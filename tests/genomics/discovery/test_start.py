"""Channels start as the seeds' log odds, with their marks as budgets; the second network keeps what stays."""

import numpy as np
import pytest
import torch

from sparling_genomics.discovery.growing import log_odds
from sparling_genomics.discovery.start import network_of, with_more
from sparling_genomics.discovery.training import Trained
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.network.motif_network import matrices_of, sparsity_of
from tests.genomics.discovery.searches import COMMON, RARE, search_of, seed_of, training_side, with_words

SEEDS = [seed_of(COMMON, 100), seed_of(RARE, 25), seed_of("CTGACT", 1)]


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    return search_of(with_words(), tmp_path_factory.mktemp("start"))


@pytest.fixture(scope="module")
def training(search):
    return training_side(search)


def columns(training, seed):
    return log_odds(seed.counts, np.array(training.background)).T


def letters(search, n=20):
    codes = np.stack([search.data.sequence(i) for i in range(n)])
    return one_hot(torch.from_numpy(codes))


def test_channels_start_as_the_log_odds_of_the_seeds(search, training):
    model, _ = network_of(search, training, SEEDS)
    weight = matrices_of(model).matrices.weight
    assert len(weight) == model.sparsity.channels == 3
    for channel, seed in enumerate(SEEDS):
        np.testing.assert_allclose(
            weight[channel, :, 0].detach().numpy(), columns(training, seed), rtol=1e-5, atol=1e-6
        )
    x = letters(search)
    with torch.no_grad():
        expected = torch.stack([matrices_of(model).matrices(each.unsqueeze(2))[:, :, 0] for each in (x, x.flip(1, 2))])
        torch.testing.assert_close(model.eval().local(x), torch.maximum(expected[0], expected[1].flip(2)))


def test_budgets_are_the_seeds_marks(search, training):
    model, planned = network_of(search, training, SEEDS)
    layer = sparsity_of(model)
    bound = float(training.lengths[training.labels == 1].sum())
    marks = layer.shares * layer.unit * 2 * bound  # in a sample with as many unbound letters
    assert marks.tolist() == pytest.approx([100, 25, 2])
    assert float(layer.shares.mean()) == pytest.approx(1)
    assert planned.network.unit == layer.unit


def test_equal_budgets_are_equal(search, training, tmp_path):
    equal = search_of(search.data, tmp_path, budgets="equal")
    assert sparsity_of(network_of(equal, training, SEEDS)[0]).shares.tolist() == [1.0] * 3


def test_from_nothing_channels_are_random_and_mark_once_a_bound_sequence(search, training, tmp_path):
    model, planned = network_of(search_of(search.data, tmp_path, channels=5), training, [])
    layer = sparsity_of(model)
    assert (model.sparsity.channels, matrices_of(model)) == (5, None)
    assert layer.shares.tolist() == [1.0] * 5
    bound = training.labels == 1
    assert layer.unit * 2 * float(training.lengths[bound].sum()) == pytest.approx(float(bound.sum()))
    assert planned.anneal.initial > planned.anneal.target


def test_alone_the_matrices_stay_what_they_are(search, training):
    model, planned = network_of(search, training, SEEDS, alone=True)
    assert (planned.network.filters, matrices_of(model).network) == (0, None)
    assert sum(p.numel() for p in model.local.parameters()) == 3 * 4 * 15


def test_weights_follow_from_the_seed_alone(search, training, tmp_path):
    one, again = (network_of(search, training, SEEDS)[0].state_dict() for _ in range(2))
    torch.manual_seed(99)
    other = network_of(search_of(search.data, tmp_path, seed=1), training, SEEDS)[0].state_dict()
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["readout.inner"], other["readout.inner"])


def trained(search, training):
    """As after a training: everything has moved."""
    model, planned = network_of(search, training, SEEDS)
    with torch.no_grad():
        for i, parameter in enumerate(model.parameters()):
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(i)) * 0.1)
    layer = sparsity_of(model)
    layer.share_out(torch.tensor([2.0, 0.5, 1.0]))
    layer.set_threshold(torch.tensor([1.0, 2.0, 3.0]))
    layer.density = 0.004
    return Trained("first", model.eval(), planned.network, None, [], 0.0)


def test_kept_channels_keep_weights_readout_thresholds_and_budgets(search, training):
    first = trained(search, training)
    new = [seed_of("GGTATACC", 30)]
    model, network = with_more(search, first, [0, 2], training, new)
    assert model.training
    assert network.channels == model.sparsity.channels == 3
    old, layer = first.model, sparsity_of(model)
    assert torch.equal(matrices_of(model).matrices.weight[:2], matrices_of(old).matrices.weight[[0, 2]])
    assert torch.equal(model.readout.inner[:, [0, 1, 3, 4]], old.readout.inner[:, [0, 2, 3, 5]])
    assert layer.threshold[:2].tolist() == [1.0, 3.0]
    assert layer.shares[:2].tolist() == [2.0, 1.0]
    assert layer.density == 0.004
    own = matrices_of(model).matrices.weight[2, :, 0].detach().numpy()
    np.testing.assert_allclose(own, columns(training, new[0]), rtol=1e-5, atol=1e-6)
    bound = float(training.lengths[training.labels == 1].sum())
    assert float(layer.shares[2] * layer.unit * 2 * bound) == pytest.approx(30)
    x = letters(search)
    with torch.no_grad():
        torch.testing.assert_close(model.eval().local(x)[:, :2], old.local(x)[:, [0, 2]])


def test_without_new_seeds_the_network_is_that_of_the_channels_that_stay(search, training):
    first = trained(search, training)
    model, network = with_more(search, first, [1], training, [])
    assert network.channels == 1
    assert torch.equal(matrices_of(model).matrices.weight, matrices_of(first.model).matrices.weight[[1]])
