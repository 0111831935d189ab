"""What could be found at best: the smallest P of the very test that motifs must pass."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, with_all_shuffled
from sparling_genomics.motifs.detectable import fewest_carriers, held_out, what_can_be_found
from sparling_genomics.motifs.evidence import SIGNIFICANCE, enrichment
from tests.genomics.hand_made import dataset
from tests.genomics.motifs.test_selection import motif


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


@pytest.mark.parametrize(("validation", "test"), [(3, 2), (2, 2), (10, 4)])
def test_a_motif_of_as_many_carriers_as_said_passes_and_one_fewer_does_not(validation, test):
    data = with_sides(20, validation, test)
    everything = with_all_shuffled(data, seed=0)
    bound, unbound = held_out(data)
    assert (bound, unbound) == (validation + test, validation + test)
    fewest = fewest_carriers(bound, unbound, 8)
    rows = [(20 + i, 5, False, 1.0) for i in range(fewest or bound)]
    assert (enrichment(everything, motif(4, 0, rows)) < SIGNIFICANCE / 8) == (fewest is not None)
    assert not enrichment(everything, motif(4, 0, rows[:-1])) < SIGNIFICANCE / 8


def test_unbound_sequences_of_ones_own_count_as_they_are():
    data = dataset(["ACGT"] * 6, [1, 1, 0, 0, 0, 1], [VALIDATION, TEST, TEST, TEST, VALIDATION, TRAIN])
    assert held_out(data) == (2, 3)


def test_the_sentence_says_what_is_too_little():
    assert what_can_be_found(with_sides(8, 2, 2), 8) == (
        "Of 12 sequences 4 bound ones are held out, against 4 unbound ones: too few for any motif to reach P < 0.05, "
        "corrected for 8 candidates (at best 0.11). None will be reported."
    )
    assert "must lie in at least 8 of these (2.9%), in more where" in what_can_be_found(with_sides(720, 180, 100), 8)
    assert what_can_be_found(with_sides(7200, 800, 1000), 8) == ""
