"""Cut, P and AUROC of a matrix; halves without relatives; families; and the table of a whole database."""

import math

import numpy as np
import pytest
import scipy

import sparling_genomics as sg
from sparling.errors import InputError
from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.known.alphabets import check_alphabet
from sparling_genomics.known.best_sites import BestSites
from sparling_genomics.known.enrich import enrichment, write_leading
from sparling_genomics.known.enrichment import best_cut, judged, log_fisher
from sparling_genomics.known.families import families
from sparling_genomics.known.halves import choosing_half, first_of_clusters
from sparling_genomics.known.table import EnrichedRow, write_enriched_tsv
from sparling_genomics.letters.alphabet import DNA, RNA, decode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.sequences import fasta, load, random_sequences


def g_by_hand(has, bound):
    """Log likelihood ratio of a table, by its definition."""
    table = np.array([[(has & b).sum(), (~has & b).sum()] for b in (bound, ~bound)], dtype=float)
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    return float(scipy.special.xlogy(table, table / np.where(expected > 0, expected, 1)).sum())


def test_the_cut_has_the_largest_likelihood_ratio_of_all():
    rng = np.random.default_rng(0)
    for _ in range(20):
        bound = rng.random(60) < 0.4
        score = np.round(rng.normal(size=60) + bound, 1).astype(np.float32)
        tried = {
            float(cut): g_by_hand(score >= cut, bound)
            for cut in np.unique(score)[1:]
            if (score >= cut)[bound].mean() > (score >= cut)[~bound].mean()
        }
        assert tried[best_cut(score, bound)] == pytest.approx(max(tried.values()))


def test_no_cut_where_bound_sequences_never_have_more():
    score = np.array([1, 2, 3, 4], dtype=np.float32)
    assert best_cut(score, np.array([True, True, False, False])) == math.inf
    assert best_cut(np.zeros(4, dtype=np.float32), np.array([True, True, False, False])) == math.inf
    nowhere = np.full(4, -np.inf, dtype=np.float32)
    result = judged(nowhere, np.array([True, False] * 2), np.array([True, True, False, False]))
    assert (result.log_p, result.bound_with, result.auroc) == (0.0, 0, 0.5)


def test_p_is_fishers():
    for table in ((5, 9, 2, 11), (0, 9, 3, 11), (9, 9, 0, 11), (4, 9, 5, 11)):
        a, n, b, m = table
        p = scipy.stats.fisher_exact([[a, n - a], [b, m - b]], alternative="greater").pvalue
        assert math.exp(log_fisher(*table)) == pytest.approx(p)
    assert log_fisher(2400, 2500, 10, 2500) < -2500


def test_p_is_of_the_half_that_chose_no_cut():
    bound = np.array([True, False] * 20)
    choosing = np.arange(40) < 20
    score = np.where(bound, 1.0, 0.0).astype(np.float32)
    score[20:] = 0.0
    result = judged(score, bound, choosing)
    assert (result.cut, result.bound_with, result.unbound_with, result.log_p) == (1.0, 0, 0, 0.0)
    assert (result.bound, result.unbound, result.auroc) == (10, 10, 0.75)


def test_p_of_random_scores_is_uniform():
    rng = np.random.default_rng(3)
    bound = np.arange(400) % 2 == 0
    p = [
        math.exp(judged(rng.normal(size=400).astype(np.float32), bound, rng.permutation(400) < 200).log_p)
        for _ in range(400)
    ]
    assert 0.01 < np.mean(np.array(p) < 0.05) < 0.085
    assert np.mean(np.array(p) < 0.005) < 0.02


def test_halves_hold_one_of_each_cluster_and_no_cluster_twice(tmp_path):
    sequences = random_sequences(60, length=60)
    data = load(fasta(tmp_path / "x.fa", sequences + sequences[:20]))
    everything = with_all_shuffled(data, 0)
    single = first_of_clusters(everything)
    assert len(single) == 120
    assert [name for name in single.names if not name.endswith("_shuffled")] == [f"s{i}" for i in range(60)]
    choosing = choosing_half(single, seed=4)
    half = {name: bool(own) for name, own in zip(single.names, choosing, strict=True)}
    assert all(half[name] == half[f"{name}_shuffled"] for name in half if not name.endswith("_shuffled"))
    assert choosing.sum() == 60
    assert (choosing_half(single, seed=4) == choosing).all()
    assert (choosing_half(single, seed=5) != choosing).any()


def test_a_matrix_in_the_same_places_is_of_the_better_ones_family():
    n = 100
    start = np.stack([np.full(n, 10), np.full(n, 12), np.full(n, 40), np.where(np.arange(n) < 40, 10, 60)], axis=1)
    score = np.ones((n, 4), dtype=np.float32)
    score[60:, 2] = 0
    cuts = np.full(4, 0.5)
    found = families(BestSites(score, start.astype(np.int32)), [8, 6, 8, 8], cuts, np.array([0.1, 0.1, 0.1, 0.5]))
    assert [member.head for member in found] == [0, 0, 2, 0]
    assert [member.shared for member in found] == [1.0, 1.0, 1.0, 0.8]


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    rng = np.random.default_rng(0)
    ebox = consensus_motif("EBOX", "GTCACGTGAC")
    truth = plant([ebox], 400, 0, 60, rng, sites_per_sequence=(1, 1))
    fasta(folder / "peaks.fa", [decode(codes) for codes in truth.codes])
    others = [Pwm(f"R{i}", rng.integers(0, 20, (9, 4)) + 0.1, 20) for i in range(40)]
    part = Pwm("PART", consensus_motif("PART", "CACGTG").counts, 20, alt_name="half_of_it")
    write_meme(folder / "db.meme", [*others, part, Pwm("EBOX", ebox.counts, 20)][::-1])
    return folder


def test_the_planted_matrix_is_first_and_leads_its_family(planted, tmp_path):
    found = enrichment(planted / "peaks.fa", planted / "db.meme")
    first, second = found.rows[:2]
    assert [row.motif_id for row in (first, second)] == ["EBOX", "PART"]
    assert (first.family, second.family, found.rows[-1].family) == ("EBOX", "EBOX", "")
    assert first.bound_share > 0.9 > 0.1 > first.unbound_share
    assert first.auroc > 0.95
    assert all(row.p_value <= row.q_value <= 1 for row in found.rows)
    assert all(row.e_value == row.p_value * 42 for row in found.rows)
    assert [pwm.name for pwm in found.matrices] == [row.motif_id for row in found.rows]
    write_leading(tmp_path / "best.meme", found)
    assert [pwm.name for pwm in read_meme(tmp_path / "best.meme")] == ["EBOX"]
    write_enriched_tsv(tmp_path / "e.tsv", found.rows)
    lines = (tmp_path / "e.tsv").read_text().splitlines()
    assert lines[0].split("\t") == list(EnrichedRow._fields)
    assert len(lines) == 43
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.meme", "e.tsv"]


def test_from_python_it_is_the_same_table(planted):
    table = sg.enrich(planted / "peaks.fa", planted / "db.meme", seed=0)
    assert list(table.columns) == list(EnrichedRow._fields)
    rows = enrichment(planted / "peaks.fa", planted / "db.meme").rows
    assert table["log10_p"].tolist() == [row.log10_p for row in rows]


def test_random_sequences_have_no_enriched_matrix(planted, tmp_path):
    path = fasta(tmp_path / "random.fa", random_sequences(300, length=60, seed=7))
    assert enrichment(path, planted / "db.meme").leading == []


def test_given_negatives_take_the_place_of_shuffles(planted, tmp_path):
    unbound = fasta(tmp_path / "n.fa", random_sequences(150, length=60, seed=11), header="n{i}")
    row = enrichment(planted / "peaks.fa", planted / "db.meme", negatives=unbound).rows[0]
    assert (row.motif_id, row.bound, row.unbound) == ("EBOX", 200, 75)


def test_lengths_that_differ_and_few_sequences_are_told(planted, tmp_path):
    long = fasta(tmp_path / "long.fa", random_sequences(100, length=90, seed=8), header="n{i}")
    found = enrichment(planted / "peaks.fa", planted / "db.meme", negatives=long)
    assert any("differ in length (60 and 90 bp" in said for said in found.noticed)
    few = fasta(tmp_path / "few.fa", random_sequences(12, length=60, seed=9))
    assert any("12 bound sequences" in said for said in enrichment(few, planted / "db.meme").noticed)


def test_alphabets_that_do_not_fit(tmp_path):
    dna, rna = Pwm("D", np.eye(4), 1), Pwm("R", np.eye(4), 1, alphabet=RNA)
    assert check_alphabet([dna], DNA, tmp_path) == check_alphabet([rna], RNA, tmp_path) == ""
    assert "1 matrix is of DNA; it is read as it stands, on the" in check_alphabet([dna, rna], RNA, tmp_path)
    with pytest.raises(InputError, match="motif R is of RNA"):
        check_alphabet([dna, rna], DNA, tmp_path)


def test_rna_is_read_on_its_strand_alone(tmp_path):
    word = "UGUAAAUA"
    pwm = Pwm("PUM", consensus_motif("PUM", word, alphabet=RNA).counts, 20, alphabet=RNA)
    write_meme(tmp_path / "db.meme", [pwm])
    background = [s.replace("T", "U") for s in random_sequences(200, length=40, seed=10)]
    forward = fasta(tmp_path / "f.fa", [s[:16] + word + s[24:] for s in background])
    reverse = fasta(tmp_path / "r.fa", [s[:16] + "UAUUUACA" + s[24:] for s in background])
    assert enrichment(forward, tmp_path / "db.meme").rows[0].log10_p < -20
    assert enrichment(reverse, tmp_path / "db.meme").rows[0].log10_p > -2


def test_a_matrix_wider_than_all_sequences_has_no_site(planted, tmp_path):
    wide = Pwm("WIDE", np.tile([[9.0, 1, 0, 0]], (70, 1)), 10)
    write_meme(tmp_path / "db.meme", [wide])
    row = enrichment(planted / "peaks.fa", tmp_path / "db.meme").rows[0]
    assert (row.p_value, row.bound_with, row.cut, row.auroc) == (1.0, 0, None, 0.5)
