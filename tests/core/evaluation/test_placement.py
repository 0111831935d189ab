"""Where a motif lies beside its marks: against loops, and the laws of shifts."""

import math
import re

import pytest
import torch
from torch import Tensor

from sparling.evaluation.placement import CLEAR, motif_offsets, placed

SIDE = 11


def naive(patch: Tensor, typical: float, cell: int) -> list[int]:
    """Centre of mass by loops over the inputs of one patch (H, W)."""
    contrast = [[abs(float(value) - typical) for value in row] for row in patch]
    largest = max(max(row) for row in contrast)
    total, down, right = 0.0, 0.0, 0.0
    for i, row in enumerate(contrast):
        for j, value in enumerate(row):
            if value >= CLEAR * largest:
                total, down, right = total + value, down + value * (i - SIDE // 2), right + value * (j - SIDE // 2)
    return [round(down / total / cell), round(right / total / cell)]


def blob(row: int, column: int) -> Tensor:
    """A cross of ink in a grey patch."""
    patch = torch.full((SIDE, SIDE), 0.3)
    for i, j in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
        patch[row + i, column + j] = 0.9
    return patch


@pytest.mark.parametrize("cell", [1, 2])
def test_offsets_are_those_of_loops(cell: int) -> None:
    patches = torch.rand(6, SIDE, SIDE, generator=torch.Generator().manual_seed(0)) ** 4
    expected = [naive(patch, 0.2, cell) for patch in patches]
    assert motif_offsets(patches, torch.tensor(0.2), cell).tolist() == expected


@pytest.mark.parametrize(("row", "column"), [(5, 5), (2, 5), (5, 9), (1, 1)])
def test_a_motif_beside_the_middle_is_found_as_ink_or_as_its_lack(row: int, column: int) -> None:
    ink = blob(row, column)
    expected = [[row - 5, column - 5]]
    assert motif_offsets(ink[None], torch.tensor(0.3)).tolist() == expected
    assert motif_offsets(1 - ink[None], torch.tensor(0.7)).tolist() == expected


def test_faint_surroundings_do_not_count() -> None:
    patch = blob(3, 5)
    patch[8:] += 0.2
    assert motif_offsets(patch[None], torch.tensor(0.3)).tolist() == [[-2, 0]]


def test_channels_without_marks_stay() -> None:
    patches = torch.stack([torch.full((SIDE, SIDE), math.nan), blob(3, 3)])
    assert motif_offsets(patches, torch.tensor(0.3)).tolist() == [[0, 0], [-2, -2]]


def test_a_patch_without_any_contrast_stays() -> None:
    assert motif_offsets(torch.full((1, SIDE, SIDE), 0.3), torch.tensor(0.3)).tolist() == [[0, 0]]


@pytest.mark.parametrize("rank", [1, 2])
def test_placing_loses_no_mark_and_undoes_itself(rank: int) -> None:
    generator = torch.Generator().manual_seed(1)
    activations = torch.rand(3, 4, *(7,) * rank, generator=generator) * (
        torch.rand(3, 4, *(7,) * rank, generator=generator) < 0.2
    )
    offsets = torch.randint(-3, 4, (4, rank), generator=generator)
    there = placed(activations, offsets)
    assert torch.equal(there.flatten(2).sort(2).values, activations.flatten(2).sort(2).values)
    assert torch.equal(placed(there, -offsets), activations)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=re.escape("odd number of inputs along each axis; got (4, 3)")):
        motif_offsets(torch.zeros(1, 4, 3), torch.tensor(0.0))
    with pytest.raises(ValueError, match=re.escape("offsets must have shape (C, R) for these activations; got (2, 1)")):
        placed(torch.zeros(1, 2, 5, 5), torch.zeros(2, 1, dtype=torch.int64))
