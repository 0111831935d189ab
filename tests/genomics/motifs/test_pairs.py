"""Two motifs in the same sequences, against counting by hand and simulated binding."""

import numpy as np
import pytest
from scipy.stats import fisher_exact, nchypergeom_fisher
from scipy.stats.contingency import odds_ratio

from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.motifs.pairs import both_interval, pairs, possible_arrangements
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import PLAIN, dataset
from tests.genomics.hand_made import plain_motif as motif
from tests.genomics.hand_made import plain_sequences as sequences


def test_pairs_count_bound_sequences():
    data = sequences(40, labels=[1] * 30 + [0] * 10)
    a = motif("M1", [(i, 2, False) for i in range(12)] + [(35, 2, False)])
    b = motif("M2", [(i, 20, False) for i in range(6, 21)])
    (pair,) = pairs(data, [a, b])
    assert (pair.motif_a, pair.motif_b, pair.first, pair.second, pair.both) == ("M1", "M2", 12, 15, 6)
    assert pair.expected == 6.0
    assert pair.p_both == pytest.approx(fisher_exact([[6, 6], [9, 9]], alternative="greater").pvalue)
    assert pairs(data, [a]) == []


def test_pairs_of_sequences_of_one_length_have_the_p_of_fisher():
    data = sequences(200)
    for n_both in (3, 20, 35):
        a = motif("M1", [(i, 2, False) for i in range(60)])
        b = motif("M2", [(i, 20, False) for i in range(60 - n_both, 120 - n_both)])
        (pair,) = pairs(data, [a, b])
        assert (pair.both, pair.expected) == (n_both, 18.0)
        table = [[n_both, 60 - n_both], [60 - n_both, 80 + n_both]]
        assert pair.p_both == pytest.approx(fisher_exact(table, alternative="greater").pvalue)


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


def carriers(rng, chance_of_binding, rates=(0.1, 0.15), population=400_000):
    """Bound and as many unbound sequences of a genome in which two motifs lie independently: which have which."""
    has = rng.random((population, 2)) < rates
    bound = rng.random(population) < chance_of_binding(has[:, 0], has[:, 1])
    unbound = np.flatnonzero(~bound)[: int(bound.sum())]
    return np.concatenate([has[bound], has[unbound]]), int(bound.sum())


def pair_of(has, n_bound):
    data = sequences(len(has), labels=[1] * n_bound + [0] * (len(has) - n_bound))
    own = [motif(m, [(int(i), at, False) for i in np.flatnonzero(has[:, k])]) for k, (m, at) in enumerate(PLACES)]
    return pairs(data, own)[0]


PLACES = (("M1", 2), ("M2", 30))


def test_two_motifs_that_each_suffice_are_neither_friends_nor_enemies():
    """Bound for either, or for something else; Fisher's two-sided test calls them enemies."""
    has, n = carriers(np.random.default_rng(0), lambda a, b: 0.0005 + 0.01 * np.maximum(a, b))
    pair = pair_of(has, n)
    table = [[pair.both, pair.first - pair.both], [pair.second - pair.both, n - pair.first - pair.second + pair.both]]
    assert fisher_exact(table).pvalue < 1e-6
    assert pair.p_both > 0.9
    assert pair.expected_either == pytest.approx(pair.both, rel=0.2)
    assert pair.both < pair.expected / 1.5


def test_motifs_that_only_together_are_bound_are_friends():
    has, n = carriers(np.random.default_rng(0), lambda a, b: 0.002 + 0.02 * (a & b))
    pair = pair_of(has, n)
    assert pair.both > 1.5 * pair.expected
    assert pair.p_both < 1e-6


def test_motifs_whose_effects_multiply_are_independent():
    p = []
    for seed in range(40):
        has, n = carriers(np.random.default_rng(seed), lambda a, b: 0.001 * 4.0**a * 3.0**b, population=100_000)
        p.append(pair_of(has, n).p_both)
    assert sum(each < 0.05 for each in p) <= 6  # of 40, P = 0.01 for that many by chance
    assert min(p) > 1e-4


def test_where_all_sequences_have_both_no_number_is_below_what_that_forces():
    data = sequences(40, labels=[1] * 20 + [0] * 20)
    a, b = (motif(m, [(i, at, False) for i in range(20)]) for m, at in PLACES)
    (pair,) = pairs(data, [a, b])
    assert (pair.both, pair.expected, pair.expected_either) == (20, 20.0, 20.0)
    assert pair.p_both == 1


def test_relatives_are_one_sequence():
    rows = [(i, 2, False) for i in range(30)]
    data = dataset(["A" * PLAIN] * 60, labels=[1] * 60, cluster=[0] * 30 + [*range(1, 31)])
    (pair,) = pairs(data, [motif("M1", rows), motif("M2", [(i, 20, False) for i, *_ in rows])])
    assert (pair.first, pair.second, pair.both, pair.with_spacing) == (1, 1, 1, 1)
    assert pair.p_both == pytest.approx(1 / 31)
    assert pair.p_spacing > 0.1


def test_a_spacing_does_not_count_letters_that_two_matrices_share():
    """The second matrix ends in the letters that the first begins with."""
    data = sequences(60)
    moved = np.random.default_rng(0).integers(0, 20, 60).tolist()
    a = motif("M1", [(i, 20 + by, False) for i, by in enumerate(moved)], "GCCACCTG")
    b = motif("M2", [(i, 14 + by, False) for i, by in enumerate(moved)], "TGCAGNCC")
    (pair,) = pairs(data, [a, b])
    assert pair.both == 60
    assert (pair.spacing, pair.with_spacing, pair.p_spacing) == (None, 0, None)
    beside = motif("M2", [(i, 12 + by, False) for i, by in enumerate(moved)], "TGCAGNCC")
    (pair,) = pairs(data, [a, beside])
    assert (pair.spacing, pair.order, pair.with_spacing) == (0, "B> A>", 60)


def naive_possible(a, b, double_stranded):
    """Arrangements found by laying one site beside the other at every place."""
    found = set()
    informative = [np.flatnonzero(pwm.information() >= 0.5) for pwm in (a, b)]
    for start in range(-b.width - 60, a.width + 61):
        for reverse in (False, True) if double_stranded else (False,):
            gap = max(start - a.width, -(start + b.width))
            columns = b.width - 1 - informative[1] if reverse else informative[1]
            shared = set(informative[0].tolist()) & set((start + columns).tolist())
            if -max(1.0, 0.5 * min(a.width, b.width)) < gap <= 60 and not shared:
                behind = 2 * start + b.width > a.width
                ends = ("A> <B", "<B A>") if reverse else ("A> B>", "B> A>")
                found.add((gap, ends[0] if behind else ends[1]))
    return found


@pytest.mark.parametrize("double_stranded", [True, False])
@pytest.mark.parametrize(
    ("a", "b"),
    [("GCCACCTG", "TGCAGNCC"), ("ANNNNNNT", "ANNNNNNT"), ("ACGT", "NNACGTACGTNN"), ("NNNNACGT", "ACGTNN"), ("AC", "G")],
)
def test_possible_arrangements_share_no_informative_letter(a, b, double_stranded):
    one, other = consensus_motif("M1", a), consensus_motif("M2", b)
    assert possible_arrangements(one, other, double_stranded) == naive_possible(one, other, double_stranded)


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
    mirrored = [[(i, PLAIN - 6 - start, not reverse) for i, start, reverse in rows] for rows in places]
    both = [pairs(sequences(30), [motif("M1", a), motif("M2", b)])[0] for a, b in (places, mirrored)]
    assert both[0] == both[1]


def test_rna_has_one_strand():
    data = sequences(20, alphabet=RNA)
    a, b = (motif(name, [(i, at, False) for i in range(20)], alphabet=RNA) for name, at in (("M1", 5), ("M2", 30)))
    (pair,) = pairs(data, [a, b])
    assert (pair.spacing, pair.order) == (19, "A> B>")


@pytest.mark.parametrize(
    ("n", "a", "b", "both"), [(200, 60, 50, 25), (4000, 2600, 900, 300), (4000, 900, 800, 790), (40, 6, 5, 1)]
)
def test_the_interval_of_a_factor_is_that_of_fishers_test(n, a, b, both):
    """SciPy's exact interval of the odds ratio, as means of Fisher's noncentral distribution."""
    odds = odds_ratio([[both, a - both], [b - both, n - a - b + both]]).confidence_interval(0.95)
    means = [nchypergeom_fisher.mean(n, a, b, bound) for bound in odds]
    assert both_interval(*(np.array([each]) for each in (n, a, b)), both) == pytest.approx(means)


def test_the_interval_of_a_factor_at_the_ends():
    numbers = [np.array([each]) for each in (40, 20, 20)]
    assert both_interval(*numbers, 0)[0] == 0
    assert both_interval(*numbers, 20)[1] == 20
    assert both_interval(*(np.array([each]) for each in (20, 20, 7)), 7) == (7, 7)
    assert both_interval(*(np.array([each, 0]) for each in (40, 20, 20)), 12) == both_interval(*numbers, 12)


def test_the_interval_of_a_factor_holds_the_truth_as_often_as_it_says():
    """Independent motifs in sequences of two lengths; the longer have both more often."""
    rng = np.random.default_rng(0)
    lengths = np.repeat([60, 400], 150)
    data = dataset([rng.integers(4, size=n).astype(np.uint8) for n in lengths], labels=[1] * 300)
    missed = []
    for _ in range(150):
        own = [[(int(i), 5, False) for i in np.flatnonzero(rng.random(300) < 1 - np.exp(-lengths / 400))] for _ in "ab"]
        (pair,) = pairs(data, [motif("M1", own[0]), motif("M2", own[1])])
        assert pair.factor_low < pair.factor < pair.factor_high
        missed.append(not pair.factor_low <= 1 <= pair.factor_high)
    assert sum(missed) <= 14  # of 150 with 5 % each, P = 0.01 for more by chance


def test_factors_are_corrected_for_the_number_of_pairs():
    data = sequences(40)
    motifs = [motif(m, [(i, at, False) for i in range(20)]) for m, at in (("M1", 2), ("M2", 20), ("M3", 35))]
    found = pairs(data, motifs)
    for pair in found:
        assert pair.factor == pytest.approx(pair.both / pair.expected)
        assert pair.p_both_corrected == pytest.approx(3 * pair.p_both)
        assert pair.p_spacing_corrected == pytest.approx(min(1, 3 * pair.p_spacing))
    never = motif("M4", [])
    assert [(pair.factor, pair.factor_low) for pair in pairs(data, [motifs[0], never])] == [(None, None)]


def test_arrangements_add_up_to_the_pairs_near_each_other():
    rng = np.random.default_rng(3)
    data = sequences(60)
    a, b = (
        motif(m, [(i, int(start), bool(back)) for i, start, back in zip(range(60), *draw, strict=True)])
        for m, draw in (("M1", (rng.integers(0, 44, 60), rng.integers(0, 2, 60))), ("M2", ([20] * 60, [False] * 60)))
    )
    (pair,) = pairs(data, [a, b])
    assert {(each.gap, each.order) for each in pair.spacings} == possible_arrangements(a.pwm, b.pwm, True)
    observed, expected = (sum(getattr(each, name) for each in pair.spacings) for name in ("observed", "expected"))
    assert expected == pytest.approx(observed)
    assert max(each.observed for each in pair.spacings) >= pair.with_spacing
    (most,) = [each for each in pair.spacings if (each.gap, each.order) == (pair.spacing, pair.order)]
    assert most.observed == pair.with_spacing
