"""Which motif with more sites another one reads like."""

import pytest

from sparling_genomics.audit.audit import better_alike
from sparling_genomics.motifs.motif import Motif
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import activations


def motifs(*words):
    return [Motif(consensus_motif(f"M{i}", word), (i,), activations([]), first=0) for i, word in enumerate(words)]


def test_a_motif_reads_like_the_commoner_one_that_it_is_a_part_of_on_either_strand():
    found = motifs("GTCACGTGAC", "AAGATTAGCCTA", "GGCTAATC")
    assert better_alike(found, 0) == (None, None)
    index, correlation = better_alike(found, 2)
    assert index == 1
    assert correlation == pytest.approx(1, abs=0.01)
    assert better_alike(found, 1)[1] < 0.8
