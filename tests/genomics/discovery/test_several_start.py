"""The network of several labels at its start: an output a column, a contrast a channel, a silent readout."""

import numpy as np
import pytest
import torch

from sparling.networks.readout import PooledReadout
from sparling_genomics.data.dataset import TRAIN
from sparling_genomics.discovery import plan
from sparling_genomics.discovery.several_seeds import find_seeds_of_several
from sparling_genomics.discovery.start import network_of, with_more
from sparling_genomics.discovery.training import Trained
from sparling_genomics.network.motif_network import load_network, save_network, sparsity_of
from tests.genomics.discovery.searches import search_of
from tests.genomics.sequences import load
from tests.genomics.several_run import write_set


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    folder = tmp_path_factory.mktemp("several")
    fasta, table = write_set(folder)
    search = search_of(load(fasta, labels=table), folder, width=11)
    training = search.data.subset(search.data.indices(TRAIN))
    seeds = find_seeds_of_several(training, 11)
    return search, training, seeds, *network_of(search, training, seeds)


def test_an_output_a_column_and_a_contrast_a_channel(begun):
    _, training, seeds, model, planned = begun
    assert planned.network.outputs == 3
    assert planned.network.readout == "free"
    assert planned.network.contrasts == tuple(seed.contrast for seed in seeds)
    assert isinstance(model.readout, PooledReadout)
    expected = [seed.marks / training.lengths.sum() for seed in seeds]
    np.testing.assert_allclose(sparsity_of(model).budgets.numpy(), expected, rtol=1e-5)


def test_the_readout_says_nothing_at_first(begun):
    *_, model, planned = begun
    features = torch.rand(5, 2 * planned.network.channels)
    assert not model.readout.of_pooled(features).any()


def test_hidden_channels_only_where_values_are_enough(begun, monkeypatch):
    search, training, seeds, _, planned = begun
    assert (search.config.filters, planned.network.filters) == (8, 0)
    monkeypatch.setattr(plan, "ENOUGH", 100)
    assert network_of(search, training, seeds)[1].network.filters == 8


def test_contrasts_go_with_their_channels_and_are_saved(begun, tmp_path):
    search, training, seeds, model, planned = begun
    first = Trained("", model, planned.network, None, [], 0.0)
    more = seeds[:1]
    later, network = with_more(search, first, [2, 0], training, more)
    contrasts = planned.network.contrasts
    assert network.contrasts == (contrasts[2], contrasts[0], more[0].contrast)
    save_network(tmp_path, later, network)
    assert load_network(tmp_path)[1] == network


def test_without_seeds_channels_ask_all_columns_in_turn(begun):
    search, training, *_ = begun
    network = network_of(search, training, [])[1].network
    assert network.contrasts == search.data.targets.spread(search.config.channels)
    assert len(set(network.contrasts)) == 6
