"""What a motif does, against hand-made maps and places."""

import numpy as np
import pytest
import torch
from scipy.stats import fisher_exact

from sparling.networks.readout import MonotoneReadout
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.motifs.effects import centrality, effects
from sparling_genomics.motifs.evidence import evidence
from tests.genomics.hand_made import PLAIN
from tests.genomics.hand_made import plain_motif as motif
from tests.genomics.hand_made import plain_sequences as sequences


class Sum(MonotoneReadout):
    """Log odds: the sum of all channels' maxima, less 1."""

    def of_pooled(self, features):
        return features[:, : features.shape[1] // 2].sum(1, keepdim=True) - 1.0


def test_effect_and_necessity_are_those_of_silencing():
    data = sequences(4, split=[TEST] * 4)
    maxima = torch.tensor([[3.0, 0.0], [0.5, 1.5], [0.0, 2.0], [0.5, 0.0]])
    features = torch.cat([maxima, maxima.log1p()], dim=1)
    first, second = effects(
        data, [motif("M1", [(0, 3, False)]), motif("M2", [(1, 3, False)])], Sum(2, 1), features, np.zeros(2), 2
    )
    sigmoid = torch.sigmoid(torch.tensor([2.0, -1.0, 1.0, 0.5, -0.5, -1.0]))
    rises = [sigmoid[0] - sigmoid[1], sigmoid[2] - sigmoid[3], sigmoid[4] - sigmoid[5]]
    assert first.effect == pytest.approx(float(sum(rises)) / 3)
    assert first.necessity == 0.5  # sequences 0 and 1 are predicted bound; 0 alone is not any more
    assert second.necessity == 1.0


def test_sequences_with_weak_marks_alone_have_no_site():
    data = sequences(3, split=[TEST] * 3)
    features = torch.tensor([[3.0, 1.0], [1.4, 0.8], [2.0, 1.0]])
    (found,) = effects(data, [motif("M1", [(0, 3, False)])], Sum(1, 1), features, np.array([1.5]), 1)
    sigmoid = torch.sigmoid(torch.tensor([2.0, 1.0, -1.0]))
    assert found.effect == pytest.approx(float(sigmoid[0] + sigmoid[1]) / 2 - float(sigmoid[2]))


def test_effects_look_at_bound_test_sequences_alone():
    data = sequences(3, labels=[1, 0, 1], split=[TEST, TEST, TRAIN])
    features = torch.tensor([[2.0, 1.0], [9.0, 3.0], [9.0, 3.0]])
    (found,) = effects(data, [motif("M1", [(0, 0, False)])], Sum(1, 1), features, np.zeros(1), 1)
    assert found.effect == pytest.approx(float(torch.sigmoid(torch.tensor(1.0)) - torch.sigmoid(torch.tensor(-1.0))))
    silent = features * torch.tensor([[0.0], [1.0], [1.0]])
    (found,) = effects(data, [motif("M1", [(0, 0, False)])], Sum(1, 1), silent, np.zeros(1), 1)
    assert (found.effect, found.necessity) == (None, None)


def test_e_value_is_that_of_the_test_side_times_the_motifs_tested():
    labels = [1] * 40 + [0] * 40
    data = sequences(80, labels, [TEST, VALIDATION] * 40)
    own = motif("M1", [(i, 5, False) for i in range(30)])
    (found,) = effects(data, [own], Sum(1, 1), torch.ones(80, 2), np.zeros(1), tested=7)
    assert found.p_value == evidence(data, own.sites, TEST).p < 1e-4
    assert found.p_value == pytest.approx(fisher_exact([[15, 5], [0, 20]], alternative="greater").pvalue)
    assert found.e_value == 7 * found.p_value


@pytest.mark.parametrize(("start", "expected"), [(22, 0.0), (0, 1.0), (44, 1.0), (11, 0.5), (33, 0.5)])
def test_centrality_is_the_distance_from_the_middle(start, expected):
    mean, p = centrality(sequences(30), motif("M1", [(i, start, i % 2 == 1) for i in range(30)]))
    assert mean == pytest.approx(expected)
    assert (p < 1e-6) == (expected == 0.0)


def test_places_at_random_are_not_central():
    rng = np.random.default_rng(0)
    data = sequences(400)
    chances = []
    for _ in range(200):
        places = [(i, int(rng.integers(PLAIN - 5)), False) for i in range(400)]
        chances.append(centrality(data, motif("M1", places))[1])
    assert 0.02 < np.mean(np.array(chances) < 0.1) < 0.2
    assert centrality(sequences(2, labels=[0, 0]), motif("M1", [(0, 3, False)])) == (None, None)
