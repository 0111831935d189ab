"""Letters against layout: χ² against a referee, dependence that is planted and dependence that is not."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from sparling_genomics.audit.independence import chi_square, dependence, layout, strand_follows_letters
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import letter_counts, windows
from sparling_genomics.motifs.motif import Motif
from tests.genomics.hand_made import activations, dataset

N, LENGTH, WIDTH = 400, 30, 5


def test_chi_square_is_that_of_the_textbook():
    rng = np.random.default_rng(0)
    letters = rng.integers(4, size=(200, 2)).astype(np.uint8)
    marks = rng.random((200, 3)) < 0.3
    found = chi_square(letters, marks)
    for w in range(2):
        for p in range(3):
            table = [[int(((letters[:, w] == a) & (marks[:, p] == m)).sum()) for m in (True, False)] for a in range(4)]
            assert found[w, p] == pytest.approx(chi2_contingency(table, correction=False).statistic, rel=1e-4)


def test_ambiguous_letters_and_constant_marks_count_nothing():
    letters = np.array([[0], [1], [4], [4]], dtype=np.uint8)
    assert chi_square(letters, np.array([[True], [False], [True], [True]]))[0, 0] == pytest.approx(2.0)
    assert chi_square(letters, np.ones((4, 1), dtype=bool))[0, 0] == 0
    assert chi_square(np.full((4, 1), 4, np.uint8), np.ones((4, 1), dtype=bool))[0, 0] == 0


def sites(depends_on_place, alphabet=None):
    """GATCN at random places of random sequences; N is A near the centre and G far from it, or drawn at random."""
    rng = np.random.default_rng(5)
    start = rng.integers(LENGTH - WIDTH + 1, size=N)
    codes = rng.integers(4, size=(N, LENGTH)).astype(np.uint8)
    far = np.abs(start + WIDTH / 2 - LENGTH / 2) > np.median(np.abs(start + WIDTH / 2 - LENGTH / 2))
    last = np.where(far, 2, 0) if depends_on_place else rng.integers(4, size=N)
    for row, begin, letter in zip(codes, start, last, strict=True):
        row[begin : begin + WIDTH] = [2, 0, 3, 1, letter]
    data = dataset(list(codes)) if alphabet is None else dataset(list(codes), alphabet=alphabet)
    rows = activations([(i, 0, int(begin), False, 1.0) for i, begin in enumerate(start)])
    counts = letter_counts(windows(data, rows, WIDTH - 1)[:, WIDTH - 1 :])
    return data, Motif(Pwm("M1", counts, N, data.alphabet), (0,), rows, first=0)


def test_a_letter_that_follows_the_place_is_found():
    data, motif = sites(depends_on_place=True)
    found = dependence(data, [motif], 0, np.random.default_rng(0))
    assert found is not None
    assert found.feature == "distance from the centre"
    assert (found.column, found.sites) == (WIDTH, N)
    assert found.v == pytest.approx(1, abs=0.01)
    assert found.p < 0.05


def test_letters_drawn_at_random_depend_on_nothing():
    data, motif = sites(depends_on_place=False)
    found = dependence(data, [motif], 0, np.random.default_rng(0))
    assert found is not None
    assert found.p > 0.05
    assert found.v < 0.2


def test_too_few_sites_are_not_tested():
    data, motif = sites(depends_on_place=True)
    few = Motif(motif.pwm, (0,), motif.sites.select(np.arange(15)), first=0)
    assert dependence(data, [few], 0, np.random.default_rng(0)) is None
    none = Motif(motif.pwm, (0,), motif.sites.select(np.arange(0)), first=0)
    assert dependence(data, [none], 0, np.random.default_rng(0)) is None


def test_the_strand_is_no_feature_of_a_palindrome_or_of_rna():
    data, motif = sites(depends_on_place=False)
    assert "strand" in layout(data, [motif], 0)
    turned = Motif(Pwm("M1", np.eye(4)[[1, 0, 1, 2, 3, 2]], 1), (0,), motif.sites, first=0)  # CACGTG
    assert strand_follows_letters(turned)
    assert not strand_follows_letters(motif)
    assert "strand" not in layout(data, [turned], 0)
    rna, own = sites(depends_on_place=False, alphabet=RNA)
    assert "strand" not in layout(rna, [own], 0)


def test_other_motifs_in_the_sequence_are_seen():
    data, motif = sites(depends_on_place=False)
    other = Motif(motif.pwm, (1,), motif.sites.select(np.arange(7)), first=0)
    marks = layout(data, [motif, other], 0)
    assert marks["another motif in the sequence"].sum() == 7
    assert not marks["another site of the motif in the sequence"].any()
