"""The spatial sparsity layer in training and evaluation; `test_calibrate` and `test_ranks` hold the rest."""

import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import SAMPLE_EXPECTED
from sparling.layer.tracker import Mode

MODES: tuple[Mode, ...] = ("per_channel", "shared")


def naive_normalised(z: Tensor) -> np.ndarray:
    """BatchNorm of (B, C, S...) over batch and positions, in float64: (C, B·S)."""
    rows = z.double().transpose(0, 1).reshape(z.shape[1], -1).numpy()
    return (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 1e-5)


def naive_threshold(rows: np.ndarray, density: float, mode: Mode) -> np.ndarray:
    """Sorts everything; midway between the k-th and the next."""
    rows = rows.reshape(1, -1) if mode == "shared" else rows
    k = min(max(round(rows.shape[1] * density), 1), rows.shape[1] - 1)
    falling = -np.sort(-rows, axis=1)
    return (falling[:, k - 1] + falling[:, k]) / 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("spatial", [(60,), (8, 9), (4, 5, 3)])
def test_any_spatial_rank(mode: Mode, spatial: tuple[int, ...], rng: torch.Generator) -> None:
    z = 3.0 + 2.0 * torch.randn(4, 3, *spatial, generator=rng)
    layer = SpatialSparsity(3, density=0.1, mode=mode)
    active = layer(z)
    rows = naive_normalised(z)
    threshold = naive_threshold(rows, 0.1, mode)
    expected = np.maximum(rows - threshold[:, None], 0.0)
    assert active.shape == z.shape
    np.testing.assert_allclose(layer.threshold.numpy(), threshold, atol=1e-5)
    np.testing.assert_allclose(active.transpose(0, 1).reshape(3, -1).numpy(), expected, atol=1e-5)
    n = 4 * math.prod(spatial)
    counts = active.transpose(0, 1).reshape(3, -1).count_nonzero(1).tolist()
    assert counts == [round(0.1 * n)] * 3 if mode == "per_channel" else sum(counts) == round(0.1 * n * 3)


@pytest.mark.parametrize("mode", MODES)
def test_first_update_is_the_quantile_and_later_ones_move_by_the_momentum(mode: Mode, rng: torch.Generator) -> None:
    layer = SpatialSparsity(2, density=0.2, mode=mode, momentum=0.7)
    expected: np.ndarray | None = None
    for _ in range(6):
        z = torch.randn(5, 2, 40, generator=rng).exp()
        layer(z)
        observed = naive_threshold(naive_normalised(z), 0.2, mode)
        expected = observed if expected is None else 0.7 * expected + 0.3 * observed
        np.testing.assert_allclose(layer.threshold.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_scores_are_gathered_until_ten_activations_are_expected(mode: Mode, rng: torch.Generator) -> None:
    channels, n = 3, 100
    density = 0.02 if mode == "per_channel" else 0.02 / channels
    layer = SpatialSparsity(channels, density=density, mode=mode)
    batches = [torch.randn(4, channels, n // 4, generator=rng).exp() for _ in range(11)]
    first = naive_threshold(naive_normalised(batches[0]), density, mode)
    layer(batches[0])
    for z in batches[1:5]:
        layer(z)
        np.testing.assert_allclose(layer.threshold.numpy(), first, atol=1e-5)
    layer(batches[5])
    union = np.concatenate([naive_normalised(z) for z in batches[1:6]], axis=1)
    second = 0.9 * first + 0.1 * naive_threshold(union, density, mode)
    np.testing.assert_allclose(layer.threshold.numpy(), second, atol=1e-5)
    for z in batches[6:]:
        layer(z)
    union = np.concatenate([naive_normalised(z) for z in batches[6:]], axis=1)
    third = 0.9 * second + 0.1 * naive_threshold(union, density, mode)
    np.testing.assert_allclose(layer.threshold.numpy(), third, atol=1e-5)


def test_a_new_density_drops_what_was_gathered_for_the_old_one(rng: torch.Generator) -> None:
    layer = SpatialSparsity(1, density=0.02)
    batches = [torch.randn(1, 1, 100, generator=rng) for _ in range(8)]
    for z in batches[:3]:
        layer(z)
    first = naive_threshold(naive_normalised(batches[0]), 0.02, "per_channel")
    layer.density = 0.025
    for z in batches[3:7]:
        layer(z)
    union = np.concatenate([naive_normalised(z) for z in batches[3:7]], axis=1)
    expected = 0.9 * first + 0.1 * naive_threshold(union, 0.025, "per_channel")
    np.testing.assert_allclose(layer.threshold.numpy(), expected, atol=1e-5)


def test_sampling_is_fair_to_every_position(rng: torch.Generator) -> None:
    """128 · 64 · 15 scores at one half ask for a step of 15, which would see position 0 alone."""
    z = torch.randn(1024, 8, 15, generator=rng)
    z[:, :, 0] += 4.0
    active = SpatialSparsity(8, density=0.5, mode="shared")(z)
    assert active.count_nonzero().item() / z.numel() == pytest.approx(0.5, rel=0.05)


def test_running_statistics_are_those_of_batch_norm(rng: torch.Generator) -> None:
    layer, norm = SpatialSparsity(3), torch.nn.BatchNorm1d(3)
    for _ in range(4):
        z = 2.0 + torch.randn(4, 3, 20, generator=rng)
        layer(z)
        norm(z)
    torch.testing.assert_close(layer.normaliser.running_mean, norm.running_mean)
    torch.testing.assert_close(layer.normaliser.running_var, norm.running_var)


def test_evaluation_is_frozen(rng: torch.Generator) -> None:
    layer = SpatialSparsity(2, density=0.3)
    layer(torch.randn(4, 2, 30, generator=rng))
    before = {name: tensor.clone() for name, tensor in layer.state_dict().items()}
    layer.eval()
    z = 5.0 + 3.0 * torch.randn(4, 2, 30, generator=rng)
    active = layer(z)
    for name, tensor in layer.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    mean, variance = (before[f"normaliser.running_{name}"].view(1, 2, 1) for name in ("mean", "var"))
    scaled = (z - mean) / (variance + 1e-5).sqrt()
    torch.testing.assert_close(active, (scaled - layer.threshold.view(1, 2, 1)).relu())


def test_evaluation_before_there_is_a_threshold_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no threshold yet: train, calibrate or load weights first"):
        SpatialSparsity(2).eval()(torch.randn(1, 2, 5))


def test_the_threshold_gets_no_gradient_and_is_no_parameter(rng: torch.Generator) -> None:
    layer = SpatialSparsity(2)
    layer(torch.randn(4, 2, 30, generator=rng, requires_grad=True)).sum().backward()
    assert list(layer.parameters()) == []
    assert not layer.threshold.requires_grad
    assert "tracker.threshold" in dict(layer.named_buffers())


@pytest.mark.parametrize("training", [True, False])
def test_gradients_agree_with_finite_differences(training: bool, rng: torch.Generator) -> None:
    layer = SpatialSparsity(2, density=0.4, min_expected=SAMPLE_EXPECTED)  # the threshold of the first batch stays
    z = torch.randn(2, 2, 6, generator=rng)
    layer(z)
    layer.train(training)
    weight = torch.rand(2, 2, 6, generator=rng)
    z.requires_grad_()
    (layer(z) * weight).sum().backward()
    numeric, h = torch.zeros_like(z), 2e-3
    with torch.no_grad():
        for index in np.ndindex(2, 2, 6):
            shifted = torch.zeros_like(z)
            shifted[index] = h
            numeric[index] = ((layer(z + shifted) - layer(z - shifted)) * weight).sum() / (2 * h)
    assert z.grad is not None
    torch.testing.assert_close(z.grad, numeric, atol=2e-3, rtol=2e-2)
    if not training:
        assert torch.equal(z.grad == 0, layer(z) == 0)


@pytest.mark.parametrize("mode", MODES)
def test_masked_positions_are_as_if_they_were_not_there(mode: Mode, rng: torch.Generator) -> None:
    lengths = [7, 20, 13, 1]
    padded = torch.randn(4, 3, 20, generator=rng)
    mask = torch.arange(20).view(1, 1, 20) < torch.tensor(lengths).view(4, 1, 1)
    bare = torch.cat([padded[i, :, :n] for i, n in enumerate(lengths)], dim=1).unsqueeze(0)
    padded = padded.masked_fill(~mask, 1e6)
    with_mask, without = (SpatialSparsity(3, density=0.1, mode=mode) for _ in range(2))
    for training in (True, True, False):
        with_mask.train(training)
        without.train(training)
        active, expected = with_mask(padded, mask), without(bare)
        assert active.masked_select(~mask).count_nonzero() == 0
        kept = torch.cat([active[i, :, :n] for i, n in enumerate(lengths)], dim=1)
        torch.testing.assert_close(kept, expected[0], atol=1e-4, rtol=1e-4)
    for name, tensor in without.state_dict().items():
        torch.testing.assert_close(with_mask.state_dict()[name], tensor, atol=1e-5, rtol=1e-4)


def test_masked_variance_survives_scores_far_from_zero(rng: torch.Generator) -> None:
    z = 1e5 + torch.randn(8, 1, 200, generator=rng)
    mask = torch.ones(8, 1, 200, dtype=torch.bool)
    mask[:, :, 150:] = False
    layer = SpatialSparsity(1, density=0.1)
    layer(z, mask)
    gained = (float(layer.normaliser.running_var) - 0.9) / 0.1
    assert gained == pytest.approx(float(z[:, :, :150].double().var()), rel=0.02)


@pytest.mark.parametrize("mode", MODES)
def test_autocast_leaves_thresholds_in_float32(mode: Mode, rng: torch.Generator) -> None:
    z = torch.randn(4, 2, 50, generator=rng).bfloat16()
    cast, plain = SpatialSparsity(2, density=0.1, mode=mode), SpatialSparsity(2, density=0.1, mode=mode)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        active = cast(z)
    assert active.dtype == torch.float32
    assert cast.threshold.dtype == torch.float32
    assert torch.equal(active, plain(z.float()))
    assert torch.equal(cast.threshold, plain.threshold)


@given(order=st.permutations(range(4)), seed=st.integers(0, 1000), mode=st.sampled_from(MODES))
def test_permuting_channels_commutes(order: list[int], seed: int, mode: Mode) -> None:
    z = torch.randn(3, 4, 25, generator=torch.Generator().manual_seed(seed))
    straight, permuted = (SpatialSparsity(4, density=0.2, mode=mode) for _ in range(2))
    for _ in range(2):
        torch.testing.assert_close(permuted(z[:, order]), straight(z)[:, order])
    assert permuted(z[:, order]).count_nonzero() == straight(z).count_nonzero()


def test_state_round_trip_carries_density_and_goes_on_alike(rng: torch.Generator) -> None:
    original = SpatialSparsity(2, density=0.37)
    original(torch.randn(4, 2, 30, generator=rng))
    original.density = 0.11
    copy = SpatialSparsity(2)
    copy.load_state_dict(original.state_dict())
    assert copy.density == 0.11
    z = torch.randn(4, 2, 30, generator=rng)
    assert torch.equal(copy.eval()(z), original.eval()(z))
    assert torch.equal(copy.train()(z), original.train()(z))
    assert torch.equal(copy.threshold, original.threshold)


def test_a_state_without_a_threshold_starts_with_the_quantile(rng: torch.Generator) -> None:
    copy = SpatialSparsity(2)
    copy.load_state_dict(SpatialSparsity(2, density=0.2).state_dict())
    z = torch.randn(4, 2, 30, generator=rng)
    copy(z)
    expected = naive_threshold(naive_normalised(z), 0.2, "per_channel")
    np.testing.assert_allclose(copy.threshold.numpy(), expected, atol=1e-5)


@pytest.mark.parametrize(("n", "density", "passing"), [(2, 0.01, 1), (2, 0.99, 1), (50, 0.001, 1), (3, 0.9, 2)])
def test_smallest_batches_let_through_at_least_one_and_never_all(n: int, density: float, passing: int) -> None:
    z = torch.arange(n, dtype=torch.float32).view(1, 1, n)
    assert SpatialSparsity(1, density=density)(z).count_nonzero() == passing


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": 0}, "channels must be at least 1; got 0"),
        ({"density": 0.0}, "density must lie strictly between 0 and 1; got 0.0"),
        ({"density": 1.0}, "density must lie strictly between 0 and 1; got 1.0"),
        ({"mode": "both"}, "mode must be 'per_channel' or 'shared'; got 'both'"),
        ({"momentum": 1.0}, "momentum must lie in [0, 1); got 1.0"),
        ({"momentum": -0.1}, "momentum must lie in [0, 1); got -0.1"),
        ({"min_expected": -1}, "min_expected must be at least 0 and at most 4096; got -1"),
        ({"min_expected": 4097}, "min_expected must be at least 0 and at most 4096; got 4097"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        SpatialSparsity(**{"channels": 2} | settings)


@pytest.mark.parametrize("shape", [(4, 3, 10), (4, 2), (2,)])
def test_bad_scores_are_refused(shape: tuple[int, ...]) -> None:
    message = f"scores must have shape (B, C=2, S...); got {shape}"
    with pytest.raises(ValueError, match=re.escape(message)):
        SpatialSparsity(2)(torch.zeros(shape))


@pytest.mark.parametrize(
    "mask", [torch.ones(4, 2, 10, dtype=torch.bool), torch.ones(4, 10, dtype=torch.bool), torch.ones(4, 1, 10)]
)
def test_bad_masks_are_refused(mask: Tensor) -> None:
    message = f"mask must be boolean of shape (4, 1, 10); got {mask.dtype} {tuple(mask.shape)}"
    with pytest.raises(ValueError, match=re.escape(message)):
        SpatialSparsity(2)(torch.zeros(4, 2, 10), mask)
