"""Footprints that meet, by hand and against a loop over all pairs; shares and their intervals."""

from typing import Any

import numpy as np
import pytest
import torch

from sparling.evaluation.identifiability.footprints import boxes_of, in_sight, meetings, overlapping
from sparling.evaluation.identifiability.shares import Share
from sparling.evaluation.motif_errors import Motifs


def motifs(*rows: tuple[int, int, list[int], list[int]]) -> Motifs:
    """From (sample, class, low, high)."""
    sample, kind, low, high = zip(*rows, strict=True)
    return Motifs(*(torch.tensor(part) for part in (sample, kind, low, high)))


def test_shares_counted_by_hand() -> None:
    drawn = motifs(
        (0, 0, [0, 0], [4, 4]),
        (0, 1, [3, 3], [7, 7]),  # shares the pixel (3, 3) with the first
        (0, 0, [7, 0], [9, 4]),  # touches neither: ends are open
        (1, 1, [0, 0], [4, 4]),  # alone in its sample
    )
    shares = overlapping(drawn, classes=3)
    assert [(share.value, share.number) for share in shares] == [(0.5, 2), (0.5, 2), (None, 0)]


def test_what_is_in_sight_is_more_than_what_overlaps() -> None:
    drawn = motifs((0, 0, [0], [3]), (0, 0, [5], [8]), (1, 0, [0], [3]), (1, 0, [6], [9]))
    assert overlapping(drawn, 1)[0].value == 0
    # the middle of [0, 3) is 1: within 4 of it lies 5, not 6
    assert overlapping(drawn, 1, reach=4)[0].value == 0.5
    # an even box has two middles, and sees as far from both
    sight = in_sight(boxes_of(motifs((0, 0, [4], [6]))), reach=1)
    assert (sight.low.item(), sight.high.item()) == (3, 7)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_meetings_against_a_loop(axes: int) -> None:
    rng = np.random.default_rng(axes)
    rows: list[Any] = []
    for _ in range(80):
        low = rng.integers(0, 12, axes)
        rows.append((int(rng.integers(6)), 0, low.tolist(), (low + rng.integers(1, 6, axes)).tolist()))
    boxes = boxes_of(motifs(*rows))
    found = set(zip(*(part.tolist() for part in meetings(boxes, boxes)), strict=True))
    expected = {
        (i, j)
        for i, (s, _, low, high) in enumerate(rows)
        for j, (t, _, other_low, other_high) in enumerate(rows)
        if s == t and all(max(a, c) < min(b, d) for a, b, c, d in zip(low, high, other_low, other_high, strict=True))
    }
    assert found == expected


def test_the_interval_is_that_of_wilson() -> None:
    z, p, n = 1.959963984540054, 0.3, 50
    middle, half = p + z * z / (2 * n), z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5
    share = Share.of(15, 50)
    assert share.low == pytest.approx((middle - half) / (1 + z * z / n))
    assert share.high == pytest.approx((middle + half) / (1 + z * z / n))
    with pytest.raises(ValueError, match="0 <= part <= whole; got 3 of 2"):
        Share.of(3, 2)
