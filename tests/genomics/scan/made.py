"""A stored run with random weights, whose marks are many and near each other, so that windows matter."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.training.devices import choose_fabric
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.data.given import given_sequences
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.letters.alphabet import DNA, decode
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.network.motif_network import NetworkDescription, build_network
from sparling_genomics.runs.finished import StoredRun


def made_run(seed: int = 0, share: float = 0.05, unit: float = 0.001) -> StoredRun:
    """Three channels of 11 bp, each with the best ``share`` of positions, that rival within 9 bp."""
    torch.manual_seed(seed)
    description = NetworkDescription("dna", 3, 11, True, 8, 2, "monotone", unit, 9)
    model = build_network(description).eval()
    for name, parameter in model.named_parameters():
        if name.endswith("head.2.weight"):
            torch.nn.init.normal_(parameter, std=0.3)
    x = torch.nn.functional.one_hot(torch.randint(4, (4, 4000)), 4).float().transpose(1, 2)
    with torch.no_grad():
        scores = model.sparsity.normaliser.frozen(model.local(x))
    model.sparsity.set_threshold(torch.quantile(scores.transpose(0, 1).flatten(1)[:, :4000], 1 - share, dim=1))
    rng = np.random.default_rng(seed)
    widths, firsts = (7, 9, 4), (-3, -6, 2)
    pwms = [Pwm(f"M{i + 1}", rng.dirichlet([0.3] * 4, w) * 20, 20) for i, w in enumerate(widths)]
    motifs = [{"first": first, "flipped": i == 1} for i, first in enumerate(firsts)]
    info = {"metrics": {"listed_from": [0.0, 0.1, 0.05], "motifs": motifs}}
    fabric, _ = choose_fabric("cpu", "float32")
    return StoredRun(Path("made"), MotifConfig(fasta=Path("made.fa")), info, [], pwms, model, description, fabric)


def random_letters(length: int, seed: int, unknown: float = 0.0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, length).astype(np.uint8)
    codes[rng.random(length) < unknown] = 4
    return codes


def as_data(*sequences: NDArray[np.uint8]) -> SequenceDataset:
    return given_sequences({f"s{i}": decode(codes) for i, codes in enumerate(sequences)}, DNA)
