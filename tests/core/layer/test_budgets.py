"""Budgets: each threshold lets through the density times its share, when calibrated, while trained, and when saved."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from sparling.layer.calibration import calibrate
from sparling.layer.inhibition import maxima, unrivalled
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import threshold_at_counts
from sparling.layer.tracker import DENSEST, Mode, ThresholdTracker

SHARES = [0.25, 1.0, 3.0]
INFINITE = float("inf")


def scores(n: int, length: int = 400, seed: int = 0, channels: int = 3) -> list[Tensor]:
    return list(torch.randn(n, 4, channels, length, generator=torch.Generator().manual_seed(seed)))


def budgeted(
    shares: list[float], density: float = 0.02, inhibition: int = 0, by_excess: bool = False
) -> SpatialSparsity:
    layer = SpatialSparsity(len(shares), density, inhibition=inhibition, by_excess=by_excess)
    layer.share_out(torch.tensor(shares))
    return layer


def marks(layer: SpatialSparsity, parts: list[Tensor]) -> list[int]:
    """Activations of each channel in evaluation."""
    layer.eval()
    return torch.stack([layer(z).transpose(0, 1).flatten(1).count_nonzero(1) for z in parts]).sum(0).tolist()


# Calibration and training


@pytest.mark.parametrize("density", [0.1, 0.02, 0.004])
def test_calibrated_each_channel_lets_through_its_share_of_the_density(density: float) -> None:
    layer, parts = budgeted(SHARES, density), scores(3)
    found = calibrate(nn.Identity(), layer, [(z, None) for z in parts])
    wanted = [round(4800 * density * share) for share in SHARES]
    assert marks(layer, parts) == wanted
    assert found.density == sum(wanted) / found.positions


def test_padding_counts_for_no_budget() -> None:
    (z,) = scores(1)
    mask = torch.ones(4, 1, 400, dtype=torch.bool)
    mask[1:, :, 100:] = False
    layer = budgeted(SHARES, 0.04)
    calibrate(nn.Identity(), layer, [(z.masked_fill(~mask, 50.0), mask)])
    active = layer.eval()(z, mask)
    assert active.transpose(0, 1).flatten(1).count_nonzero(1).tolist() == [7, 28, 84]  # of 700 positions
    assert not active[1:, :, 100:].any()


def test_in_training_each_channel_comes_to_its_share_of_the_density() -> None:
    layer = budgeted(SHARES)
    for z in scores(60, length=4000):
        layer(z)
    found = marks(layer, scores(20, length=4000, seed=1))
    assert [count / (20 * 16_000 * 0.02) for count in found] == pytest.approx(SHARES, rel=0.1)


def test_the_first_batch_is_exact_for_every_budget() -> None:
    (z,) = scores(1)
    assert budgeted(SHARES)(z).transpose(0, 1).flatten(1).count_nonzero(1).tolist() == [8, 32, 96]


def test_no_share_makes_a_channel_denser_than_every_second_score() -> None:
    (z,) = scores(1)
    layer = budgeted([1.0, 1.0, 1000.0])
    assert layer(z).transpose(0, 1).flatten(1).count_nonzero(1).tolist() == [32, 32, int(1600 * DENSEST)]


def test_no_share_is_so_small_that_nothing_passes() -> None:
    (z,) = scores(1)
    assert budgeted([1e-9, 1.0, 1.0])(z).transpose(0, 1).flatten(1).count_nonzero(1).tolist() == [1, 32, 32]


@pytest.mark.parametrize("by_excess", [False, True])
def test_marks_that_rivals_took_are_made_up_for(by_excess: bool) -> None:
    parts = scores(3)
    layer = budgeted([0.5, 1.0, 2.0], 0.01, inhibition=5, by_excess=by_excess)
    calibrate(nn.Identity(), layer, [(z, None) for z in parts])
    assert marks(layer, parts) == [24, 48, 96]
    active = layer(parts[0])
    assert layer.normaliser is not None
    size = active if by_excess else layer.normaliser.frozen(parts[0]).masked_fill(active == 0, -INFINITE)
    near = nn.functional.max_pool1d(size.amax(1, keepdim=True), 5, stride=1, padding=2)
    assert torch.equal(active > 0, (active > 0) & (size == near))


# Equal shares


@pytest.mark.parametrize("mode", ["per_channel", "shared"])
@pytest.mark.parametrize("inhibition", [0, 3])
def test_equal_shares_change_nothing(mode: Mode, inhibition: int) -> None:
    layer, plain = (SpatialSparsity(3, 0.003, mode=mode, inhibition=inhibition) for _ in range(2))
    layer.share_out(torch.full_like(layer.shares, 2.0))
    layer.share_out(torch.ones_like(layer.shares))
    for z in scores(20, length=50):
        assert torch.equal(layer(z), plain(z))
        assert torch.equal(layer.threshold, plain.threshold)
    for each in (layer, plain):
        calibrate(nn.Identity(), each, [(z, None) for z in scores(3)], slack=1.0)
    assert torch.equal(layer.threshold, plain.threshold)


def test_twice_the_share_of_half_the_density_is_the_density() -> None:
    layer, plain = budgeted([2.0] * 3, 0.01), SpatialSparsity(3, 0.02)
    for each in (layer, plain):
        calibrate(nn.Identity(), each, [(z, None) for z in scores(3)])
    assert torch.equal(layer.threshold, plain.threshold)


# State


def test_a_state_dict_keeps_shares() -> None:
    layer, other = budgeted(SHARES), SpatialSparsity(3, 0.5)
    parts = scores(8)
    for z in parts[:4]:
        layer(z)
    other.load_state_dict(layer.state_dict())
    assert other.shares.tolist() == SHARES
    for z in parts[4:]:
        assert torch.equal(other(z), layer(z))
    assert torch.equal(other.threshold, layer.threshold)


def test_a_state_dict_from_before_there_were_shares_has_equal_ones() -> None:
    plain, loaded = SpatialSparsity(3, 0.02), budgeted(SHARES)
    parts = scores(8)
    for z in parts[:4]:
        plain(z)
    state = plain.state_dict()
    del state["tracker.shares"]
    loaded.load_state_dict(state)
    assert loaded.shares.tolist() == [1.0, 1.0, 1.0]
    for z in parts[4:]:
        assert torch.equal(loaded(z), plain(z))
    assert torch.equal(loaded.threshold, plain.threshold)


def test_new_budgets_drop_what_was_gathered() -> None:
    tracker = ThresholdTracker(2, 0.01)
    for z in scores(2, length=20, channels=2):
        tracker.observe(z, None)
    assert int(tracker.gathered_count) == 80
    tracker.share_out(torch.tensor([1.0, 2.0]))
    assert int(tracker.gathered_count) == 0


@pytest.mark.parametrize("shares", [[1.0, 0.0, 1.0], [1.0, -1.0, 1.0], [1.0, float("nan"), 1.0], [1.0, 1.0], [1.0]])
def test_shares_that_make_no_sense_are_refused(shares: list[float]) -> None:
    layer = budgeted(SHARES)
    with pytest.raises(ValueError, match="shares must be 3 numbers above 0"):
        layer.share_out(torch.tensor(shares))
    assert layer.shares.tolist() == SHARES


# Thresholds at counts


def naive_threshold(row: list[float], count: int) -> float:
    falling = sorted((score for score in row if score > -math.inf), reverse=True)
    if len(falling) <= count:
        return falling[-1]
    return (falling[count - 1] + falling[count]) / 2


@given(n=st.integers(2, 40), missing=st.integers(0, 38), seed=st.integers(0, 10_000), data=st.data())
def test_thresholds_at_counts_against_sorting(n: int, missing: int, seed: int, data: st.DataObject) -> None:
    generator = torch.Generator().manual_seed(seed)
    top = torch.stack([torch.randperm(n, generator=generator) * 0.5 - 3.0 for _ in range(3)])
    top[1, : min(missing, n - 1)] = -INFINITE
    counts = data.draw(st.lists(st.integers(1, n), min_size=3, max_size=3))
    found = threshold_at_counts(top, torch.tensor(counts))
    expected = [naive_threshold(row, count) for row, count in zip(top.tolist(), counts, strict=True)]
    assert found.tolist() == expected
    for row, count, threshold in zip(top, counts, found.tolist(), strict=True):
        present = int((row > -INFINITE).sum())
        assert int((row > threshold).sum()) == (count if count < present else present - 1)


def test_scores_that_tie_at_the_threshold_do_not_pass() -> None:
    found = threshold_at_counts(torch.tensor([[5.0, 3.0, 3.0, 1.0]]), torch.tensor([2]))
    assert found.tolist() == [3.0]


# Competition by excess


def naive_by_excess(z: Tensor, thresholds: list[float], width: int) -> Tensor:
    """Marks of each channel's maxima that no mark of any channel in the window exceeds by more."""
    n, channels, length = z.shape
    out = torch.full_like(z, -INFINITE)
    for b in range(n):
        for c in range(channels):
            for i in range(length):
                window = range(max(0, i - width // 2), min(length, i + width // 2 + 1))
                score = float(z[b, c, i])
                if any(float(z[b, c, j]) > score for j in window):
                    continue
                over = score - (0.0 if thresholds[c] == INFINITE else thresholds[c])
                fallen = False
                for d in range(channels):
                    for j in window:
                        rival = float(z[b, d, j])
                        own = range(max(0, j - width // 2), min(length, j + width // 2 + 1))
                        if any(float(z[b, d, k]) > rival for k in own) or rival <= thresholds[d]:
                            continue
                        fallen |= rival - thresholds[d] > over
                if not fallen:
                    out[b, c, i] = score
    return out


@pytest.mark.parametrize("width", [1, 3, 7])
@pytest.mark.parametrize("thresholds", [[0.5, -0.25, 1.0], [0.0, 0.0, INFINITE], [INFINITE] * 3, [3.0, 0.5, 0.5]])
def test_by_excess_against_loops_over_positions_and_channels(width: int, thresholds: list[float]) -> None:
    z = (torch.randn(3, 3, 20, generator=torch.Generator().manual_seed(width)) * 32).round() / 32  # exact differences
    found = unrivalled(maxima(z, width), torch.tensor(thresholds), width, by_excess=True)
    assert torch.equal(found, naive_by_excess(z, thresholds, width))


def test_what_exceeds_its_own_threshold_by_more_stands() -> None:
    z = torch.tensor([[[5.0], [2.0]]])
    threshold = torch.tensor([4.5, 0.0])
    assert unrivalled(z, threshold, 1).flatten().tolist() == [5.0, -INFINITE]
    assert unrivalled(z, threshold, 1, by_excess=True).flatten().tolist() == [-INFINITE, 2.0]


def test_with_one_threshold_for_all_both_ways_to_compete_are_one() -> None:
    parts = scores(3)
    layers = [SpatialSparsity(3, 0.01, "shared", inhibition=5, by_excess=each) for each in (False, True)]
    for layer in layers:
        calibrate(nn.Identity(), layer, [(z, None) for z in parts])
    assert torch.equal(layers[0].threshold, layers[1].threshold)
    assert marks(layers[0], parts) == marks(layers[1], parts)
