"""`sparling motifs audit` and `train --seeds`, end to end on a small planted set, and every fault of their input."""

import gzip
import json
import shutil

import pytest
from sparling_cli.motifs.train import run_seeds
from sparling_cli.screen import Screen

from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.files.rows import SITE_COLUMNS
from sparling_genomics.files.tables import write_motifs_tsv
from sparling_genomics.runs.companions import read_agreement
from tests.cli.conftest import SMALL, planted_fasta
from tests.page import Page


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A finished run with two seeds; not to be changed."""
    folder = tmp_path_factory.mktemp("audit")
    fasta = planted_fasta(folder / "peaks.fa")
    run_seeds(SMALL | {"fasta": fasta}, folder / "run", 2, Screen(), force=False, resume=False)
    return folder / "run"


@pytest.fixture
def run(trained, tmp_path):
    """A copy of it, not audited yet."""
    shutil.copytree(trained, tmp_path / "run", ignore=shutil.ignore_patterns("audit.*", "null"))
    return tmp_path / "run"


def test_seeds_lie_inside_the_run_and_agree(trained):
    assert json.loads((trained / "run.json").read_text())["seed"] == 0
    assert json.loads((trained / "seeds" / "1" / "run.json").read_text())["seed"] == 1
    lines = read_agreement(trained / "agreement.tsv")
    ebox = [line for line in lines if "CACGTG" in line.consensus]
    assert [(line.found, line.runs, line.seeds) for line in ebox] == [(2, 2, (0, 1))]


def test_the_audit_trusts_the_planted_motif_and_finds_nothing_in_shuffled_sequences(trained, sparling):
    result = sparling("motifs", "audit", trained)
    assert result.code == 0, result.err
    content = json.loads((trained / "audit.json").read_text())
    planted = next(motif for motif in content["motifs"] if "CACGTG" in motif["consensus"])
    assert planted["verdict"] == "trusted"
    assert planted["reproduced"] == 1
    assert planted["alpha"] > 0.5
    assert planted["explained"] < 0.2
    assert (planted["found"], planted["runs"]) == (2, 2)
    assert content["null"]["motifs"] == []
    assert f"{planted['motif_id']} {planted['consensus']}: trust" in result.out
    assert "reports no motif in shuffled sequences" in result.out
    assert not (trained / "audit.html").exists()
    text = Page((trained / "report.html").read_text()).text
    assert content["headline"] in text
    assert "The same search in shuffled sequences reports no motif." in text
    assert "it came back in 1 of 1 other seed" in text
    before = (trained / "audit.json").read_bytes(), (trained / "null" / "run" / "run.json").stat().st_mtime_ns
    assert sparling("motifs", "audit", trained).code == 0
    assert (trained / "audit.json").read_bytes() == before[0]
    assert (trained / "null" / "run" / "run.json").stat().st_mtime_ns == before[1]


def test_training_ends_with_the_checks_that_an_audit_without_null_makes(trained, run, sparling):
    """The same file and the same page, byte for byte, but for the seeds that came after."""
    (run / "agreement.tsv").unlink()
    assert sparling("motifs", "audit", run, "--no-null").code == 0
    again = (run / "audit.json").read_bytes(), (run / "report.html").read_bytes()
    other = trained / "seeds" / "1"
    assert not (other / "audit.json").exists()
    content = json.loads(again[0])
    assert [check["state"] for check in content["motifs"][0]["checks"]][-2:] == ["not tested"] * 2


def test_without_null_and_seeds_the_rest_is_told(run, sparling):
    (run / "agreement.tsv").unlink()
    result = sparling("motifs", "audit", run, "--no-null")
    assert result.code == 0, result.err
    assert not (run / "null").exists()
    content = json.loads((run / "audit.json").read_text())
    assert content["null"] is None
    assert content["motifs"][0]["found"] is None
    assert "made with one seed" in result.out


def test_a_run_without_motifs_has_nothing_to_audit(run, sparling):
    write_motifs_tsv(run / "motifs.tsv", [])
    write_meme(run / "motifs.meme", [])
    header = "\t".join(SITE_COLUMNS) + "\n"
    (run / "sites.tsv.gz").write_bytes(gzip.compress(header.encode()))
    told = json.loads((run / "run.json").read_text())
    told["metrics"]["motifs"] = []
    (run / "run.json").write_text(json.dumps(told))
    result = sparling("motifs", "audit", run)
    assert result.code == 0, result.err
    assert "nothing to audit" in result.out
    assert "No motif is reported." in Page((run / "report.html").read_text()).text


def test_seeds_are_resumed_as_a_whole(run, sparling):
    other = run / "seeds" / "1"
    before = (other / "motifs.meme").read_bytes()
    (other / "run.json").unlink()
    (run / "agreement.tsv").unlink()
    first = (run / "run.json").stat().st_mtime_ns
    result = sparling("motifs", "train", "--out", run, "--resume")
    assert result.code == 0, result.err
    assert (other / "motifs.meme").read_bytes() == before
    assert (run / "run.json").stat().st_mtime_ns == first
    assert len(read_agreement(run / "agreement.tsv")) > 0
    assert "Of 2 seeds" in result.out


FAULTS = {
    "no config": (lambda run: (run / "config.toml").unlink(), "not a run folder"),
    "no run.json": (lambda run: (run / "run.json").unlink(), "not a finished run"),
    "damaged config": (lambda run: (run / "config.toml").write_text("x = "), "config.toml"),
    "damaged run.json": (lambda run: (run / "run.json").write_text("{"), "run.json"),
    "changed input": (lambda run: _changed(run), "--fasta has changed"),
    "no inputs.json": (lambda run: (run / "inputs.json").unlink(), "inputs.json"),
    "damaged weights": (lambda run: (run / "model" / "model.safetensors").write_bytes(b"nothing"), "weights"),
    "damaged description": (lambda run: (run / "model" / "config.json").write_text("{}"), "model description"),
    "no motifs.tsv": (lambda run: (run / "motifs.tsv").unlink(), "motifs.tsv"),
    "damaged motifs.tsv": (lambda run: (run / "motifs.tsv").write_text("motif_id\nM1\n"), "motifs.tsv"),
    "other matrices": (lambda run: write_meme(run / "motifs.meme", []), "different motifs"),
    "damaged sites": (lambda run: (run / "sites.tsv.gz").write_bytes(b"\x1f\x8b nothing"), "sites.tsv.gz"),
    "unknown sequence": (lambda run: _strange(run), "nobody"),
    "damaged agreement": (lambda run: (run / "agreement.tsv").write_text("x\n"), "agreement.tsv:1"),
    "not ours": (lambda run: _two_channels(run), "channel a motif"),
}


def _changed(run):
    inputs = json.loads((run / "inputs.json").read_text())
    inputs["fasta"]["sha256"] = "0" * 64
    (run / "inputs.json").write_text(json.dumps(inputs))


def _strange(run):
    text = gzip.decompress((run / "sites.tsv.gz").read_bytes()).decode()
    (run / "sites.tsv.gz").write_bytes(gzip.compress(text.replace("\ts1\t", "\tnobody\t").encode()))


def _two_channels(run):
    lines = (run / "motifs.tsv").read_text().splitlines()
    cells = [line.split("\t") for line in lines]
    at = cells[0].index("channels")
    cells[1][at] = "0,3"
    (run / "motifs.tsv").write_text("".join("\t".join(line) + "\n" for line in cells))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_that_cannot_be_audited_is_refused_in_a_line(fault, run, sparling):
    damage, words = FAULTS[fault]
    damage(run)
    result = sparling("motifs", "audit", run, "--no-null")
    assert result.code == 2
    assert words in result.err
    assert "Traceback" not in result.err
    assert len([line for line in result.err.splitlines() if line.startswith("sparling:")]) == 1
    assert not (run / "audit.json").exists()


def test_no_folder_and_no_input_file(run, sparling, tmp_path):
    result = sparling("motifs", "audit", tmp_path / "none")
    assert (result.code, "no such run folder" in result.err) == (2, True)
    config = (run / "config.toml").read_text()
    (run / "config.toml").write_text(config.replace("peaks.fa", "gone.fa"))
    result = sparling("motifs", "audit", run)
    assert (result.code, "gone.fa" in result.err) == (2, True)


@pytest.mark.parametrize("number", [0, -1, "x"])
def test_a_number_of_seeds_that_is_none(number, sparling, peaks, tmp_path):
    out = tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", peaks, "--out", out, "--seeds", number)
    assert result.code == 2
    assert "--seeds" in result.err
    assert not out.exists()


def test_a_damaged_number_of_seeds_is_not_resumed(run, sparling):
    (run / "seeds.json").write_text('{"runs": "many"}')
    result = sparling("motifs", "train", "--out", run, "--resume")
    assert (result.code, "seeds.json" in result.err) == (2, True)


@pytest.fixture
def mailed(trained, run, tmp_path):
    """A run whose FASTA does not lie where it was, and a copy of the FASTA."""
    config = (run / "config.toml").read_text()
    gone = config.replace(str(trained.parent), "/nowhere")
    assert gone != config
    (run / "config.toml").write_text(gone)
    shutil.copy(trained.parent / "peaks.fa", tmp_path / "here.fa")
    return run, tmp_path / "here.fa"


def test_a_mailed_run_is_audited_with_the_fasta_where_it_is_now(mailed, sparling):
    run, fasta = mailed
    refused = sparling("motifs", "audit", run, "--no-null")
    assert refused.code == 2
    assert refused.err == "sparling: no such file, /nowhere/peaks.fa; --fasta FILE says where it is now\n"
    result = sparling("motifs", "audit", run, "--no-null", "--fasta", fasta)
    assert result.code == 0, result.err
    assert ": trust" in result.out


def test_another_fasta_than_the_runs_is_refused_and_both_are_named(trained, mailed, sparling):
    run, fasta = mailed
    fasta.write_text(fasta.read_text().replace("A", "C", 1))
    result = sparling("motifs", "audit", run, "--no-null", "--fasta", fasta)
    assert result.code == 2
    assert (
        f"--fasta has changed since the run was started, when it was {trained.parent / 'peaks.fa'}: {fasta}"
        in result.err
    )


def test_a_file_that_the_run_has_not_read_is_refused(run, sparling, peaks):
    result = sparling("motifs", "audit", run, "--negatives", peaks)
    assert (result.code, "the run has read no such file" in result.err) == (2, True)


def test_a_database_that_is_gone_does_not_matter(run, sparling):
    config = run / "config.toml"
    config.write_text('db = "/nowhere/jaspar.meme"\n' + config.read_text())
    assert sparling("motifs", "audit", run, "--no-null").code == 0
