"""Planted sets by inMOTIFin: what its files say, and whether its sites hold the motifs."""

import inmotifin_sets
import numpy as np
import pytest
import recovery_sets
from inmotifin_sets import InMotifinSet, read_simulation, simulate
from tools import ToolFailed

from sparling_genomics.letters.alphabet import decode, reverse_complement
from sparling_genomics.worlds.planted import PlantedSite, consensus_motif

needs_inmotifin = pytest.mark.skipif(
    inmotifin_sets.missing() is not None, reason=f"inMOTIFin: {inmotifin_sets.missing()}"
)
MOTIFS = [consensus_motif("M_1.2", "AACGGTCA"), consensus_motif("M2", "GATTACAGG")]


def test_ends_are_inclusive_and_of_a_background_the_first_sequence_is_taken(tmp_path):
    (tmp_path / "x.fa").write_text(">0_set_seq_7\nTTAACGGTTT\n>1_set_seq_4\nTTTTACCGTT\n>2_set_seq_7\nTTTTTTTTTT\n")
    (tmp_path / "x.bed").write_text(
        "0_set_seq_7\t2\t7\tMA_1.1_AACGGT\t.\t+\n"
        "1_set_seq_4\t4\t9\tMA_1.1_ACCGTT\t.\t-\n"
        "2_set_seq_7\t0\t5\tMA_1.1_TTTTTT\t.\t+\n"
    )
    records, sites = read_simulation(tmp_path / "x.fa", tmp_path / "x.bed")
    assert [(r.name, decode(r.codes), r.label) for r in records] == [
        ("0_set_seq_7", "TTAACGGTTT", 1),
        ("1_set_seq_4", "TTTTACCGTT", 1),
    ]
    assert sites == [
        PlantedSite("0_set_seq_7", 2, 8, "+", "MA_1.1"),
        PlantedSite("1_set_seq_4", 4, 10, "-", "MA_1.1"),
    ]


def test_where_it_is_absent_the_reason_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(inmotifin_sets, "ENVIRONMENTS", tmp_path)
    with pytest.raises(ToolFailed, match=r"not installed: .*inmotifin/bin/python"):
        simulate(MOTIFS, 5, 5, 0)


@needs_inmotifin
def test_sites_read_as_their_motifs_on_their_strands():
    records, sites = simulate(MOTIFS, 30, 10, seed=3)
    assert [sum(r.label == label for r in records) for label in (1, 0)] == [30, 10]
    assert len({r.codes.tobytes() for r in records}) == 40
    codes = {r.name: r.codes for r in records}
    assert {site.sequence for site in sites} == {r.name for r in records if r.label == 1}
    assert {site.strand for site in sites} == {"+", "-"}
    for site in sites:
        word = codes[site.sequence][site.start : site.end]
        word = word if site.strand == "+" else reverse_complement(word)
        motif = next(m for m in MOTIFS if m.name == site.motif)
        assert (word == motif.probabilities().argmax(axis=1)).mean() >= 0.5
    again, other = (simulate(MOTIFS, 30, 10, seed=seed)[0] for seed in (3, 4))
    assert [r.codes.tolist() for r in records] == [r.codes.tolist() for r in again]
    assert [r.codes.tolist() for r in records] != [r.codes.tolist() for r in other]


@needs_inmotifin
@pytest.mark.skipif(not recovery_sets.SHARED.exists(), reason="the benchmark's data are not here")
def test_a_set_is_a_case_like_any_other(tmp_path):
    case = InMotifinSet("x", 2, 40).case(0, tmp_path)
    assert case.sites is not None
    assert {site.sequence for site in case.sites} == {r.name for r in case.foreground}
    assert {site.motif for site in case.sites} == {k.name for k in case.known}
    assert not {r.name for r in case.foreground} & {r.name for r in case.test}
    assert np.bincount([r.label for r in case.test]).tolist() == [500, 500]
