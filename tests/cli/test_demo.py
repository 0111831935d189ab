"""The promise of the first minute: every planted motif is found, each once."""

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_demo_finds_every_planted_motif_once(seed, sparling, tmp_path):
    result = sparling("demo", "--out", tmp_path / "demo", "--seed", seed)
    assert result.code == 0
    assert "Every planted motif was found, each once." in result.out
