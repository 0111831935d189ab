"""Scans against a loop over words, thresholds against all words of a length."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scanning import best_scores, find_sites, score_threshold, summed_scores

from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.letters.pwm import UNIFORM, Pwm
from sparling_genomics.worlds.planted import consensus_motif, markov_sequences, plant

RNG = np.random.default_rng(0)
MOTIF = Pwm("M", RNG.integers(0, 30, size=(4, 4)).astype(float), n_sites=60)


def word_score(pwm, codes):
    return sum(pwm.log_odds()[i, c] if c < 4 else 0.0 for i, c in enumerate(codes.tolist()))


def naive_best(pwm, codes, both_strands):
    strands = [codes, reverse_complement(codes)] if both_strands else [codes]
    words = [s[i : i + pwm.width] for s in strands for i in range(len(s) - pwm.width + 1)]
    return max((word_score(pwm, word) for word in words), default=-np.inf)


@pytest.mark.parametrize("both_strands", [True, False])
def test_best_scores_agree_with_a_loop(both_strands):
    lengths = [0, 3, 4, 5, 20, 11]
    sequences = [RNG.integers(0, 5, size=length).astype(np.uint8) for length in lengths]
    expected = [naive_best(MOTIF, codes, both_strands) for codes in sequences]
    np.testing.assert_allclose(best_scores(MOTIF, sequences, both_strands=both_strands), expected)


def test_both_strands_make_a_sequence_as_good_as_its_reverse_complement():
    sequences = list(markov_sequences(20, 30, UNIFORM, RNG))
    turned = [reverse_complement(codes) for codes in sequences]
    np.testing.assert_allclose(
        best_scores(MOTIF, sequences, both_strands=True), best_scores(MOTIF, turned, both_strands=True)
    )


def test_a_threshold_lets_as_many_words_through_as_it_says():
    background = np.array([0.4, 0.1, 0.2, 0.3])
    words = [np.array(word) for word in product(range(4), repeat=MOTIF.width)]
    chances = np.array([background[word].prod() for word in words])
    rounded = MOTIF.log_odds().round(2)
    scores = np.array([rounded[np.arange(MOTIF.width), word].sum() for word in words])
    for p in (0.2, 0.05, 0.01):
        threshold = score_threshold(MOTIF, background, p)
        passed = chances[scores >= threshold].sum()
        one_more = chances[scores >= scores[scores < threshold].max() - 1e-6].sum()
        assert passed <= p < one_more


def test_no_word_is_rare_enough_in_a_short_motif():
    assert score_threshold(consensus_motif("M", "ACG", purity=1), UNIFORM, 1 / 65) == np.inf


def test_planted_sites_are_found_on_their_strands():
    motif = consensus_motif("M", "ACCGGATTAC", purity=1)
    planted = plant([motif], 200, 0, 60, np.random.default_rng(1), sites_per_sequence=(1, 1))
    sites = find_sites(motif, planted.names, list(planted.codes), both_strands=True, p=1e-5)
    assert set(planted.sites) <= set(sites)
    assert len(sites) <= len(planted.sites) + 2


def test_the_forward_strand_alone_has_no_reverse_sites():
    codes = encode("TTTTGTAATCCGGTTTTT")
    motif = consensus_motif("M", "ACCGGATTAC", purity=1)
    assert find_sites(motif, ["s"], [codes], both_strands=False) == []
    (site,) = find_sites(motif, ["s"], [codes], both_strands=True)
    assert (site.start, site.end, site.strand) == (4, 14, "-")
    assert decode(reverse_complement(codes[4:14])) == "ACCGGATTAC"


def test_a_palindrome_is_one_site_and_overlaps_go_to_the_stronger():
    motif = consensus_motif("M", "GTCACGTGAC", purity=0.97)
    codes = encode("AAGTCACGTGACGTGACAA")  # one full site, and one of nine letters that overlaps it
    sites = find_sites(motif, ["s"], [codes], both_strands=True, p=1e-3)
    assert [(s.start, s.end, s.strand) for s in sites] == [(2, 12, "+")]


def test_summed_scores_count_every_word_on_both_strands_and_no_end():
    motif = Pwm("M", [[8, 1, 0, 0], [0, 6, 2, 1]], n_sites=9)
    sequences = [encode("ACGTACGTTGCAN"), encode("ACG"), encode("A")]
    for both in (False, True):
        expected = []
        for codes in sequences:
            ratios = []
            for strand in [motif, motif.reverse_complement()][: 1 + both]:
                odds = replace(strand, background=UNIFORM).log_odds(pseudocount=1.0)
                for start in range(len(codes) - 1):
                    letters = zip(odds, codes[start : start + 2], strict=True)
                    ratios.append(2 ** sum(column[c] if c < 4 else 0.0 for column, c in letters))
            expected.append(np.log2(sum(ratios)) if ratios else -np.inf)
        assert np.allclose(summed_scores(motif, sequences, both_strands=both), expected)
    assert summed_scores(motif, sequences[2:], both_strands=True).tolist() == [-np.inf]
