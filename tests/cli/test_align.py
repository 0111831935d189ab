"""``sparling align``: what is told and written, bad input in two lines, interrupted and resumed."""

import json
from pathlib import Path

import numpy as np
import pytest
from sparling_cli.align import streams as module
from sparling_cli.progress import TrainingDisplay

from sparling.alignment.alignment import CONFIG, Alignment
from tests.core.alignment.world import streams

SMALL = ("--latents", 16, "--k", 3, "--epochs", 3, "--device", "cpu")


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """a.npy, b.npy and files with faults."""
    a, b, _ = (np.array(stream.rows) for stream in streams())
    nan, constant = b.copy(), b.copy()
    nan[5, 2] = np.nan
    constant[:, 3] = 1.0
    files = {"a": a, "b": b, "nan": nan, "constant": constant, "short": b[:-1], "complex": b * 1j, "empty": b[:0]}
    for name, rows in files.items():
        np.save(tmp_path / f"{name}.npy", rows)
    (tmp_path / "labels.tsv").write_text("sample\tlabel\n" + "".join(f"{row}\tl{row % 3}\n" for row in range(200)))
    (tmp_path / "tree.tsv").write_text("label\tparent\nl0\ttop\nl1\ttop\nl2\ttop\n")
    return tmp_path


def two(features: Path, second: str = "b") -> tuple[object, ...]:
    return ("align", "--stream", f"a={features / 'a.npy'}", "--stream", f"b={features / second}.npy")


def test_a_sentence_a_table_and_files(sparling, features):
    out = features / "out"
    labels = ("--labels", features / "labels.tsv", "--hierarchy", features / "tree.tsv")
    result = sparling(*two(features), *SMALL, *labels, "--out", out, "--quiet")
    assert (result.code, result.err) == (0, "")
    assert " of 16 latents are active in both streams" in result.out
    assert "Agreement of labels (Jaccard) at depth 0 to 1: " in result.out
    assert f"Latents: {out / 'latents.tsv'}" in result.out
    assert json.loads((out / "alignment.json").read_text())["settings"]["k"] == 3
    assert len((out / "latents.tsv").read_text().splitlines()) == 17
    assert Alignment.read(out, device="cpu").names == ("a", "b")
    assert "--out exists already; --force replaces it" in sparling(*two(features), *SMALL, "--out", out).err
    (out / "left").touch()
    assert sparling(*two(features), *SMALL, "--out", out, "--force", "--quiet").code == 0
    assert not (out / "left").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stream", "a={}/a.npy"), "alignment needs two streams or more; got 1"),
        ((), "two runs or more are aligned, or streams of --stream NAME=FILE; got none"),
        (("--stream", "{}/a.npy"), "--stream must be NAME=FILE; got {}/a.npy"),
        (("--stream", "a={}/a.npy", "--stream", "a={}/b.npy"), "--stream: two are called a"),
        (("--stream", "a={}/none.npy"), "--stream a: no such file, {}/none.npy"),
        (("--stream", "a={}/labels.tsv"), "--stream a must be a .npy or .safetensors file; got {}/labels.tsv"),
        (("a", "short"), "199 samples, but stream a has 200: stream b, {}/short.npy"),
        (("a", "nan"), "nan in row 5, column 2 (from 0), expected finite numbers: stream b, {}/nan.npy"),
        (("a", "constant"), "1 column of 7 the same in all training samples (from 0: 3), leave out what tells nothing"),
        (("a", "complex"), "features must be real numbers; got complex64: stream b, {}/complex.npy"),
        (("a", "empty"), "features must have shape (N, D) with samples; got (0, 7): stream b"),
        (("a", "b", "--k", "16"), "--k must be below the number of latents, 16; got 16"),
        (("a", "b", "--k", "99"), "--k must be below the number of latents, 16; got 99"),
        (("a", "b", "--initial-k", "2"), "--initial-k must be at least k, 3, and below the number of latents"),
        (("a", "b", "--choice", "both"), "--choice must be one of global, local; got both"),
        (("a", "b", "--device", "tpu"), "--device must be one of auto, cpu, cuda; got tpu"),
        (("a", "b", "--hierarchy", "{}/tree.tsv"), "--hierarchy needs --labels"),
        (("a", "b", "--labels", "{}/none.tsv"), "--labels: no such file, {}/none.tsv"),
        (("a", "b", "--labels", "{}/tree.tsv"), "expected the columns sample and label, tab-separated; got "),
        (("a", "b", "--resume"), "no run to resume, align-config.json is missing"),
        (("a", "b", "--resume", "--force"), "--resume and --force exclude each other"),
    ],
)
def test_bad_input_is_told_in_two_lines_and_nothing_is_left(sparling, features, words, message):
    if words[:1] == ("a",):
        words = ("--stream", "a={}/a.npy", "--stream", f"b={{}}/{words[1]}.npy", *words[2:])
    words = [str(word).replace("{}", str(features)) for word in words]
    result = sparling("align", *SMALL, *words, "--out", features / "out", "--quiet")
    assert result.code == 2
    assert message.replace("{}", str(features)) in result.err
    assert len(result.err.splitlines()) <= 2
    assert not (features / "out").exists()


def test_bad_input_leaves_an_older_alignment_as_it_was(sparling, features):
    assert sparling(*two(features), *SMALL, "--out", features / "out", "--quiet").code == 0
    before = {path: path.read_bytes() for path in (features / "out").rglob("*") if path.is_file()}
    assert sparling(*two(features, "nan"), *SMALL, "--out", features / "out", "--force").code == 2
    assert {path: path.read_bytes() for path in (features / "out").rglob("*") if path.is_file()} == before


def test_interrupted_it_says_how_to_go_on_and_ends_as_if_it_had_not_been(sparling, features, monkeypatch):
    whole, cut, labels = features / "whole", features / "cut", ("--labels", features / "labels.tsv")
    assert sparling(*two(features), *SMALL, *labels, "--out", whole, "--quiet").code == 0
    original = TrainingDisplay.on_evaluation

    def stop(self, record):
        original(self, record)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_evaluation", stop)
        result = sparling(*two(features), *SMALL, *labels, "--out", cut, "--quiet")
    assert result.code == 130
    assert f"Go on with: sparling align --resume --out {cut} --labels {features / 'labels.tsv'}" in result.err
    refused = sparling("align", "--resume", "--out", cut, "--k", 2)
    assert (refused.code, "--k 2 differs from the run to resume, which has 3" in refused.err) == (2, True)
    assert sparling("align", "--resume", "--out", cut, *labels, "--quiet").code == 0
    for name in ("latents.tsv", "alignment.json", "model/model.safetensors"):
        assert (whole / name).read_bytes() == (cut / name).read_bytes()


def test_the_marker_is_that_of_the_core():
    assert module.MARKER == CONFIG
