"""What could be found at best: the smallest P of the very test that motifs must pass."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.motifs.detectable import fewest_carriers, held_out, what_can_be_found
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
