"""The strand on which a motif is written, and motifs that are written alike on both."""

import numpy as np
import pytest

from sparling_genomics.letters.alphabet import DNA_FORWARD, RNA
from sparling_genomics.letters.orientation import faces_forward, palindromic
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif

CTCF = "CCASYAGRKGGCGC"


def with_flank(pwm, column, before):
    counts = np.vstack([[column], pwm.counts] if before else [pwm.counts, [column]])
    return Pwm(pwm.name, counts, pwm.n_sites)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("letter", range(4))
@pytest.mark.parametrize("word", [CTCF, "TGACGTCATT", "AGATAAG", "CACGTGAC", "ACCGGATT", "TGCATGCA"])
def test_no_weak_column_turns_a_motif(word, letter, before):
    motif = consensus_motif("M", word)
    flank = np.full(4, 0.18) * motif.n_sites
    flank[letter] = 0.46 * motif.n_sites
    longer = with_flank(motif, flank, before)
    assert 0.1 < longer.information()[0 if before else -1] < 0.25
    if not palindromic(motif):
        assert faces_forward(longer) == faces_forward(motif)
        assert faces_forward(longer.reverse_complement()) != faces_forward(motif)


def test_ctcf_comes_out_as_the_field_writes_it():
    assert faces_forward(consensus_motif("CTCF", CTCF))


@pytest.mark.parametrize(
    ("word", "share"), [(CTCF, 1), ("TGACTCATT", 1), ("ACCGGATT", 1), ("CCGGATAT", 1), ("CACGTGAC", 0.9)]
)
def test_the_draw_of_sites_hardly_turns_a_motif(word, share):
    truth = consensus_motif("M", word, purity=0.9)
    forward = []
    for seed in range(50):
        rng = np.random.default_rng(seed)
        counts = np.array([rng.multinomial(200, row) for row in truth.probabilities()], dtype=float)
        forward.append(faces_forward(Pwm("M", counts, 200)))
    assert max(np.mean(forward), 1 - np.mean(forward)) >= share


def test_of_any_matrix_and_its_reverse_complement_one_faces_forward():
    rng = np.random.default_rng(1)
    for _ in range(100):
        pwm = Pwm("M", rng.dirichlet([0.4] * 4, rng.integers(1, 15)) * 50, 50)
        assert faces_forward(pwm) != faces_forward(pwm.reverse_complement())


@pytest.mark.parametrize("alphabet", [RNA, DNA_FORWARD])
def test_motifs_of_one_strand_are_left_as_they_are(alphabet):
    pwm = consensus_motif("M", "CACGTG".replace("T", alphabet.letters[3]), alphabet=alphabet)
    assert faces_forward(pwm)
    assert not palindromic(pwm)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("CACGTG", True), ("TGCATGCA", True), ("TGASTCA", True), ("CACGTGAC", False), ("GATAAG", False), (CTCF, False)],
)
def test_palindromes(word, expected):
    assert palindromic(consensus_motif("M", word)) == expected


def test_a_weak_flank_on_one_side_does_not_undo_a_palindrome():
    motif = consensus_motif("M", "CACGTG")
    assert palindromic(with_flank(motif, np.array([0.46, 0.18, 0.18, 0.18]) * motif.n_sites, before=True))
