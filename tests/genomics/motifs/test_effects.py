"""What a motif does, against hand-made maps and places."""

import numpy as np
import pytest
import torch
from scipy.stats import fisher_exact

from sparling.networks.readout import MonotoneReadout
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.motifs.effects import centrality, effects
from sparling_genomics.motifs.evidence import evidence
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.motifs.pairs import pairs
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset

LENGTH = 50


class Sum(MonotoneReadout):
    """Log odds: the sum of all channels' maxima, less 1."""

    def of_pooled(self, features):
        return features[:, : features.shape[1] // 2].sum(1, keepdim=True) - 1.0


def sequences(n, labels=None, split=None, alphabet=None):
    return dataset(["A" * LENGTH] * n, labels, split, **({"alphabet": alphabet} if alphabet else {}))


def motif(name, places, consensus="ACGTAC", alphabet=None):
    """Sites (sequence, start, reverse), the strongest first."""
    pwm = consensus_motif(name, consensus, **({"alphabet": alphabet} if alphabet else {}))
    last = pwm.width - 1
    rows = [(s, 0, start + last * reverse, reverse, 9.0 - 0.01 * i) for i, (s, start, reverse) in enumerate(places)]
    return Motif(pwm, (0,), activations(rows), first=0)


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
        places = [(i, int(rng.integers(LENGTH - 5)), False) for i in range(400)]
        chances.append(centrality(data, motif("M1", places))[1])
    assert 0.02 < np.mean(np.array(chances) < 0.1) < 0.2
    assert centrality(sequences(2, labels=[0, 0]), motif("M1", [(0, 3, False)])) == (None, None)


def test_pairs_count_bound_sequences():
    data = sequences(40, labels=[1] * 30 + [0] * 10)
    a = motif("M1", [(i, 2, False) for i in range(12)] + [(35, 2, False)])
    b = motif("M2", [(i, 20, False) for i in range(6, 21)])
    (pair,) = pairs(data, [a, b])
    assert (pair.motif_a, pair.motif_b, pair.first, pair.second, pair.both) == ("M1", "M2", 12, 15, 6)
    assert pair.expected == 6.0
    assert pair.p_both == pytest.approx(1.0)
    assert pairs(data, [a]) == []


def test_pairs_of_sequences_of_one_length_have_the_p_of_fisher():
    data = sequences(200)
    for n_both in (3, 20, 35):
        a = motif("M1", [(i, 2, False) for i in range(60)])
        b = motif("M2", [(i, 20, False) for i in range(60 - n_both, 120 - n_both)])
        (pair,) = pairs(data, [a, b])
        assert (pair.both, pair.expected) == (n_both, 18.0)
        table = [[n_both, 60 - n_both], [60 - n_both, 80 + n_both]]
        assert pair.p_both == pytest.approx(fisher_exact(table).pvalue)


def test_motifs_that_both_prefer_long_sequences_are_not_together_more_than_by_chance():
    rng = np.random.default_rng(0)
    lengths = np.repeat([150, 1000], 200)
    data = dataset([rng.integers(4, size=n).astype(np.uint8) for n in lengths], labels=[1] * 400)
    own = [[(int(i), 5, False) for i in np.flatnonzero(rng.random(400) < 1 - np.exp(-lengths / 1000))] for _ in "ab"]
    (pair,) = pairs(data, [motif("M1", own[0]), motif("M2", own[1])])
    assert pair.p_both > 0.01
    assert pair.expected > pair.first * pair.second / 400 + 10


@pytest.mark.parametrize(
    ("a", "b", "gap", "order"),
    [
        ((10, False), (20, False), 4, "A> B>"),
        ((10, False), (20, True), 4, "A> <B"),
        ((20, False), (10, False), 4, "B> A>"),
        ((20, False), (10, True), 4, "<B A>"),
        ((20, True), (10, True), 4, "A> B>"),
        ((10, True), (20, False), 4, "<B A>"),
        ((10, False), (14, False), -2, "A> B>"),
    ],
)
def test_arrangements_are_seen_along_the_first_motif(a, b, gap, order):
    data = sequences(25)
    moved = np.random.default_rng(0).integers(-10, 20, 25).tolist()
    first, second = (
        motif(name, [(i, place[0] + by, place[1]) for i, by in enumerate(moved)])
        for name, place in (("M1", a), ("M2", b))
    )
    (pair,) = pairs(data, [first, second])
    assert (pair.spacing, pair.order, pair.with_spacing) == (gap, order, 25)
    assert pair.p_spacing < 1e-15


def places(rng, n, length, width, middle):
    """Starts of sites at random, or about the middle."""
    if middle:
        return np.clip(rng.normal((length - width) / 2, 12, n), 0, length - width).astype(int)
    return rng.integers(0, length - width + 1, n)


@pytest.mark.parametrize(("n", "length", "middle"), [(200, 100, False), (1000, 60, False), (400, 200, True)])
def test_motifs_without_a_spacing_have_none_wherever_they_lie(n, length, middle):
    p = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        data = dataset(["A" * length] * n)
        two = [
            motif(name, list(zip(range(n), places(rng, n, length, 6, middle), rng.random(n) < 0.5, strict=True)))
            for name in ("M1", "M2")
        ]
        p.append(pairs(data, two)[0].p_spacing)
    assert sum(each < 0.05 for each in p) <= 6  # of 40, P = 0.01 for that many by chance
    assert min(p) > 1e-4


def test_a_spacing_is_found_among_sites_about_the_middle():
    rng = np.random.default_rng(0)
    n, length = 300, 100
    data = dataset(["A" * length] * n)
    first = places(rng, n, length, 6, middle=True)
    second = np.where(rng.random(n) < 0.3, np.minimum(first + 15, length - 6), places(rng, n, length, 6, middle=True))
    (pair,) = pairs(
        data, [motif(m, [(i, p, False) for i, p in enumerate(at)]) for m, at in (("M1", first), ("M2", second))]
    )
    assert (pair.spacing, pair.order) == (9, "A> B>")
    assert pair.p_spacing < 1e-6


def test_mirrored_sequences_have_the_same_arrangements():
    rng = np.random.default_rng(1)
    places = [
        [(i, int(start), bool(reverse)) for i, (start, reverse) in enumerate(zip(*draw, strict=True))]
        for draw in [(rng.integers(0, 44, 30), rng.integers(0, 2, 30)) for _ in range(2)]
    ]
    mirrored = [[(i, LENGTH - 6 - start, not reverse) for i, start, reverse in rows] for rows in places]
    both = [pairs(sequences(30), [motif("M1", a), motif("M2", b)])[0] for a, b in (places, mirrored)]
    assert both[0] == both[1]


def test_rna_has_one_strand():
    data = sequences(20, alphabet=RNA)
    a, b = (motif(name, [(i, at, False) for i in range(20)], alphabet=RNA) for name, at in (("M1", 5), ("M2", 30)))
    (pair,) = pairs(data, [a, b])
    assert (pair.spacing, pair.order) == (19, "A> B>")
