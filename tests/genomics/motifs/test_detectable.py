"""What could be found at best: the smallest P of the very test that motifs must pass."""

import numpy as np
import pytest
from scipy.stats import binom, fisher_exact

from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.motifs.detectable import FisherTest, fewest_carriers, held_out, smallest_share, what_can_be_found
from sparling_genomics.motifs.evidence import SIGNIFICANCE, evidence
from tests.genomics.hand_made import activations, dataset


def with_sides(train, validation, test):
    """Bound sequences, so many a side."""
    return dataset(
        ["ACGTACGTAC"] * (train + validation + test),
        split=np.repeat([TRAIN, VALIDATION, TEST], [train, validation, test]),
    )


@pytest.mark.parametrize(
    ("bound", "unbound", "tested"), [(5, 5, 8), (12, 7, 8), (30, 300, 1), (280, 280, 40), (3, 50, 2)]
)
def test_it_is_the_smallest_number_that_passes_fishers_test(bound, unbound, tested):
    passing = [
        k
        for k in range(1, bound + 1)
        if fisher_exact([[k, bound - k], [0, unbound]], alternative="greater").pvalue < SIGNIFICANCE / tested
    ]
    assert fewest_carriers(bound, unbound, tested) == passing[0]
    assert fewest_carriers(2, 2, tested) is None


@pytest.mark.parametrize("test", [2, 4, 5, 60])
def test_a_motif_of_as_many_carriers_as_said_is_proven_and_one_fewer_is_not(test):
    data = with_sides(20, 8, test)
    everything = with_all_shuffled(data, seed=0)
    bound, unbound = held_out(data)
    assert (bound, unbound) == (test, test)
    fewest = fewest_carriers(bound, unbound, 1)
    sites = activations([(28 + i, 0, 5, False, 1.0) for i in range(fewest or bound)])
    assert (evidence(everything, sites, TEST).p < SIGNIFICANCE) == (fewest is not None)
    assert not evidence(everything, sites.select(sites.sequence > 28), TEST).p < SIGNIFICANCE


def test_unbound_sequences_of_ones_own_count_as_they_are_and_relatives_once():
    labels, split = [1, 1, 0, 0, 0, 1], [TEST, TEST, TEST, TEST, VALIDATION, TRAIN]
    assert held_out(dataset(["ACGT"] * 6, labels, split)) == (2, 2)
    assert held_out(dataset(["ACGT"] * 6, labels, split, cluster=[0, 0, 1, 2, 2, 3])) == (1, 2)


def test_validation_sequences_prove_nothing():
    assert what_can_be_found(with_sides(20, 400, 2)) == what_can_be_found(with_sides(418, 2, 2)) != ""


def test_the_sentence_says_what_is_too_little():
    assert what_can_be_found(with_sides(8, 2, 2)) == (
        "Of 12 sequences 2 bound ones are kept for the test, against 2 unbound ones: too few for a motif to reach "
        "P < 0.05 there (at best 0.17)."
    )
    assert what_can_be_found(with_sides(720, 180, 100)) == (
        "Of 1,000 sequences 100 bound ones are kept for the test, against 100 unbound ones: to be proven, a motif must "
        "lie in at least 5 of these (5.0%), in more where unbound ones have it too."
    )
    assert "at least 4 of these (40%)" in what_can_be_found(with_sides(20, 5, 10))
    assert what_can_be_found(with_sides(2000, 300, 300)) == ""


def by_every_table(tests, unbound_share, share):
    """Chance that all tests are passed: each possible table weighed by its chance."""
    seen = 1.0
    for bound, unbound, level in tests:
        passed = 0.0
        for x in range(bound + 1):
            for y in range(unbound + 1):
                p = fisher_exact([[x, bound - x], [y, unbound - y]], alternative="greater").pvalue
                passed += (p < level) * binom.pmf(x, bound, share) * binom.pmf(y, unbound, unbound_share)
        seen *= passed
    return seen


@pytest.mark.parametrize(
    ("tests", "unbound_share"),
    [([(12, 12, 0.05)], 0.01), ([(15, 9, 0.01)], 0.1), ([(14, 14, 0.05), (10, 12, 0.05)], 0.05)],
)
def test_the_smallest_share_is_where_all_tables_together_give_the_power(tests, unbound_share):
    share = smallest_share([FisherTest(*each) for each in tests], unbound_share)
    assert by_every_table(tests, unbound_share, share) >= 0.9
    assert by_every_table(tests, unbound_share, share - 2e-4) < 0.9


@pytest.mark.parametrize("power", [0.5, 0.9])
def test_motifs_drawn_at_random_are_seen_as_often_as_said(power):
    tests = [FisherTest(400, 400, 1e-7), FisherTest(90, 90, 0.05), FisherTest(50, 60, 0.025)]
    share = smallest_share(tests, 0.02, power)
    rng = np.random.default_rng(0)
    n, seen = 600, 0
    for _ in range(n):
        tables = [(rng.binomial(t.bound, share), rng.binomial(t.unbound, 0.02), t) for t in tests]
        seen += all(
            fisher_exact([[x, t.bound - x], [y, t.unbound - y]], alternative="greater").pvalue < t.level
            for x, y, t in tables
        )
    assert abs(seen / n - power) < 4 * np.sqrt(power * (1 - power) / n)


def test_more_sequences_show_smaller_shares_and_few_show_none():
    shares = [smallest_share([FisherTest(n, n, 0.05)]) for n in (10, 100, 1000, 10_000)]
    assert shares == sorted(shares, reverse=True)
    assert smallest_share([FisherTest(100, 100, 0.05)], 0.2) > shares[1]
    assert smallest_share([FisherTest(2, 2, 0.05)]) is None
    assert smallest_share([FisherTest(1000, 1000, 0.05), FisherTest(2, 2, 0.05)]) is None
