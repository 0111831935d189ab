"""A plain convolutional network, its attributions, and TF-MoDISco on them (Shrikumar et al. 2018, arXiv 1811.00416).

    python -m peers.cnn_modisco CASE_FOLDER OUT_FOLDER SEED ALPHABET

The network is ours; modisco-lite is PyPI's, in an environment of its own. Attributions are expected gradients (Erion et
al. 2021, Nat Mach Intell 3:620) of the bound sequences against dinucleotide shuffles of each.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from cases import Case
from numpy.typing import NDArray
from scoring import separation
from tools import Meter, ToolFailed, write_sites
from torch import Tensor, nn

from peers import ENVIRONMENTS
from peers.network_data import Sequences, fit, flip, predict, read
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.alphabet import DNA
from sparling_genomics.letters.background import dinucleotide_shuffle
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import PlantedSite

FILTERS, RATE, REFERENCES, MOST_SEQLETS, SHARE = 64, 1e-3, 10, 5000, 0.3
_EXPORT = Path(__file__).with_name("modisco_export.py")


class PlainCnn(nn.Module):
    """(B, 4, L) → logits (B,): three convolutions, their highest and mean answers, one linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(4, FILTERS, 15, padding=7),
            nn.ReLU(),
            nn.Conv1d(FILTERS, FILTERS, 5, padding=2),
            nn.ReLU(),
            nn.Conv1d(FILTERS, FILTERS, 5, padding=2),
            nn.ReLU(),
        )
        self.dropout = nn.Dropout(0.3)
        self.final = nn.Linear(2 * FILTERS, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.layers(x)
        logits: Tensor = self.final(self.dropout(torch.cat([y.amax(2), y.mean(2)], dim=1)))
        return logits[:, 0]


def hypothetical_attributions(
    model: nn.Module, data: Sequences, rng: np.random.Generator, *, both_strands: bool
) -> NDArray[np.float32]:
    """(n, 4, L): what each base would add at each place, against ``REFERENCES`` shuffles of each sequence.

    Expected gradients: the mean over shuffles r and a random point between r and the sequence of the gradient g there,
    as ``g[b] - sum over letters of r * g`` for each base b. At the base that stands there it is the attribution.
    """
    total = np.zeros((len(data.codes), 4, data.codes.shape[1]), dtype=np.float32)
    lengths = np.full(len(data.codes), data.codes.shape[1], dtype=np.int64)
    for _ in range(REFERENCES):
        shuffled = dinucleotide_shuffle(data.codes, lengths, rng)
        for start in range(0, len(data.codes), 200):
            rows = np.arange(start, min(start + 200, len(data.codes)))
            x, reference = data.one_hot(rows), one_hot(torch.from_numpy(shuffled[rows]))
            share = torch.from_numpy(rng.random((len(rows), 1, 1), dtype=np.float32))
            point = (reference + share * (x - reference)).requires_grad_()
            output = model(point) + model(flip(point)) if both_strands else model(point)
            (gradient,) = torch.autograd.grad(output.sum(), point)
            total[rows] += (gradient - (reference * gradient).sum(1, keepdim=True)).numpy()
    return total / np.float32(REFERENCES)


class CnnModisco:
    """The adapter. TF-MoDISco joins both strands always, so RNA is left out."""

    name = "cnn_modisco"
    settings = (
        f"CNN {FILTERS} x 15, Adam {RATE}; {REFERENCES} references; modisco motifs -n {MOST_SEQLETS}, else defaults"
    )

    def missing(self) -> str | None:
        program = ENVIRONMENTS / "modisco/bin/modisco"
        return None if program.exists() else f"not installed: {program}"

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        if not case.both_strands:
            raise ToolFailed("TF-MoDISco joins both strands; not for RNA")
        binaries = ENVIRONMENTS / "modisco/bin"
        meter.environment = {"PYTHONPATH": ":".join(sys.path)}
        meter.run(sys.executable, "-m", "peers.cnn_modisco", case.folder, folder, str(case.seed), case.alphabet)
        meter.environment = {"PYTHONPATH": ""}
        length = max(len(record.codes) for record in case.foreground)
        files: list[str | Path] = [
            "-s",
            folder / "sequences.npz",
            "-a",
            folder / "attributions.npz",
            "-o",
            folder / "modisco.h5",
        ]
        meter.run(binaries / "modisco", "motifs", *files, "-n", str(MOST_SEQLETS), "-w", str(length // 2 * 2))
        meter.run(binaries / "python", _EXPORT, folder / "modisco.h5", folder / "patterns.json")
        names = [record.name for record in case.foreground]
        found, sites = read_patterns(folder / "patterns.json", names)
        write_meme(folder / "motifs.meme", found)
        write_sites(folder / "sites.tsv", sites)


def read_patterns(path: Path, names: list[str]) -> tuple[list[Pwm], list[PlantedSite]]:
    """Motifs and sites of the patterns that ``modisco_export.py`` wrote; ``names`` of the sequences, in order.

    A pattern is cut to the columns whose contribution is at least 0.3 of its largest, as modisco's own report does.
    """
    found, sites = [], []
    for pattern in json.loads(path.read_text()):
        contribution = np.abs(np.array(pattern["contributions"])).sum(axis=1)
        columns = np.flatnonzero(contribution >= SHARE * contribution.max())
        first, last, width = int(columns[0]), int(columns[-1]) + 1, len(contribution)
        seqlets = pattern["seqlets"]
        counts = np.array(pattern["frequencies"])[first:last] * len(seqlets)
        found.append(Pwm(pattern["name"], counts, len(seqlets), DNA))
        for example, start, end, reverse in seqlets:
            a, b = (end - last, end - first) if reverse else (start + first, start + last)
            if end - start == width:
                sites.append(PlantedSite(names[example], a, b, "-" if reverse else "+", pattern["name"]))
    return found, sites


def main(case: Path, out: Path, seed: int, both_strands: bool) -> None:
    torch.manual_seed(seed)
    data = read(case, ("foreground", 1), ("background", 0))
    test = read(case, ("test", None))
    model = PlainCnn()
    fit(model, data, seed, both_strands=both_strands, learning_rate=RATE)
    figures = separation(test.labels, predict(model, test, both_strands=both_strands))
    (out / "model.json").write_text(json.dumps(figures._asdict()))
    bound = read(case, ("foreground", 1))
    attributions = hypothetical_attributions(model, bound, np.random.default_rng(seed), both_strands=both_strands)
    np.savez(out / "sequences.npz", bound.one_hot(np.arange(len(bound.codes))).numpy().astype(np.int8))
    np.savez(out / "attributions.npz", attributions)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "dna")
