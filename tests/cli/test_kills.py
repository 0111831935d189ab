"""Killed (SIGKILL) at random moments and resumed each time, a run ends in the same bytes as one that was not killed.

Times and the command line that was typed are not compared (`killed.TIMES`); every other byte is.
"""

import json
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import planted_fasta
from tests.cli.killed import PLAIN, SMALL, TINY, Command, kill_at_random, outcome, same, told
from tests.core.alignment.world import streams


def train(folder: Path, *words: object) -> Command:
    fasta = planted_fasta(folder / "peaks.fa")
    begin = ("motifs", "train", "--fasta", fasta, "--out", "out", "--max-samples", 12_000, *words)
    return Command(SMALL, begin, ("motifs", "train", "--resume", "--out", "out"), "config.toml", "run.json")


def validate(folder: Path) -> Command:
    begin = ("validate", "digit-circle", "--device", "cpu", "--out", "out")
    return Command(TINY, begin, (*begin, "--resume"), "validation-config.json", "validation.json")


def align(folder: Path) -> Command:
    words: list[object] = ["align"]
    for name, stream in zip("ab", streams()[:2], strict=True):
        np.save(folder / f"{name}.npy", np.array(stream.rows))
        words += ["--stream", f"{name}={folder / name}.npy"]
    begin = (*words, "--latents", 16, "--k", 3, "--epochs", 3, "--device", "cpu", "--out", "out")
    return Command(PLAIN, begin, ("align", "--resume", "--out", "out"), "align-config.json", "alignment.json")


def test_three_kills_and_the_same_bytes(tmp_path: Path) -> None:
    """In the first training, in the second, and while results are written: as soon as what tells of it is there."""
    command = train(tmp_path)
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    command.ended(tmp_path / "whole")
    whole = outcome(tmp_path / "whole" / "out")
    out = tmp_path / "killed" / "out"
    for name in ("checkpoint/state.pt", "second/checkpoint/state.pt", "model/model.safetensors"):
        with command.start(tmp_path / "killed") as process:
            while not (out / name).is_file() and process.poll() is None:
                time.sleep(0.005)
            process.kill()
        assert process.returncode == -signal.SIGKILL
    command.ended(tmp_path / "killed")
    same(outcome(out), whole)
    assert (out / "motifs.meme").read_bytes() == (tmp_path / "whole" / "out" / "motifs.meme").read_bytes()


def test_what_is_compared_tells_runs_apart(tmp_path: Path) -> None:
    for name, seed, seconds in (("a", 1, 2.5), ("b", 2, 2.5), ("c", 1, 3.5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps({"seed": seed, "seconds": seconds, "command": name}))
    a, b, c = (outcome(tmp_path / name) for name in "abc")
    same(a, c)
    with pytest.raises(AssertionError):
        same(a, b)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("made", "kills"), [(train, 20), (validate, 20), (align, 20)], ids=["motifs train", "validate", "align"]
)
def test_twenty_kills_at_random_moments_and_the_same_bytes(
    made: object, kills: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert callable(made)
    command = made(tmp_path)
    (tmp_path / "whole").mkdir()
    seconds = command.ended(tmp_path / "whole")
    fell = kill_at_random(command, tmp_path, outcome(tmp_path / "whole" / "out"), kills, seconds, seed=0)
    assert len(fell) == kills
    with capsys.disabled():
        sys.stdout.write(f"\n{command.begin[:2]}: {told(fell)}, uninterrupted {seconds:.0f} s\n")
