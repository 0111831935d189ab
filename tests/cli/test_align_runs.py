"""``sparling align RUN RUN``: what it prints and leaves, and every bad input in at most two lines."""

import gzip
import json
import shutil

import pytest

from sparling_genomics.align import shared
from tests.genomics.compare.test_compare import fake
from tests.genomics.small_run import train_small


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return train_small(tmp_path_factory.mktemp("aligned"))


@pytest.fixture
def runs(finished, tmp_path, monkeypatch):
    """Folders a and b of one finished run, rna of one of RNA, beside the working directory's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shared, "ALIGNMENTS", 1)
    monkeypatch.setattr(shared, "STEPS", 100)
    for name in ("a", "b", "cut"):
        shutil.copytree(finished, tmp_path / name)
    said = json.loads((tmp_path / "cut" / "run.json").read_text())
    said["metrics"]["motifs"] = []
    (tmp_path / "cut" / "run.json").write_text(json.dumps(said))
    (fake(tmp_path / "rna", alphabet="rna") / "config.toml").touch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.txt").touch()
    (tmp_path / "few.fa").write_text(">a\nACCCTTTTACCACCACCACACCACTTAC\n")
    return tmp_path


def test_two_runs_and_what_they_share(sparling, runs):
    result = sparling("align", "a", "b", "--out", "shared")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0] == "1 concept; 1 in both runs."
    assert lines[1].startswith("  C1 ")
    assert lines[1].endswith(" places: a M1, b M1")
    assert lines[2:] == ["Page: shared/align.html"]
    assert result.err.splitlines()[0] == "Reading 2 runs …"
    assert "concepts.tsv" in {path.name for path in (runs / "shared").iterdir()}
    refused = sparling("align", "a", "b", "--out", "shared")
    assert (refused.code, refused.err) == (2, "sparling: --out exists already; --force replaces it: shared\n")
    assert sparling("align", "a", "b", "--out", "shared", "--force", "--quiet", "--fasta", "a/../few.fa").code == 2
    assert (runs / "shared" / "align.html").is_file()


def test_names_of_folders_are_text_everywhere(sparling, runs):
    (runs / "b").rename(runs / "b\t<i>[red]\x1b[31m")
    result = sparling("align", "a", "b\t<i>[red]\x1b[31m", "--out", "shared")
    assert result.code == 0
    assert "a M1, b\\x09<i>[red]\\x1b[31m M1" in result.out
    assert "<i>" not in (runs / "shared" / "align.html").read_text()
    places = gzip.decompress((runs / "shared" / "places.tsv.gz").read_bytes()).decode().splitlines()
    tables = (places, (runs / "shared" / "concepts.tsv").read_text().splitlines())
    assert [{line.count("\t") for line in lines} for lines in tables] == [{5}, {19}]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "two runs or more are compared, got 1"),
        (["a", "a"], "a run is named twice: a"),
        (["a", "nowhere"], "no such run folder: nowhere"),
        (["a", "notes"], "not a run folder, config.toml is missing: notes"),
        (["a", "rna"], "a is a run of DNA, rna one of RNA; expected one kind"),
        (["a", "b", "--out", "notes"], "--out exists already"),
        (["a", "b", "--out", "notes", "--force"], "--force replaces only folders of such results, with concepts.tsv"),
        (["a", "b", "--fasta", "gone.fa"], "no such file"),
        (["a", "b", "--fasta", "few.fa"], "no motif has 10 sites in these sequences: a"),
        (["a", "b", "--seed", "-1"], "--seed must be a whole number from 0 to"),
        (["a", "b", "--seed", str(1 << 70)], "--seed must be a whole number from 0 to"),
        (["a", "cut"], "damaged, it tells of 0 motifs, and motifs.tsv of 1, cut/run.json"),
        (["a", "b", "--device", "tpu"], "--device must be one of auto, cpu, cuda; got tpu"),
        (["a", "b", "--k", "3"], "--k is for streams in files (--stream), not for runs"),
        (["a", "b", "--stream", "c=c.npy"], "--stream is for streams in files (--stream), not for runs"),
        (["a", "b", "--resume"], "--resume is for streams in files (--stream), not for runs"),
        (["--fasta", "few.fa"], "--fasta is for runs"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(sparling, runs, words, said):
    before = sorted(runs.rglob("*"))
    result = sparling("align", "--quiet", *words)
    assert result.code == 2
    assert said in result.err
    assert len(result.err.splitlines()) <= 2
    assert sorted(runs.rglob("*")) == before
