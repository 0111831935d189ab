"""Our motifs beside another tool's words."""

import pytest
from audited import nearest

from sparling_genomics.worlds.planted import consensus_motif


def test_the_nearest_word_is_the_motif_on_either_strand():
    motif = consensus_motif("M1", "GGTGACGTCA", purity=0.97)
    word, correlation = nearest(motif, ["CCGGAAGT", "TGACGTCACC", "GCCAATCA"])
    assert word == "TGACGTCACC"
    assert correlation == pytest.approx(1.0, abs=0.02)


def test_another_motif_is_not_near_and_without_words_there_is_none():
    motif = consensus_motif("M1", "TAACCACA", purity=0.97)
    assert nearest(motif, ["GCCCCGCCC"])[1] < 0.8
    assert nearest(motif, []) == ("", 0.0)
