"""What the readout sees of a map, from its activations alone, against the readout's own pooling of a whole map."""

import numpy as np
import pytest
import torch

from sparling.networks.readout import pooled
from sparling_genomics.motifs.activations import find_activations
from sparling_genomics.motifs.map_features import Map, map_features, site_scores
from sparling_genomics.network.motif_network import NetworkDescription, build_network, readout_of, sparsity_of
from tests.genomics.hand_made import NO_AUTOCAST, activations, dataset, rows
from tests.genomics.sequences import random_sequences


def test_features_are_those_that_the_readout_pools():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(7, 3, 20, generator=generator).clamp_min(1.0) - 1.0
    z[4] = 0.0
    hit = z.nonzero().tolist()
    found = activations([(i, c, p, False, float(z[i, c, p])) for i, c, p in hit])
    torch.testing.assert_close(map_features(found, 7, 3), pooled(z))
    assert not map_features(found, 7, 3)[4].any()
    assert torch.equal(map_features(activations([]), 2, 3), torch.zeros(2, 6))


@pytest.mark.parametrize("alphabet", ["dna", "rna"])
@torch.no_grad()
def test_a_networks_logits_follow_from_the_features_of_its_activations(alphabet):
    torch.manual_seed(0)
    model = build_network(NetworkDescription(alphabet, channels=3, width=7, filters=4, unit=0.05)).eval()
    sparsity_of(model).set_threshold(torch.full((3,), 0.05))
    sequences = [s[:k] for s, k in zip(random_sequences(30), range(10, 40), strict=False)]
    data = dataset(sequences)
    found, logits = find_activations(model, data, 8, torch.device("cpu"), NO_AUTOCAST)
    assert len(found) > 20
    features = map_features(found, len(data), 3)
    np.testing.assert_allclose(readout_of(model).of_pooled(features)[:, 0].numpy(), logits, rtol=1e-5, atol=1e-6)


def test_sites_are_what_lies_above_each_channels_cut():
    found = activations([(0, 0, 3, False, 2.0), (0, 1, 4, True, 2.0), (1, 0, 5, False, 0.5), (1, 1, 6, True, 2.5)])
    made = Map(found, map_features(found, 2, 2), np.zeros(2), np.array([0.5, 2.25]))
    assert rows(made.sites(0)) == [(0, 0, 3, False, 1.5)]  # at the cut is not above it
    assert rows(made.sites(1)) == [(1, 1, 6, True, 0.25)]
    assert len(made.activations) == 4


def test_scores_of_sites_are_what_the_cut_has_above_the_threshold():
    model = build_network(NetworkDescription("dna", channels=3, width=7, filters=4, unit=0.05))
    layer = sparsity_of(model)
    layer.set_threshold(torch.tensor([1.0, 2.0, 3.0]))
    layer.cuts.copy_(torch.tensor([1.5, 2.0, 1.0]))
    assert site_scores(model).tolist() == [0.5, 0.0, 0.0]  # no mark below the threshold is seen
