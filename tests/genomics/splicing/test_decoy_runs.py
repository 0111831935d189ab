"""Runs on windows: a whole folder, a model that says what was measured, and the same bytes after an interruption."""

import json
from pathlib import Path

import numpy as np
import pytest

from sparling.errors import InputError, Interrupted
from sparling.training.checkpoint import load_weights, read_json
from sparling.training.devices import choose_fabric
from sparling.training.session import Session
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.splicing.core_sites.maxent import read_maxent
from sparling_genomics.splicing.decoys.config import WindowConfig
from sparling_genomics.splicing.decoys.core import CoreLogit, site_scores
from sparling_genomics.splicing.decoys.experiment import open_run, train_windows
from sparling_genomics.splicing.decoys.network import WindowNetwork, window_model
from sparling_genomics.splicing.decoys.publish import COLUMNS
from sparling_genomics.splicing.decoys.reading import read_windows, within
from sparling_genomics.splicing.decoys.task import WindowTask, figures
from tests.genomics.splicing.made_windows import made_windows
from tests.genomics.splicing.stopped import Stopped
from tests.page import Page

SMALL = {"channels": 4, "settle": 1, "marks_per_100nt": 40.0, "warm_up": 10, "device": "cpu"}


@pytest.fixture(scope="module")
def options(tmp_path_factory, shared_data):
    fasta = made_windows(tmp_path_factory.mktemp("made") / "windows.fa")
    return SMALL | {"fasta": fasta, "core": shared_data / "splicing" / "maxent_tables.npz"}


def trained(options, path: Path, resume: bool = False, watch=None):
    folder = RunFolder(path)
    ready = open_run(folder, {} if resume else options, force=False, resume=resume)
    return train_windows(ready, folder, "sparling splice windows", watch or (lambda *_: None), resume)


@pytest.fixture(scope="module")
def run(options, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "run"
    trained(options, path)
    return path


def test_a_run_folder_is_whole(run):
    result = json.loads((run / "run.json").read_text())
    assert result["task"] == "splice-windows"
    assert result["sides"]["test"] == {"decoy donor": 20, "true donor": 20, "decoy acceptor": 20, "true acceptor": 20}
    test = result["test"]
    assert test["all"]["windows"] == test["without_shared_40_mers"]["windows"] == 80
    assert test["all"] == test["without_shared_40_mers"]
    assert test["all"]["maxent_auroc"]["donor"] > 0.9
    assert set(result["inputs"]) == {"fasta", "core"}
    rows = (run / "motifs.tsv").read_text().splitlines()
    assert tuple(rows[0].split("\t")) == COLUMNS
    assert all(len(row.split("\t")) == len(COLUMNS) for row in rows)
    motifs = read_meme(run / "motifs.meme", allow_empty=True)
    assert [row.split("\t")[0] for row in rows[1:]] == [motif.name for motif in motifs] == result["motifs"]
    assert {path.stem for path in (run / "logos").iterdir()} == set(result["motifs"])
    channels = [channel for row in rows[1:] for channel in row.split("\t")[COLUMNS.index("channels")].split(",")]
    assert len(channels) + sum(result["channels_left_out"].values()) == SMALL["channels"]


def test_the_page_says_what_was_measured(run):
    page, test = Page((run / "report.html").read_text()), json.loads((run / "run.json").read_text())["test"]
    donor, error = test["all"]["auroc"]["donor"], test["all"]["auroc_error"]["donor"]
    assert f"All test windows 80 {donor:.4f} ± {error:.4f} {test['all']['maxent_auroc']['donor']:.4f}" in page.text
    assert "Those that share no 40 letters with other sides" in page.text
    assert "Accuracy against density" in page.text
    assert "windows.fa" in page.text
    links = [value for _, name, value in page.attributes if name in ("src", "href")]
    assert all(link.startswith("data:image/svg+xml;base64,") for link in links)


def test_the_saved_model_says_what_the_run_measured(run, options):
    windows = read_windows(options["fasta"], None, 150, 0).windows
    test = within(windows, TEST)
    fields = read_json(run / "model" / "config.json")
    density, core = fields.pop("density"), CoreLogit(**fields.pop("core"))
    network = WindowNetwork(**fields)
    assert (network.channels, network.reach) == (4, 40)
    model = window_model(network, density)
    load_weights(run / "model", model)
    logit = core.of(site_scores(read_maxent(options["core"]), test), test.kinds)
    task = WindowTask(within(windows, TRAIN), within(windows, VALIDATION), 0)
    found = Session(model, task, choose_fabric("cpu", "auto")[0]).predict(task.batches(test, logit))
    told = figures(found.outputs, found.targets)._asdict()
    assert told == json.loads((run / "run.json").read_text())["test"]["all"]["auroc"]


def test_an_interrupted_run_ends_like_one_that_was_not(options, run, tmp_path):
    path = tmp_path / "again"
    with pytest.raises(Interrupted, match="stopped after 2 evaluations"):
        trained(options, path, watch=lambda *_: Stopped())
    assert not (path / "run.json").exists()
    trained(options, path, resume=True)
    for name in ("model/model.safetensors", "model/config.json", "motifs.tsv", "motifs.meme"):
        assert (path / name).read_bytes() == (run / name).read_bytes(), name


def test_resume_refuses_other_options_and_files(options, run, tmp_path):
    with pytest.raises(InputError, match="channels"):
        open_run(RunFolder(run), {"channels": 5}, force=False, resume=True)
    other = tmp_path / "other.fa"
    other.write_text(options["fasta"].read_text() + "\n")
    with pytest.raises(InputError, match="fasta"):
        open_run(RunFolder(run), {"fasta": other}, force=False, resume=True)
    with pytest.raises(InputError, match="no run to resume"):
        open_run(RunFolder(tmp_path / "nowhere"), {}, force=False, resume=True)


def test_windows_of_one_kind_alone_are_told(options, tmp_path):
    records = options["fasta"].read_text().split(">")[1:]
    fasta = tmp_path / "donors.fa"
    fasta.write_text("".join(">" + record for record in records if record.startswith("donor")))
    outcome = trained(SMALL | {"fasta": fasta}, tmp_path / "run")
    assert outcome.everything.maxent is None
    assert outcome.everything.network.donor > 0.5
    assert np.isnan(outcome.everything.network.acceptor)
    test = json.loads((tmp_path / "run" / "run.json").read_text())["test"]
    assert test["all"]["auroc"]["acceptor"] is None
    head, first = (line.split("\t") for line in (tmp_path / "run" / "motifs.tsv").read_text().splitlines()[:2])
    assert dict(zip(head, first, strict=True))["acceptor_change"] == ""


def test_the_density_ends_where_it_was_asked_to():
    assert WindowConfig(fasta=Path("x")).rule().target == pytest.approx(0.01)
    assert WindowConfig(fasta=Path("x"), marks_per_100nt=1e9).rule().target == 0.25
