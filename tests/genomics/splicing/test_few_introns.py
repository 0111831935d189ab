"""What follows from few introns, where it was not given: rest, more weight decay, hidden letters, one training."""

from dataclasses import replace
from pathlib import Path

import pytest

from sparling.training.annealing import simulate
from sparling_genomics.data.splits import TRAIN
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.splicing.runs import config
from sparling_genomics.splicing.runs.config import FEW_INTRONS, OF_FEW, OF_MANY, SpliceConfig
from sparling_genomics.splicing.runs.experiment import open_run, train_splicing
from sparling_genomics.splicing.runs.inputs import read_inputs
from sparling_genomics.splicing.runs.publish import load_splice_network
from tests.genomics.splicing.made_genome import made_genome
from tests.genomics.splicing.test_runs import SMALL

CONFIG = SpliceConfig(genome=Path("g.fa"), annotation=Path("a.gtf"), core="none")


@pytest.mark.parametrize(("introns", "care"), [(FEW_INTRONS - 1, OF_FEW), (FEW_INTRONS, OF_MANY)])
def test_the_number_of_introns_decides_what_is_not_given(introns, care):
    assert CONFIG.of_introns(introns, 80).care == care
    given = CONFIG.model_copy(update={"weight_decay": 0.3, "rest_density": 0.5, "letter_dropout": 0.0, "drop": True})
    assert given.of_introns(introns, 80).care == (0.5, 0.3, 0.0, True)


def test_nothing_decided_is_as_of_many():
    assert CONFIG.care == OF_MANY
    assert CONFIG.rule(16) == CONFIG.of_introns(FEW_INTRONS, 80).rule(16)


def test_of_few_introns_accuracy_comes_to_rest_before_fewer_are_marked():
    rising = [(sample, 0.1 * sample) for sample in range(1, 6)]
    actions = {
        introns: [
            step.action for step in simulate(CONFIG.of_introns(introns, 80).rule(16), [*rising, (6, 0.5), (7, 0.5)])
        ]
        for introns in (10, 5000)
    }
    assert actions[10] == ["tighten", "hold", "hold", "hold", "hold", "hold", "tighten"]
    assert set(actions[5000]) == {"tighten"}


def test_the_second_training_does_not_wait_for_rest():
    rule = CONFIG.of_introns(10, 80).rule(4, 0.02)
    assert rule.ceiling == rule.initial == 0.02


def test_settings_have_the_weight_decay_of_their_introns():
    assert CONFIG.of_introns(10, 80).settings(100).weight_decay == OF_FEW.weight_decay
    assert CONFIG.settings(100) == replace(CONFIG.of_introns(10, 80).settings(100), weight_decay=OF_MANY.weight_decay)


def test_the_network_looks_further_where_introns_are_long():
    reach = {median: CONFIG.of_introns(5000, median).network().dilations for median in (124, 125)}
    assert {median: max(dilations) for median, dilations in reach.items()} == {124: 16, 125: 32}
    assert CONFIG.network() == CONFIG.of_introns(5000, 80).network()
    near = CONFIG.model_copy(update={"context": 60})
    assert near.of_introns(5000, 1000).network().dilations == (1, 2, 4, 8)


def test_the_reach_is_said_that_follows_from_the_introns(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome, annotation = made_genome(tmp_path)
    asked = SpliceConfig(genome=genome, annotation=annotation)
    for usual, letters in ((10, 262), (1000, 1030)):  # introns that are longer, or not
        monkeypatch.setattr(config, "CONTEXT", usual)
        read = read_inputs(asked)
        assert f"A site is told from {letters:,} letters" in read.noticed[-1]
        decided = asked.of_introns(read.checked.introns(TRAIN), read.checked.median_intron)
        assert decided.network().context == letters <= read.checked.gap


def test_of_few_introns_there_is_one_training_with_all_channels(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    genome, annotation = made_genome(tmp_path)
    options = SMALL | {"genome": genome, "annotation": annotation, "drop": None, "epochs_an_evaluation": 1}
    prepared = open_run(RunFolder(tmp_path / "run"), options, force=False, resume=False)
    train_splicing(prepared, RunFolder(tmp_path / "run"), "test")
    assert prepared.config.care[1:] == OF_FEW[1:]
    assert not (tmp_path / "run" / "second").exists()
    assert load_splice_network(tmp_path / "run" / "model")[1].channels == SMALL["channels"]
    assert (tmp_path / "run" / "report.html").is_file()
