"""The comparisons behind the interface of the sparsity layer."""

import math

import pytest
import torch
from torch import Tensor

from sparling.evaluation.entropy import map_entropy
from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity

SHAPE = (6, 3, 8, 8)


def scores(seed: int = 0) -> Tensor:
    return 2.0 + 3.0 * torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("layer", [Unsparse(3), PenalisedL1(3), PenalisedKL(3), TopK(3)])
def test_calibrated_or_not_the_threshold_stays_zero(layer: SpatialSparsity) -> None:
    """And the density that is told is that of the map, not what was asked for."""
    layer.density = 0.02
    layer(scores())
    assert not layer.threshold.any()
    found = calibrate(torch.nn.Identity(), layer, [(scores(1), None)])
    assert not layer.threshold.any()
    active = layer.eval()(scores(1))
    assert found.density == pytest.approx(float(active.count_nonzero()) / active.numel())
    assert found.density == pytest.approx(0.02 if isinstance(layer, TopK) else 0.5, rel=0.1)


def test_unsparse_is_relu_after_batchnorm() -> None:
    z = scores()
    normalised = (z - z.mean((0, 2, 3), keepdim=True)) / z.std((0, 2, 3), keepdim=True, correction=0)
    torch.testing.assert_close(Unsparse(3)(z), normalised.relu(), atol=1e-4, rtol=1e-4)


def test_penalties_against_their_definitions() -> None:
    a = scores().relu()
    assert PenalisedL1(3, weight=2.0).penalty(a).item() == pytest.approx(2.0 * a.mean().item())
    layer = PenalisedKL(3, weight=0.5)
    layer.density = 0.01
    expected = 0.0
    for channel in range(3):
        q = a[:, channel].tanh().mean().item()
        expected += 0.01 * math.log(0.01 / q) + 0.99 * math.log(0.99 / (1 - q))
    assert layer.penalty(a).item() == pytest.approx(0.5 * expected, rel=1e-4)
    assert SpatialSparsity(3).penalty(a).item() == 0.0


def test_kl_penalty_is_least_at_the_wanted_density_and_finite_at_the_ends() -> None:
    layer = PenalisedKL(1)
    layer.density = 0.1
    at = [layer.penalty(torch.full((1, 1, 4), math.atanh(q))).item() for q in (0.05, 0.1, 0.2)]
    assert at[1] == pytest.approx(0.0, abs=1e-6)
    assert min(at[0], at[2]) > 0.01
    for extreme in (torch.zeros(1, 1, 4), torch.full((1, 1, 4), 1e4)):
        assert math.isfinite(layer.penalty(extreme).item())


@pytest.mark.parametrize("density", [0.001, 0.01, 0.2])
def test_top_k_keeps_the_largest_of_each_sample(density: float) -> None:
    layer = TopK(3)
    layer.density = density
    z = scores()
    active, dense = layer(z), Unsparse(3)(z)
    k = math.ceil(density * 3 * 64)
    for kept, whole in zip(active, dense, strict=True):
        assert int(kept.count_nonzero()) == k
        assert torch.equal(kept[kept > 0].sort().values, whole.flatten().sort().values[-k:])
        assert torch.equal(kept[kept > 0], whole[kept > 0])


def bits(density: float) -> float:
    return map_entropy(density, channels=1, bits_per_activation=16)


@pytest.mark.parametrize("density", [0.5, 0.01, 1e-4])
def test_noise_leaves_the_bits_of_a_sparse_map(density: float) -> None:
    layer = Noisy(3, bits)
    layer.density = density
    assert 0.5 * math.log2(1 + 1 / layer.noise**2) == pytest.approx(bits(density))
    z = scores()
    layer.normaliser.calibrate([(z, None)])
    torch.manual_seed(7)
    first, second = layer(z), layer(z)
    both = (first > 0) & (second > 0) & (Unsparse(3)(z) > 5 * layer.noise)
    if both.sum() > 50:
        assert float((first - second)[both].std()) == pytest.approx(2**0.5 * layer.noise, rel=0.1)
    assert not torch.equal(first, second)
    assert torch.equal(layer.eval()(z), layer(z))
    masked = layer(z, torch.zeros(6, 1, 8, 8, dtype=torch.bool))
    assert not masked.any()


def test_gradients_flow_through_each() -> None:
    for layer in (Unsparse(3), PenalisedL1(3), PenalisedKL(3), TopK(3), Noisy(3, bits)):
        z = scores().requires_grad_()
        active = layer(z)
        (active.square().sum() + layer.penalty(active)).backward()
        assert z.grad is not None
        assert bool(z.grad.any())


def test_without_batchnorm_scores_are_compared_as_they_are() -> None:
    layer = SpatialSparsity(3, density=0.25, normalise=False)
    z = scores()
    active = layer(z)
    assert active.count_nonzero() == z.numel() // 4
    view = layer.threshold.view(1, -1, 1, 1)
    torch.testing.assert_close(active, (z - view).relu())
    found = calibrate(torch.nn.Identity(), layer, [(scores(1), None)])
    assert found.density == pytest.approx(0.25)
    layer.eval()
    assert layer(scores(1)).count_nonzero() == z.numel() // 4
