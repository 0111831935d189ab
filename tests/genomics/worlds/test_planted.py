import gzip
from collections import Counter, namedtuple
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import chisquare

from sparling_genomics.data.dataset import load_dataset
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.letters.alphabet import RNA, decode, reverse_complement
from sparling_genomics.worlds.planted import (
    PlantedSite,
    consensus_motif,
    demo_motifs,
    markov_sequences,
    plant,
    site_precision_recall,
    write_fasta,
)

# motifs without a choice of letters, so that every planted word is known
SHARP = [consensus_motif("A", "ACCGGATT", purity=1), consensus_motif("B", "GATTACA", purity=1)]
WORDS = {"A": "ACCGGATT", "B": "GATTACA"}


def planted(pwms=SHARP, n_bound=100, n_unbound=50, length=60, seed=0, **options):
    return plant(pwms, n_bound, n_unbound, length, np.random.default_rng(seed), **options)


def site(start, end, sequence="s"):
    return PlantedSite(sequence, start, end, "+", "M")


# Planting


def test_every_site_holds_its_word_on_its_strand():
    result = planted()
    row_of = dict(zip(result.names, result.codes, strict=True))
    for name, start, end, strand, motif in result.sites:
        word = row_of[name][start:end]
        assert decode(word if strand == "+" else reverse_complement(word)) == WORDS[motif]


def test_bound_sequences_have_sites_apart_and_unbound_ones_none():
    result = planted(length=40, sites_per_sequence=(1, 4))
    assert result.codes.shape == (150, 40)
    assert result.labels.tolist() == [1] * 100 + [0] * 50
    sites = {name: [s for s in result.sites if s.sequence == name] for name in result.names}
    assert Counter(len(sites[name]) for name in result.names[100:]) == {0: 50}
    assert set(Counter(len(sites[name]) for name in result.names[:100])) == {1, 2, 3, 4}
    for on_one in sites.values():
        assert all(a.end <= b.start for a, b in pairwise(on_one))
        assert all(0 <= s.start < s.end <= 40 for s in on_one)


def test_motifs_and_strands_come_equally_often():
    result = planted(n_bound=2000, n_unbound=0)
    counts = Counter((s.motif, s.strand) for s in result.sites)
    assert chisquare(list(counts.values())).pvalue > 0.001
    assert len(counts) == 4


def test_places_of_one_site_are_uniform():
    result = planted([SHARP[1]], n_bound=4000, n_unbound=0, length=26, sites_per_sequence=(1, 1))
    counts = Counter(s.start for s in result.sites)
    assert sorted(counts) == list(range(20))
    assert chisquare(list(counts.values())).pvalue > 0.001


def test_sites_that_fill_the_sequence_leave_one_place_each():
    result = planted([SHARP[0]], n_bound=5, n_unbound=0, length=24, sites_per_sequence=(3, 3))
    assert [s.start for s in result.sites] == [0, 8, 16] * 5


def test_letters_of_sites_follow_the_matrix():
    motif = demo_motifs()[0]
    result = planted([motif], n_bound=3000, n_unbound=0, sites_per_sequence=(1, 1))
    words = np.stack(
        [
            codes[s.start : s.end] if s.strand == "+" else reverse_complement(codes[s.start : s.end])
            for codes, s in zip(result.codes, result.sites, strict=True)
        ]
    )
    frequencies = np.stack([(words == letter).mean(0) for letter in range(4)], axis=1)
    np.testing.assert_allclose(frequencies, motif.probabilities(), atol=0.04)


def test_rna_is_planted_on_the_forward_strand_and_written_with_u(tmp_path):
    result = planted([consensus_motif("PUM", "UGUANAUA", purity=1, alphabet=RNA)])
    assert {s.strand for s in result.sites} == {"+"}
    write_fasta(tmp_path / "x.fa", result)
    assert set("".join((tmp_path / "x.fa").read_text().split("\n")[1::2])) == set("ACGU")


def test_the_seed_decides():
    np.testing.assert_array_equal(planted(seed=1).codes, planted(seed=1).codes)
    assert planted(seed=1).sites == planted(seed=1).sites
    assert planted(seed=1).sites != planted(seed=2).sites


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pwms": []}, r"pwms must be one or more motifs of one alphabet; got \[\]"),
        ({"pwms": [*SHARP, consensus_motif("R", "ACGU", alphabet=RNA)]}, r"got \['dna', 'dna', 'rna'\]"),
        ({"sites_per_sequence": (0, 1)}, r"1 <= fewest <= most; got \(0, 1\)"),
        ({"sites_per_sequence": (2, 1)}, r"1 <= fewest <= most; got \(2, 1\)"),
        ({"length": 15}, "2 sites of 8 bp must fit into length; got 15"),
        ({"background": [0.5, 0.5, 0.5, 0.5]}, "background must be .* whose rows sum to 1; got"),
        ({"background": [1.0]}, r"background must be \(4,\) or \(4, 4\) probabilities"),
        ({"background": [1.5, -0.5, 0, 0]}, "background must be"),
    ],
)
def test_what_cannot_be_planted_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        planted(**options)


# Background


def test_independent_letters_have_the_given_frequencies():
    codes = markov_sequences(400, 500, [0.4, 0.1, 0.2, 0.3], np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(codes.ravel()) / codes.size, [0.4, 0.1, 0.2, 0.3], atol=0.005)


def test_a_markov_chain_has_the_given_transitions_from_its_first_letter_on():
    following = np.array([[0.7, 0.1, 0.1, 0.1], [0.2, 0.2, 0.1, 0.5], [0.25] * 4, [0.1, 0.6, 0.2, 0.1]])
    codes = markov_sequences(20_000, 20, following, np.random.default_rng(0))
    pairs = np.bincount((codes[:, :-1] * 4 + codes[:, 1:]).ravel(), minlength=16).reshape(4, 4)
    np.testing.assert_allclose(pairs / pairs.sum(axis=1, keepdims=True), following, atol=0.01)
    composition = [np.bincount(codes[:, position], minlength=4) / len(codes) for position in (0, 19)]
    np.testing.assert_allclose(composition[0], composition[1], atol=0.02)


# Motifs


def test_demo_motifs_say_their_consensus_and_differ():
    assert [(motif.name, motif.consensus()) for motif in demo_motifs()] == [
        ("CTCF", "CCASYAGGKGGCR"),
        ("GATA1", "AGATAAGR"),
        ("USF1", "GTCACGTGAC"),
        ("TEAD4", "RCATTCCW"),
    ]
    for motif in demo_motifs():
        np.testing.assert_allclose(motif.counts.sum(axis=1), motif.n_sites)


def test_a_letter_that_allows_all_bases_is_flat_and_others_are_refused():
    assert consensus_motif("M", "n").counts.tolist() == [[25] * 4]
    np.testing.assert_allclose(consensus_motif("M", "B", purity=0.9).counts, [[10, 30, 30, 30]])
    with pytest.raises(ValueError, match="consensus must be IUPAC letters; got 'X' in 'AXC'"):
        consensus_motif("M", "AXC")


# Files


@pytest.mark.parametrize("name", ["x.fa", "x.fa.gz"])
def test_a_written_file_is_read_back_with_labels_and_truth(tmp_path, name):
    result = planted()
    write_fasta(tmp_path / name, result)
    records = read_fasta(tmp_path / name)
    assert tuple(record.name for record in records) == result.names
    np.testing.assert_array_equal(np.stack([record.codes for record in records]), result.codes)
    first = [f"{s.motif}:{s.start}-{s.end}({s.strand})" for s in result.sites if s.sequence == result.names[0]]
    assert records[0].attributes == {"label": "1", "sites": ";".join(first)}
    assert records[-1].attributes == {"label": "0"}
    dataset = load_dataset(tmp_path / name, min_length=10, seed=0)
    np.testing.assert_array_equal(dataset.labels, result.labels)


def test_the_same_sequences_give_the_same_bytes(tmp_path):
    for name in ("a.fa.gz", "b.fa.gz"):
        write_fasta(tmp_path / name, planted())
    data = [(tmp_path / name).read_bytes() for name in ("a.fa.gz", "b.fa.gz")]
    assert data[0] == data[1]
    assert gzip.decompress(data[0]).startswith(b">bound_000 label=1 sites=")


# Measuring localisation


@pytest.mark.parametrize(
    ("predicted", "true", "expected"),
    [
        ([site(10, 20)], [site(10, 20)], (1, 1)),
        ([site(15, 25)], [site(10, 20)], (1, 1)),
        ([site(16, 26)], [site(10, 20)], (0, 0)),
        ([site(10, 20, "other")], [site(10, 20)], (0, 0)),
        ([], [site(10, 20)], (0, 0)),
        ([site(10, 20)], [], (0, 0)),
        ([], [], (0, 0)),
        ([site(0, 100)], [site(10, 20), site(40, 50)], (1, 0.5)),
        ([site(10, 20), site(11, 21)], [site(10, 20)], (0.5, 1)),
        ([site(12, 22), site(6, 16)], [site(0, 10), site(11, 21)], (0.5, 0.5)),
        ([site(10, 20), site(60, 70)], [site(10, 20), site(30, 40), site(80, 90), site(5, 9, "t")], (0.5, 0.25)),
    ],
)
def test_precision_and_recall_by_eye(predicted, true, expected):
    assert site_precision_recall(predicted, true) == expected


def test_the_overlap_asked_for_can_be_changed():
    assert site_precision_recall([site(16, 26)], [site(10, 20)], min_overlap=0.25) == (1, 1)


def test_rows_of_a_table_will_do():
    row = namedtuple("row", "sequence start end score")
    assert site_precision_recall([row("s", 10, 20, 3.0)], [site(10, 20)]) == (1, 1)


def test_planted_sites_are_found_again_by_looking_for_their_words():
    result = planted(n_unbound=0, sites_per_sequence=(1, 3))
    found = []
    for name, codes in zip(result.names, result.codes, strict=True):
        for word in WORDS.values():
            width = len(word)
            for start in range(len(codes) - width + 1):
                window = codes[start : start + width]
                if word in (decode(window), decode(reverse_complement(window))):
                    found.append(site(start, start + width, name))
    precision, recall = site_precision_recall(found, result.sites)
    assert recall == 1
    assert precision > 0.95
