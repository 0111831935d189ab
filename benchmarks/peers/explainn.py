"""An ExplaiNN-style network (Novakovsky et al. 2023, Genome Biology 24:154), written anew from the paper.

    python -m peers.explainn CASE_FOLDER OUT_FOLDER SEED ALPHABET

Many units that each have one filter; their outputs are added up linearly. A unit's motif is made of the sites at which
its filter reaches half of its highest activation, in the bound sequences that the network recognises.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from cases import Case
from numpy.typing import NDArray
from scoring import separation
from tools import Meter, write_sites
from torch import Tensor, nn

from peers.network_data import Sequences, fit, flip, predict, read
from sparling_genomics.files.motif_files import write_meme
from sparling_genomics.letters.alphabet import DNA, reverse_complement
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import letter_counts
from sparling_genomics.worlds.planted import PlantedSite

UNITS, WIDTH, POOL, HIDDEN, DROPOUT, RATE = 64, 19, 7, 100, 0.3, 3e-3
LEAST_SITES, LEAST_COLUMNS = 20, 4


class PerUnit(nn.Module):
    """A linear layer for each unit: (B, U, inputs) → (B, U, outputs)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = inputs**-0.5
        self.weight = nn.Parameter(torch.empty(UNITS, inputs, outputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(UNITS, outputs).uniform_(-bound, bound))

    def forward(self, x: Tensor) -> Tensor:
        return torch.einsum("bui,uio->buo", x, self.weight) + self.bias


class ExplaiNN(nn.Module):
    """(B, 4, L) → logits (B,): conv, exponential, pooling and two dense layers in each unit, then a linear layer."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.width = min(WIDTH, length // 2)
        pool = min(POOL, length - self.width + 1)
        self.filters = nn.Sequential(nn.Conv1d(4, UNITS, self.width), nn.BatchNorm1d(UNITS))
        self.pool = nn.MaxPool1d(pool)
        self.hidden = PerUnit((length - self.width + 1) // pool, HIDDEN)
        self.after_hidden = nn.Sequential(nn.BatchNorm1d(UNITS * HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT))
        self.out = PerUnit(HIDDEN, 1)
        self.after_out = nn.Sequential(nn.BatchNorm1d(UNITS), nn.ReLU())
        self.final = nn.Linear(UNITS, 1)

    def activations(self, x: Tensor) -> Tensor:
        """(B, UNITS, L - W + 1) what the filters answer, exponential."""
        answers: Tensor = self.filters(x)
        return answers.exp()

    def units(self, x: Tensor) -> Tensor:
        """(B, UNITS) what each unit says."""
        hidden = self.after_hidden(self.hidden(self.pool(self.activations(x))).flatten(1))
        said: Tensor = self.after_out(self.out(hidden.unflatten(1, (UNITS, HIDDEN))).squeeze(2))
        return said

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.final(self.units(x))
        return logits[:, 0]


@torch.no_grad()
def motifs(model: ExplaiNN, data: Sequences, *, both_strands: bool) -> tuple[list[Pwm], list[PlantedSite]]:
    """Motifs of the units that speak for binding, the one that adds most first, and their sites in bound sequences."""
    bound = np.flatnonzero(data.labels == 1)
    scores = predict(model, data, bound, both_strands=both_strands)
    recognised = bound[scores > 0]
    if not recognised.size:
        return [], []
    x = data.one_hot(recognised)
    strands = [("+", x)] + ([("-", flip(x))] if both_strands else [])
    answers = {
        strand: torch.cat([model.activations(part) for part in torch.split(y, 500)]).numpy() for strand, y in strands
    }
    says = torch.cat([model.units(part) for part in torch.split(x, 500)]).numpy()
    importance = says.mean(axis=0) * model.final.weight[0].numpy()
    found, sites = [], []
    for unit in np.argsort(-importance).tolist():
        if importance[unit] <= 0:
            break
        threshold = max(answer[:, unit].max() for answer in answers.values()) / 2
        name = f"unit{unit}"
        hits: list[tuple[str, int, int]] = [
            (strand, int(row), int(start))
            for strand, answer in answers.items()
            for row, start in np.argwhere(answer[:, unit] >= threshold)
        ]
        words = np.stack(
            [_word(data.codes[recognised[row]], strand, start, model.width) for strand, row, start in hits]
        )
        pwm = Pwm(name, letter_counts(words), len(words), DNA)
        first, last = pwm.informative_span()
        if len(words) < LEAST_SITES or last - first < LEAST_COLUMNS:
            continue
        found.append(pwm.trim())
        length = data.codes.shape[1]
        for strand, row, start in hits:
            a, b = start + first, start + last
            if strand == "-":
                a, b = length - b, length - a
            sites.append(PlantedSite(data.names[recognised[row]], a, b, strand, name))
    return found, sites


def _word(codes: NDArray[np.uint8], strand: str, start: int, width: int) -> NDArray[np.uint8]:
    read_on = codes if strand == "+" else reverse_complement(codes)
    return read_on[start : start + width]


class ExplainnStyle:
    """The adapter."""

    name = "explainn"
    settings = f"{UNITS} units, filters of {WIDTH} bp, Adam {RATE}, at most 50 epochs, patience 8; one seed"

    def missing(self) -> str | None:
        return None

    def run(self, case: Case, folder: Path, meter: Meter) -> None:
        meter.environment = {"PYTHONPATH": ":".join(sys.path)}
        words = [str(case.folder), str(folder), str(case.seed), case.alphabet]
        meter.run(sys.executable, "-m", "peers.explainn", *words)


def main(case: Path, out: Path, seed: int, both_strands: bool) -> None:
    torch.manual_seed(seed)
    data = read(case, ("foreground", 1), ("background", 0))
    test = read(case, ("test", None), length=data.codes.shape[1])
    model = ExplaiNN(data.codes.shape[1])
    fit(model, data, seed, both_strands=both_strands, learning_rate=RATE)
    found, sites = motifs(model, data, both_strands=both_strands)
    write_meme(out / "motifs.meme", found)
    write_sites(out / "sites.tsv", sites)
    figures = separation(test.labels, predict(model, test, both_strands=both_strands))
    (out / "model.json").write_text(json.dumps(figures._asdict()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "dna")
