"""What a change says, on pairs of sequences whose sites can be counted by eye."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling_genomics.data.given import given_sequences
from sparling_genomics.letters.alphabet import DNA, decode, encode
from sparling_genomics.scan.predictions import predict
from sparling_genomics.variants.alleles import compared
from sparling_genomics.variants.change import changes
from tests.genomics.hand_made import word_model
from tests.genomics.variants.made import WORDS, made_run, other_strand

LEFT, RIGHT = "ACACACACACACACACACAC", "CACACACACACACACACACA"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


def change_of(run, reference, alternative):
    return changes(run, [compared("v", encode(reference), encode(alternative))])[0]


def told(change):
    return [(s.motif, s.kind, s.start, s.end, s.strand, s.reference_score, s.alternative_score) for s in change.sites]


def test_a_broken_site_is_lost_and_the_prediction_falls(run) -> None:
    change = change_of(run, LEFT + "GATTAGA" + RIGHT, LEFT + "GATTGGA" + RIGHT)
    assert told(change) == [("M1", "lost", 20, 27, "+", 1.0, 0.0)]
    assert change.said[0].change < 0
    assert change.said[0].predictions[1] < change.said[0].predictions[0]
    assert (change.sites[0].reference_letters, change.sites[0].alternative_letters) == ("GATTAGA", "GATTGGA")
    assert (change.nearest, change.best) == ("M1", (1.0, 0.0))


def test_a_site_that_stays_is_changed(run) -> None:
    change = change_of(run, LEFT + "CTTCGTC" + RIGHT, LEFT + "CTTCGTT" + RIGHT)
    assert told(change) == [("M2", "changed", 20, 27, "+", 2.0, 1.0)]
    assert change.said[0].motifs[1] == pytest.approx(change.said[0].change)
    assert change.said[0].motifs[0] == 0.0
    assert change.score_change == -1.0


def test_the_other_strand_mirrors_everything(run) -> None:
    reference, alternative = LEFT + "GATTAGA" + RIGHT + "C", LEFT + "GATTACA" + RIGHT + "C"
    forward = change_of(run, reference, alternative)
    turned = change_of(run, other_strand(reference), other_strand(alternative))
    n = len(reference)
    assert turned.said[0].outputs == pytest.approx(forward.said[0].outputs)
    ((motif, kind, start, end, strand, *scores),) = told(forward)
    assert told(turned) == [(motif, kind, n - end, n - start, {"+": "-", "-": "+"}[strand], *scores)]
    assert [(s.reference_letters, s.alternative_letters) for s in turned.sites] == [("GATTAGA", "GATTACA")]


def test_an_insertion_makes_a_site_and_a_deletion_takes_it(run) -> None:
    without, with_site = LEFT + RIGHT, LEFT + "GATTACA" + RIGHT
    made = change_of(run, without, with_site)
    ((motif, kind, start, _, strand, before, after),) = told(made)
    assert (motif, kind, strand, after) == ("M1", "gained", "+", 2.0)
    assert 19 <= start <= 21
    assert before is not None
    assert before <= 0
    assert made.said[0].change > 0
    taken = change_of(run, with_site, without)
    assert [(s.motif, s.kind, s.start, s.end) for s in taken.sites] == [("M1", "lost", 20, 27)]
    assert taken.said[0].change == pytest.approx(-made.said[0].change)


def test_a_site_beside_an_indel_stays_where_it_is(run) -> None:
    site = "GATTACA" + "AC" * 8
    change = change_of(run, LEFT + "TTT" + RIGHT + site, LEFT + RIGHT + site)
    assert told(change) == []
    assert change.said[0].change == 0.0
    assert [s.start for s in change.reference_sites] == [43]
    assert [s.start for s in change.alternative_sites] == [40]


def test_half_of_a_site_replaced_by_one_of_another_motif(run) -> None:
    change = change_of(run, LEFT + "GATTACA" + RIGHT, LEFT + "CTTCGTC" + RIGHT)
    assert sorted(told(change)) == [
        ("M1", "lost", 20, 27, "+", 2.0, change.sites[0].alternative_score),
        ("M2", "gained", 20, 27, "+", change.sites[1].reference_score, 2.0),
    ]
    assert max(change.sites[0].alternative_score, change.sites[1].reference_score) < 0


def test_a_site_cut_by_the_end_says_which_letters_are_missing(run) -> None:
    change = change_of(run, "ATTACA" + RIGHT, "ATTGCA" + RIGHT)
    assert told(change) == [("M1", "lost", 0, 6, "+", 1.0, 0.0)]
    assert change.sites[0].reference_letters == "-ATTACA"


def test_what_a_run_predicts_is_what_is_told(run) -> None:
    pair = (LEFT + "GATTACA" + RIGHT, LEFT + "GATTAGA" + RIGHT)
    said = predict(run, given_sequences(list(pair), DNA))[0]
    change = change_of(run, *pair)
    assert change.said[0].outputs == pytest.approx(tuple(said.output))
    assert change.said[0].motifs == pytest.approx(said.motifs[1] - said.motifs[0])
    assert change.said[0].motifs.sum() == pytest.approx(change.said[0].change)


letters = st.text("ACGT", min_size=12, max_size=30)


@given(letters, st.sampled_from([*WORDS, "GATTAC", "TGTAATC", "CTTCG", ""]), letters, letters)
def test_exchanged_alleles_exchange_gains_and_losses(run, before, word, behind, other) -> None:
    """And together they are the difference of what two scans find, which know nothing of pairs."""
    reference, alternative = before + word + behind, before + other[:6] + behind
    there, back = change_of(run, reference, alternative), change_of(run, alternative, reference)
    assert back.said[0].change == pytest.approx(-there.said[0].change)
    kinds = {"gained": "lost", "lost": "gained", "changed": "changed"}
    assert sorted((s.motif, kinds[s.kind]) for s in back.sites) == sorted((s.motif, s.kind) for s in there.sites)
    for motif in range(len(WORDS)):
        number = [
            sum(site.motif == motif for site in sites) for sites in (there.reference_sites, there.alternative_sites)
        ]
        own = [site.kind for site in there.sites if site.motif == f"M{motif + 1}"]
        assert number[1] - number[0] == own.count("gained") - own.count("lost")


@given(st.lists(st.tuples(letters, letters), min_size=2, max_size=6))
def test_a_pair_is_seen_alike_alone_and_beside_others(run, pairs) -> None:
    alleles = [compared(f"p{i}", encode(a), encode(b)) for i, (a, b) in enumerate(pairs)]
    for one, many in zip((changes(run, [pair])[0] for pair in alleles), changes(run, alleles), strict=True):
        assert one.said[0].outputs == pytest.approx(many.said[0].outputs, abs=1e-6)
        assert one.sites == many.sites


@pytest.mark.parametrize(("first", "flipped"), [(-3, False), (-5, False), (-3, True)])
def test_the_score_of_a_place_is_found_again_however_a_motif_lies(tmp_path, first, flipped) -> None:
    """Where the other allele has no site, its score is that of the same place: one letter less."""
    run = made_run(tmp_path, firsts=(first, -3))
    run.info["metrics"]["motifs"][0]["flipped"] = flipped
    for sequence in (LEFT + "GATTACC" + RIGHT, other_strand(LEFT + "GATTACC" + RIGHT)):
        codes = encode(sequence)
        (site,) = change_of(run, sequence, sequence[:-1] + "G").reference_sites
        for at in range(20, 26):
            other = codes.copy()
            place = at if sequence.startswith(LEFT) else len(codes) - 1 - at
            other[place] = (other[place] + 1) % 4 if decode(other[place : place + 1]) != "N" else 0
            (change,) = changes(run, [compared("v", codes, other)])
            lost = [s for s in change.sites if s.kind == "lost"]
            assert [(s.reference_score, s.alternative_score) for s in lost] == [(1.0, 0.0)]
        assert site.score == 1.0


def test_a_run_without_motifs_predicts_and_lists_nothing(tmp_path) -> None:
    run = replace(made_run(tmp_path), rows=[], pwms=[])
    change = change_of(run, LEFT + "GATTACA" + RIGHT, LEFT + "GATTGGA" + RIGHT)
    assert change.said[0].change < 0
    assert (change.sites, change.nearest, change.best, len(change.said[0].motifs)) == ((), None, None, 0)


def test_where_one_strand_is_read_the_other_says_nothing(tmp_path) -> None:
    run = made_run(tmp_path)
    forward = replace(run.network, alphabet="dna_forward")
    run = replace(run, network=forward, model=word_model(*WORDS, threshold=5, both_strands=False))
    (site,) = change_of(run, LEFT + "GATTACA" + RIGHT, LEFT + "GATTAAA" + RIGHT).sites
    assert (site.kind, site.strand, site.reference_score, site.alternative_score) == ("changed", "+", 2.0, 1.0)
    (site,) = change_of(run, LEFT + "GATTAAA" + RIGHT, LEFT + "GATTGAA" + RIGHT).sites
    assert (site.kind, site.alternative_score) == ("lost", 0.0)
    turned = change_of(run, other_strand(LEFT + "GATTACA" + RIGHT), other_strand(LEFT + "GATTAAA" + RIGHT))
    assert (turned.sites, turned.said[0].change) == ((), 0.0)
