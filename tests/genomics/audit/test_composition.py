"""A motif against its own columns in other orders."""

import numpy as np
import pytest

from sparling_genomics.audit.composition import FEWEST, best_matches, composition
from sparling_genomics.letters.alphabet import RNA, encode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.hand_made import dataset


def score(odds, codes):
    return sum(odds[i, letter] for i, letter in enumerate(codes) if letter < 4)


def test_best_matches_against_a_loop():
    rng = np.random.default_rng(2)
    rows = [rng.integers(5, size=int(n)).astype(np.uint8) for n in rng.integers(3, 20, 15)]
    odds = rng.normal(size=(3, 6, 4))
    for alphabet in (None, RNA):
        data = dataset(rows) if alphabet is None else dataset(rows, alphabet=alphabet)
        found = best_matches(data, odds)
        for i, row in enumerate(rows):
            for k, matrix in enumerate(odds):
                strands = [matrix] if alphabet else [matrix, matrix[::-1, ::-1]]
                starts = range(len(row) - 5)
                scores = [score(strand, row[s : s + 6]) for strand in strands for s in starts]
                assert found[i, k] == pytest.approx(max(scores, default=-np.inf), abs=1e-5)


def test_a_planted_motif_is_more_than_its_letters():
    pwm = consensus_motif("USF1", "GTCACGTGAC")
    truth = plant([pwm], 200, 200, 60, np.random.default_rng(0), sites_per_sequence=(1, 1))
    data = dataset(list(truth.codes), labels=truth.labels)
    found = composition(data, pwm, 180, np.random.default_rng(1))
    assert found.own > 3
    assert found.explained < 0.2


def test_a_patch_of_letters_is_explained_by_composition():
    rng = np.random.default_rng(0)
    codes = rng.integers(4, size=(400, 60)).astype(np.uint8)
    codes[:200, 20:36] = rng.integers(1, 3, size=(200, 16))
    found = composition(dataset(list(codes), labels=[1] * 200 + [0] * 200), consensus_motif("GC", "GGCGGCGC"), 100, rng)
    assert found.own > 0.3
    assert found.explained > 0.5


def test_a_motif_made_of_the_letters_of_its_sequences_is_more_than_they_are():
    rng = np.random.default_rng(0)
    codes = rng.choice(4, p=[0.4, 0.1, 0.1, 0.4], size=(400, 60)).astype(np.uint8)
    codes[200:] = rng.choice(4, p=[0.1, 0.4, 0.4, 0.1], size=(200, 60))
    for row in codes[:200:2]:
        row[20:28] = encode("TATTAATA")
    found = composition(dataset(list(codes), labels=[1] * 200 + [0] * 200), consensus_motif("AT", "TATTAATA"), 100, rng)
    assert found.own > 1
    assert found.explained < 0.2


def test_a_run_of_one_letter_is_explained_whole():
    rng = np.random.default_rng(0)
    codes = rng.integers(4, size=(200, 60)).astype(np.uint8)
    codes[:100, 20:30] = 0
    data = dataset(list(codes), labels=[1] * 100 + [0] * 100)
    assert composition(data, consensus_motif("A", "AAAAAAAA"), 100, rng).explained == 1


def test_a_matrix_that_is_no_commoner_than_in_shuffles_is_explained_whole():
    codes = np.random.default_rng(0).integers(4, size=(400, 60)).astype(np.uint8)
    data = dataset(list(codes), labels=[1] * 200 + [0] * 200)
    found = composition(data, consensus_motif("AT", "TATTAATA"), 200, np.random.default_rng(1))
    assert (found.own, found.explained) == (0, 1)


@pytest.mark.parametrize(("bound", "known"), [(0, False), (FEWEST - 1, False), (FEWEST, True)])
def test_of_few_bound_sequences_nothing_is_known(bound, known):
    data = dataset(["ACGTACGT"] * 50, labels=[1] * bound + [0] * (50 - bound))
    found = composition(data, Pwm("M1", np.eye(4), 10), 5, np.random.default_rng(0))
    assert np.isfinite(found).all() if known else np.isnan(found).all()
