"""The best site of each matrix in each sequence, against loops over every word."""

import numpy as np
import pytest

from sparling_genomics.data.given import given_sequences
from sparling_genomics.known import best_sites as module
from sparling_genomics.known.best_sites import best_scores, best_sites, rounded_log_odds
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA, reverse_complement
from sparling_genomics.letters.pwm import Pwm

LETTERS = "ACGTN"


def some(rng, lengths):
    return ["".join(LETTERS[i] for i in rng.choice(5, n, p=[0.24] * 4 + [0.04])) for n in lengths]


def matrices(rng, widths):
    return [Pwm(f"m{i}", rng.integers(0, 20, (w, 4)) + 0.5, 20) for i, w in enumerate(widths)]


def score(word, odds):
    return sum(float(row[letter]) for letter, row in zip(word, odds, strict=True) if letter < 4)


def best_by_loops(codes, odds, both):
    """Score and start of the best word; the first of equal ones."""
    best = (-np.inf, 0)
    for start in range(len(codes) - len(odds) + 1):
        word = codes[start : start + len(odds)]
        own = max([score(word, odds)] + ([score(reverse_complement(word), odds)] if both else []))
        if own > best[0]:
            best = (own, start)
    return best


@pytest.mark.parametrize("alphabet", [DNA, DNA_FORWARD, RNA], ids=lambda each: each.name)
def test_scores_and_places_are_those_of_loops(alphabet, monkeypatch):
    monkeypatch.setattr(module, "COLUMNS", 3)
    monkeypatch.setattr(module, "CELLS", 300)
    rng = np.random.default_rng(0)
    data = given_sequences(some(rng, [3, 12, 30, 30, 7, 25, 12]), alphabet)
    odds = rounded_log_odds(matrices(rng, [4, 9, 4, 4, 4, 15, 9]), data.background)
    found, scores = best_sites(data, odds), best_scores(data, odds)
    for i in range(len(data)):
        for k, own in enumerate(odds):
            best, start = best_by_loops(data.sequence(i), own, alphabet.double_stranded)
            assert scores[i, k] == found.score[i, k] == best
            assert found.start[i, k] == start or best == -np.inf


def test_scores_do_not_depend_on_blocks_nor_on_the_strand(monkeypatch):
    rng = np.random.default_rng(1)
    letters = some(rng, [40] * 30)
    data = given_sequences(letters, DNA)
    pwms = matrices(rng, [6, 11, 11, 17])
    odds = rounded_log_odds(pwms, (0.3, 0.2, 0.2, 0.3))
    whole = best_scores(data, odds)
    turned = given_sequences([s[::-1].translate(str.maketrans("ACGT", "TGCA")) for s in letters], DNA)
    np.testing.assert_array_equal(best_scores(turned, odds), whole)
    monkeypatch.setattr(module, "CELLS", 1)
    monkeypatch.setattr(module, "COLUMNS", 1)
    np.testing.assert_array_equal(best_scores(data, odds), whole)


def test_log_odds_are_whole_units_near_those_of_the_matrix():
    pwm = matrices(np.random.default_rng(2), [8])[0]
    (odds,) = rounded_log_odds([pwm], pwm.background)
    assert (odds / module.UNIT == np.round(odds / module.UNIT)).all()
    np.testing.assert_allclose(odds, pwm.log_odds(pseudocount=1.0), atol=module.UNIT)
