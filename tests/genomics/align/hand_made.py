"""Codes and features made by hand, and runs of two motifs that are trained in seconds."""

from pathlib import Path

import numpy as np

from sparling.alignment.codes import Codes
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.small_run import EBOX, SMALL

GATA = consensus_motif("GATA", "AGATAAGATC")


def codes(active: list[list[int]], size: int, k: int = 2) -> Codes:
    """Latents that are active, with value 1, in each sample."""
    index = np.array([[*own, *(i for i in range(size) if i not in own)][:k] for own in active], dtype=np.int32)
    value = np.array([[1.0] * len(own) + [0.0] * (k - len(own)) for own in active], dtype=np.float32)
    return Codes(index, value, size)


def train_both(folder: Path, seed: int = 5) -> Path:
    """A finished run in ``folder``/run on sequences that have the E-box of `small_run`, and GATA."""
    truth = plant([EBOX, GATA], 240, 0, 50, np.random.default_rng(seed), sites_per_sequence=(1, 1))
    fasta = folder / "both.fa"
    fasta.write_text("".join(f">s{i}\n{decode(own)}\n" for i, own in enumerate(truth.codes)))
    config = MotifConfig.of({"fasta": fasta} | SMALL)
    run = RunFolder(folder / "run")
    run.start(config)
    train_motifs(prepare(config), run, "test")
    return run.path
