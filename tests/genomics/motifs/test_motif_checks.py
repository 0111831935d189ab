"""Does a motif hold on held-out data, and are two motifs one: against counting by hand."""

from math import comb

import pytest

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.likeness import alike
from sparling_genomics.motifs.evidence import enrichment, fault
from sparling_genomics.motifs.motif import motif_of
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations, dataset
from tests.genomics.planted_activations import detected, planted


@pytest.mark.parametrize("n", [3, 9, 10])
def test_enrichment_is_the_chance_of_as_many_held_out_bound_sequences_with_a_site(n):
    data = dataset(
        ["ACGT"] * 100, [1] * 40 + [0] * 60, ([VALIDATION, TEST] * 10 + [TRAIN] * 20) + [TEST] * 30 + [TRAIN] * 30
    )
    # of 20 bound and 30 unbound held out, n and 2 have a site, some of them several; training sequences do not count
    where = [*range(n), *range(n), 40, 41, *range(70, 100), *range(20, 25)]
    motif = motif_of(data, activations([(i, 0, 1, False, 1.0) for i in where]), 1, (0,))
    by_hand = sum(comb(20, k) * comb(30, n + 2 - k) for k in range(n, n + 3)) / comb(50, n + 2)
    assert enrichment(data, motif) == pytest.approx(by_hand)


def test_a_motif_of_many_tested_needs_more():
    truth, data = planted()
    motif = motif_of(data, activations(detected(truth, "FIRST")), 12, (0,))
    p = enrichment(data, motif)
    assert fault(data, motif, 1) == ""
    assert fault(data, motif, int(0.04 / p)) == ""
    assert fault(data, motif, int(0.06 / p)) == f"not enriched in held-out bound sequences (P = {p:.2g})"


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
