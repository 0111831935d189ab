"""Inhibition against loops over positions, and what it does to thresholds and gradients."""

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from sparling.layer.calibration import calibrate
from sparling.layer.inhibition import maxima, unrivalled, window
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import active_count
from sparling.layer.tracker import Mode

INFINITE = float("-inf")


def around(place: tuple[int, ...], shape: tuple[int, ...], width: int) -> list[tuple[int, ...]]:
    reach = width // 2
    axes = [range(max(0, p - reach), min(n, p + reach + 1)) for p, n in zip(place, shape, strict=True)]
    return list(itertools.product(*axes))


def naive(z: Tensor, threshold: Tensor, width: int) -> Tensor:
    """Maxima of each channel; of these, those with no larger maximum above its threshold in the window."""
    shape = tuple(z.shape[2:])
    places = list(itertools.product(*map(range, shape)))
    limits = threshold.expand(z.shape[1]).tolist()
    out = torch.full_like(z, INFINITE)
    for sample in range(len(z)):
        tops = {
            (c, p): float(z[sample, c][p])
            for c in range(z.shape[1])
            for p in places
            if all(z[sample, c][q] <= z[sample, c][p] for q in around(p, shape, width))
        }
        for (c, p), score in tops.items():
            near = set(around(p, shape, width))
            rivals = [s for (d, q), s in tops.items() if q in near and s > limits[d] and s > score]
            if not rivals:
                out[sample, c][p] = score
    return out


@pytest.mark.parametrize("shape", [(11,), (5, 6)])
@pytest.mark.parametrize("width", [1, 3, 5])
@pytest.mark.parametrize("thresholds", [[0.5, -0.2, 1.0], [0.3], [math.inf]])
def test_against_loops(shape: tuple[int, ...], width: int, thresholds: list[float]) -> None:
    z = torch.randn(3, 3, *shape, generator=torch.Generator().manual_seed(width))
    threshold = torch.tensor(thresholds)
    assert torch.equal(unrivalled(maxima(z, width), threshold, width), naive(z, threshold, width))


@given(st.floats(1e-6, 0.9), st.integers(1, 50), st.integers(1, 2), st.integers(0, 10).map(lambda n: 2 * n + 1))
def test_the_window_leaves_room_for_twice_the_marks(density: float, channels: int, rank: int, widest: int) -> None:
    width = window(density, channels, rank, widest)
    assert width <= widest
    assert width == 0 or width % 2 == 1
    assert 2 * density * channels * width**rank <= 1 + 1e-6
    assert width == widest or 2 * density * channels * (width + 1 + (width > 0)) ** rank >= 1 - 1e-6
    assert window(density, channels, rank, 0) == 0


@pytest.mark.parametrize("mode", ["per_channel", "shared"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("shape", "density", "widest"), [((60,), 0.02, 5), ((20, 21), 0.004, 3), ((15, 9), 0.1, 7)])
def test_calibrated_density_is_the_target(
    mode: Mode, masked: bool, shape: tuple[int, ...], density: float, widest: int
) -> None:
    """Also where two channels respond alike, so that one of them must look elsewhere."""
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(40, 4, *shape, generator=generator).exp()
    z[:, 1] = z[:, 0] + 0.1 * z[:, 1]
    mask = (torch.rand(40, 1, *shape, generator=generator) < 0.7) if masked else None
    layer = SpatialSparsity(4, density, mode, inhibition=widest)
    parts = [(z[:25], None if mask is None else mask[:25]), (z[25:], None if mask is None else mask[25:])]
    found = calibrate(nn.Identity(), layer, parts)
    n = int(mask.sum()) if mask is not None else 40 * math.prod(shape)
    layer.eval()
    active = torch.cat([layer(part, m) for part, m in parts])
    counts = active.transpose(0, 1).flatten(1).count_nonzero(1)
    if mode == "per_channel":
        assert counts.tolist() == [active_count(n, density)] * 4
    else:
        assert int(counts.sum()) == active_count(4 * n, density)
    assert found.density == int(counts.sum()) / (4 * n)
    if mask is not None:
        assert not active[~mask.expand_as(active)].any()


def test_of_two_channels_that_respond_alike_one_takes_what_the_other_leaves() -> None:
    """Both prefer the large maxima; one mark stands at each, and the copy gets the small ones."""
    z = torch.full((1, 2, 100), -1.0)
    z[0, 0, 5::20] = 8.0
    z[0, 1, 5::20] = 7.0
    z[0, :, 15::20] = 3.0
    z += 0.01 * torch.rand(z.shape, generator=torch.Generator().manual_seed(0))
    layer = SpatialSparsity(2, 0.05, normalise=False, inhibition=3)
    calibrate(nn.Identity(), layer, [(z, None)])
    active = layer.eval()(z)[0]
    assert active[0].nonzero().flatten().tolist() == [5, 25, 45, 65, 85]
    assert active[1].nonzero().flatten().tolist() == [15, 35, 55, 75, 95]
    plain = SpatialSparsity(2, 0.05, normalise=False)
    calibrate(nn.Identity(), plain, [(z, None)])
    assert plain.eval()(z)[0, 1].nonzero().flatten().tolist() == [5, 25, 45, 65, 85]


@pytest.mark.parametrize("mode", ["per_channel", "shared"])
def test_training_thresholds_come_to_the_calibrated_ones(mode: Mode) -> None:
    z = torch.randn(64, 3, 30, 30, generator=torch.Generator().manual_seed(1))
    layer, exact = (SpatialSparsity(3, 0.01, mode, inhibition=3) for _ in range(2))
    for _ in range(200):
        active = layer(z)
    calibrate(nn.Identity(), exact, [(z, None)])
    torch.testing.assert_close(layer.threshold, exact.threshold, atol=0.02, rtol=0.02)
    assert int(active.count_nonzero()) == pytest.approx(0.01 * z.numel(), rel=0.03)


def test_gradient_reaches_the_standing_alone() -> None:
    z = torch.randn(8, 3, 40, generator=torch.Generator().manual_seed(2)).requires_grad_()
    layer = SpatialSparsity(3, 0.03, normalise=False, inhibition=5)
    for _ in range(50):
        layer(z)
    active = layer.eval()(z)
    active.sum().backward()
    assert z.grad is not None
    assert torch.equal(z.grad != 0, active > 0)
    for p, q in itertools.combinations(active.nonzero().tolist(), 2):
        assert p[0] != q[0] or abs(p[2] - q[2]) > 2


def test_a_dense_map_is_not_inhibited() -> None:
    z = torch.randn(8, 3, 40, generator=torch.Generator().manual_seed(3))
    for density, alike in ((0.3, True), (0.1, False)):
        inhibited, plain = SpatialSparsity(3, density, inhibition=5), SpatialSparsity(3, density)
        for _ in range(2):  # the first batch finds the thresholds, and before them nobody has a rival
            active, usual = inhibited(z), plain(z)
        assert torch.equal(active, usual) == alike


@pytest.mark.parametrize("training", [False, True])
def test_without_rivals_each_channel_has_its_own_strongest(training: bool) -> None:
    """Against loops over positions: the copy of a channel keeps its marks, and neither has two in a window."""
    z = torch.randn(30, 2, 50, generator=torch.Generator().manual_seed(4))
    z[:, 1] = z[:, 0] + 0.01 * z[:, 1]
    z.requires_grad_()
    layer = SpatialSparsity(2, 0.02, normalise=False, inhibition=5, rivals=False)
    if training:
        for _ in range(150):
            layer(z)
    else:
        calibrate(nn.Identity(), layer, [(z.detach(), None)])
        layer.eval()
    active = layer(z)
    expected = torch.zeros_like(z)
    for sample, c, p in itertools.product(range(30), range(2), range(50)):
        score = z[sample, c, p]
        if score > layer.threshold[c] and score == z[sample, c, max(0, p - 2) : p + 3].max():
            expected[sample, c, p] = score - layer.threshold[c]
    assert torch.equal(active, expected)
    found = active.transpose(0, 1).flatten(1).count_nonzero(1).tolist()
    assert found == ([30, 30] if not training else pytest.approx([30, 30], abs=2))
    active.sum().backward()
    assert z.grad is not None
    assert torch.equal(z.grad != 0, active > 0)


def test_an_even_window_is_refused() -> None:
    with pytest.raises(ValueError, match="inhibition must be 0 or odd; got 4"):
        SpatialSparsity(1, inhibition=4)
