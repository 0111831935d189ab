"""What surrounds a motif, and the inputs at it: the two sides of the question whether one depends on the other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.evaluation.identifiability.footprints import disturbed
from sparling.evaluation.motif_errors import Motifs

Array = NDArray[np.float32]


class Surroundings(NamedTuple):
    """The inputs at n motifs of one class, and what is known of the layout around each."""

    inputs: Array
    """(n, p)."""
    layout: dict[str, Array]
    """By a name in words: (n, q) numbers."""


def surroundings(x: Tensor, motifs: Motifs, classes: int) -> list[Surroundings]:
    """Of each class the motifs that share no input with another and lie wholly inside.

    ``x`` (N, C, S...) inputs of the samples of ``motifs``. Inputs are those of the smallest box of the class, in the
    middle of each box. Motifs whose box meets another's are left out: what they look like depends on that one, and is
    counted by `overlapping`.
    """
    size = np.array(x.shape[2:])
    sample, kind, low, high = (part.cpu().numpy() for part in motifs)
    clean = ~disturbed(motifs) & (low >= 0).all(1) & (high <= size).all(1)
    features = _layout(sample, kind, (low + high) / 2, size, len(x), classes)
    found = []
    for k in range(classes):
        rows = np.flatnonzero((kind == k) & clean)
        inputs = np.zeros((0, 1), dtype=np.float32)
        if len(rows):
            side = (high[rows] - low[rows]).min(0)
            inputs = _cut(x, sample[rows], (low[rows] + high[rows] - side) // 2, side.tolist())
        found.append(Surroundings(inputs, {name: values[rows] for name, values in features.items()}))
    return found


def _cut(x: Tensor, sample: NDArray[np.int64], low: NDArray[np.int64], side: Sequence[int]) -> Array:
    """The inputs of a window from each ``low``: (n, C · side)."""
    rank = len(side)
    index: list[Tensor] = [torch.from_numpy(sample).view(-1, *(1,) * rank)]
    for axis, length in enumerate(side):
        along = torch.from_numpy(low[:, axis, None] + np.arange(length))
        index.append(along.view(len(sample), *(length if other == axis else 1 for other in range(rank))))
    moved = x.movedim(1, -1)[tuple(part.to(x.device) for part in index)]
    cut: Array = moved.flatten(1).float().cpu().numpy()
    return cut


def _layout(
    sample: NDArray[np.int64],
    kind: NDArray[np.int64],
    middle: NDArray[np.float64],
    size: NDArray[np.int64],
    samples: int,
    classes: int,
) -> dict[str, Array]:
    """Features of the layout around each of M motifs."""
    place = middle / size - 0.5
    squares = np.stack([place[:, i] * place[:, j] for i in range(len(size)) for j in range(i, len(size))], 1)
    counts = np.zeros((samples, classes))
    np.add.at(counts, (sample, kind), 1)
    others = counts[sample]
    others[np.arange(len(kind)), kind] -= 1
    nearest, way = np.zeros((len(kind), classes)), np.zeros((len(kind), len(size)))
    order = np.argsort(sample, kind="stable")
    ends = np.searchsorted(sample[order], np.arange(samples + 1))
    for first, last in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        rows = order[first:last]
        if len(rows) > 1:
            apart = middle[rows][None] - middle[rows][:, None]
            distance = (apart**2).sum(2)
            np.fill_diagonal(distance, np.inf)
            next_to = distance.argmin(1)
            nearest[rows, kind[rows[next_to]]] = 1
            way[rows] = apart[np.arange(len(rows)), next_to]
    features = {
        "its place": np.concatenate([place, squares], 1),
        "the number of motifs": others.sum(1, keepdims=True),
        "which other motifs there are": others,
        "the motif next to it": np.concatenate([nearest, way], 1),
    }
    return {name: values.astype(np.float32) for name, values in features.items()}
