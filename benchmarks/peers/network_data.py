"""Sequences for the two reference networks, and their training loop: plain PyTorch, nothing of our own method."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from sparling_genomics.files.fasta import read_fasta
from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.letters.one_hot import one_hot


@dataclass(frozen=True)
class Sequences:
    """``names``; ``codes`` uint8 (n, L), shorter sequences padded with N on the right; ``labels`` float32 (n,)."""

    names: list[str]
    codes: NDArray[np.uint8]
    labels: NDArray[np.float32]

    def one_hot(self, rows: NDArray[np.int64]) -> Tensor:
        """(B, 4, L) float32."""
        return one_hot(torch.from_numpy(self.codes[rows]))


def read(folder: Path, *files: tuple[str, int | None], length: int = 0) -> Sequences:
    """Sequences of one or more files of a case, each with one label, or None: the ``label=`` words say it.

    All are cut or padded to ``length``, or padded to the longest where none is given.
    """
    records = [(r, label) for name, label in files for r in read_fasta(folder / f"{name}.fa")]
    length = length or max(len(r.codes) for r, _ in records)
    codes = np.full((len(records), length), AMBIGUOUS, dtype=np.uint8)
    for row, (record, _) in zip(codes, records, strict=True):
        row[: len(record.codes)] = record.codes[:length]
    labels = [int(r.attributes["label"]) if label is None else label for r, label in records]
    return Sequences([r.name for r, _ in records], codes, np.array(labels, dtype=np.float32))


def flip(x: Tensor) -> Tensor:
    """The other strand of (B, 4, L)."""
    return x.flip(1, 2)


def fit(
    model: nn.Module,
    data: Sequences,
    seed: int,
    *,
    both_strands: bool,
    learning_rate: float,
    epochs: int = 50,
    patience: int = 8,
    batch_size: int = 100,
) -> None:
    """Adam on binary cross-entropy; a tenth is kept for validation, whose best epoch is the one that stays.

    With both strands every training sequence is shown as given or reverse-complemented, by chance. Classes are
    weighted alike.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(data.labels))
    n_validation = max(1, len(order) // 10)
    validation, training = order[:n_validation], order[n_validation:]
    share = float(data.labels[training].mean())
    weight = torch.tensor((1 - share) / share)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    best, since, kept = -np.inf, 0, copy.deepcopy(model.state_dict())
    for _ in range(epochs):
        model.train()
        order = rng.permutation(training)
        for start in range(0, len(order) - 1, batch_size):
            rows = order[start : start + batch_size]
            x = data.one_hot(rows)
            if both_strands:
                turned = torch.from_numpy(rng.random(len(rows)) < 0.5)[:, None, None]
                x = torch.where(turned, flip(x), x)
            loss = F.binary_cross_entropy_with_logits(model(x), torch.from_numpy(data.labels[rows]), pos_weight=weight)
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
        scores = predict(model, data, validation, both_strands=both_strands)
        quality = float(roc_auc_score(data.labels[validation], scores))
        if quality > best:
            best, since, kept = quality, 0, copy.deepcopy(model.state_dict())
        else:
            since += 1
            if since == patience:
                break
    model.load_state_dict(kept)
    model.eval()


@torch.no_grad()
def predict(
    model: nn.Module, data: Sequences, rows: NDArray[np.int64] | None = None, *, both_strands: bool
) -> NDArray[np.float64]:
    """Logits (n,) in evaluation mode, the mean of both strands where there are two."""
    model.eval()
    rows = np.arange(len(data.labels)) if rows is None else rows
    logits = []
    for start in range(0, len(rows), 500):
        x = data.one_hot(rows[start : start + 500])
        y = (model(x) + model(flip(x))) / 2 if both_strands else model(x)
        logits.append(y.double().numpy())
    return np.concatenate(logits)
