"""From activations of a perfect detector on planted sequences to motifs: matrices, places, merging, dropping."""

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST, TRAIN
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.orientation import faces_forward
from sparling_genomics.motifs.merging import build_motifs
from sparling_genomics.motifs.motif import best_scores, bound_fraction, colocation
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset
from tests.genomics.planted_activations import (
    FIRST,
    RECEPTIVE_FIELD,
    SECOND,
    detected,
    mirrored,
    planted,
    sites_of,
    true_places,
)


def build(data, rows, channels=4):
    return build_motifs(data, activations(rows), RECEPTIVE_FIELD, channels)


def only(result):
    motifs, dropped = result
    assert (len(motifs), dropped) == (1, [])
    return motifs[0]


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
    motif = only(build(data, rows))
    assert bases(motif) == "AATCCGGT"
    assert (motif.pwm.name, motif.channels, motif.pwm.n_sites) == ("M1", (0,), counted(data, rows))
    np.testing.assert_array_equal(motif.pwm.counts, motif.pwm.n_sites * motif.pwm.probabilities().round())
    assert sites_of(motif, data) == true_places(truth, "FIRST")


def test_strands_are_those_of_the_reported_matrix():
    truth, data = planted()
    motif = only(build(data, detected(truth, "FIRST")))
    planted_reverse = [site.strand == "-" for site in truth.sites]
    assert bases(motif) == FIRST.reverse_complement().consensus()
    assert motif.sites.reverse.tolist() == [not reverse for reverse in planted_reverse]


def test_counts_are_those_of_the_sites_of_the_bound_that_are_not_for_testing():
    truth, data = planted([consensus_motif("LOOSE", "ACCGGATTA", purity=0.85)])
    motif = only(build(data, detected(truth, "LOOSE")))
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
    before = only(build(data, rows))
    rng = np.random.default_rng(5)
    codes = [rng.integers(0, 4, 60) if data.split[i] == TEST else data.sequence(i) for i in range(len(data))]
    after = only(build(dataset(codes, data.labels, data.split, names=data.names), rows))
    np.testing.assert_array_equal(before.pwm.counts, after.pwm.counts)
    assert len(after.sites) == len(before.sites) == 200


def test_sites_that_reach_beyond_the_sequence_are_cut_at_its_ends():
    truth, data = planted()
    ends = [(200, 0, 0, False, 1.0), (200, 0, 59, False, 1.0), (201, 0, 0, True, 1.0), (201, 0, 59, True, 1.0)]
    motif = only(build(data, detected(truth, "FIRST", place=3) + ends))
    # three of eight columns lie before the position, on the strand that the channel reads
    assert sites_of(motif, data)[-4:] == [(200, 0, 5), (200, 56, 60), (201, 0, 4), (201, 55, 60)]


def test_weak_sites_are_cut_where_bound_and_unbound_differ_no_more():
    truth, data = planted()
    rng = np.random.default_rng(1)
    strong = detected(truth, "FIRST", score=2.0)
    weak = [(i, 0, int(p), bool(r), 0.5) for i in range(400) for p, r in [(rng.integers(5, 55), rng.random() < 0.5)]]
    weak = [row for row in weak if all(row[0] != s[0] or abs(row[2] - s[2]) >= 10 for s in strong)]
    motif = only(build(data, strong + weak))
    assert motif.sites.score.min() == 2.0
    assert sites_of(motif, data) == true_places(truth, "FIRST")
    assert bound_fraction(data, motif.sites, TRAIN) == 1


def test_test_sequences_do_not_decide_where_weak_sites_are_cut():
    truth, data = planted([consensus_motif("LOOSE", "ACCGGATTA", purity=0.85)])
    rng = np.random.default_rng(0)
    real = [(*row[:4], float(rng.gamma(3) + 2)) for row in detected(truth, "LOOSE")]
    false = [(i, 0, int(rng.integers(10, 50)), False, float(rng.gamma(3))) for i in range(200, 400)]
    rows = real + [row for row in false if data.split[row[0]] != TEST]
    misleading = [(i, 0, 30, False, 4.0) for i in range(200, 400) if data.split[i] == TEST]
    motif, misled = only(build(data, rows)), only(build(data, rows + misleading))
    np.testing.assert_array_equal(motif.pwm.counts, misled.pwm.counts)
    assert motif.pwm.n_sites < counted(data, rows)


def test_neighbouring_activations_are_one_site():
    truth, data = planted()
    rows = detected(truth, "FIRST", score=2.0)
    shoulders = [(i, c, p + step, r, 1.0) for i, c, p, r, _ in rows for step in (-2, 2) if 0 <= p + step < 60]
    assert sites_of(only(build(data, rows + shoulders)), data) == true_places(truth, "FIRST")


# Orientation


@pytest.mark.parametrize("word", ["ACCGGATT", "TTGACCAC", "GGGCATCA", "CACGTG"])
def test_reverse_complemented_input_gives_the_same_matrices_and_places(word):
    truth, data = planted([consensus_motif("LOOSE", word, purity=0.9)])
    rows = detected(truth, "LOOSE")
    there, there_rows = mirrored(data, rows)
    motif, other = only(build(data, rows)), only(build(there, there_rows))
    np.testing.assert_array_equal(motif.pwm.counts, other.pwm.counts)
    assert faces_forward(motif.pwm)
    start, end = motif.intervals(data)
    back = [(i, 60 - e, 60 - s) for i, s, e in zip(motif.sites.sequence.tolist(), start, end, strict=True)]
    assert sites_of(other, there) == sorted(back)


def test_rna_is_left_as_it_is_read():
    truth, data = planted([consensus_motif("PUM", "UGUAAAUA", purity=1, alphabet=RNA)])
    motif = only(build(data, detected(truth, "PUM")))
    assert bases(motif) == "UGUAAAUA"
    assert not motif.sites.reverse.any()


# Merging


def test_two_equal_channels_are_one_motif_whose_sites_count_once():
    truth, data = planted()
    rows = detected(truth, "FIRST") + detected(truth, "FIRST", channel=2)
    motif = only(build(data, rows))
    assert motif.channels == (0, 2)
    assert sites_of(motif, data) == true_places(truth, "FIRST")


@pytest.mark.parametrize("opposite", [False, True])
@pytest.mark.parametrize("place", [0, 2, 6])
def test_shifted_and_reversed_channels_merge_at_the_right_places(place, opposite):
    truth, data = planted(length=80)
    both = detected(truth, "FIRST", place=4) + detected(truth, "FIRST", 3, place=place, opposite=opposite)
    motif = only(build(data, both))
    assert motif.channels == (0, 3)
    assert bases(motif) == "AATCCGGT"
    assert sites_of(motif, data) == true_places(truth, "FIRST")


@pytest.mark.parametrize("opposite", [False, True])
def test_channels_that_share_the_sites_between_them_are_put_together(opposite):
    truth, data = planted(length=80)
    half = detected(truth, "FIRST", 0, place=5)[::2] + detected(truth, "FIRST", 1, place=1, opposite=opposite)[1::2]
    motif = only(build(data, half))
    assert motif.channels == (0, 1)
    assert sites_of(motif, data) == true_places(truth, "FIRST")
    assert set(motif.pwm.counts.max(axis=1)) == {motif.pwm.n_sites}


def test_channels_for_two_halves_of_one_pattern_are_one_motif():
    truth, data = planted([consensus_motif("LONG", "ACCGGATTAGTCGC", purity=1)])
    rows = detected(truth, "LONG", 0, place=2) + detected(truth, "LONG", 1, place=10)
    motif = only(build(data, rows))
    assert motif.channels == (0, 1)
    assert sites_of(motif, data) == true_places(truth, "LONG")


@pytest.mark.parametrize("shift", [-4, 0, 3])
@pytest.mark.parametrize("flip", [False, True])
def test_the_usual_way_from_one_channel_to_another_is_found(shift, flip):
    rng = np.random.default_rng(0)
    a = [(i, 0, int(rng.integers(10, 50)), bool(rng.random() < 0.5), 1.0) for i in range(40)]
    near = [(i, 1, p + shift if reverse else p - shift, reverse != flip, 1.0) for i, _, p, reverse, _ in a[:30]]
    far = [(100 + i, 1, 20, False, 1.0) for i in range(10)]
    assert colocation(activations(a), activations(near + far), distance=10) == (shift, flip, 0.75)
    assert colocation(activations(a), activations(far), distance=10) is None


def test_unlike_channels_stay_two_motifs_in_order_of_their_sites():
    truth, data = planted([FIRST, SECOND, SECOND])
    motifs, dropped = build(data, detected(truth, "FIRST", 0) + detected(truth, "SECOND", 1))
    assert [(m.pwm.name, bases(m), m.channels) for m in motifs] == [("M1", "AAGTCGCA", (1,)), ("M2", "AATCCGGT", (0,))]
    assert dropped == []
    assert motifs[0].pwm.n_sites > motifs[1].pwm.n_sites
    assert [sites_of(m, data) for m in motifs] == [true_places(truth, "SECOND"), true_places(truth, "FIRST")]


def test_the_numbers_of_channels_do_not_matter():
    truth, data = planted([FIRST, SECOND, SECOND])
    first, second = detected(truth, "FIRST", 0), detected(truth, "SECOND", 1)
    swapped = [(i, 1 - c, p, r, s) for i, c, p, r, s in second + first]
    one, other = build(data, first + second)[0], build(data, swapped)[0]
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.pwm.counts, b.pwm.counts)
        assert sites_of(a, data) == sites_of(b, data)


# Splitting


def test_a_channel_of_two_patterns_is_two_motifs():
    truth, data = planted([FIRST, SECOND], n_bound=300, n_unbound=300)
    motifs, dropped = build(data, detected(truth, "FIRST") + detected(truth, "SECOND"))
    assert {bases(m): m.channels for m in motifs} == {"AATCCGGT": (0,), "AAGTCGCA": (0,)}
    assert dropped == []
    places = {bases(m): sites_of(m, data) for m in motifs}
    assert places == {"AATCCGGT": true_places(truth, "FIRST"), "AAGTCGCA": true_places(truth, "SECOND")}


def test_a_channel_of_one_loose_pattern_is_not_split():
    truth, data = planted([consensus_motif("LOOSE", "ACCRGATT", purity=0.85)], n_bound=300, n_unbound=300)
    assert only(build(data, detected(truth, "LOOSE"))).channels == (0,)


# Dropping


def test_a_channel_that_fires_as_much_in_unbound_sequences_is_dropped():
    truth, data = planted(n_bound=400, n_unbound=0)
    data = dataset(list(truth.codes), [1, 1, 1, 1, 1, 0, 0, 0, 0, 0] * 40, data.split, names=truth.names)
    motifs, dropped = build(data, detected(truth, "FIRST"))
    assert motifs == []
    assert [d.channels for d in dropped] == [(0,)]
    assert dropped[0].reason.startswith("not enriched in held-out bound sequences (P = ")


def test_what_holds_in_training_alone_is_dropped():
    truth, data = planted()
    rows = [row for row in detected(truth, "FIRST") if data.split[row[0]] == 0]
    motifs, dropped = build(data, rows)
    assert (motifs, [d.reason for d in dropped]) == ([], ["not enriched in held-out bound sequences (P = 1)"])


@pytest.mark.parametrize("n", [9, 10])
def test_a_motif_of_fewer_than_ten_sites_to_count_is_dropped(n):
    truth, data = planted()
    rows = detected(truth, "FIRST")
    kept = [row for row in rows if data.split[row[0]] != TEST][:n] + [row for row in rows if data.split[row[0]] == TEST]
    motifs, dropped = build(data, kept)
    assert [motif.pwm.n_sites for motif in motifs] == [10] * (n == 10)
    assert [d.reason for d in dropped] == ["fewer than 10 sites in bound sequences"] * (n < 10)


def test_a_channel_that_fires_anywhere_in_bound_sequences_has_no_information():
    _, data = planted()
    rng = np.random.default_rng(0)
    motifs, dropped = build(data, [(i, 1, int(rng.integers(10, 50)), False, 1.0) for i in range(200)])
    assert motifs == []
    assert [(d.channels, d.reason) for d in dropped] == [((1,), "less than 4 bits of information")]


def test_silent_channels_are_neither_motifs_nor_dropped():
    _, data = planted()
    assert build(data, []) == ([], [])


# Measures


def test_scores_and_shares_by_eye():
    data = dataset(["ACGT"] * 4, labels=[1, 0, 1, 0], split=[TEST, TEST, TEST, TRAIN])
    sites = activations([(0, 0, 1, False, 1.0), (0, 0, 3, False, 2.5), (1, 0, 2, True, 0.5), (2, 0, 0, True, 4.0)])
    assert best_scores(4, sites).tolist() == [2.5, 0.5, 4.0, 0.0]
    assert bound_fraction(data, sites, TEST) == 0.75
    assert bound_fraction(data, activations([(3, 0, 1, False, 1.0)]), TRAIN) == 0
    assert bound_fraction(data, sites, TRAIN) is None
