"""DigitCircle: numbers, digits, circles, gaps and shifts are drawn by the rules."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import Tensor

from sparling.domains.digit_circle import DigitCircle, Layout
from tests.core.domains.worlds import SIZES, WORLDS, N, used


def gaps_of(layout: Layout, sample: int) -> Tensor:
    """Angles between neighbours, as fractions of the turn."""
    turn = layout.angle[sample, : layout.number[sample]] / (2 * math.pi)
    return torch.cat([turn, turn[:1] + 1]).diff()


def test_every_number_of_digits_is_as_likely(world: DigitCircle, layout: Layout) -> None:
    counts = torch.bincount(layout.number)[world.fewest :]
    assert len(counts) == world.most - world.fewest + 1
    assert stats.chisquare(counts.numpy()).pvalue > 0.01
    assert world.motifs_per_sample == pytest.approx(float(layout.number.double().mean()), abs=0.2)


def test_digits_are_different_and_each_as_likely(world: DigitCircle, layout: Layout) -> None:
    assert (layout.digit.sort(1).values.diff(dim=1) > 0).all()
    assert stats.chisquare(torch.bincount(layout.digit[:, 0], minlength=10).numpy()).pvalue > 0.01
    pair = layout.digit[:, 0] * 10 + layout.digit[:, -1]
    if world.most > 1:
        counts = torch.bincount(pair, minlength=100).view(10, 10)
        assert counts.diagonal().sum() == 0
        assert stats.chisquare(counts[~torch.eye(10, dtype=torch.bool)].numpy()).pvalue > 0.01


def test_the_circle_fits_with_room_for_stamps(world: DigitCircle, layout: Layout) -> None:
    margin = 3 + 12
    assert layout.radius.min() >= world.radius
    assert layout.radius.max() < world.side / 2 - margin
    reach = (layout.radius + margin)[:, None]
    assert (layout.centre >= reach).all()
    assert (layout.centre <= world.side - reach).all()


@pytest.mark.parametrize("world", [WORLDS[0], WORLDS[2]], indirect=True, ids=["published", "crowded"])
def test_circles_and_rotations_are_uniform(world: DigitCircle, layout: Layout) -> None:
    """Not so without overlap: there large circles are more likely to do."""
    largest = world.side / 2 - 15
    place = (layout.radius - world.radius) / (largest - world.radius)
    centre = (layout.centre - layout.radius[:, None] - 15) / (2 * (largest - layout.radius))[:, None]
    rotation = layout.angle[:, 0] / (2 * math.pi) % 1
    for part in (place, centre[:, 0], centre[:, 1], rotation):
        assert stats.kstest(part.numpy(), "uniform").pvalue > 0.01
    assert (
        np.abs(np.corrcoef(torch.stack([place, centre[:, 0], centre[:, 1], rotation]).numpy()) - np.eye(4)).max() < 0.08
    )


def test_no_gap_is_under_half_an_even_share(layout: Layout) -> None:
    for sample in range(N):
        gaps, k = gaps_of(layout, sample), int(layout.number[sample])
        assert len(gaps) == k
        assert gaps.min() >= 1 / (2 * k) - 1e-12
        assert gaps.sum() == pytest.approx(1)


@pytest.mark.parametrize("k", [3, 6])
def test_gaps_are_normalised_uniforms_drawn_again_until_good(k: int) -> None:
    layout = DigitCircle(fewest=k, most=k).layout(2, torch.arange(N))
    found = torch.stack([gaps_of(layout, sample) for sample in range(N)])
    drawn = np.random.default_rng(0).random((100_000, k))
    drawn /= drawn.sum(1, keepdims=True)
    drawn = drawn[(drawn >= 1 / (2 * k)).all(1)]
    for of in (np.max, np.min, lambda gaps, axis: gaps[:, 0]):
        assert stats.ks_2samp(of(found.numpy(), axis=1), of(drawn, axis=1)).pvalue > 0.01


def test_stamps_are_shifted_by_up_to_three_pixels(world: DigitCircle, layout: Layout) -> None:
    outward = torch.stack([layout.angle.sin(), layout.angle.cos()], -1)
    middle = layout.centre[:, None] + layout.radius[:, None, None] * outward
    shift = layout.corner - (middle - SIZES[layout.digit] / 2).round().long()
    shift = shift[used(world, layout)]
    counts = torch.stack([torch.bincount(shift[:, axis] + 3, minlength=7) for axis in (0, 1)])
    assert counts.shape == (2, 7)
    if world.overlap:
        assert stats.chisquare(counts[0].numpy()).pvalue > 0.01
        assert stats.chisquare(counts[1].numpy()).pvalue > 0.01
    assert (counts > 0).all()


def test_stamps_lie_inside_the_image(world: DigitCircle, layout: Layout) -> None:
    low, high = layout.corner, layout.corner + SIZES[layout.digit]
    assert low[used(world, layout)].min() >= 0
    assert high[used(world, layout)].max() <= world.side


def test_only_where_it_is_allowed_stamps_overlap(world: DigitCircle, layout: Layout) -> None:
    overlaps = 0
    for sample in range(N):
        covered = torch.zeros(world.size, dtype=torch.int64)
        for slot in range(int(layout.number[sample])):
            (top, left), (height, width) = layout.corner[sample, slot], SIZES[layout.digit[sample, slot]]
            covered[top : top + height, left : left + width] += 1
        overlaps += int(covered.max() > 1)
    assert (overlaps > 0) == world.overlap
