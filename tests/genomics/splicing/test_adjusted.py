"""Channels that start from known matrices fire only where these score, and keep their names."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from sparling.errors import InputError
from sparling.training.session import Session
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.splicing.network import SpliceNetwork, kept, splice_model
from sparling_genomics.splicing.runs.adjusted import read_matrices, start_from
from sparling_genomics.splicing.runs.config import SpliceConfig
from sparling_genomics.splicing.runs.copies import find_words
from sparling_genomics.splicing.runs.experiment import prepare, train_splicing
from sparling_genomics.splicing.runs.reading import read_marks
from sparling_genomics.splicing.task import SpliceTask
from tests.genomics.splicing.made_genome import made_genome

BRANCH = Pwm("branch", 20 * np.eye(4)[[3, 0, 1, 3, 0, 0, 1]], 20)
DONOR = Pwm("donor", 20 * np.eye(4)[[2, 3, 0, 0, 2, 3]], 20)
DENSITY = 0.005


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        genome, annotation = made_genome(folder)
        train = prepare(SpliceConfig(genome=genome, annotation=annotation, device="cpu")).side(0)
    torch.manual_seed(0)
    network = SpliceNetwork(channels=2, matrices=("branch", "donor"))
    task = SpliceTask(train, train, 0)
    model = splice_model(network, DENSITY)
    start_from(model, [BRANCH, DONOR], task, DENSITY)
    found = Session(model, task, "cpu")
    found.calibrate()
    return found, network, train


def test_untrained_they_mark_their_matrices(session):
    found, network, train = session
    marks = read_marks(found, found.task, train)
    words, left_out = find_words(train, marks, network)
    assert not left_out
    assert [(word.pwm.alt_name, word.channels) for word in words] == [("branch", (0,)), ("donor", (1,))]
    assert "CTAAC" in words[0].pwm.consensus()
    assert words[1].pwm.consensus().startswith("GT")


def test_they_fire_at_no_more_than_twice_their_density_whatever_the_network_adds(session):
    found, network, train = session
    model = splice_model(network, DENSITY)
    model.load_state_dict(found.model.state_dict())
    torch.nn.init.normal_(model.local.network.weight, std=5.0)
    model.sparsity.density = 0.4
    loose = Session(model, found.task, "cpu")
    open_share = [float((model.local(found.task.inputs(b)[0]) > -15).float().mean()) for b in found.task.batches(train)]
    assert np.mean(open_share) < 2.5 * DENSITY
    assert loose.model.local.gated


def test_kept_channels_keep_their_names(session):
    found, network, _ = session
    model, smaller = kept(found.model, network, [1])
    assert smaller.matrices == ("donor",)
    assert torch.equal(model.local.gate[0], found.model.local.gate[1])


def test_the_first_density_is_what_the_gates_let_through():
    config = SpliceConfig(genome="g.fa", annotation="a.gtf", adjust="m.meme", core="none", marks_per_100nt=4.0)
    assert config.rule(4).initial == pytest.approx(0.02)
    assert config.network(("a", "b")).channels == 2


def test_matrices_are_not_dropped_before_they_have_learned(tmp_path):
    genome, annotation = made_genome(tmp_path)
    write_meme(tmp_path / "known.meme", [BRANCH, DONOR])
    given = {"genome": genome, "annotation": annotation, "adjust": tmp_path / "known.meme", "core": "none"}
    settings = {"settle": 3, "settle_first": 1, "patience": 1, "warm_up": 10, "device": "cpu"}
    config = SpliceConfig.of(given | settings)
    folder = RunFolder(tmp_path / "run")
    folder.start(config)
    outcome = train_splicing(prepare(config), folder, "test")
    phases = [json.loads(line)["phase"] for line in (folder.path / "metrics.jsonl").read_text().splitlines()]
    assert phases.count("settle") == 3
    assert {motif.pwm.alt_name for motif in outcome.words.motifs} <= {"branch", "donor"}
    assert outcome.channels == 2


def test_files_without_use_are_refused(tmp_path):
    write_meme(tmp_path / "twice.meme", [BRANCH, BRANCH])
    with pytest.raises(InputError, match="two matrices are named 'branch'"):
        read_matrices(tmp_path / "twice.meme")
    write_meme(tmp_path / "many.meme", [replace(BRANCH, name=f"b{i}") for i in range(257)])
    with pytest.raises(InputError, match="257 matrices; at most 256 channels"):
        read_matrices(tmp_path / "many.meme")
