import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from sparling_cli.main import main
from sparling_cli.motifs import train

from sparling_genomics.letters.alphabet import decode
from sparling_genomics.worlds.planted import consensus_motif, plant

SMALL = {"bases_an_evaluation": 80_000, "settle": 1, "filters": 8, "units": 0, "device": "cpu"}
"""Options of a training that ends in seconds."""
ROOT = Path(__file__).parents[2]


class Result(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def sparling(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command line in this process: ``sparling("motifs", "train", ...)``."""

    def run(*words: object) -> Result:
        monkeypatch.setattr(sys, "argv", ["sparling", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


def small_run(run: Callable[..., Path], options: dict[str, Any], *rest: Any, **switches: bool) -> Path:
    """What stands in for `train.run`: the same with `SMALL`."""
    return run(options | SMALL, *rest, **switches)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of the command line end in seconds."""
    monkeypatch.setattr(train, "run", partial(small_run, train.run))


def small_in_a_process_of_its_own(*words: object) -> subprocess.CompletedProcess[str]:
    """The command line with small trainings in another process, where no terminal is."""
    program = "from tests.cli import conftest; conftest.be_small()"
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, words)], capture_output=True, text=True, check=True, cwd=ROOT
    )


def be_small() -> None:
    """The command line in this process, for good."""
    train.run = partial(small_run, train.run)
    main()


def planted_fasta(path: Path, n: int = 300, length: int = 30, seed: int = 0) -> Path:
    """``n`` bound sequences with one E-box each."""
    truth = plant(
        [consensus_motif("USF1", "GTCACGTGAC")], n, 0, length, np.random.default_rng(seed), sites_per_sequence=(1, 1)
    )
    path.write_text("".join(f">s{i}\n{decode(codes)}\n" for i, codes in enumerate(truth.codes)))
    return path


@pytest.fixture
def peaks(tmp_path: Path) -> Path:
    """FASTA of 300 sequences of 30 bp with one planted motif."""
    return planted_fasta(tmp_path / "peaks.fa")
