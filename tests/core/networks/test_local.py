import re
from typing import Any

import pytest
import torch
from torch import nn

from sparling.networks.local import ResidualLocal

FIELDS_1D = [  # stem, kernel, units, receptive field
    (1, 1, 2, 1),
    (1, 3, 0, 1),
    (5, 3, 0, 5),
    (1, 3, 4, 17),
    (7, 3, 1, 11),
    (3, 5, 2, 19),
]
FIELDS_2D = [(1, 3, 1, 5), (3, 3, 2, 11)]


def reached(local: nn.Module, shape: tuple[int, ...], where: tuple[int, ...]) -> torch.Tensor:
    """Positions (S...) whose scores change when the input at ``where`` does, in any of many samples."""
    generator = torch.Generator().manual_seed(1)
    local = local.double().eval()  # double: no change is lost in rounding
    x = torch.randn(64, 2, *shape, dtype=torch.float64, generator=generator)
    changed = x.clone()
    changed[(slice(None), slice(None), *where)] += 3.0
    with torch.no_grad():
        return (local(x) != local(changed)).flatten(0, 1).any(0)


@pytest.mark.parametrize(("stem", "kernel", "units", "field"), FIELDS_1D)
@pytest.mark.parametrize("position", [0, 12, 39])
def test_one_input_position_reaches_exactly_the_radius(
    stem: int, kernel: int, units: int, field: int, position: int
) -> None:
    torch.manual_seed(0)
    local = ResidualLocal(2, 3, width=8, units=units, stem=stem, kernel=kernel)
    assert local.receptive_field == field
    expected = [abs(i - position) <= field // 2 for i in range(40)]
    assert reached(local, (40,), (position,)).tolist() == expected


@pytest.mark.parametrize(("stem", "kernel", "units", "field"), FIELDS_2D)
@pytest.mark.parametrize("where", [(0, 5), (9, 8), (17, 15)])
def test_one_pixel_reaches_exactly_the_radius(
    stem: int, kernel: int, units: int, field: int, where: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    local = ResidualLocal(2, 3, width=8, units=units, stem=stem, kernel=kernel, rank=2)
    assert local.receptive_field == field
    rows, columns = torch.meshgrid(torch.arange(18), torch.arange(16), indexing="ij")
    within = ((rows - where[0]).abs() <= field // 2) & ((columns - where[1]).abs() <= field // 2)
    assert torch.equal(reached(local, (18, 16), where), within)


@pytest.mark.parametrize("length", [1, 2, 30])
def test_length_is_kept(length: int) -> None:
    assert ResidualLocal(2, 3, width=4, stem=9, units=1)(torch.zeros(2, 2, length)).shape == (2, 3, length)
    assert ResidualLocal(2, 3, width=4, rank=2)(torch.zeros(2, 2, length, 7)).shape == (2, 3, length, 7)


@pytest.mark.parametrize(
    ("units", "field"), [(4, 17), (16, 65), (8, 33)], ids=["DigitCircle", "LaTeX-OCR", "AudioMNISTSequence"]
)
def test_published_networks_see_what_the_paper_says(units: int, field: int) -> None:
    assert ResidualLocal(1, 10, width=4, units=units).receptive_field == field


@pytest.mark.parametrize("training", [True, False])
def test_autocast_changes_scores_by_rounding_only(training: bool, rng: torch.Generator) -> None:
    torch.manual_seed(0)
    local = ResidualLocal(2, 3, width=8, units=1).train(training)
    x = torch.randn(4, 2, 30, generator=rng)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = local(x)
    assert cast.dtype == (torch.bfloat16 if training else torch.float32)
    torch.testing.assert_close(cast.float(), local(x), atol=0.05, rtol=0.05)
    assert local(x).dtype == torch.float32


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rank": 3}, "rank must be 1 or 2; got 3"),
        ({"stem": 4}, "stem must be odd and positive; got 4"),
        ({"stem": -1}, "stem must be odd and positive; got -1"),
        ({"kernel": 2}, "kernel must be odd and positive; got 2"),
        ({"kernel": 0}, "kernel must be odd and positive; got 0"),
        ({"cell": 0}, "cell must be at least 1; got 0"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        ResidualLocal(2, 3, **settings)


@pytest.mark.parametrize("rank", [1, 2])
def test_a_cell_is_one_position(rank: int) -> None:
    """Positions are cells of the input, and moving a motif by one cell moves its score by one position."""
    torch.manual_seed(0)
    local = ResidualLocal(1, 3, width=8, units=1, stem=3, rank=rank, cell=2).eval()
    x = torch.zeros(1, 1, *(24,) * rank)
    x[(0, 0, *(slice(8, 11),) * rank)] = torch.rand((3,) * rank)
    scores = local(x)
    assert scores.shape == (1, 3, *(12,) * rank)
    moved = local(x.roll((2,) * rank, dims=tuple(range(2, 2 + rank))))
    torch.testing.assert_close(moved, scores.roll((1,) * rank, dims=tuple(range(2, 2 + rank))))


def test_receptive_field_of_cells_is_in_inputs() -> None:
    """1 + 4 of the stem + 1 of the pool + two convolutions of width 3 over cells of 2; and no input beyond counts."""
    local = ResidualLocal(1, 1, width=4, units=1, stem=5, cell=2).eval()
    assert local.receptive_field == 1 + 4 + 1 + 8
    x = torch.randn(1, 1, 60, requires_grad=True)
    local(x)[0, 0, 15].backward()
    assert x.grad is not None
    seen = x.grad[0, 0].nonzero().flatten()
    assert int(seen.max() - seen.min()) + 1 <= local.receptive_field
    assert int(seen.max() - seen.min()) + 1 >= local.receptive_field - 1
