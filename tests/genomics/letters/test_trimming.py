"""Where a motif begins and ends: strong columns, weak ones beside them, gaps, chance."""

import numpy as np
import pytest

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.letters.trimming import CORE_BITS, FLANK_BITS, HALF_BITS, motif_span, parts

N = 1000
FLAT = (0.25, 0.25, 0.25, 0.25)
SURE = (1.0, 0.0, 0.0, 0.0)
WEAK = (0.44, 0.2, 0.18, 0.18)
FAINT = (0.35, 0.22, 0.22, 0.21)


def matrix(*columns, n=N, background=FLAT):
    """Counts of ``n`` sites; each of ``columns`` probabilities, or a number of columns of the background."""
    rows = [row for column in columns for row in ([background] * column if isinstance(column, int) else [column])]
    return Pwm("M", n * np.array(rows), n, background=background)


def test_the_columns_of_these_tests_are_what_they_are_called():
    sure, weak, faint = matrix(SURE, WEAK, FAINT).corrected_information()
    assert sure > CORE_BITS > weak > FLANK_BITS > faint > 0


@pytest.mark.parametrize(
    ("columns", "span"),
    [
        ((5, SURE, SURE, SURE, 5), (5, 8)),
        ((4, WEAK, SURE, SURE, WEAK, WEAK, 5), (4, 9)),  # weak flanks that touch it
        ((3, WEAK, 1, SURE, SURE, 1, WEAK, 5), (5, 7)),  # weak columns that do not
        ((4, FAINT, SURE, SURE, FAINT, 4), (5, 7)),
        ((4, SURE, 6, SURE, 4), (4, 12)),  # the longest gap
        ((4, WEAK, WEAK, 4), (0, 0)),
        ((8,), (0, 0)),
    ],
)
def test_a_motif_is_its_strong_columns_and_what_touches_them(columns, span):
    assert motif_span(matrix(*columns)) == span


def test_a_long_gap_cuts_unless_both_halves_hold_alone():
    lone = matrix(2, SURE, SURE, SURE, 7, SURE, 2)
    assert parts(lone) == [(2, 5), (12, 13)]
    assert motif_span(lone) == (2, 5)
    assert motif_span(matrix(2, SURE, 7, SURE, SURE, 2)) == (10, 12)
    dyad = matrix(2, *[SURE] * 3, 15, *[SURE] * 3, 2)
    assert parts(dyad) == [(2, 5), (20, 23)]
    assert dyad.corrected_information()[2:5].sum() > HALF_BITS
    assert motif_span(dyad) == (2, 23)
    assert motif_span(matrix(*[SURE] * 3, 9, SURE, 9, *[SURE] * 3)) == (0, 25)
    assert motif_span(matrix(*[SURE] * 3, 9, SURE)) == (0, 3)


def test_a_weak_column_in_a_gap_bridges_it():
    assert motif_span(matrix(2, SURE, SURE, 4, WEAK, 4, SURE, 2)) == (2, 14)


@pytest.mark.parametrize("n", [10, 20, 50, 200, 2000])
def test_columns_of_chance_letters_seldom_begin_a_motif_or_lengthen_it(n):
    rng = np.random.default_rng(n)
    background = (0.4, 0.1, 0.1, 0.4)
    flanked, begun = 0, 0
    for _ in range(200):
        counts = rng.multinomial(n, background, size=20).astype(float)
        begun += len(parts(Pwm("M", counts, n, background=background))) > 0
        counts[8:12] = [0, n, 0, 0]
        start, end = parts(Pwm("M", counts, n, background=background))[0]
        flanked += start == 7 or end == 13
    assert flanked <= 12  # two flanks at 1 % each of 200, and what is twice as many by chance
    assert begun <= 60  # of twenty columns at 1 %, about one matrix in six


def test_letters_that_are_common_around_the_sites_are_no_flank():
    """In surroundings of 75 % A and T, in sequences of 50 %, each column beside the motif carries 0.19 bits."""
    rich = (0.375, 0.125, 0.125, 0.375)
    assert matrix(rich).corrected_information()[0] > FLANK_BITS
    assert motif_span(matrix(*[rich] * 8, (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), *[rich] * 8)) == (8, 10)


def test_the_reverse_complement_has_the_mirrored_span():
    rng = np.random.default_rng(0)
    for _ in range(50):
        counts = rng.dirichlet([0.4] * 4, 25) * 40 * (rng.random(25) < 0.4)[:, None] + rng.random((25, 4)) * 20
        pwm = Pwm("M", counts, 60)
        start, end = motif_span(pwm)
        assert motif_span(pwm.reverse_complement()) == ((25 - end, 25 - start) if end else (0, 0))
