"""``sparling motifs scan``, as it is typed."""

import sys

import numpy as np
import pytest

from sparling_genomics.letters.alphabet import decode

MEME = "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF EBOX\nletter-probability matrix: alength= 4 w= 6 nsites= 20\n" + (
    "0 1 0 0\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n0 0 1 0\n"
)


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.meme").write_text(MEME)
    letters = decode(np.random.default_rng(0).integers(0, 4, 20_000).astype(np.uint8))
    (tmp_path / "g.fa").write_text(f">chr1\n{letters}\n")
    (tmp_path / "r.bed").write_text("chr1\t0\t500\n")
    (tmp_path / "e.fa").write_text(">a\nACGT\n>e\n")
    return tmp_path


def test_a_scan_says_how_many_hits_there_are_and_where(sparling, here):
    result = sparling("motifs", "scan", "m.meme", "--genome", "g.fa", "--pvalue", "0.001", "--out", "h.bed.gz")
    assert result.code == 0
    rows = (here / "h.bed.gz").exists(), (here / "h.bed.gz.tbi").exists()
    assert rows == (True, True)
    assert "EBOX" in result.out
    assert "in 20,000 letters: h.bed.gz" in result.out
    assert sorted(p.name for p in here.iterdir()) == [
        "e.fa",
        "g.fa",
        "g.fa.fai",
        "h.bed.gz",
        "h.bed.gz.tbi",
        "m.meme",
        "r.bed",
    ]


FAULTS = {
    "neither": ([], "one of --fasta and --genome is needed"),
    "both": (["--fasta", "g.fa", "--genome", "g.fa"], "got both"),
    "bed alone": (["--fasta", "g.fa", "--bed", "r.bed"], "--bed needs --genome"),
    "p": (["--fasta", "g.fa", "--pvalue", "2"], "--pvalue must be above 0 and at most 1; got 2"),
    "jobs": (["--fasta", "g.fa", "--jobs", "0"], "--jobs must be 1 or more; got 0"),
    "background": (["--fasta", "g.fa", "--background", "mine"], "--background must be one of scanned, file, uniform"),
    "no fasta": (["--fasta", "no.fa"], "no such file, no.fa"),
    "no text": (["--fasta", "m.meme"], "m.meme:1"),
    "onto itself": (["--fasta", "g.fa", "--bedgraph", "g.fa"], "written to, and used otherwise as well"),
    "onto its index": (["--genome", "g.fa", "--bedgraph", "g.fa.fai"], "written to, and used otherwise as well"),
    "no folder": (["--fasta", "g.fa", "--bedgraph", "no/t.bedgraph"], "no such folder"),
    "motif": (["--fasta", "g.fa", "--motif", "M1"], "no motif 'M1', there are EBOX"),
    "empty": (["--fasta", "e.fa"], "sequence 'e' is empty, e.fa:3"),
    "too short": (["--fasta", "g.fa", "--pvalue", "1e-6"], "no word of EBOX has P <= 1e-06"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_bad_input_is_named(fault, sparling, here):
    options, said = FAULTS[fault]
    before = sorted(here.iterdir())
    result = sparling("motifs", "scan", "m.meme", "--out", "h.bed", *options)
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err
    assert "" not in result.err.splitlines()
    assert sorted(here.iterdir()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")
def test_what_cannot_be_written_is_named(sparling, here):
    result = sparling("motifs", "scan", "m.meme", "--fasta", "g.fa", "--pvalue", "0.001", "--out", "/proc/h.bed")
    assert result.code == 2
    assert result.err.splitlines()[-1].startswith("sparling: a device or a pipe, expected")


def test_options_of_matrices_are_refused_for_a_network(sparling, here):
    (here / "run").mkdir()
    result = sparling("motifs", "scan", "run", "--fasta", "g.fa", "--out", "h.bed")
    assert result.code == 2
    assert "not a run folder" in result.err
    (here / "run" / "config.toml").write_text("")
    (here / "run" / "run.json").write_text("{}")
    result = sparling("motifs", "scan", "run", "--fasta", "g.fa", "--out", "h.bed", "--norc")
    assert (result.code, "--norc is of matrices" in result.err) == (2, True)
