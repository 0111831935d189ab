"""What belongs to a motif and what is background, are two motifs one, and on which strand they lie."""

from dataclasses import replace

import numpy as np
import pytest

from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.likeness import alike
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import motif_of, oriented_by_matches
from sparling_genomics.worlds.planted import consensus_motif, markov_sequences
from tests.genomics.hand_made import activations, dataset
from tests.genomics.planted_activations import FIRST, detected, planted, sites_of

AT_RICH = (0.4, 0.1, 0.1, 0.4)


@pytest.mark.parametrize("n", [30, 300, 3000])
def test_random_places_in_sequences_rich_in_a_and_t_are_no_motif(n):
    rng = np.random.default_rng(n)
    data = dataset(list(markov_sequences(n, 80, AT_RICH, rng)))
    places = activations([(i, 0, int(rng.integers(20, 60)), bool(rng.random() < 0.5), 1.0) for i in range(n)])
    motif = motif_of(data, places, 15, (0,))
    assert motif.pwm.corrected_information().sum() < 1
    assert motif.pwm.width <= 1


def test_a_motif_in_sequences_rich_in_a_and_t_has_no_flanks_of_these():
    truth, data = planted([consensus_motif("NRF", "TGCATGCA")], 400, 400, 80, background=AT_RICH)
    motif = motif_of(data, activations(detected(truth, "NRF")), 15, (0,))
    assert motif.pwm.consensus() == "TGCATGCA"
    assert motif.pwm.background == pytest.approx(AT_RICH, abs=0.02)


def test_a_dyad_stays_whole_and_a_lone_column_far_off_goes():
    dyad = consensus_motif("DYAD", "TGTGA" + "N" * 15 + "TCACA")
    lone = consensus_motif("LONE", "ACCGGATT" + "N" * 8 + "C")
    truth, data = planted([dyad, lone], 300, 300, 100)
    found = [motif_of(data, activations(detected(truth, name, place=4)), 32, (0,)) for name in ("DYAD", "LONE")]
    assert [each.pwm.consensus() for each in found] == ["TGTGANNNNNNNNNNNNNNNTCACA", "ACCGGATT"]


def test_flanks_of_the_background_do_not_make_two_motifs_alike():
    background = (0.47, 0.03, 0.03, 0.47)
    flank = np.array([background] * 16)
    cores = (consensus_motif("M", word).probabilities() for word in ("GACTGG", "CAGTTA"))
    one, other = (Pwm("M", 100 * np.vstack([flank, core, flank]), 100) for core in cores)
    assert alike(one, other)
    one, other = (replace(each, background=background) for each in (one, other))
    assert not alike(one, other)
    assert alike(one, one.reverse_complement())


def test_a_turned_motif_has_the_same_sites_and_letters():
    truth, data = planted()
    motif = motif_of(data, activations(detected(truth, "FIRST", place=2)), 12, (0,))
    turned = motif.turned()
    assert sites_of(turned, data) == sites_of(motif, data)
    again = motif_of(data, turned.sites, 12, (0,))
    np.testing.assert_array_equal(again.pwm.counts, turned.pwm.counts)
    assert again.first == turned.first
    assert turned.turned().first == motif.first


def test_motifs_turn_to_the_strand_of_what_is_known_of_them_unless_it_is_either():
    truth, data = planted([FIRST, consensus_motif("EBOX", "CACGTG")])
    motifs = [motif_of(data, activations(detected(truth, name)), 12, (0,)) for name in ("FIRST", "EBOX")]
    assert [motif.palindromic for motif in motifs] == [False, True]
    facing = oriented_by_matches(motifs, ["-", "-"])
    assert [motif.flipped for motif in facing] == [True, False]
    assert oriented_by_matches(motifs, ["+", ""]) == motifs


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("ACCGGATT", "ACCGGATT", True),
        ("ACCGGATT", "AATCCGGT", True),
        ("ACCGGATT", "GACCGGATTC", True),
        ("ACCGGATT", "AAGTCGCA", False),
        ("ACATGCCCGGGCATGT", "TTACATGCCCTAGTCA", False),
    ],
)
def test_motifs_are_alike_where_they_agree_as_a_whole(a, b, same):
    one, other = (consensus_motif("M", word, purity=0.97) for word in (a, b))
    assert alike(one, other) == alike(other, one) == same


def test_motifs_of_rna_are_not_alike_on_the_other_strand():
    one, other = (consensus_motif("M", word, purity=0.97, alphabet=RNA) for word in ("ACCGGAUU", "AAUCCGGU"))
    assert not alike(one, other)
    assert alike(one, one)
