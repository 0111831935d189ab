"""Evidence of one side, in clusters, against counting by hand."""

from math import comb

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.motifs.evidence import Evidence, evidence
from tests.genomics.hand_made import activations, dataset


def by_hand(bound_with, bound, unbound_with, unbound):
    with_site = bound_with + unbound_with
    ways = [comb(bound, k) * comb(unbound, with_site - k) for k in range(bound_with, min(bound, with_site) + 1)]
    return sum(ways) / comb(bound + unbound, with_site)


def naive(data, where, side):
    """Clusters of one side: bound with a site, bound, unbound with a site, unbound."""
    counts = []
    for label in (1, 0):
        groups = {}
        for i in range(len(data)):
            if data.split[i] == side and data.labels[i] == label:
                groups.setdefault(int(data.cluster[i]), []).append(i in where)
        counts += [sum(any(members) for members in groups.values()), len(groups)]
    return counts


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("side", [TRAIN, VALIDATION, TEST])
def test_clusters_of_one_side_are_counted_once(seed, side):
    rng = np.random.default_rng(seed)
    data = dataset(["ACGT"] * 120, rng.integers(0, 2, 120), rng.integers(0, 3, 120), cluster=rng.integers(0, 70, 120))
    where = rng.choice(120, 50).tolist()  # some of them several times
    found = evidence(data, activations([(i, 0, 1, False, 1.0) for i in where]), side)
    assert list(found[1:]) == naive(data, set(where), side)
    assert found.p == pytest.approx(by_hand(*found[1:]))


def test_a_family_of_a_hundred_is_one_witness():
    """A repeat in 100 bound records of one family, and in nothing else, is no motif."""
    data = dataset(["ACGT"] * 300, [1] * 200 + [0] * 100, [TEST] * 300, cluster=[0] * 100 + [*range(1, 201)])
    sites = activations([(i, 0, 1, False, 1.0) for i in range(100)])
    assert evidence(data, sites, TEST) == Evidence(pytest.approx(101 / 201), 1, 101, 0, 100)
    alone = dataset(["ACGT"] * 300, [1] * 200 + [0] * 100, [TEST] * 300)
    assert evidence(alone, sites, TEST).p < 1e-15


def test_labels_of_other_sides_change_nothing():
    rng = np.random.default_rng(0)
    labels, split = rng.integers(0, 2, 90), np.repeat([TRAIN, VALIDATION, TEST], 30)
    sites = activations([(i, 0, 1, False, 1.0) for i in rng.choice(90, 40)])
    found = evidence(dataset(["ACGT"] * 90, labels, split), sites, TEST)
    labels[:60] = rng.permutation(labels[:60])
    assert evidence(dataset(["ACGT"] * 90, labels, split), sites, TEST) == found


def test_a_side_without_sites_or_without_unbound_sequences_says_nothing():
    data = dataset(["ACGT"] * 20, [1] * 15 + [0] * 5, [TEST] * 10 + [TRAIN] * 10)
    assert evidence(data, activations([]), TRAIN) == Evidence(1.0, 0, 5, 0, 5)
    assert evidence(data, activations([(2, 0, 1, False, 1.0)]), TEST) == Evidence(1.0, 1, 10, 0, 0)
