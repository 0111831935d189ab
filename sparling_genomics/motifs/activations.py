"""From the sparse map to sites: where each channel fires, on which strand, and how strongly.

Activation and site are not the same: neighbouring activations of one channel that explain the same stretch are one
site, placed at the strongest.
"""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.networks.model import SparlingModel
from sparling.plurals import counted
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.network.front_ends import ForwardOnly, StrandMax
from sparling_genomics.tasks.binary import network_input


@dataclass(frozen=True, eq=False, repr=False)
class Activations:
    """Non-zero activations as columns of equal length n.

    ``sequence`` index into the dataset, ``channel``, ``position`` of the centre of the receptive field (0-based),
    ``reverse`` True where the reverse strand scored higher, ``score`` > 0.
    """

    sequence: NDArray[np.int64]
    channel: NDArray[np.int64]
    position: NDArray[np.int64]
    reverse: NDArray[np.bool_]
    score: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.sequence)

    def __repr__(self) -> str:
        return f"Activations({len(self):,} in {counted(len(np.unique(self.sequence)), 'sequence')})"

    def select(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "Activations":
        """The rows of a mask or of indices."""
        return Activations(
            self.sequence[chosen],
            self.channel[chosen],
            self.position[chosen],
            self.reverse[chosen],
            self.score[chosen],
        )


@torch.no_grad()
def find_activations(
    model: SparlingModel,
    data: SequenceDataset,
    batch_size: int,
    device: torch.device,
    precision: AbstractContextManager[None],
) -> tuple[Activations, NDArray[np.float64]]:
    """Every activation of ``model`` (in evaluation mode) on ``data``, and its logits (n,)."""
    found: list[Activations] = []
    logits = []
    with precision:
        for start in range(0, len(data), batch_size):
            chosen = np.arange(start, min(start + batch_size, len(data)))
            both, activations = look(model, torch.from_numpy(data.padded(chosen)).to(device))
            logits.append(model.readout(activations)[:, 0].float().cpu().numpy())
            found.append(activations_of(both, activations, start))
    return join(found), np.concatenate(logits).astype(np.float64)


@torch.no_grad()
def look(model: SparlingModel, padded: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (strands, B, C, L) of padded codes (B, L) before normalisation, and the sparse map (B, C, L)."""
    x, mask = network_input(padded)
    both = cast(StrandMax | ForwardOnly, model.local).both(x, mask).float()
    return both, model.sparsity(both.amax(0), mask)


def activations_of(both: Tensor, activations: Tensor, first: int) -> Activations:
    """What is not zero in a map, as `look` gives it, of sequences that are numbered from ``first``."""
    hit = activations.nonzero().unbind(1)
    strands = torch.stack([strand[hit] for strand in both])
    reverse = strands.argmax(0) == 1
    row, channel, position = (index.cpu().numpy() for index in hit)
    score = activations[hit].double().cpu().numpy()
    return Activations(row + first, channel, position, reverse.cpu().numpy(), score)


def join(parts: Sequence[Activations]) -> Activations:
    """The rows of all parts, in order."""
    return Activations(
        np.concatenate([part.sequence for part in parts]),
        np.concatenate([part.channel for part in parts]),
        np.concatenate([part.position for part in parts]),
        np.concatenate([part.reverse for part in parts]),
        np.concatenate([part.score for part in parts]),
    )


def strongest_apart(activations: Activations, distance: int) -> Activations:
    """Of activations of one channel closer than ``distance`` bp in one sequence, the strongest; in order of place.

    Greedy from the strongest down; equal scores go to the smaller position.

    >>> a = Activations(*map(np.array, ([0, 0, 0], [1, 1, 1], [10, 12, 40], [False] * 3, [1.0, 2.0, 0.5])))
    >>> strongest_apart(a, distance=10).position.tolist()
    [12, 40]
    """
    a = activations
    order = np.lexsort((a.position, -a.score, a.channel, a.sequence))
    keep = np.zeros(len(a), dtype=bool)
    group: tuple[int, int] | None = None
    taken: list[int] = []
    for index in order.tolist():
        here = (int(a.sequence[index]), int(a.channel[index]))
        if here != group:
            group, taken = here, []
        position = int(a.position[index])
        at = bisect_left(taken, position)
        if all(abs(position - other) >= distance for other in taken[max(at - 1, 0) : at + 1]):
            taken.insert(at, position)
            keep[index] = True
    chosen = np.flatnonzero(keep)
    return a.select(chosen[np.lexsort((a.channel[chosen], a.position[chosen], a.sequence[chosen]))])


def windows(data: SequenceDataset, activations: Activations, flank: int) -> NDArray[np.uint8]:
    """Letters around each activation, read on its strand: codes (n, 2 flank + 1), 4 where the sequence has ended."""
    columns = np.arange(-flank, flank + 1)
    step = np.where(activations.reverse, -1, 1)[:, None]
    place = activations.position[:, None] + step * columns
    length = data.lengths[activations.sequence][:, None]
    inside = (place >= 0) & (place < length)
    start = data.offsets[activations.sequence][:, None]
    letters = data.codes[np.where(inside, start + place, 0)]
    letters = np.where(inside, letters, 4)
    complement = np.where(letters < 4, 3 - letters.astype(np.int16), 4)
    return np.where(activations.reverse[:, None], complement, letters).astype(np.uint8)


def letter_counts(codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Counts of A, C, G, T in each column of codes (n, W) → (W, 4); other codes count nowhere.

    >>> letter_counts(np.array([[0, 3], [0, 4]], dtype=np.uint8))
    array([[2., 0., 0., 0.],
           [0., 0., 0., 1.]])
    """
    return np.stack([(codes == letter).sum(0) for letter in range(4)], axis=1).astype(np.float64)
