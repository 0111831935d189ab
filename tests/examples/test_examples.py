"""The examples run as they stand, are as short as they claim, and find what they say they find."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def printed(name: str, *words: object) -> str:
    """What an example prints in a fresh interpreter."""
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / name), *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("name", "longest"), [("layer_in_your_network.py", 30), ("custom_task.py", 60)])
def test_examples_are_short(name: str, longest: int) -> None:
    assert len((EXAMPLES / name).read_text().splitlines()) <= longest


def test_a_layer_in_ones_own_network_marks_the_wiggles() -> None:
    found = re.fullmatch(r"([\d.]+)% of (\d+) marks are at one of (\d+) wiggles\n", printed("layer_in_your_network.py"))
    assert found is not None
    share, marks, wiggles = float(found[1]), int(found[2]), int(found[3])
    assert share > 95
    assert 0.8 * wiggles < marks < 1.1 * wiggles


def test_a_task_of_ones_own_is_learnt_and_each_shape_gets_a_channel(tmp_path: Path) -> None:
    lines = printed("custom_task.py", tmp_path / "run").splitlines()
    shares = [[float(share) for share in re.findall(r"([\d.]+)%", line)] for line in lines]
    assert len(shares) == 2
    crosses, squares = zip(*shares, strict=True)
    assert max(crosses) > 95
    assert max(squares) > 95
    assert max(range(2), key=crosses.__getitem__) != max(range(2), key=squares.__getitem__)
    assert max(min(crosses), min(squares)) < 25
    assert (tmp_path / "run" / "metrics.jsonl").exists()
