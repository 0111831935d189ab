"""A finished run against what had been planted."""

from dataclasses import replace

import pytest

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.tables import write_sites_tsv
from sparling_genomics.runs.publish import site_table
from sparling_genomics.worlds.planted import SiteAccuracy, consensus_motif
from sparling_genomics.worlds.recovery import compare_with_truth
from tests.genomics.planted_activations import FIRST, SECOND, detected, motifs_of, planted

PLANTED = [FIRST, SECOND]


@pytest.fixture(scope="module")
def found():
    """Truth, dataset and motifs of a perfect detector."""
    truth, data = planted(PLANTED)
    rows = detected(truth, "FIRST", 0) + detected(truth, "SECOND", 1)
    return truth, data, motifs_of(data, rows, 2)


def write(folder, data, motifs, extra=()):
    extra = [replace(pwm, background=data.background) for pwm in extra]
    write_meme(folder / "motifs.meme", [motif.pwm for motif in motifs] + extra)
    write_sites_tsv(folder / "sites.tsv.gz", site_table(data, motifs))
    return folder


def test_a_perfect_run_is_complete(found, tmp_path):
    truth, data, motifs = found
    recovery = compare_with_truth(write(tmp_path, data, motifs), truth, PLANTED)
    assert recovery.complete
    assert [len(motif.found) for motif in recovery.motifs] == [1, 1]
    assert [motif.planted for motif in recovery.motifs] == PLANTED
    assert {recovery.accuracy, *(m.accuracy for m in recovery.motifs)} == {SiteAccuracy(1.0, 1.0)}


def test_a_motif_that_was_missed_makes_a_run_incomplete(found, tmp_path):
    truth, data, motifs = found
    recovery = compare_with_truth(write(tmp_path, data, motifs[:1]), truth, PLANTED)
    assert not recovery.complete
    assert sorted(len(motif.found) for motif in recovery.motifs) == [0, 1]
    share = len(motifs[0].sites) / len(truth.sites)
    assert recovery.accuracy == SiteAccuracy(1.0, share)
    missed = next(motif for motif in recovery.motifs if not motif.found)
    assert missed.accuracy == SiteAccuracy(0.0, 0.0)


def test_a_motif_like_none_that_was_planted_is_spurious(found, tmp_path):
    truth, data, motifs = found
    other = consensus_motif("M3", "CACACACA")
    recovery = compare_with_truth(write(tmp_path, data, motifs, [other]), truth, PLANTED)
    assert [pwm.name for pwm in recovery.spurious] == ["M3"]
    assert not recovery.complete


def test_a_motif_found_twice_is_not_complete(found, tmp_path):
    truth, data, motifs = found
    again = consensus_motif("M3", FIRST.consensus(), purity=0.97)
    recovery = compare_with_truth(write(tmp_path, data, motifs, [again]), truth, PLANTED)
    assert [len(motif.found) for motif in recovery.motifs] == [2, 1]
    assert not recovery.spurious
    assert not recovery.complete


def test_a_run_that_found_nothing_is_measured_too(found, tmp_path):
    truth, data, _ = found
    recovery = compare_with_truth(write(tmp_path, data, []), truth, PLANTED)
    assert not recovery.complete
    assert recovery.accuracy == SiteAccuracy(0.0, 0.0)
