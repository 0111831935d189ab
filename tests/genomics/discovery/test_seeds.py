"""Seeds: planted words are found, each once, and then the search stops; nothing is found where nothing is."""

import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.discovery import seeds as module
from sparling_genomics.discovery.growing import log_odds, of_one_motif
from sparling_genomics.discovery.seeds import SIGNIFICANCE, find_seeds, least_e
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA, decode, encode, reverse_complement
from sparling_genomics.letters.likeness import similarity
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.words import Pattern, Text, expected_by_triplets
from sparling_genomics.worlds.planted import consensus_motif, markov_sequences
from tests.genomics.hand_made import dataset
from tests.genomics.planted_activations import FIRST, SECOND, planted

WIDTH = 21
UNIFORM = (0.25,) * 4


def words_planted(words, n=240, n_unbound=240, length=60, alphabet=DNA, seed=0):
    """Random sequences, of which each bound one has one of the ``words``, in turns, on either strand (DNA)."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 4, (n + n_unbound, length)).astype(np.uint8)
    for i in range(n):
        letters = encode(words[i % len(words)])
        if alphabet is DNA and rng.random() < 0.5:
            letters = reverse_complement(letters)
        place = int(rng.integers(0, length - len(letters) + 1))
        known = letters < 4
        rows[i, place : place + len(letters)][known] = letters[known]
    return dataset(list(rows), [1] * n + [0] * n_unbound, alphabet=alphabet)


def found_in(data, width=WIDTH, triplets=True, **options):
    return find_seeds(data, width, triplets=triplets, **options)


def says(seed, word, alphabet=DNA):
    """Likeness of a seed's matrix to a word."""
    pwm = Pwm("seed", seed.counts, int(seed.counts.sum(1).max()), alphabet)
    return similarity(pwm, consensus_motif("word", word, alphabet=alphabet, purity=1)).correlation


def summary(seeds):
    return [(s.word, round(s.log10_e, 9), s.with_word, s.bound, s.unbound, s.marks) for s in seeds]


# What is found


def test_each_planted_motif_is_one_seed_and_then_it_stops():
    _, data = planted([FIRST, SECOND], n_bound=300, n_unbound=300)
    seeds = found_in(data)
    assert len(seeds) == 2
    assert sorted(max((says(s, w), w) for w in ("ACCGGATT", "AAGTCGCA"))[1] for s in seeds) == ["AAGTCGCA", "ACCGGATT"]
    assert all(max(says(s, "ACCGGATT"), says(s, "AAGTCGCA")) > 0.97 for s in seeds)
    assert sum(s.bound for s in seeds) == pytest.approx(300, abs=15)
    assert sum(s.unbound for s in seeds) <= 6


def test_a_seed_says_in_how_many_sequences_its_word_and_its_matrix_are():
    data = words_planted(["ACCGGATT"])
    (seed,) = found_in(data)
    texts = [decode(data.sequence(i)) for i in range(len(data))]
    here = [seed.word in text or decode(reverse_complement(encode(seed.word))) in text for text in texts]
    assert seed.with_word == (sum(here[:240]), sum(here[240:]))
    assert seed.word in ("ACCGGATT", "AATCCGGT")
    assert (seed.bound, seed.counts.shape) == (240, (WIDTH, 4))
    assert seed.marks >= seed.bound
    assert seed.log10_e < -50


def test_e_is_fishers_p_times_all_words():
    data = words_planted(["ACCGGATT"] + ["ACGTACNN"] * 5)
    seed = next(s for s in found_in(data, triplets=False) if s.word in ("ACCGGATT", "AATCCGGT"))
    bound, unbound = seed.with_word
    p = fisher_exact([[bound, 240 - bound], [unbound, 240 - unbound]], alternative="greater").pvalue
    words = (4**8 * 14 + 4**6 * 16) / 2  # plain, and with gaps that fit into 21 bp; of both strands
    assert 10**seed.log10_e == pytest.approx(p * words, rel=1e-6)


def test_a_dyad_with_a_gap_is_found_whole():
    (seed,) = found_in(words_planted(["CTGNNNNNNNGAC"]))
    assert "NNNNNNN" in seed.word
    assert says(seed, "CTGNNNNNNNGAC") > 0.97
    assert seed.bound > 225


@pytest.mark.parametrize("width", [3, 5, 7, 9, 13, 15])
def test_words_are_no_wider_than_the_matrix(width):
    seeds = found_in(words_planted(["CTGNNNNNNNGAC", "ACCGGATT"], length=40), width=width)
    assert all(len(seed.word) <= width for seed in seeds)
    assert all(seed.counts.shape == (width, 4) for seed in seeds)
    assert any("NNNNNNN" in seed.word for seed in seeds) == (width >= 13)
    assert any(seed.word in ("ACCGGATT", "AATCCGGT") for seed in seeds) == (width >= 9)


def test_a_wide_motif_is_one_seed():
    """Its word is looked for in eight letters, and all that the matrix marks is gone then."""
    (seed,) = found_in(words_planted(["ACCGGATTCAGTGCAATG"]))
    assert says(seed, "ACCGGATTCAGTGCAATG") > 0.97


def test_a_rare_motif_is_found_beside_a_common_one():
    seeds = found_in(words_planted(["ACCGGATTCA"] * 9 + ["AAGTCGCATG"], n=400, n_unbound=400))
    assert len(seeds) == 2
    assert says(seeds[0], "ACCGGATTCA") > 0.97
    assert says(seeds[1], "AAGTCGCATG") > 0.9
    assert seeds[1].bound == pytest.approx(40, abs=4)


@pytest.mark.parametrize("words", [("ATGACGTCAT", "GTGACCTCAG"), ("ACCGGAAGT", "ACAGGAAAT"), ("TGACGTCA", "TGACCTTA")])
def test_a_like_motif_is_not_swallowed(words):
    seeds = found_in(words_planted(words))
    assert len(seeds) == 2
    for word in words:
        assert max(says(seed, word) for seed in seeds) > 0.9
    assert all(70 <= seed.bound <= 170 for seed in seeds)


def test_two_motifs_that_share_most_of_a_word_are_told_apart_by_what_goes_with_the_letter():
    words = ["TTACCGGAAGCA", "CGACCGGATGTG"]
    seeds = found_in(words_planted(words))
    assert len(seeds) == 2
    for word in words:
        assert max(says(seed, word) for seed in seeds) > 0.97


@pytest.mark.parametrize("n", [100, 1000])
def test_words_with_a_letter_that_goes_with_others_are_taken_apart(n):
    rng = np.random.default_rng(0)
    one, other = (np.tile(encode(word), (n * k, 1)) for k, word in ((2, "ACCGTATG"), (1, "ACTGTCCG")))
    assert len(of_one_motif(np.concatenate([one, other]))) == 2 * n
    assert len(of_one_motif(one)) == 2 * n
    mixed = np.concatenate([one, other])
    loose = np.stack([rng.permutation(column) for column in mixed.T], axis=1)  # each letter by itself
    assert len(of_one_motif(loose)) == 3 * n


def test_rna_is_read_forward_only():
    data = words_planted(["UGUAAAUA"], alphabet=RNA)
    (seed,) = found_in(data)
    assert seed.word == "UGUAAAUA"
    assert seed.marks == pytest.approx(240, abs=5)
    # the same word on the other strand is another one
    turned = dataset([reverse_complement(data.sequence(i)) for i in range(480)], data.labels, alphabet=RNA)
    (other,) = found_in(turned)
    assert other.word == "UAUUUACA"
    mixed = [reverse_complement(data.sequence(i)) if i % 2 else data.sequence(i) for i in range(480)]
    assert len(found_in(dataset(mixed, data.labels, alphabet=DNA_FORWARD))) == 2
    assert len(found_in(dataset(mixed, data.labels))) == 1


def test_unbound_sequences_that_are_given_count():
    """A word that they have as often is no seed, one that bound ones alone have is."""
    bound = words_planted(["ACCGGATT", "AAGTCGCA"], n_unbound=0)
    unbound = words_planted(["ACCGGATT"], n=120, n_unbound=120, seed=1)
    rows = [each.sequence(i) for each in (bound, unbound) for i in range(240)]
    seeds = found_in(dataset(rows, [1] * 240 + [0] * 240), triplets=False)
    assert len(seeds) == 1
    assert says(seeds[0], "AAGTCGCA") > 0.97


def of_triplets():
    """Sequences whose letters follow from the two before them, and shuffles, which keep dinucleotides alone."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 4, (300, 100))
    for i in range(2, 100):  # after AC mostly G, after CG mostly A, after GA mostly C
        for pair, letter in (((0, 1), 2), ((1, 2), 0), ((2, 0), 1)):
            now = (rows[:, i - 2] == pair[0]) & (rows[:, i - 1] == pair[1]) & (rng.random(300) < 0.5)
            rows[now, i] = letter
    return with_all_shuffled(dataset(list(rows.astype(np.uint8)), alphabet=DNA_FORWARD), 0)


def test_what_triplets_explain_is_no_seed_where_they_are_asked():
    data = of_triplets()
    assert found_in(data, triplets=False)
    plain = [seed for seed in found_in(data) if "N" not in seed.word]
    assert not plain


@pytest.mark.parametrize("triplets", [True, False])
def test_where_triplets_are_asked_the_larger_p_counts(triplets):
    bound, rng = of_triplets(), np.random.default_rng(1)
    rows = [*(bound.sequence(i) for i in range(300)), *rng.integers(0, 4, (3000, 100)).astype(np.uint8)]
    data = dataset(rows, [1] * 300 + [0] * 3000, alphabet=DNA_FORWARD)
    text = Text(data.codes, data.offsets, data.labels == 1, data.alphabet, WIDTH)
    best = module._best_word(text, Pattern(6), triplets, 1.0)
    bound, unbound = int(best.bound[best.word]), int(best.unbound[best.word])
    table = [[bound, 300 - bound], [unbound, 3000 - unbound]]
    fisher = np.log(fisher_exact(table, alternative="greater").pvalue)
    share = expected_by_triplets(text, 6)[best.word]
    by_triplets = np.log(binomtest(bound, 300, share, alternative="greater").pvalue)
    assert by_triplets > fisher
    assert best.log_e == pytest.approx(by_triplets if triplets else fisher, rel=1e-6)


# Nothing where nothing is


@pytest.mark.parametrize("at_rich", [False, True])
def test_in_sequences_without_a_motif_there_are_no_more_than_the_rate_says(at_rich):
    wrong = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        data = dataset(list(markov_sequences(200, 60, (0.35, 0.15, 0.15, 0.35) if at_rich else UNIFORM, rng)))
        wrong += bool(found_in(with_all_shuffled(data, seed)))
    assert wrong <= 2  # of 12 at 5 % each
    assert SIGNIFICANCE == 0.05


def test_labels_at_random_have_no_seed():
    data = words_planted(["ACCGGATT"])
    labels = np.random.default_rng(0).permutation(data.labels)
    assert found_in(dataset([data.sequence(i) for i in range(480)], labels)) == []


def test_there_is_at_least_one_where_it_is_asked_for_and_it_is_not_significant():
    data = dataset(list(np.random.default_rng(3).integers(0, 4, (60, 40)).astype(np.uint8)), [1] * 30 + [0] * 30)
    assert found_in(data, triplets=False) == []
    seeds = found_in(data, triplets=False, least=1)
    assert len(seeds) == 1
    assert seeds[0].log10_e > np.log10(SIGNIFICANCE)
    assert seeds[0].log10_e * np.log(10) >= least_e(data, WIDTH) - 1e-9


def test_least_e_is_that_of_the_first_seed():
    data = words_planted(["ACCGGATT"])
    (seed,) = found_in(data, triplets=False)
    assert seed.log10_e * np.log(10) == pytest.approx(least_e(data, WIDTH))


def test_no_more_than_are_asked_for():
    words = ["ACCGGATTCA", "AAGTCGCATG", "GGTATACCAG"]
    assert len(found_in(words_planted(words))) == 3
    assert len(found_in(words_planted(words), most=2)) == 2


# The same again


def test_nothing_is_random():
    data = words_planted(["ATGACGTCAT", "GTGACCTCAG"])
    first, again = found_in(data), found_in(data)
    assert summary(first) == summary(again)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.counts, other.counts)


def test_reverse_complements_have_the_same_seeds():
    data = words_planted(["ACCGGATTCA", "AAGTCGCATG"])
    turned = dataset([reverse_complement(data.sequence(i)) for i in range(len(data))], data.labels)
    first, other = found_in(data), found_in(turned)
    assert summary(first) == summary(other)
    for one, two in zip(first, other, strict=True):
        np.testing.assert_array_equal(one.counts, two.counts)


def test_the_data_are_left_as_they_are():
    data = words_planted(["ACCGGATT"])
    before = data.codes.copy()
    found_in(data)
    np.testing.assert_array_equal(data.codes, before)


def test_of_very_many_sequences_some_are_looked_at(monkeypatch):
    data = words_planted(["ACCGGATT"], n=300, n_unbound=600)
    monkeypatch.setattr(module, "MOST_SEARCHED", 100)
    monkeypatch.setattr(module, "MOST_GAPPED", 50)
    (seed,) = found_in(data)
    assert seed.bound == 100
    chosen = module.evenly(data, 100)
    assert [int(data.labels[chosen].sum()), len(chosen), len(set(chosen.tolist()))] == [100, 200, 200]
    assert (chosen[0], chosen[99], chosen[100], chosen[-1]) == (0, 299, 300, 899)


def test_gapped_words_are_looked_for_in_fewer(monkeypatch):
    monkeypatch.setattr(module, "MOST_GAPPED", 120)
    (seed,) = found_in(words_planted(["CTGNNNNNNNGAC"]))
    assert seed.with_word[0] <= 120 < 220 < seed.bound


def test_log_odds_of_counts():
    background = np.array([0.4, 0.1, 0.2, 0.3])
    odds = log_odds(np.array([[8.0, 0.0, 0.0, 0.0], [0.0] * 4]), background)
    np.testing.assert_allclose(odds[0], np.log(np.array([8.8, 0.2, 0.4, 0.6]) / 10 / background))
    np.testing.assert_allclose(odds[1], 0, atol=1e-12)
