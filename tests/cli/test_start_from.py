"""``sparling motifs train --start-from``: what it started from beside what was learned, and every fault in words."""

import json

import numpy as np
import pytest

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.tables import read_motifs_tsv
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.motif_network import load_network, matrices_of
from sparling_genomics.runs.finished import load_finished
from sparling_genomics.worlds.planted import consensus_motif


def matrix(name, consensus):
    return Pwm(name, consensus_motif(name, consensus).counts, 20, alt_name=name.lower())


@pytest.fixture
def known(tmp_path):
    write_meme(tmp_path / "known.meme", [matrix("EBOX", "CACGTG"), matrix("NONE", "GGATCCTTAA")])
    return tmp_path / "known.meme"


def test_what_channels_started_as_is_told_beside_what_they_became(sparling, small, peaks, known, tmp_path):
    out = tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", peaks, "--start-from", known, "--out", out)
    assert result.code == 0
    assert "Looking for words" not in result.err
    info = json.loads((out / "run.json").read_text())
    lines = {line["name"]: line for line in info["metrics"]["known"]}
    assert list(lines) == ["EBOX", "NONE"]
    row = next(row for row in read_motifs_tsv(out / "motifs.tsv") if row.started_from)
    assert (row.started_from, row.motif_id) == ("EBOX", lines["EBOX"]["became"])
    assert row.start_likeness == pytest.approx(lines["EBOX"]["likeness"], rel=1e-5)
    assert row.start_likeness > 0.6
    assert lines["NONE"]["likeness"] is None
    assert (out / "logos" / f"{row.motif_id}_start.svg").is_file()
    page = (out / "report.html").read_text()
    assert "Known matrices, and what became of them" in page
    assert info["data"]["start_from"]["path"] == str(known)
    known.unlink()  # what a run is lies in its folder
    assert len(load_finished(out).motifs) == len(info["metrics"]["motifs"])
    assert sparling("motifs", "audit", out, "--no-null").code == 0


def test_frozen_the_network_reads_the_matrices_as_they_are(sparling, small, peaks, known, tmp_path):
    out = tmp_path / "run"
    assert sparling("motifs", "train", "--fasta", peaks, "--start-from", known, "--freeze", "--out", out).code == 0
    info = json.loads((out / "run.json").read_text())
    assert info["metrics"]["seeds"] == []
    assert info["metrics"]["known"][0]["became"] == "M1"
    model, network = load_network(out / "model")
    assert (network.frozen, network.filters, network.channels) == (True, 0, 1)
    weight = matrices_of(model).matrices.weight[0, :, 0].T
    said = np.flatnonzero(weight.abs().sum(1).numpy() > 0)
    assert len(said) == 6
    assert weight[said].argmax(1).tolist() == [1, 0, 1, 2, 3, 2]
    assert "stayed as they were" in (out / "report.html").read_text()


def test_a_stopped_run_goes_on_from_the_same_file_alone(sparling, small, peaks, known, tmp_path, monkeypatch):
    from sparling_genomics.discovery import search

    def stopped(*_, **__):
        raise KeyboardInterrupt

    out, whole = tmp_path / "run", tmp_path / "whole"
    words = ("motifs", "train", "--fasta", peaks, "--start-from", known)
    assert sparling(*words, "--out", whole).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(search, "with_more", stopped)
        assert sparling(*words, "--out", out).code == 130
    content = known.read_text()
    known.write_text(content.replace("EBOX", "OTHER"))
    changed = sparling("motifs", "train", "--resume", "--out", out)
    assert (changed.code, "--start-from has changed" in changed.err) == (2, True)
    moved = tmp_path / "moved.meme"
    moved.write_text(content)
    assert sparling("motifs", "train", "--resume", "--out", out, "--start-from", moved).code == 0
    assert (out / "motifs.meme").read_bytes() == (whole / "motifs.meme").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start-from", "none.meme"], "no such file, none.meme"),
        (["--start-from", "EMPTY"], "empty file, expected motifs"),
        (["--start-from", "RNA"], "motif R is of RNA and the sequences are DNA"),
        (["--start-from", "MANY"], "65 matrices, expected at most 64"),
        (["--start-from", "KNOWN", "--start", "nothing"], "--start-from: channels start as known matrices, or from"),
        (["--freeze"], "--freeze: needs --start-from"),
        (["--start-from", "KNOWN", "--fasta", "FEW"], "30 bound sequences are too few to train on"),
    ],
)
def test_every_fault_is_named(words, said, sparling, peaks, known, tmp_path):
    empty, rna, many, few = (tmp_path / name for name in ("empty", "rna.meme", "many.meme", "few.fa"))
    empty.touch()
    write_meme(rna, [Pwm("R", np.eye(4), 20, alphabet=RNA)])
    write_meme(many, [matrix(f"m{i}", "CACGTG") for i in range(65)])
    few.write_text("\n".join(peaks.read_text().splitlines()[:60]) + "\n")
    files = {"EMPTY": empty, "RNA": rna, "MANY": many, "KNOWN": known, "FEW": few}
    out = tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", peaks, "--out", out, *(files.get(word, word) for word in words))
    assert (result.code, said in result.err) == (2, True), result.err
    assert not out.exists()
    assert "Traceback" not in result.err
