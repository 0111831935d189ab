"""Runs inside a run's folder: agreement over seeds, and what is kept, gone on with or made anew."""

import shutil

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.motifs.activations import letter_counts
from sparling_genomics.runs import companions
from sparling_genomics.runs.companions import (
    Agreed,
    agreement,
    complete,
    read_agreement,
    remember_number,
    remembered_number,
    seed_folders,
    train_null,
    write_agreement,
)
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.hand_made import dataset, sides
from tests.genomics.sequences import random_sequences

EBOX, ETS = consensus_motif("M1", "GTCACGTGAC"), consensus_motif("M2", "ACCGGAAGTG")


def test_agreement_counts_runs_with_a_motif_alike():
    found = {4: [EBOX, ETS], 5: [ETS.reverse_complement()], 6: []}
    first, second = agreement([EBOX, ETS], found)
    assert (first.motif_id, first.found, first.runs, first.seeds) == ("M1", 1, 3, (4,))
    assert (second.motif_id, second.found, second.runs, second.seeds) == ("M2", 2, 3, (4, 5))
    assert agreement([], found) == []


def test_agreement_is_read_as_written(tmp_path):
    lines = [Agreed("M1", "GTCACGTGAC", 1, 3, (4,)), Agreed("M2", "ACCGGAAGTG", 2, 3, (4, 5))]
    for written in (lines, []):
        write_agreement(tmp_path / "agreement.tsv", written)
        assert read_agreement(tmp_path / "agreement.tsv") == written


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("a\tb\n", 1), ("HEAD\nM1\tACGT\tx\t3\t1\n", 2), ("HEAD\nM1\n", 2)]
)
def test_a_damaged_agreement_names_its_line(text, line, tmp_path):
    path = tmp_path / "agreement.tsv"
    path.write_text(text.replace("HEAD", "\t".join(Agreed._fields)))
    with pytest.raises(InputError, match=rf"agreement\.tsv:{line}"):
        read_agreement(path)


def test_number_of_seeds(tmp_path):
    assert remembered_number(tmp_path) == 1
    remember_number(tmp_path, 3)
    assert remembered_number(tmp_path) == 3
    for damaged in ('{"runs": 0}', '{"runs": "x"}', "{}", "nothing"):
        (tmp_path / "seeds.json").write_text(damaged)
        with pytest.raises(InputError):
            remembered_number(tmp_path)
    assert seed_folders(tmp_path, 7, 3) == {
        7: tmp_path,
        8: tmp_path / "seeds" / "8",
        9: tmp_path / "seeds" / "9",
    }


@pytest.fixture
def trained(monkeypatch):
    """Calls of the training, which here writes run.json alone."""
    calls = []

    def train_motifs(prepared, folder, command, watch=None, resume=False):
        calls.append((folder.path.name, prepared.config.seed, resume))
        (folder.path / "run.json").write_text("{}")

    monkeypatch.setattr(companions, "train_motifs", train_motifs)
    return calls


def test_a_finished_run_is_kept_an_interrupted_one_goes_on(peaks, tmp_path, trained):
    config, folder = MotifConfig(fasta=peaks.absolute(), seed=3), tmp_path / "3"
    complete(config, folder, "test")
    complete(config, folder, "test")
    assert trained == [("3", 3, False)]
    (folder / "run.json").unlink()
    complete(config, folder, "test")  # stopped before the first checkpoint
    (folder / "run.json").unlink()
    (folder / "checkpoint").mkdir()
    complete(config, folder, "test")  # stopped while the first was written
    (folder / "run.json").unlink()
    (folder / "checkpoint").mkdir(exist_ok=True)
    (folder / "checkpoint" / "state.pt").touch()
    complete(config, folder, "test")
    assert trained[1:] == [("3", 3, False), ("3", 3, False), ("3", 3, True)]


def test_a_finished_run_whose_folder_was_moved_is_kept(peaks, tmp_path, trained):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    shutil.copy(peaks, before / "null.fa")
    complete(MotifConfig(fasta=before / "null.fa"), before / "run", "test")
    before.rename(after)
    config = MotifConfig(fasta=(after / "null.fa").absolute())
    complete(config, after / "run", "test")
    assert len(trained) == 1
    assert MotifConfig.read(after / "run" / "config.toml") == config


def test_a_run_of_other_settings_or_files_is_replaced(peaks, tmp_path, trained):
    config, folder = MotifConfig(fasta=peaks.absolute()), tmp_path / "run"
    complete(config, folder, "test")
    complete(config.model_copy(update={"motifs": 4}), folder, "test")
    peaks.write_text(peaks.read_text() + ">more\nACGTTGCATTGACGTTGA\n")
    complete(config.model_copy(update={"motifs": 4}), folder, "test")
    (folder / "config.toml").write_text("damaged")
    complete(config, folder, "test")
    assert trained == [("run", 0, False)] * 4


def test_the_null_run_has_the_bound_sequences_shuffled_on_the_same_sides(peaks, tmp_path, trained):
    run = tmp_path / "run"
    config = MotifConfig(fasta=peaks.absolute(), negatives=peaks.absolute(), seed=2, motifs=5)
    RunFolder(run).start(config)
    codes = random_sequences(40)
    data = dataset(codes, labels=[1, 0] * 20, split=sides(40))
    folder = train_null(run, data, "test")
    written = MotifConfig.read(folder / "config.toml")
    assert (written.negatives, written.seed, written.motifs) == (None, 2, 5)
    records = read_fasta(written.fasta)
    bound = data.subset(data.labels == 1)
    assert len(records) == 20
    names = ("train", "validation", "test")
    assert [record.attributes["split"] for record in records] == [names[side] for side in bound.split]
    for i, record in enumerate(records):
        own = bound.sequence(i)
        assert letter_counts(record.codes[:, None]).tolist() == letter_counts(own[:, None]).tolist()
    assert any((record.codes != bound.sequence(i)).any() for i, record in enumerate(records))
    before = written.fasta.read_bytes()
    train_null(run, data, "test")
    assert (written.fasta.read_bytes(), len(trained)) == (before, 1)


def test_where_nothing_can_be_written_is_said(peaks, tmp_path, trained):
    run = tmp_path / "run"
    RunFolder(run).start(MotifConfig(fasta=peaks.absolute()))
    (run / "null").write_text("in the way")
    data = dataset(random_sequences(20), split=sides(20))
    with pytest.raises(InputError, match="cannot be written"):
        train_null(run, data, "test")
    assert np.all(data.labels == 1)
