"""The measured receptive field against a change of each input in turn, of networks in which no change can be lost."""

import copy
import math
import re
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sparling.networks.local import ResidualLocal
from sparling.networks.readout import PositionReadout
from sparling.networks.receptive_field import ReceptiveField, receptive_field, receptive_fields

LINE, IMAGE = torch.empty(1, 2, 1), torch.empty(1, 2, 1, 1)


def field(module: nn.Module, like: Tensor = LINE) -> tuple[int, int]:
    """From where to where along the first axis."""
    found = receptive_fields(module, like)[0]
    return found.first, found.last


kernels, strides = st.integers(1, 5), st.sampled_from([1, 1, 1, 2, 3])
layers = st.one_of(
    st.tuples(st.just("conv"), kernels, strides, st.integers(1, 3)),
    st.tuples(st.just("max"), kernels, strides, st.integers(1, 2)),
    st.tuples(st.just("average"), kernels, strides, st.just(1)),
    st.tuples(st.just("pad"), st.integers(0, 4), st.integers(0, 4), st.just(0)),
    st.tuples(st.just("branches"), kernels, st.integers(1, 5), st.just(0)),
    st.tuples(st.just("norm"), st.just(0), st.just(0), st.just(0)),
)


class Branches(nn.Module):
    """The sum of two convolutions, cut to the shorter."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(2, 2, first), nn.Conv1d(2, 2, second)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x), self.second(x)
        length = min(a.shape[2], b.shape[2])
        return a[:, :, :length] + b[:, :, :length]


def built(kind: str, a: int, b: int, c: int) -> nn.Module:
    if kind == "conv":
        return nn.Conv1d(2, 2, a, stride=b, dilation=c)
    if kind == "max":
        return nn.MaxPool1d(a, b, dilation=c)
    if kind == "average":
        return nn.AvgPool1d(a, b)
    if kind == "pad":
        return nn.ConstantPad1d((a, b), 0.0)
    return Branches(a, b) if kind == "branches" else nn.Sequential(nn.BatchNorm1d(2), nn.ReLU())


def by_brute_force(module: nn.Module, step: int, length: int = 480) -> tuple[set[int], set[int], int]:
    """First and last offsets of the middle scores, their largest width; weights are positive, so nothing is lost."""
    module = copy.deepcopy(module).double().eval()
    for parameter in module.parameters():
        parameter.data.abs_().clamp_min_(0.1)
    x = torch.rand(1, 2, length, dtype=torch.float64)
    with torch.no_grad():
        plain = module(x)
        changed = x + 1e3 * torch.eye(length, dtype=torch.float64)[:, None]
        sees = (module(changed) != plain).any(1)
    firsts, lasts, width = set(), set(), 0
    for score in range(plain.shape[2] // 2 - 1, plain.shape[2] // 2 + 2):
        seen = sees[:, score].nonzero()[:, 0].tolist()
        firsts.add(seen[0] - score * step)
        lasts.add(seen[-1] - score * step)
        width = max(width, seen[-1] - seen[0] + 1)
    return firsts, lasts, width


@settings(max_examples=25, deadline=None)
@given(st.lists(layers, min_size=1, max_size=3), st.integers(0, 1000))
def test_random_networks_see_what_brute_force_says(chosen: list[tuple[str, int, int, int]], seed: int) -> None:
    torch.manual_seed(seed)
    module = nn.Sequential(*(built(*each) for each in chosen))
    found = receptive_fields(module, LINE)[0]
    step = math.prod(stride for kind, _, stride, _ in chosen if kind in ("conv", "max", "average"))
    firsts, lasts, width = by_brute_force(module, step)
    assert found.step == step
    assert (min(firsts), max(lasts), width) == (found.first, found.last, found.width)


class Mending(nn.Module):
    """Hands no NaN on."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x > 0, x, 0.1 * x.nan_to_num())


class Checking(nn.Module):
    """Takes no NaN."""

    def forward(self, x: Tensor) -> Tensor:
        if not x.isfinite().all():
            raise ValueError("x must be finite")
        return x


class Windows(nn.Module):
    """Of 7 inputs each sees all, and none beyond."""

    def forward(self, x: Tensor) -> Tensor:
        cut = x.unflatten(2, (-1, 7))
        return (cut + cut.mean(3, keepdim=True)).flatten(2)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (nn.Identity(), (0, 0)),
        (nn.Conv1d(2, 1, 4), (0, 3)),
        (nn.Conv1d(2, 1, 5, padding=2), (-2, 2)),
        (nn.Conv1d(2, 1, 4, padding=2), (-2, 1)),
        (nn.Sequential(nn.ConstantPad1d((6, 0), 0.0), nn.Conv1d(2, 1, 7)), (-6, 0)),
        (nn.Conv1d(2, 1, 3, padding=4, dilation=4), (-4, 4)),
        (nn.Conv1d(2, 1, 3, padding=300, dilation=300), (-300, 300)),
        (nn.Conv1d(2, 1, 9, dilation=60), (0, 480)),
        (nn.Sequential(nn.Conv1d(2, 2, 3, padding=1), nn.Conv1d(2, 1, 3, padding=200, dilation=200)), (-201, 201)),
        (nn.Sequential(nn.Conv1d(2, 1, 3), nn.AvgPool1d(4, 1), nn.Conv1d(1, 1, 3)), (0, 7)),
        (nn.Conv1d(2, 1, 3, stride=7), (0, 2)),
        (nn.Sequential(nn.MaxPool1d(3), nn.Upsample(scale_factor=3)), (-2, 2)),
        (nn.ConvTranspose1d(2, 1, 4, stride=2), (-1, 0)),
        (nn.Sequential(Mending(), nn.Conv1d(2, 1, 9), nn.Sigmoid()), (0, 8)),
        (nn.Sequential(Checking(), nn.Conv1d(2, 1, 3)), (0, 2)),
        (Windows(), (-6, 6)),
        (nn.Sequential(nn.Conv1d(2, 4, 3), nn.Dropout(0.5), nn.BatchNorm1d(4), nn.Softmax(1)), (0, 2)),
    ],
    ids=str,
)
def test_places_that_a_score_sees(module: nn.Module, expected: tuple[int, int]) -> None:
    assert field(module) == expected


def test_windows_are_as_wide_as_they_are() -> None:
    """Each of 7 scores sees the same 7 inputs, so 6 to the left or 6 to the right, but never both."""
    assert receptive_fields(Windows(), LINE) == (ReceptiveField(Fraction(1), -6, 6, 7),)


def test_dead_units_and_zero_weights_count() -> None:
    dead = nn.Sequential(nn.Conv1d(2, 2, 5), nn.ReLU(), nn.Conv1d(2, 1, 3))
    dead[0].bias.data.fill_(-1e30)
    dead[2].weight.data.zero_()
    assert field(dead) == (0, 6)


def test_each_axis_has_its_own() -> None:
    module = nn.Sequential(nn.MaxPool2d((2, 3), stride=(1, 2)), nn.Conv2d(2, 1, 3))
    assert [each[1:3] for each in receptive_fields(module, IMAGE)] == [(0, 3), (0, 6)]
    assert [each.step for each in receptive_fields(module, IMAGE)] == [1, 2]
    assert receptive_field(module, IMAGE) == 7
    solid = nn.Conv3d(2, 1, (1, 2, 5), padding=(0, 0, 2))
    assert [each[1:3] for each in receptive_fields(solid, torch.empty(1, 2, 1, 1, 1))] == [(0, 0), (0, 1), (-2, 2)]


def test_a_readout_has_one_as_well() -> None:
    readout = PositionReadout(2, 1, width=4, kernel=5, dilations=(1, 3))
    assert receptive_field(readout, LINE) == 2 * readout.reach + 1


def test_the_model_is_left_as_it_was() -> None:
    local = ResidualLocal(2, 3, width=4, units=1).half()
    before = copy.deepcopy(local.state_dict())
    assert local.receptive_field == 5
    torch.testing.assert_close(local.state_dict(), before, atol=0, rtol=0)
    assert local.training
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert receptive_field(local, LINE) == 5


class Squeezed(nn.Module):
    """Squeeze and excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.pool, self.weigh = nn.AdaptiveAvgPool1d(1), nn.Conv1d(2, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weigh(self.pool(x)).sigmoid()


class Centred(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean(2, keepdim=True)


class Recurrent(nn.Module):
    def __init__(self, both: bool) -> None:
        super().__init__()
        self.conv, self.lstm = nn.Conv1d(2, 4, 3), nn.LSTM(4, 4, batch_first=True, bidirectional=both)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(self.conv(x).mT)[0].mT


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.heads = nn.Conv1d(2, 4, 3), nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x).mT
        return self.heads(x, x, x)[0].mT


@pytest.mark.parametrize(
    ("module", "who"),
    [
        (nn.Sequential(nn.Conv1d(2, 4, 3), nn.InstanceNorm1d(4)), "1 (InstanceNorm1d)"),
        (nn.Sequential(nn.Conv1d(2, 4, 3), nn.GroupNorm(2, 4), nn.Conv1d(4, 1, 1)), "1 (GroupNorm)"),
        (nn.Sequential(nn.Conv1d(2, 2, 3), Squeezed(), nn.ReLU()), "1.pool (AdaptiveAvgPool1d)"),
        (nn.Sequential(nn.Conv1d(2, 2, 3), Centred(), nn.Conv1d(2, 2, 3)), "1 (Centred)"),
        (Centred(), "the model itself (Centred)"),
        (Recurrent(both=False), "lstm (LSTM)"),
        (Recurrent(both=True), "lstm (LSTM)"),
        (Attending(), "heads (MultiheadAttention)"),
        (nn.Sequential(nn.BatchNorm1d(2, track_running_stats=False), nn.ReLU()), "0 (BatchNorm1d)"),
        (nn.Sequential(Mending(), nn.InstanceNorm1d(2)), "1 (InstanceNorm1d)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_looks_at_everything_is_refused_by_name(module: nn.Module, who: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"a score must see inputs at most 200 away; {who} sees more")):
        receptive_field(module, LINE, farthest=200)


def test_2d_instance_norm_is_refused_by_name() -> None:
    module = nn.Sequential(nn.Conv2d(2, 2, 3), nn.InstanceNorm2d(2))
    with pytest.raises(ValueError, match=re.escape("1 (InstanceNorm2d) sees more")):
        receptive_field(module, IMAGE, farthest=100)


def test_the_farthest_place_is_a_choice() -> None:
    module = nn.Conv1d(2, 1, 3, padding=150, dilation=150)
    assert field(module) == (-150, 150)
    with pytest.raises(ValueError, match="a score must see inputs at most 100 away"):
        receptive_field(module, LINE, farthest=100)
    assert receptive_field(nn.Conv1d(2, 1, 9, dilation=200), LINE, farthest=1600) == 1601


class Constant(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.ones_like(x)


@pytest.mark.parametrize(
    ("module", "like", "message"),
    [
        (
            nn.AdaptiveAvgPool1d(1),
            LINE,
            "longer inputs must have more scores; through the model",
        ),
        (nn.Linear(40, 40), LINE, "a local model must take inputs of any length; it takes 40 alone"),
        (nn.Flatten(), LINE, "it must give scores (B, C, S...) for (1, 2, "),
        (nn.Conv1d(3, 1, 1), LINE, "a local model could not be run on inputs of 2 channels: Given groups=1"),
        (Constant(), LINE, "a local model must look at its input; no score changes with it"),
        (nn.Identity(), torch.empty(3, 2), "like must have shape (B, I, S...); got (3, 2)"),
    ],
)
def test_what_is_no_local_model_is_refused(module: nn.Module, like: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        receptive_field(module, like)
