"""Where a channel's motif lies beside its marks.

Motifs are identified up to a permutation of channels and a shift within the footprint (SPARLING, arXiv 2302.01976,
Motif Identifiability Theorem): a channel may mark the left edge of a motif as well as its middle, as long as it always
does. The permutation is taken out by the best assignment to classes; the shift is taken out here, without the truth:
what is common to the input around a channel's marks is its motif, and the middle of that is where the motif lies.
"""

import torch
from torch import Tensor

CLEAR = 0.5
"""Share of a patch's largest contrast from which on an input belongs to the motif."""


def motif_offsets(patches: Tensor, typical: Tensor, cell: int = 1) -> Tensor:
    """How many positions each channel's motif lies beyond its marks, along each axis: (C, R) int64.

    ``patches`` (C, n...): mean input around the marks of each channel, an odd number of inputs along each of R axes,
    NaN for a channel without marks, whose offset is 0. ``typical`` is the mean input anywhere (scalar). The motif is
    where the contrast to it is at least `CLEAR` of the largest; its middle is the centre of that contrast's mass.
    ``cell`` inputs along each axis are one position. Raises ``ValueError`` for an even number of inputs.

    >>> motif_offsets(torch.tensor([[0.1, 0.1, 0.2, 0.9, 0.9], [0.9, 0.1, 0.1, 0.1, 0.1]]), torch.tensor(0.1)).tolist()
    [[2], [-2]]
    """
    sides = patches.shape[1:]
    if any(side % 2 == 0 for side in sides):
        raise ValueError(f"patches must have an odd number of inputs along each axis; got {tuple(sides)}")
    contrast = (patches - typical).abs().nan_to_num(0.0)
    largest = contrast.flatten(1).amax(1).view(-1, *(1,) * len(sides))
    mass = contrast.masked_fill(contrast < CLEAR * largest, 0.0)
    total = mass.flatten(1).sum(1).clamp_min(1e-12)
    axes = []
    for axis, side in enumerate(sides):
        others = [other + 1 for other in range(len(sides)) if other != axis]
        along = mass.sum(others) if others else mass
        place = torch.arange(side, device=mass.device, dtype=mass.dtype) - side // 2
        axes.append((along * place).sum(1) / total)
    return (torch.stack(axes, 1) / cell).round().long()


def placed(activations: Tensor, offsets: Tensor) -> Tensor:
    """Activations (N, C, S...) with each channel's marks where its motif lies, by `motif_offsets` (C, R).

    A mark that would leave the map comes in again at the other end, so none is lost.

    >>> placed(torch.tensor([[[1.0, 0.0, 0.0], [0.0, 0.0, 2.0]]]), torch.tensor([[1], [0]])).tolist()
    [[[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]]
    """
    if offsets.shape != (activations.shape[1], activations.ndim - 2):
        raise ValueError(f"offsets must have shape (C, R) for these activations; got {tuple(offsets.shape)}")
    axes = tuple(range(1, activations.ndim - 1))
    moved = [activations[:, c].roll(tuple(row), axes) for c, row in enumerate(offsets.tolist())]
    return torch.stack(moved, dim=1)
