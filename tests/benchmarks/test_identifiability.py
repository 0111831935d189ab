"""Calibration of the two tests of MOTIF-SUFFICIENCY: broken worlds are rejected, sound ones are not."""

import numpy as np
import pytest
from identifiability import BACKGROUND_BROKEN, BREAKS, LEVEL, MOTIFS_BROKEN, WORLDS, as_it_is, p_values, rows


@pytest.mark.parametrize("name", ["noisier_in_company", "lighter_to_the_right"])
def test_few_samples_of_a_broken_world_are_enough(name: str) -> None:
    of_motifs, of_background = p_values(WORLDS["quick"], BREAKS[name], seed=0, samples=500)
    assert (of_motifs < LEVEL) == (BREAKS[name] in MOTIFS_BROKEN)
    assert (of_background < LEVEL) == (BREAKS[name] in BACKGROUND_BROKEN)


def test_sound_worlds_are_seldom_rejected() -> None:
    p = np.array([p_values(WORLDS["quick"], as_it_is, seed, samples=200) for seed in range(20)])
    assert (p < LEVEL).sum(0).max() <= 4  # more in one of 400 calibrated tests


def test_a_row_has_the_shares() -> None:
    (row,) = rows(["quick"], ["smeared_at_the_left"], draws=2, samples=600)
    assert (row["world"], row["broken"], row["background_rejected"]) == ("quick", "smeared_at_the_left", 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("broken", BREAKS)
def test_calibration(world: str, broken: str) -> None:
    (row,) = rows([world], [broken], draws=100, samples=1000)
    for test, breaks in (("motifs_rejected", MOTIFS_BROKEN), ("background_rejected", BACKGROUND_BROKEN)):
        share = float(str(row[test]))
        if BREAKS[broken] in breaks:
            assert share >= 0.95
        else:
            assert share <= 0.1  # more than 10 of 100 in one of 90 calibrated tests
