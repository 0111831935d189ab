"""Laws of the matrix type, a column-by-column oracle, and Biopython as referee."""

import math

import numpy as np
import pytest
from Bio import motifs as bio
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sparling_genomics.letters.alphabet import DNA, RNA
from sparling_genomics.letters.pwm import Pwm

COUNTS = arrays(np.int64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 50))
BACKGROUND = (0.3, 0.2, 0.1, 0.4)


def make(counts, **fields):
    return Pwm("M1", np.asarray(counts, float), n_sites=50, **fields)


@given(COUNTS, st.sampled_from([0.0, 0.5, 3.0]))
def test_probabilities_sum_to_one(counts, pseudocount):
    p = make(counts, background=BACKGROUND).probabilities(pseudocount)
    np.testing.assert_allclose(p.sum(axis=1), np.ones(len(counts)))
    assert (p >= 0).all()


@given(COUNTS)
def test_reverse_complement_twice_is_the_motif(counts):
    motif = make(counts, background=BACKGROUND)
    twice = motif.reverse_complement().reverse_complement()
    np.testing.assert_array_equal(twice.counts, motif.counts)
    assert twice.background == motif.background


@given(COUNTS)
def test_reverse_complement_mirrors_the_information(counts):
    motif = make(counts, background=BACKGROUND)
    np.testing.assert_allclose(motif.reverse_complement().information(), motif.information()[::-1])


@given(COUNTS, st.sampled_from([0.25, 1.0]), st.integers(0, 3))
def test_trim_keeps_a_stretch_whose_ends_carry_information(counts, min_bits, pad):
    motif = make(counts)
    bits = motif.information()
    trimmed = motif.trim(min_bits)
    assert (trimmed.width == 0) == (not (bits >= min_bits).any())
    if trimmed.width:
        assert trimmed.information()[[0, -1]].min() >= min_bits
        np.testing.assert_array_equal(trimmed.trim(min_bits).counts, trimmed.counts)
        start, end = motif.informative_span(min_bits)
        np.testing.assert_array_equal(motif.trim(min_bits, pad).counts, counts[max(0, start - pad) : end + pad])


def test_views_against_a_loop():
    rng = np.random.default_rng(0)
    motif = make(rng.integers(0, 40, (9, 4)), background=BACKGROUND)
    for row, bits, odds in zip(motif.counts, motif.information(), motif.log_odds(pseudocount=2.0), strict=True):
        divergence = 0.0
        for letter in range(4):
            p = row[letter] / row.sum()
            divergence += p * math.log2(p / BACKGROUND[letter]) if p > 0 else 0.0
            smoothed = (row[letter] + 2 * BACKGROUND[letter]) / (row.sum() + 2)
            assert odds[letter] == pytest.approx(math.log2(smoothed / BACKGROUND[letter]))
        assert bits == pytest.approx(divergence)


def test_column_without_counts_is_the_background_and_carries_nothing():
    motif = make([[0, 0, 0, 0]], background=BACKGROUND)
    np.testing.assert_array_equal(motif.probabilities(), [BACKGROUND])
    np.testing.assert_allclose(motif.information(), [0.0], atol=1e-12)


@pytest.mark.parametrize(
    ("column", "letter"),
    [
        ([50, 25, 20, 5], "A"),  # exactly one half, exactly twice the second
        ([50, 26, 20, 4], "M"),  # one half, but not twice the second
        ([49, 26, 20, 5], "M"),  # together exactly three quarters
        ([40, 34, 20, 6], "N"),
        ([2, 1, 0, 0], "A"),  # two thirds, twice the second, in floating point
        ([0, 1, 0, 1], "Y"),
        ([1, 0, 1, 0], "R"),
        ([0, 1, 1, 0], "S"),
        ([1, 0, 0, 1], "W"),
        ([0, 0, 1, 1], "K"),
        ([1, 1, 1, 1], "N"),
    ],
)
def test_consensus_letter(column, letter):
    assert make([column]).consensus() == letter


def test_rna_is_written_with_u():
    assert make([[0, 0, 0, 9]], alphabet=RNA).consensus() == "U"


@settings(deadline=None)
@given(
    arrays(np.int64, st.tuples(st.integers(1, 8), st.just(4)), elements=st.integers(1, 999)),
)
def test_consensus_agrees_with_biopython(counts):
    # Biopython asks for strictly more than the limits, and knows letters for three bases where the fourth is absent:
    # neither arises without ties and zeros.
    p = -np.sort(-counts / counts.sum(axis=1, keepdims=True), axis=1)
    limits = np.abs([p[:, 0] - 0.5, p[:, 0] - 2 * p[:, 1], p[:, 0] + p[:, 1] - 0.75])
    clear = limits.min(axis=0) > 1e-9
    referee = bio.Motif(counts=dict(zip("ACGT", counts.T.tolist(), strict=True))).degenerate_consensus
    ours = np.array(list(make(counts).consensus()))
    np.testing.assert_array_equal(ours[clear], np.array(list(referee))[clear])


def test_log_odds_agree_with_biopython():
    counts = np.random.default_rng(1).integers(0, 30, (7, 4))
    matrix = bio.Motif(counts=dict(zip("ACGT", counts.T.tolist(), strict=True))).counts.normalize(0.25).log_odds()
    np.testing.assert_allclose(make(counts).log_odds(pseudocount=1.0), np.array([matrix[x] for x in "ACGT"]).T)


def test_counts_are_a_read_only_copy():
    source = np.ones((2, 4))
    motif = make(source)
    source[0, 0] = 7
    assert motif.counts[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        motif.counts[0, 0] = 7


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"counts": np.ones((4, 3))}, r"shape \(W, 4\); got \(4, 3\)"),
        ({"counts": np.ones(4)}, r"shape \(W, 4\); got \(4,\)"),
        ({"counts": -np.ones((1, 4))}, "finite and not negative"),
        ({"counts": np.full((1, 4), np.nan)}, "finite and not negative"),
        ({"n_sites": -1}, "n_sites of motif 'M1' must not be negative; got -1"),
        ({"background": (0.5, 0.5, 0.0, 0.0)}, "four positive frequencies"),
        ({"background": (0.3, 0.3, 0.3, 0.3)}, "sum to 1"),
    ],
)
def test_faults_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        Pwm(**({"name": "M1", "counts": np.ones((2, 4)), "n_sites": 4, "alphabet": DNA} | fields))


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match="pseudocount must not be negative; got -1"):
        make([[1, 1, 1, 1]]).probabilities(-1)
    with pytest.raises(ValueError, match="pad must not be negative; got -1"):
        make([[1, 1, 1, 1]]).trim(pad=-1)
