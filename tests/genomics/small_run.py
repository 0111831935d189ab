"""A real run made in seconds: GTCACGTGAC planted in 240 sequences of 40 letters on named places of a genome."""

from pathlib import Path

import numpy as np

from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from sparling_genomics.worlds.planted import consensus_motif, plant

EBOX = consensus_motif("USF1", "GTCACGTGAC")
SMALL = {
    "bases_an_evaluation": 80_000,
    "patience": 1,
    "settle": 1,
    "first_factor": 4.0,
    "filters": 8,
    "units": 0,
    "width": 11,
    "motifs": 4,
    "device": "cpu",
    "precision": "float32",
}


def write_peaks(path: Path, n: int = 240, seed: int = 0) -> Path:
    truth = plant([EBOX], n, 0, 40, np.random.default_rng(seed), sites_per_sequence=(1, 1))
    names = [f"chr{i % 5 + 1}:{1000 * i}-{1000 * i + 40}" for i in range(n)]
    path.write_text("".join(f">{name}\n{decode(codes)}\n" for name, codes in zip(names, truth.codes, strict=True)))
    return path


def train_small(folder: Path) -> Path:
    """A finished run in ``folder``/run of ``folder``/peaks.fa."""
    config = MotifConfig.of({"fasta": write_peaks(folder / "peaks.fa")} | SMALL)
    run = RunFolder(folder / "run")
    run.start(config)
    train_motifs(prepare(config), run, "test")
    return run.path
