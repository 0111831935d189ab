"""Gathering over batches, scores that are not finite, and state that is whole at any moment."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import quantile_threshold
from sparling.layer.tracker import Mode, ThresholdTracker

MODES: tuple[Mode, ...] = ("per_channel", "shared")
NAN, INFINITE = float("nan"), float("inf")


def batches(n: int, channels: int = 2, length: int = 50) -> list[Tensor]:
    return list(torch.randn(n, 1, channels, length, generator=torch.Generator().manual_seed(4)).exp())


def tracker(density: float, channels: int = 1, min_expected: int = 10) -> ThresholdTracker:
    return ThresholdTracker(channels, density, momentum=0.0, min_expected=min_expected)


@pytest.mark.parametrize("loud", range(8))
def test_a_union_is_exact_though_all_that_counts_lies_in_one_batch(loud: int) -> None:
    """7 · 140 scores at 1 % expect 9.8, and the eighth batch makes 11.2, of which that one has its 12 largest."""
    made = tracker(0.01)
    made.put(torch.zeros(1))
    parts = [z[:, :1] for z in batches(8, length=140)]
    parts[loud] = parts[loud] + 100.0
    for z in parts:
        assert not made.threshold.any()
        made.observe(z, None)
    union = torch.cat(parts, dim=2)[0]
    assert torch.equal(made.threshold, quantile_threshold(union, 0.01))
    assert int((union > made.threshold).sum()) == 11


def test_a_far_larger_batch_is_united_with_what_was_gathered() -> None:
    """100 scores expect one activation, of which 60 are larger than any of the 4,000 that follow and expect 40."""
    made = tracker(0.01)
    made.put(torch.zeros(1))
    first, second = (torch.randn(1, 1, n, generator=torch.Generator().manual_seed(n)) for n in (100, 4000))
    first[..., :60] += 8.0
    made.observe(first, None)
    made.observe(second, None)
    assert int((torch.cat([first, second], dim=2) > made.threshold).sum()) == 41


@given(
    sizes=st.lists(st.sampled_from([1, 7, 30, 99, 400, 1000, 6000]), min_size=1, max_size=12),
    loud=st.lists(st.booleans(), min_size=12, max_size=12),
    min_expected=st.integers(0, 12),
    seed=st.integers(0, 1000),
)
def test_each_update_is_the_exact_quantile_of_the_batches_it_is_made_of(
    sizes: list[int], loud: list[bool], min_expected: int, seed: int
) -> None:
    """Of those that waited and the last, or where this one alone asks for more than is kept, of that one."""
    generator, density = torch.Generator().manual_seed(seed), 0.01
    made = tracker(density, min_expected=min_expected)
    made.put(torch.zeros(1))
    waiting: list[Tensor] = []
    for size, shift in zip(sizes, loud, strict=False):
        z = torch.randn(1, 1, size, generator=generator) + 100.0 * shift
        before = made.threshold.clone()
        made.observe(z, None)
        union = torch.cat([*waiting, z[0]], dim=1)
        if union.shape[1] * density < min_expected:
            waiting.append(z[0])
            assert torch.equal(made.threshold, before)
            continue
        alone = torch.equal(made.threshold, exact(z[0], density)) and int(made.gathered_count) > 0
        if not alone:
            assert torch.equal(made.threshold, exact(union, density))
            waiting = []
        else:
            assert size * density > 3 * min_expected
        assert int(made.gathered_count) == sum(each.shape[1] for each in waiting)


def exact(rows: Tensor, density: float) -> Tensor:
    """The quantile by sorting everything; of a single score, that score."""
    return rows[:, 0] if rows.shape[1] == 1 else quantile_threshold(rows, density)


def test_without_gathering_the_smallest_batch_lets_one_through() -> None:
    layer = SpatialSparsity(1, density=0.001, min_expected=0)
    for z in batches(3, channels=1):
        assert layer(z).count_nonzero() == 1
        layer.tracker.threshold.fill_(INFINITE)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("inhibition", [0, 3])
def test_a_state_dict_taken_at_any_batch_goes_on_alike(mode: Mode, inhibition: int) -> None:
    settings = {"channels": 2, "mode": mode, "inhibition": inhibition}
    original = SpatialSparsity(density=0.03, **settings)
    moved = 0
    for z in batches(30):
        copy = SpatialSparsity(density=0.9, **settings)
        copy.load_state_dict(original.state_dict())
        before = original.threshold.clone()
        assert torch.equal(copy(z), original(z))
        for name, tensor in original.state_dict().items():
            assert torch.equal(copy.state_dict()[name], tensor), name
        moved += not torch.equal(before, original.threshold)
    assert 3 <= moved < 15


@pytest.mark.parametrize("silent", [1, 2], ids=["a silent channel", "all silent"])
@pytest.mark.parametrize("gathered", [0, 1])
def test_a_state_dict_with_silent_channels_goes_on_alike(silent: int, gathered: int) -> None:
    """+∞ may be put on purpose, so that a channel never marks."""
    original, copy = (SpatialSparsity(2, density=0.03) for _ in range(2))
    original(batches(1)[0])
    threshold = torch.tensor([1.0, INFINITE]) if silent == 1 else torch.full((2,), INFINITE)
    original.set_threshold(threshold)
    parts = batches(12)
    for z in parts[:gathered]:
        original(z)
    copy.load_state_dict(original.state_dict())
    if silent == 1 or gathered:
        assert torch.equal(copy.eval()(parts[0]), original.eval()(parts[0]))
        copy.train()
        original.train()
        for z in parts[gathered:]:
            assert torch.equal(copy(z), original(z))


def test_what_was_gathered_is_dropped_with_its_density_or_threshold() -> None:
    fresh = tracker(0.02).state_dict()
    for drop in (
        lambda made: setattr(made, "density", 0.02),
        lambda made: made.put(torch.full((1,), INFINITE)),
        lambda made: made.calibrate([torch.full((1, 1, 9), INFINITE)], 9, 0, 0.0),
    ):
        made = tracker(0.02)
        made.put(torch.full((1,), INFINITE))
        made.observe(batches(1, channels=1)[0], None)
        assert int(made.gathered_count) == 50
        drop(made)
        for name, tensor in made.state_dict().items():
            assert torch.equal(tensor, fresh[name]), name


def test_what_was_gathered_for_another_minimum_is_dropped() -> None:
    made = tracker(0.02)
    for z in batches(2, channels=1):
        made.observe(z, None)
    assert int(made.gathered_count) == 50
    other = tracker(0.02, min_expected=5)
    other.load_state_dict(made.state_dict())
    assert torch.equal(other.threshold, made.threshold)
    assert int(other.gathered_count) == 0
    assert other.gathered.shape == (1, 22)


@pytest.mark.parametrize("bad", [NAN, INFINITE])
def test_a_channel_starts_with_the_first_threshold_that_is_finite(bad: float) -> None:
    parts = batches(40, length=200)
    parts[0][0, 0, :30] = bad
    layer = SpatialSparsity(2, density=0.1, normalise=False)
    layer(parts[0])
    assert layer.threshold.isfinite().tolist() == [False, True]
    first = quantile_threshold(parts[1][0], 0.1)
    expected = torch.stack([first[0], 0.9 * layer.threshold[1] + 0.1 * first[1]])
    layer(parts[1])
    torch.testing.assert_close(layer.threshold, expected)
    for z in parts[2:]:
        active = layer(z)
    assert active.isfinite().all()
    assert active[0].count_nonzero(1).tolist() == pytest.approx([20, 20], abs=8)


@pytest.mark.parametrize("bad", [NAN, INFINITE, -INFINITE])
def test_a_threshold_stays_where_a_batch_gives_none_that_is_finite(bad: float) -> None:
    first, second = batches(2, length=200)
    layer = SpatialSparsity(2, density=0.1, normalise=False)
    layer(first)
    before = layer.threshold.clone()
    second[0, 0] = bad
    layer(second)
    assert layer.threshold[0] == before[0]
    torch.testing.assert_close(layer.threshold[1], 0.9 * before[1] + 0.1 * quantile_threshold(second[0, 1:], 0.1)[0])


def test_after_a_batch_with_a_gap_in_it_training_goes_on() -> None:
    """One score that is not a number makes all of its channel's normalised scores so, in that batch."""
    parts = batches(40, length=200)
    parts[0][0, 0, 0] = NAN
    layer = SpatialSparsity(2, density=0.1)
    assert layer(parts[0])[0].isnan().any(1).tolist() == [True, False]
    for z in parts[1:]:
        active = layer(z)
    assert active.isfinite().all()
    assert active[0].count_nonzero(1).tolist() == pytest.approx([20, 20], abs=8)


def test_channels_that_come_to_share_a_threshold_go_on_as_those_that_always_did(rng: torch.Generator) -> None:
    scores = [torch.randn(4, 3, 50, generator=rng) for _ in range(6)]
    always, later = (ThresholdTracker(3, 0.05, mode) for mode in ("shared", "per_channel"))
    later.observe(scores[0], None)
    later.share()
    assert later.mode == "shared"
    assert later.threshold.tolist() == [float("inf")]
    assert not later.started
    later.share()
    for z in scores[1:4]:
        always.observe(z, None)
        later.observe(z, None)
    assert torch.equal(always.threshold, later.threshold)
    again = ThresholdTracker(3, 0.05)
    again.load_state_dict(later.state_dict())
    assert again.mode == "shared"
    back = ThresholdTracker(3, 0.05, "shared")
    back.load_state_dict(ThresholdTracker(3, 0.05).state_dict())
    assert back.mode == "per_channel"
    for z in scores[4:]:
        always.observe(z, None)
        again.observe(z, None)
    assert torch.equal(always.threshold, again.threshold)
