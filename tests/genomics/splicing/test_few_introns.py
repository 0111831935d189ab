"""What follows from few introns, where it was not given: rest, more weight decay, hidden letters, one training."""

from dataclasses import replace
from pathlib import Path

import pytest

from sparling.training.annealing import simulate
from sparling_genomics.splicing.runs.config import FEW_INTRONS, OF_FEW, OF_MANY, SpliceConfig

CONFIG = SpliceConfig(genome=Path("g.fa"), annotation=Path("a.gtf"), core="none")


@pytest.mark.parametrize(("introns", "care"), [(FEW_INTRONS - 1, OF_FEW), (FEW_INTRONS, OF_MANY)])
def test_the_number_of_introns_decides_what_is_not_given(introns, care):
    assert CONFIG.of_introns(introns).care == care
    given = CONFIG.model_copy(update={"weight_decay": 0.3, "rest_density": 0.5, "letter_dropout": 0.0, "drop": True})
    assert given.of_introns(introns).care == (0.5, 0.3, 0.0, True)


def test_nothing_decided_is_as_of_many():
    assert CONFIG.care == OF_MANY
    assert CONFIG.rule(16) == CONFIG.of_introns(FEW_INTRONS).rule(16)


def test_of_few_introns_accuracy_comes_to_rest_before_fewer_are_marked():
    rising = [(sample, 0.1 * sample) for sample in range(1, 6)]
    actions = {
        introns: [step.action for step in simulate(CONFIG.of_introns(introns).rule(16), [*rising, (6, 0.5), (7, 0.5)])]
        for introns in (10, 5000)
    }
    assert actions[10] == ["tighten", "hold", "hold", "hold", "hold", "hold", "tighten"]
    assert set(actions[5000]) == {"tighten"}


def test_the_second_training_does_not_wait_for_rest():
    rule = CONFIG.of_introns(10).rule(4, 0.02)
    assert rule.ceiling == rule.initial == 0.02


def test_settings_have_the_weight_decay_of_their_introns():
    assert CONFIG.of_introns(10).settings(100).weight_decay == OF_FEW.weight_decay
    assert CONFIG.settings(100) == replace(CONFIG.of_introns(10).settings(100), weight_decay=OF_MANY.weight_decay)
