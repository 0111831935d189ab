"""From activations of a perfect detector on planted sequences to motifs: matrices, strands, places."""

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.orientation import faces_forward
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import (
    Motif,
    best_scores,
    bound_fraction,
    colocation,
    covered,
    motif_of,
    motif_of_distinct,
    oriented,
    own_distance,
)
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset
from tests.genomics.planted_activations import (
    FIRST,
    detected,
    mirrored,
    planted,
    sites_of,
    true_places,
)

FLANK = 15


def built(data, rows):
    """The motif of these sites as it is reported."""
    return oriented(motif_of(data, activations(rows), FLANK, (0,)))


def bases(motif):
    return motif.pwm.consensus()


def counted(data, rows):
    """How many of the rows lie in bound sequences of training and validation."""
    return sum(data.labels[i] == 1 and data.split[i] != TEST for i, *_ in rows)


# One motif


@pytest.mark.parametrize("place", [0, 3, 7])
@pytest.mark.parametrize("opposite", [False, True])
def test_a_planted_motif_comes_back_at_its_places(place, opposite):
    truth, data = planted(length=80)
    rows = detected(truth, "FIRST", place=place, opposite=opposite)
    motif = built(data, rows)
    assert bases(motif) == "AATCCGGT"
    assert (motif.channels, motif.pwm.n_sites) == ((0,), counted(data, rows))
    np.testing.assert_array_equal(motif.pwm.counts, motif.pwm.n_sites * motif.pwm.probabilities().round())
    assert sites_of(motif, data) == true_places(truth, "FIRST")


def test_strands_are_those_of_the_reported_matrix():
    truth, data = planted()
    motif = built(data, detected(truth, "FIRST"))
    planted_reverse = [site.strand == "-" for site in truth.sites]
    assert bases(motif) == FIRST.reverse_complement().consensus()
    assert motif.sites.reverse.tolist() == [not reverse for reverse in planted_reverse]


def test_counts_are_those_of_the_sites_of_the_bound_that_are_not_for_testing():
    truth, data = planted([consensus_motif("LOOSE", "ACCGGATTA", purity=0.85)])
    motif = built(data, detected(truth, "LOOSE"))
    start, _ = motif.intervals(data)
    expected = np.zeros_like(motif.pwm.counts)
    for index, first, reverse in zip(motif.sites.sequence, start, motif.sites.reverse, strict=True):
        if data.labels[index] == 1 and data.split[index] != TEST:
            word = data.sequence(index)[first : first + motif.pwm.width]
            for column, code in enumerate(3 - word[::-1] if reverse else word):
                expected[column, code] += 1
    np.testing.assert_array_equal(motif.pwm.counts, expected)


def test_letters_of_test_sequences_never_count():
    truth, data = planted()
    rows = detected(truth, "FIRST")
    before = built(data, rows)
    rng = np.random.default_rng(5)
    codes = [rng.integers(0, 4, 60) if data.split[i] == TEST else data.sequence(i) for i in range(len(data))]
    after = built(dataset(codes, data.labels, data.split, names=data.names), rows)
    np.testing.assert_array_equal(before.pwm.counts, after.pwm.counts)
    assert len(after.sites) == len(before.sites) == 200


def test_sites_that_reach_beyond_the_sequence_are_cut_at_its_ends():
    truth, data = planted()
    ends = [(200, 0, 0, False, 1.0), (200, 0, 59, False, 1.0), (201, 0, 0, True, 1.0), (201, 0, 59, True, 1.0)]
    motif = built(data, detected(truth, "FIRST", place=3) + ends)
    # three of eight columns lie before the position, on the strand that the channel reads
    assert sites_of(motif, data)[-4:] == [(200, 0, 5), (200, 56, 60), (201, 0, 4), (201, 55, 60)]


# Orientation


@pytest.mark.parametrize("word", ["ACCGGATT", "TTGACCAC", "GGGCATCA", "CACGTG"])
def test_reverse_complemented_input_gives_the_same_matrices_and_places(word):
    truth, data = planted([consensus_motif("LOOSE", word, purity=0.9)])
    rows = detected(truth, "LOOSE")
    there, there_rows = mirrored(data, rows)
    motif, other = built(data, rows), built(there, there_rows)
    np.testing.assert_array_equal(motif.pwm.counts, other.pwm.counts)
    assert faces_forward(motif.pwm)
    start, end = motif.intervals(data)
    back = [(i, 60 - e, 60 - s) for i, s, e in zip(motif.sites.sequence.tolist(), start, end, strict=True)]
    assert sites_of(other, there) == sorted(back)


def test_rna_is_left_as_it_is_read():
    truth, data = planted([consensus_motif("PUM", "UGUAAAUA", purity=1, alphabet=RNA)])
    motif = built(data, detected(truth, "PUM"))
    assert bases(motif) == "UGUAAAUA"
    assert not motif.sites.reverse.any()


# From one motif to another


@pytest.mark.parametrize("shift", [-4, 0, 3])
@pytest.mark.parametrize("flip", [False, True])
def test_the_usual_way_from_one_channel_to_another_is_found(shift, flip):
    rng = np.random.default_rng(0)
    a = [(i, 0, int(rng.integers(10, 50)), bool(rng.random() < 0.5), 1.0) for i in range(40)]
    near = [(i, 1, p + shift if reverse else p - shift, reverse != flip, 1.0) for i, _, p, reverse, _ in a[:30]]
    far = [(100 + i, 1, 20, False, 1.0) for i in range(10)]
    assert colocation(activations(a), activations(near + far), distance=10) == (shift, flip, 0.75)
    assert colocation(activations(a), activations(far), distance=10) is None


# Measures


def test_scores_and_shares_by_eye():
    data = dataset(["ACGT"] * 4, labels=[1, 0, 1, 0], split=[TEST, TEST, TEST, TRAIN])
    sites = activations([(0, 0, 1, False, 1.0), (0, 0, 3, False, 2.5), (1, 0, 2, True, 0.5), (2, 0, 0, True, 4.0)])
    assert best_scores(4, sites).tolist() == [2.5, 0.5, 4.0, 0.0]
    assert bound_fraction(data, sites, TEST) == 0.75
    assert bound_fraction(data, activations([(3, 0, 1, False, 1.0)]), TRAIN) == 0
    assert bound_fraction(data, sites, TRAIN) is None


def test_letters_in_sites_are_covered_and_no_others():
    data = dataset(["ACGTACGTACGT", "CCCCCCCCCC"], names=["a", "b"])
    rows = [(0, 0, 5, False, 1.0), (1, 0, 2, True, 1.0), (1, 0, 9, False, 1.0)]
    inside = covered(data, [Motif(Pwm("word", np.eye(4), 1), (0,), activations(rows), -1)])
    assert "".join("N" if each else "." for each in inside) == "....NNNN....NNNN....NN"
    assert not covered(data, []).any()


def test_marks_on_half_of_a_palindrome_are_no_sites_beside_the_whole():
    rng = np.random.default_rng(3)
    whole = "TTGGCATGCATTGCCAA"
    sequences = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(80)]
    sequences = [each[:20] + whole + each[37:] for each in sequences]
    data = dataset(sequences)
    rows = [(i, 0, place, False, score) for i in range(80) for place, score in ((28, 3.0), (20, 1.0), (36, 1.0))]
    motif = motif_of_distinct(data, activations(rows), FLANK, (0,))
    assert own_distance(motif.pwm.width) > 8
    assert motif.sites.position.tolist() == [28] * 80
