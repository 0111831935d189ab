import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from sparling_cli.main import main

from sparling_genomics.discovery import detectors
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.worlds.planted import consensus_motif, plant

SMALL = {"bases_an_evaluation": 80_000, "patience": 2, "look_ahead": 0, "rounds": 1, "device": "cpu"}
"""Options of a training that ends in seconds, with `quick`."""


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


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """One network for all motifs is learned from fewer sequences."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("STEADY", 2), ("SETTLE", 1)):
            patch.setattr(detectors, name, value)
        yield


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
