import itertools
import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.layer.thresholds import (
    SAMPLE_EXPECTED,
    active_count,
    largest,
    moving_average,
    quantile_threshold,
    sample_stride,
    threshold_at_gap,
    threshold_from_largest,
)

INF = float("inf")


def naive_count(row: Tensor, threshold: float) -> int:
    count = 0
    for score in row.tolist():
        if score > threshold:
            count += 1
    return count


def distinct(rows: int, n: int, seed: int) -> Tensor:
    """Scores without ties, (rows, n)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(n, generator=generator).float() * 0.37 - 5.0 for _ in range(rows)])


@given(n=st.integers(2, 300), density=st.floats(0.001, 0.999), seed=st.integers(0, 10_000))
def test_exactly_the_rounded_share_exceeds(n: int, density: float, seed: int) -> None:
    z = distinct(3, n, seed)
    thresholds = quantile_threshold(z, density)
    wanted = min(max(round(density * n), 1), n - 1)
    assert [naive_count(row, float(t)) for row, t in zip(z, thresholds, strict=True)] == [wanted] * 3
    for row, threshold in zip(z.tolist(), thresholds.tolist(), strict=True):
        falling = sorted(row, reverse=True)
        assert threshold == pytest.approx((falling[wanted - 1] + falling[wanted]) / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("n", "density", "expected"),
    [(1000, 0.005, 5), (4, 0.01, 1), (2, 0.01, 1), (2, 0.99, 1), (3, 0.99, 2), (10, 0.25, 2), (10, 0.35, 4)],
)
def test_active_count_stays_between_one_and_all_but_one(n: int, density: float, expected: int) -> None:
    assert active_count(n, density) == expected


def test_neighbouring_floats_are_still_separated() -> None:
    for low in (1.0, 1.0 + 2**-23, 0.1, -3.7, 1e-30):
        below = torch.tensor(low)
        above = torch.nextafter(below, torch.tensor(INF))
        z = torch.stack([below, above]).unsqueeze(0)
        assert naive_count(z[0], float(quantile_threshold(z, 0.5))) == 1


def test_ties_at_the_threshold_let_through_fewer_never_more() -> None:
    z = torch.tensor([[3.0, 2.0, 2.0, 2.0, 1.0]])
    assert naive_count(z[0], float(quantile_threshold(z, 0.4))) == 1
    assert naive_count(torch.zeros(5), float(quantile_threshold(torch.zeros(1, 5), 0.4))) == 0


@given(cuts=st.lists(st.integers(0, 200), max_size=6), density=st.floats(0.01, 0.9), seed=st.integers(0, 10_000))
def test_threshold_of_a_union_follows_from_the_largest_of_its_parts(cuts: list[int], density: float, seed: int) -> None:
    z = distinct(2, 200, seed)
    k = active_count(200, density)
    edges = [0, *sorted(cuts), 200]
    parts = [z[:, start:stop] for start, stop in itertools.pairwise(edges)]
    top = torch.cat([largest(part, k + 1) for part in parts], dim=1)
    assert torch.equal(threshold_from_largest(top, k), quantile_threshold(z, density))


def test_largest_is_a_set_of_the_right_size() -> None:
    z = torch.tensor([[3.0, 1.0, 2.0], [6.0, 4.0, 5.0]])
    assert largest(z, 2).sort(dim=1).values.tolist() == [[2.0, 3.0], [5.0, 6.0]]
    assert largest(z, 7).sort(dim=1).values.tolist() == [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@pytest.mark.parametrize(
    ("top", "k", "expected"),
    [
        ([4.0, 3.0, -INF, -INF], 2, 3.0),
        ([4.0, 3.0, -INF, -INF], 3, 3.0),
        ([4.0, -INF, -INF, -INF], 3, 4.0),
        ([-INF, 3.0, -INF, 4.0], 1, 3.5),
        ([5.0], 1, 5.0),
        ([-INF, -INF], 1, INF),
    ],
)
def test_too_few_scores_give_the_smallest_of_them(top: list[float], k: int, expected: float) -> None:
    assert threshold_from_largest(torch.tensor([top]), k).item() == expected


@given(n=st.integers(2, 10**8), density=st.floats(1e-6, 0.99), period=st.integers(1, 10**6))
def test_stride_leaves_enough_scores_and_visits_every_position(n: int, density: float, period: int) -> None:
    step = sample_stride(n, density, period)
    assert step >= 1
    assert step == 1 or n * density / step >= SAMPLE_EXPECTED
    assert math.gcd(step, period) == 1


def test_sampled_threshold_errs_as_stated(rng: torch.Generator) -> None:
    n, density = 200_000, 0.25
    step = sample_stride(n, density, period=1000)
    assert step > 1
    errors = []
    for _ in range(30):
        z = torch.randn(1, n, generator=rng)
        threshold = quantile_threshold(z[:, ::step], density)
        errors.append(float((z > threshold).float().mean()) / density - 1.0)
    root_mean_square = (sum(error**2 for error in errors) / len(errors)) ** 0.5
    assert root_mean_square <= 1.2 / SAMPLE_EXPECTED**0.5


def test_moving_average_weighs_the_old_by_its_momentum() -> None:
    assert moving_average(torch.tensor([1.0, 0.0]), torch.tensor([2.0, 1.0]), 0.75).tolist() == [1.25, 0.25]


@pytest.mark.parametrize("density", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_densities_outside_the_open_interval_are_refused(density: float) -> None:
    with pytest.raises(ValueError, match=re.escape(f"density must lie strictly between 0 and 1; got {density}")):
        quantile_threshold(torch.randn(1, 10), density)


@pytest.mark.parametrize("shape", [(4,), (2, 1), (1, 2, 3)])
def test_rows_that_have_no_quantile_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"z must have shape (R, N) with N >= 2; got {shape}")):
        quantile_threshold(torch.zeros(shape), 0.5)


def naive_gap(row: list[float], k: int, slack: int) -> float:
    """Every way to let k − slack to k + slack scores through, one after the other."""
    falling = sorted((score for score in row if score > -INF), reverse=True)
    ways = [j for j in range(max(k - slack, 1), k + slack + 1) if j < len(falling)]
    best = max(ways, key=lambda j: falling[j - 1] - falling[j])
    return (falling[best - 1] + falling[best]) / 2


@given(
    rows=st.lists(st.lists(st.integers(-50, 50), min_size=8, max_size=8, unique=True), min_size=1, max_size=4),
    k=st.integers(1, 4),
    slack=st.integers(0, 6),
    silent=st.integers(0, 2),
)
def test_the_threshold_lies_in_the_widest_gap_within_the_slack(
    rows: list[list[int]], k: int, slack: int, silent: int
) -> None:
    scores = [[float(score) for score in row] + [-INF] * silent for row in rows]
    found = threshold_at_gap(torch.tensor(scores), k, slack)
    assert found.tolist() == [naive_gap(row, k, slack) for row in scores]


def test_without_any_gap_the_threshold_is_that_of_no_slack() -> None:
    tied = torch.full((1, 9), 2.0)
    assert threshold_at_gap(tied, 3, 2).tolist() == threshold_from_largest(tied, 3).tolist()
