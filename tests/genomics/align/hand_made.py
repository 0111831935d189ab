"""A run of two motifs that is trained in seconds."""

from pathlib import Path

import numpy as np

from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.runs.run_folder import RunFolder
from sparling_genomics.runs.train import prepare, train_motifs
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.small_run import EBOX, SMALL

GATA = consensus_motif("GATA", "AGATAAGATC")


def train_both(folder: Path, seed: int = 5) -> Path:
    """A finished run in ``folder``/run on sequences that have the E-box of `small_run`, and GATA."""
    truth = plant([EBOX, GATA], 240, 0, 60, np.random.default_rng(seed), sites_per_sequence=(2, 2))
    fasta = folder / "both.fa"
    fasta.write_text("".join(f">s{i}\n{decode(own)}\n" for i, own in enumerate(truth.codes)))
    config = MotifConfig.of({"fasta": fasta} | SMALL)
    run = RunFolder(folder / "run")
    run.start(config)
    train_motifs(prepare(config), run, "test")
    return run.path
