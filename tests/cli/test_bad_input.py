"""Every fault of the user's input: exit code 2, one or two clear lines, nothing left behind."""

import gzip
import os
from pathlib import Path

import pytest

PROTEIN = ">p1\nMKVLEEQIPFQRSTWY\n>p2\nMKVLEEQ\n"
MEME = "MEME version 4\n\nALPHABET= ACGT\n\nMOTIF m1\nletter-probability matrix: alength= 4 w= 1 nsites= 5\n"


def _write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _truncated_gzip() -> bytes:
    return gzip.compress(b">s1\n" + b"ACGTTGCA" * 4000 + b"\n")[:40]


BAD_FASTA = {
    "empty": ("", "empty file", 1),
    "binary": (b"\x00\x01\x02\xff" * 50, "binary data", 1),
    "cut_gzip": (_truncated_gzip(), "cut off", None),
    "protein": (PROTEIN, "protein", 2),
    "no_header": ("ACGTACGT\n", "header", 1),
    "odd_letter_after_odd_lines": (">a\nAC\x0cGT\u2028A\n;remark\nA\xa0C?G\n", "letter '?' in column 4", 4),
    "copies": ("".join(f">s{i}\n{'ACGTTGCATTGACCA' * (1 + i % 3)}\n" for i in range(90)), "copies", None),
    "nameless": (">a\nACGT\n>\nACGT\n", "name", 3),
    "digits": (">a\nACGT\nAC1T\n", "'1'", 3),
    "png": (b"\x89PNG\r\n\x1a\n\x00\x00", "no FASTA header", 1),
}


@pytest.mark.parametrize("fault", BAD_FASTA)
def test_bad_fasta_is_named_with_file_and_line(fault, sparling, tmp_path):
    content, words, line = BAD_FASTA[fault]
    fasta, out = _write(tmp_path / "bad.fa", content), tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", fasta, "--out", out)
    _refused(result, out, words)
    assert f"{fasta}:{line}" in result.err if line else str(fasta) in result.err


def test_missing_and_unreadable_fasta(sparling, tmp_path):
    out = tmp_path / "run"
    _refused(sparling("motifs", "train", "--fasta", tmp_path / "none.fa", "--out", out), out, "none.fa")
    _refused(sparling("motifs", "train", "--fasta", tmp_path, "--out", out), out, "folder", "directory")
    _refused(sparling("motifs", "train", "--out", out), out, "--fasta is missing")


BAD_OPTIONS = {
    "zero motifs": (["--motifs", 0], "--motifs"),
    "negative sites": (["--sites-per-seq", -1], "--sites-per-seq"),
    "wrong start": (["--start", "words"], "--start: input should be 'seeds' or 'nothing', got 'words'"),
    "zero width": (["--width", 0], "--width"),
    "huge width": (["--width", 999], "--width"),
    "even width": (["--width", 20], "--width: must be odd"),
    "no seeds": (["--seeds", 0], "--seeds must be 1 or more"),
    "quiet and verbose": (["--quiet", "--verbose"], "exclude each other"),
    "wrong alphabet": (["--alphabet", "protein"], "--alphabet"),
    "wrong device": (["--device", "tpu"], "--device"),
    "no time": (["--max-minutes", 0], "--max-minutes"),
    "negative seed": (["--seed", -3], "--seed"),
    "unknown option": (["--colour", "red"], "--colour"),
    "text for a number": (["--seed", "x"], "--seed"),
    "resume and force": (["--resume", "--force"], "exclude"),
    "wider than the sequences": (["--width", 51, "--fasta", "SHORT"], "--width"),
    "pipe": (["--fasta", "PIPE"], "--fasta is a pipe or a device"),
    "device": (["--negatives", "/dev/stdin"], "--negatives is a pipe or a device"),
    "database from a pipe": (["--db", "PIPE"], "--db is a pipe or a device"),
    "missing negatives": (["--negatives", "none.fa"], "none.fa"),
    "missing labels": (["--labels", "none.tsv"], "none.tsv"),
    "missing database": (["--db", "none.meme"], "none.meme"),
}


@pytest.mark.parametrize("fault", BAD_OPTIONS)
def test_bad_options_are_named(fault, sparling, peaks, tmp_path):
    options, words = BAD_OPTIONS[fault]
    out = tmp_path / "run"
    short = _write(tmp_path / "short.fa", "".join(f">s{i}\nACGTTGCAAC\n" for i in range(30)))
    os.mkfifo(tmp_path / "pipe")
    files = {"SHORT": short, "PIPE": tmp_path / "pipe"}
    arguments = [files.get(option, option) for option in options]
    _refused(sparling("motifs", "train", "--fasta", peaks, "--out", out, *arguments), out, words)


BAD_LABELS = {
    "unknown sequence": ("name\tbound\nnobody\t1\n", "nobody", 2),
    "not 0 or 1": ("name\tbound\ns0\tyes\n", "yes", 2),
    "a cell too few": ("name\ta\tb\ns0\t1\n", "cells", 2),
    "two of one name": ("name\ta\ta\ns0\t1\t0\n", "two columns", 1),
    "empty": ("", "empty", 1),
}


@pytest.mark.parametrize("fault", BAD_LABELS)
def test_bad_labels_are_named_with_line(fault, sparling, peaks, tmp_path):
    content, words, line = BAD_LABELS[fault]
    table, out = _write(tmp_path / "labels.tsv", content), tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", peaks, "--labels", table, "--out", out)
    _refused(result, out, words)
    assert f"labels.tsv:{line}" in result.err


def test_one_class_only(sparling, tmp_path):
    fasta = _write(tmp_path / "zeros.fa", "".join(f">s{i} label=0\nACGTTGCATTGACCA\n" for i in range(30)))
    out = tmp_path / "run"
    _refused(sparling("motifs", "train", "--fasta", fasta, "--out", out), out, "labelled 0")
    some = _write(tmp_path / "some.fa", ">a label=1\nACGTTGCATTGA\n>b\nACGTTTTTGCA\n")
    _refused(sparling("motifs", "train", "--fasta", some, "--out", out), out, "label")


def test_labels_of_names_that_are_used_twice(sparling, tmp_path):
    fasta = _write(tmp_path / "x.fa", ">a\nACGTACGTAC\n>b\nACGT\n>a\nAAAA\n")
    table, out = _write(tmp_path / "labels.tsv", "name\tbound\na\t1\nb\t0\n"), tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", fasta, "--labels", table, "--out", out)
    _refused(result, out, "used twice")
    assert f"{fasta}:5" in result.err


@pytest.mark.parametrize("content", ["", "hello\n", MEME, MEME + "0.5 0.5 0.5 0.5\n", b"\x00\x01", ">a\nACGT\n"])
def test_corrupt_database(content, sparling, peaks, tmp_path):
    database, out = _write(tmp_path / "db.meme", content), tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", peaks, "--db", database, "--out", out)
    _refused(result, out, "db.meme")


def test_out_is_guarded(sparling, peaks, tmp_path):
    file = _write(tmp_path / "file", "x")
    assert "is a file" in sparling("motifs", "train", "--fasta", peaks, "--out", file).err
    folder = tmp_path / "precious"
    folder.mkdir()
    _write(folder / "thesis.txt", "x")
    for extra in ([], ["--force"]):
        result = sparling("motifs", "train", "--fasta", peaks, "--out", folder, *extra)
        assert result.code == 2
        assert (folder / "thesis.txt").exists()
    below = sparling("motifs", "train", "--fasta", peaks, "--out", file / "run")
    assert (below.code, "cannot be written" in below.err) == (2, True)
    assert file.read_text() == "x"


def test_nothing_to_resume_or_match(sparling, tmp_path):
    result = sparling("motifs", "train", "--resume", "--out", tmp_path / "run")
    assert (result.code, "no run to resume" in result.err) == (2, True)
    database = _write(tmp_path / "db.meme", MEME + "1 0 0 0\n")
    assert sparling("motifs", "match", tmp_path / "none", "--db", database).code == 2
    assert sparling("motifs", "match", tmp_path, "--db", database).code == 2


def test_cuda_without_a_gpu_is_refused(sparling, peaks, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    out = tmp_path / "run"
    _refused(sparling("motifs", "train", "--fasta", peaks, "--device", "cuda", "--out", out), out, "GPU")


def _refused(result, out, *words):
    assert result.code == 2
    assert any(word in result.err for word in words), result.err
    assert "Traceback" not in result.err
    assert not out.exists()
    said = [line for line in result.err.splitlines() if line.startswith("sparling:")]
    if said:
        assert len(result.err.splitlines()) <= 2


def test_an_interruption_where_nothing_was_saved_is_one_line(peaks, sparling, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparling_cli.motifs.train.run_seeds", interrupted)
    result = sparling("motifs", "train", "--fasta", peaks)
    assert result.code == 130
    assert result.err == "sparling: interrupted before anything was saved\n"


def test_an_interruption_of_an_interruption_is_one_line(sparling, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("sparling_cli.main.app", interrupted)
    assert sparling("doctor") == (130, "", "sparling: stopped at once\n")


def test_force_does_not_take_an_input_with_it(peaks, sparling, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.toml").touch()
    inside = peaks.rename(run / "peaks.fa")
    result = sparling("motifs", "train", "--fasta", inside, "--out", run, "--force")
    assert result.code == 2
    assert result.err.startswith("sparling: --fasta lies in --out")
    assert inside.exists()
