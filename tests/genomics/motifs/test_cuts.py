"""From which score on a detector's answer is a site: against brute force over all cuts, and by eye."""

import math

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.motifs.cuts import CHANCE, balanced_cut, dense_cut, is_composition, just_below
from tests.genomics.hand_made import activations, dataset, sides


def sequences(n_bound, n_unbound, bound_length=20, unbound_length=20, split=None):
    words = ["A" * bound_length] * n_bound + ["C" * unbound_length] * n_unbound
    return dataset(words, [1] * n_bound + [0] * n_unbound, split)


def at(*scores):
    """Rows of one site with each (sequence, score)."""
    return activations([(sequence, 0, 5, False, score) for sequence, score in scores])


def random_sites(seed, n=200, levels=40):
    """Random sites, many of equal score, in 30 bound and 50 unbound sequences of all sides."""
    rng = np.random.default_rng(seed)
    data = sequences(30, 50, 20, 35, sides(80))
    sequence = rng.integers(0, 80, n)
    score = rng.integers(-levels, levels, n) / 4 + 4.0 * (sequence < 30)
    return data, at(*zip(sequence.tolist(), score.tolist(), strict=True))


def above(sites, data, cut):
    """Sites above a cut in bound, and in unbound sequences, test side left out: counted one by one."""
    count = [0, 0]
    for sequence, score in zip(sites.sequence, sites.score, strict=True):
        if data.split[sequence] != TEST and score > cut:
            count[int(data.labels[sequence])] += 1
    return count[1], count[0]


def cuts_between(sites, data):
    """One cut below each different score that counts."""
    seen = sorted(set(sites.score[data.split[sites.sequence] != TEST].tolist()), reverse=True)
    return [(here + below) / 2 for here, below in zip(seen, [*seen[1:], seen[-1] - 1], strict=True)]


# Balanced cuts


def test_a_cut_by_eye():
    data = sequences(4, 2)  # half as many unbound letters: each unbound site stands for two, and counts CHANCE times
    sites = at((0, 9.0), (1, 8.0), (4, 7.0), (2, 6.0), (3, 5.0), (0, 4.0), (1, 3.0), (5, 2.0), (2, 1.0))
    # gains 1 2 -2 -1 0 1 2 -2 -1: no more below 3 than at 8
    assert balanced_cut(data, sites) == 7.5
    more = at((0, 9.0), (1, 8.0), (4, 7.0), (2, 6.0), (3, 5.0), (0, 4.0), (1, 3.0), (3, 2.5), (5, 2.0), (2, 1.0))
    assert balanced_cut(data, more) == 2.25
    assert CHANCE == 2


@pytest.mark.parametrize("seed", range(8))
def test_no_other_cut_gains_more(seed):
    data, sites = random_sites(seed)
    seen = data.split != TEST
    ratio = data.lengths[seen & (data.labels == 1)].sum() / data.lengths[seen & (data.labels == 0)].sum()

    def gain(cut):
        bound, unbound = above(sites, data, cut)
        return bound - CHANCE * ratio * unbound

    best = max(cuts_between(sites, data), key=gain)  # the first, with the fewest sites
    assert gain(best) > 0
    assert balanced_cut(data, sites) == best


@pytest.mark.parametrize(("share", "apart"), [(1.0, 6.0), (0.3, 5.0), (0.1, 6.0)])
def test_f1_is_near_its_largest(share, apart):
    """True sites in some bound sequences, false ones everywhere; the cut knows only which sequence is bound."""
    rng = np.random.default_rng(0)
    n = 2000
    data = sequences(n, n, split=np.concatenate([sides(n)] * 2))
    true = np.flatnonzero(rng.random(n) < share)
    false = np.repeat(np.arange(2 * n), 3)
    score = np.concatenate([rng.normal(apart, 1, len(true)), rng.normal(0, 1, len(false))])
    sites = at(*zip([*true, *false], score, strict=True))
    real = np.arange(len(score)) < len(true)

    def f1(cut):
        found = (score > cut) & (np.concatenate([true, false]) < n)
        return 2 * (found & real).sum() / (found.sum() + len(true))

    best = max(f1(cut) for cut in np.linspace(-3, 9, 241))
    assert f1(balanced_cut(data, sites)) > best - 0.02
    assert f1(0.0) < best - 0.1


def test_test_sequences_have_no_say():
    split = [TRAIN, VALIDATION, TEST, TRAIN, VALIDATION, TEST]
    data = sequences(3, 3, split=split)
    sites = [(0, 3.0), (1, 2.0), (3, 1.0)]
    alone = balanced_cut(data, at(*sites))
    assert alone == 1.5
    assert balanced_cut(data, at(*sites, (5, 4.0), (5, 5.0), (2, 0.5), (2, 0.4))) == alone


def test_letters_and_not_sequences_are_compared():
    sites = [(0, 4.0), (0, 3.0), (0, 2.5), (1, 2.0), (0, 1.5), (0, 1.0)]
    assert balanced_cut(sequences(1, 1, 20, 20), at(*sites)) == 2.25
    assert balanced_cut(sequences(1, 1, 20, 80), at(*sites)) == 0.5


@pytest.mark.parametrize("rows", [[], [(1, 3.0)], [(1, 3.0), (0, 2.0)]])
def test_no_cut_where_chance_explains_all(rows):
    assert balanced_cut(sequences(1, 1), at(*rows)) == math.inf


def test_all_sites_stay_where_nothing_is_unbound():
    assert balanced_cut(sequences(2, 0), at((0, 3.0), (1, -2.0))) == -2.5


# Composition


def in_bound(*scores):
    """Sites of these scores in bound training sequences, and none in unbound ones."""
    return at(*[(i % 20, score) for i, score in enumerate(scores)])


@pytest.mark.parametrize(
    ("chance", "composed"),
    [
        ([], False),
        ([0.5] * 50, False),  # weaker than any
        ([5.5] * 3, False),  # six above it, which is more than 10 - 3 * CHANCE
        ([7.5] * 3, True),  # four above it, no fewer than 10 - 3 * CHANCE
        ([9.5] * 9, True),  # none is left
    ],
)
def test_most_sites_must_stand_where_triplets_are_kept(chance, composed):
    data = sequences(20, 20, split=[TRAIN, VALIDATION] * 20)
    sites = in_bound(*range(2, 12))
    assert balanced_cut(data, sites) == 1.5
    copies = at(*[(0, score) for score in (chance + [0.6] * 20 if chance else [])])
    assert is_composition(data, sites, 1.5, copies) is composed


def test_only_sites_above_the_ordinary_cut_are_asked_for():
    """A motif with many chance sites of its own: what lies below its cut is no part of it."""
    data = sequences(20, 20)
    weak = [(i % 40, 1.0) for i in range(400)]
    sites = at(*[(i % 20, 5.0 + i / 10) for i in range(10)], *weak)
    assert balanced_cut(data, sites) == 3.0
    assert not is_composition(data, sites, 3.0, at(*[(i % 20, 2.0) for i in range(200)]))
    assert is_composition(data, sites, 3.0, at(*[(i % 20, 5.55) for i in range(200)]))


def test_sites_of_the_test_side_have_no_say_in_composition():
    data = sequences(2, 0, split=[TRAIN, TEST])
    sites = at((0, 3.0), (0, 2.0), *[(1, 9.0)] * 20)
    assert is_composition(data, sites, balanced_cut(data, sites), at(*[(0, 4.0)] * 2))


# Cuts at a number of sites


@pytest.mark.parametrize("wanted", [0.2, 1.0, 2.0, 2.5, 30.0])
@pytest.mark.parametrize("seed", range(3))
def test_as_many_sites_as_wanted_or_as_near_as_can_be(wanted, seed):
    data, sites = random_sites(seed)
    n_bound = int(((data.split != TEST) & (data.labels == 1)).sum())

    def off(cut):
        return abs(above(sites, data, cut)[0] - wanted * n_bound)

    own = sites.select(data.labels[sites.sequence] == 1)
    assert dense_cut(data, sites, wanted) == min(cuts_between(own, data), key=off)


def test_sites_of_all_channels_are_counted_together():
    data = sequences(2, 1)
    rows = [(0, 0, 5, False, 4.0), (1, 1, 5, False, 3.0), (2, 1, 5, False, 2.5), (1, 0, 9, True, 2.0)]
    assert dense_cut(data, activations(rows), 1.0) == 2.5
    assert dense_cut(data, activations([]), 1.0) == math.inf


# The place of the largest gain


@pytest.mark.parametrize(
    ("scores", "gain", "cut"),
    [
        ([], [], math.inf),
        ([1.0], [0.0], math.inf),
        ([1.0], [-1.0], math.inf),
        ([1.0], [2.0], 0.5),
        ([3.0, 2.0, 1.0], [1.0, 1.0, 1.0], 2.5),
        ([3.0, 3.0, 1.0], [5.0, 1.0, 2.0], 0.5),
        ([3.0, 3.0, 1.0], [5.0, 3.0, 2.0], 2.0),
    ],
)
def test_halfway_to_the_next_score_and_never_between_equal_ones(scores, gain, cut):
    assert just_below(np.array(scores), np.array(gain)) == cut
