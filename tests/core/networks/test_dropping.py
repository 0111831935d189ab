"""Windows of a map are silenced in training, at the share that is asked for, and never otherwise."""

import pytest
import torch
from torch import nn

from sparling.errors import SettingOutOfRange
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.dropping import DropBlock
from sparling.networks.model import SparlingModel


def dropping(width: int, share: float) -> DropBlock:
    """One that is on."""
    made = DropBlock(width)
    made.share = share
    return made


@pytest.mark.parametrize(("width", "size"), [(1, (400, 100)), (3, (200, 300)), (5, (60, 40, 40))])
def test_the_share_of_the_map_that_is_silenced_is_what_was_asked_for(width: int, size: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    batch, *space = size
    gone = dropping(width, 0.1)(torch.ones(batch, 2, *space)) == 0
    inner = gone[(..., *(slice(width, -width) for _ in space))]
    assert float(inner.double().mean()) == pytest.approx(0.1, abs=0.01)


def test_whole_windows_of_all_channels_are_silenced_and_nothing_else_is_changed() -> None:
    torch.manual_seed(1)
    before = 1 + torch.rand(50, 3, 60)
    after = dropping(5, 0.2)(before)
    gone = after == 0
    assert torch.equal(gone, gone[:, :1].expand_as(gone))
    assert torch.equal(after[~gone], before[~gone])
    whole = "".join("x" if g else " " for g in gone[:, 0].flatten().tolist()).strip().split()
    assert min(len(run) for run in whole) >= 3  # a window at an edge is cut in half, 5 wide elsewhere


def test_nothing_is_silenced_outside_training_or_unless_it_is_asked_for() -> None:
    activations = torch.ones(4, 2, 30)
    assert torch.equal(dropping(3, 0.5).eval()(activations), activations)
    assert torch.equal(DropBlock(3)(activations), activations)


def test_the_share_goes_with_the_state_and_is_none_in_a_state_without() -> None:
    made = DropBlock(3)
    made.load_state_dict(dropping(3, 0.25).state_dict())
    assert made.share == 0.25
    made.load_state_dict({})
    assert made.share == 0.0


@pytest.mark.parametrize("width", [0, -1, 4])
def test_a_width_that_has_no_middle_is_refused(width: int) -> None:
    with pytest.raises(SettingOutOfRange, match="width must be odd and at least 1"):
        DropBlock(width)


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(SettingOutOfRange, match="share must be at least 0 and below 1"):
        dropping(3, share)


def test_the_readout_sees_what_is_left_and_the_map_is_told_whole() -> None:
    torch.manual_seed(2)
    model = SparlingModel(
        nn.Identity(), SpatialSparsity(1, 0.5, normalise=False), nn.Identity(), dropping=dropping(1, 0.5)
    )
    result = model(torch.rand(8, 1, 50))
    assert int((result.activations > 0).sum()) > int((result.output > 0).sum()) > 0
    model.eval()
    result = model(torch.rand(8, 1, 50))
    assert torch.equal(result.activations, result.output)
