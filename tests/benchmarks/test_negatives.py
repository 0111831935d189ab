"""Peaks of other factors as negatives: alike in GC content, from other places, never twice."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import recovery_sets
from cases import Record
from negatives import BIN, WORD, AgainstOthers, apart, has_others, matched, other_peaks
from scoring import gc_fraction

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import encode, reverse_complement

needs_data = pytest.mark.skipif(not recovery_sets.SHARED.exists(), reason="the benchmark's data are not here")
RNG = np.random.default_rng(0)


def record(name, text, label=0):
    return Record(name, encode(text), label, False)


def of_gc(n, gc, *, label=0, length=100):
    """Sequences with exactly that share of G and C."""
    letters = np.array(list("G" * round(gc * length) + "A" * (length - round(gc * length))))
    return [record(f"{label}_{gc}_{i}", "".join(RNG.permutation(letters)), label) for i in range(n)]


def test_sequences_that_share_a_word_on_either_strand_are_set_apart():
    codes = RNG.integers(0, 4, 60).astype(np.uint8)
    other = [Record("o", codes, 1, False)]
    pool = [
        Record("same", codes, 0, False),
        Record("overlaps", np.concatenate([codes[-WORD:], RNG.integers(0, 4, 40).astype(np.uint8)]), 0, False),
        Record("reverse", np.concatenate([reverse_complement(codes[:WORD]), encode("A" * 40)]), 0, False),
        Record("touches", np.concatenate([codes[-WORD + 1 :], encode("N" * 40)]), 0, False),
        Record("elsewhere", RNG.integers(0, 4, 60).astype(np.uint8), 0, False),
    ]
    assert [r.name for r in apart(pool, other)] == ["touches", "elsewhere"]
    assert [r.name for r in apart([pool[4], pool[0]], other)] == ["elsewhere"]


def test_letters_that_are_not_known_and_ends_make_no_word():
    text = "ACGTTGCAAC"
    pool = [record("n", text + "N" + text), record("short", "ACGT"), record("half", text)]
    assert apart(pool, [record("x", text + "N" + text), record("y", text)]) == pool


def test_each_bound_sequence_gets_its_ratio_from_its_own_bin():
    bound = of_gc(10, 0.32, label=1) + of_gc(5, 0.72, label=1)
    pool = of_gc(40, 0.32) + of_gc(40, 0.52) + of_gc(40, 0.72)
    drawn = matched(bound, pool, 2, np.random.default_rng(0))
    assert Counter(round(gc_fraction(r.codes), 2) for r in drawn) == {0.32: 20, 0.72: 10}
    assert len({r.name for r in drawn}) == 30
    again, other = (matched(bound, pool, 2, np.random.default_rng(seed)) for seed in (0, 1))
    assert [r.name for r in drawn] == [r.name for r in again] != [r.name for r in other]


def test_a_bin_that_is_used_up_is_filled_from_the_nearest_after_the_others_have_theirs():
    bound = of_gc(3, 0.32, label=1) + of_gc(2, 0.37, label=1)
    pool = of_gc(1, 0.32) + of_gc(3, 0.37) + of_gc(9, 0.82)
    drawn = matched(bound, pool, 1, np.random.default_rng(0))
    assert Counter(round(gc_fraction(r.codes), 2) for r in drawn) == {0.32: 1, 0.37: 3, 0.82: 1}
    with pytest.raises(ValueError, match="3 records for each of 5; got 13"):
        matched(bound, pool, 3, np.random.default_rng(0))


@needs_data
def test_test_sequences_become_peaks_of_unrelated_factors_alike_in_gc(tmp_path):
    sets = {s.name: s for s in recovery_sets.SETS}
    own = sets["GABPA"].case(0, tmp_path)
    case = AgainstOthers(sets["GABPA"], 2).case(0, tmp_path)
    assert (own.negatives, case.negatives) == ("given", "others")
    for side in ("foreground", "background"):
        assert [r.name for r in getattr(case, side)] == [r.name for r in getattr(own, side)]
    bound, unbound = ([r for r in case.test if r.label == label] for label in (1, 0))
    assert [r.name for r in bound] == [r.name for r in own.test if r.label == 1]
    assert len(unbound) == len({r.name for r in unbound}) == 2 * len(bound)
    assert all(r.test for r in unbound)
    factors = {r.name.partition(":")[0] for r in unbound}
    assert {"USF1", "YY1"} < factors
    assert not {"GABPA", "ELK1"} & factors  # ELK1 has the same motif
    bins = [Counter(int(gc_fraction(r.codes) / BIN) for r in side) for side in (bound, unbound)]
    assert sum(abs(2 * bins[0][b] - bins[1][b]) for b in bins[0] | bins[1]) <= 0.02 * len(unbound)


@needs_data
def test_the_background_of_others_shares_no_peak_with_the_test(tmp_path):
    ctcf = next(s for s in recovery_sets.SETS if s.name == "CTCF_top500")
    case = AgainstOthers(ctcf, 1, in_training=True).case(0, tmp_path)
    assert case.given_background
    assert len(case.background) == len(case.foreground)
    assert not any(r.test or r.label for r in case.background)
    unbound = [r for r in case.test if r.label == 0]
    assert apart(case.background, unbound) == list(case.background)
    with pytest.raises(InputError, match="CTCF_top500: 20 peaks of other factors for each of 72 bound sequences; got"):
        AgainstOthers(ctcf, 20).case(0, tmp_path)


@needs_data
def test_only_chip_sets_have_others_and_of_their_own_length():
    sets = {s.name: s for s in recovery_sets.SETS}
    assert [has_others(sets[name]) for name in ("GABPA", "RBFOX3", "SALL4", "null_GABPA")] == [
        True,
        False,
        False,
        False,
    ]
    assert {len(r.codes) for r in other_peaks(sets["TP73"])} == {200}
    assert other_peaks(replace(sets["TP73"], path="tf_chip/CTCF_chipseq_100bp.fa.gz")) == []
