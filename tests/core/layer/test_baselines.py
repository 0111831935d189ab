"""The comparisons behind the interface of the sparsity layer."""

import itertools
import math

import pytest
import torch
from torch import Tensor

from sparling.evaluation.entropy import map_entropy
from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
from sparling.layer.calibration import calibrate
from sparling.layer.normaliser import AffineNormaliser, Normaliser
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


def test_affine_batchnorm_is_batchnorm_scaled_and_shifted() -> None:
    z, mask = scores(), torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1)) < 0.7
    plain, affine = Normaliser(3), AffineNormaliser(3)
    scale, shift = torch.tensor([0.5, -1.0, 2.0]), torch.tensor([1.0, 0.0, -3.0])
    with torch.no_grad():
        affine.scale.copy_(scale)
        affine.shift.copy_(shift)
    for training, real in ((True, None), (True, mask), (False, None)):
        expected = plain.train(training)(z, real) * scale.view(1, 3, 1, 1) + shift.view(1, 3, 1, 1)
        torch.testing.assert_close(affine.train(training)(z, real), expected)
    for normaliser in (plain, affine):
        normaliser.calibrate([(scores(2), None)])
    torch.testing.assert_close(affine(z), plain(z) * scale.view(1, 3, 1, 1) + shift.view(1, 3, 1, 1))


def test_l1_is_the_mean_activation() -> None:
    a = scores().relu()
    assert PenalisedL1(3, weight=2.0).penalty(a).item() == pytest.approx(2.0 * a.mean().item())
    assert SpatialSparsity(3).penalty(a).item() == 0.0


def test_kl_and_its_map_against_loops() -> None:
    """One mean over all real positions of all channels, also of those that do not pass."""
    z, mask = scores(), torch.rand(6, 1, 8, 8, generator=torch.Generator().manual_seed(1)) < 0.7
    layer, plain = PenalisedKL(3, weight=0.5), Normaliser(3)
    layer.density = 0.01
    for real in (None, mask):
        active = layer(z, real)
        normalised = plain(z, real)
        p = []
        for place in itertools.product(*map(range, SHAPE)):
            there = real is None or bool(real[place[0], 0, place[2], place[3]])
            one = 1 / (1 + math.exp(-float(normalised[place])))
            assert float(active.detach()[place]) == pytest.approx(max(one - 0.5, 0) if there else 0.0, abs=1e-5)
            if there:
                p.append(one)
        mean = sum(p) / len(p)
        expected = 0.01 * math.log(0.01 / mean) + 0.99 * math.log(0.99 / (1 - mean))
        assert layer.penalty(active).item() == pytest.approx(0.5 * expected, rel=1e-4)


def divergence(*p: float) -> float:
    """The penalty where each channel is ``p`` everywhere, and a density of 0.1 is asked for."""
    layer = PenalisedKL(len(p))
    layer.density = 0.1
    with torch.no_grad():
        layer.normaliser.get_parameter("scale").zero_()
        layer.normaliser.get_parameter("shift").copy_(torch.tensor(p, dtype=torch.float64).logit())
    return layer.penalty(layer(torch.randn(4, len(p), 9))).item()


def test_kl_penalty_is_least_where_the_mean_of_all_channels_is_as_wanted_and_finite_at_the_ends() -> None:
    assert divergence(0.1) == pytest.approx(0.0, abs=1e-6)
    assert divergence(0.02, 0.18) == pytest.approx(0.0, abs=1e-6)
    assert min(divergence(0.05), divergence(0.2), divergence(0.02, 0.3)) > 0.01
    assert all(math.isfinite(divergence(extreme)) for extreme in (1e-30, 1 - 1e-15))


def test_kl_penalty_is_of_training_alone() -> None:
    layer = PenalisedKL(3)
    assert layer.penalty(torch.zeros(SHAPE)).item() == 0.0
    assert layer.penalty(layer(scores())).item() > 0
    assert layer.penalty(layer.eval()(scores())).item() == 0.0


@pytest.mark.parametrize("kind", [PenalisedL1, PenalisedKL])
def test_a_penalty_can_push_a_map_down_whatever_the_scores(kind: type[PenalisedL1] | type[PenalisedKL]) -> None:
    """By the shift alone, which plain BatchNorm lacks: without it half of any scores is above their mean."""
    layer = kind(3)
    layer.density = 0.01
    optimizer = torch.optim.Adam([layer.normaliser.get_parameter("shift")], lr=0.2)
    for step in range(100):
        optimizer.zero_grad()
        layer.penalty(layer(scores(step))).backward()
        optimizer.step()
    active = layer(scores(1_000))
    assert active.count_nonzero() / active.numel() < 0.01
    if isinstance(layer, PenalisedKL):
        assert layer.normaliser(scores(1_000)).sigmoid().mean().item() == pytest.approx(0.01, rel=0.3)


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
