"""Edits of DigitCircle: one digit changes, the others stay, and the world may draw the result."""

import math

import numpy as np
import pytest
import torch

from sparling.domains.base import PAD
from sparling.domains.digit_circle import DigitCircle
from sparling.domains.digit_edits import TURN, Circle, DigitLayouts
from sparling.domains.digit_sequence import END
from sparling.domains.stamps import STAMPS
from sparling.evaluation.identifiability.necessity import Edit, necessity

WORLDS = [DigitCircle(), DigitCircle(side=64, fewest=3, most=4, radius=12.0, overlap=False)]
PUBLISHED = 0.465
"""Lower bound of α on DigitCircle (SPARLING, arXiv 2302.01976)."""


@pytest.mark.parametrize("world", WORLDS, ids=["published", "quick"])
def test_answers_are_those_of_the_samples(world: DigitCircle) -> None:
    known = DigitLayouts(world)
    answers = known.answers(known.layouts(seed=5, n=50))
    said = world.samples(5, torch.arange(50)).y.tolist()
    assert answers == [tuple(token for token in row if token not in (END, PAD)) for row in said]


@pytest.mark.parametrize("world", WORLDS, ids=["published", "quick"])
def test_one_digit_changes_and_the_world_may_draw_the_result(world: DigitCircle) -> None:
    known, rng, seen = DigitLayouts(world), np.random.default_rng(0), dict.fromkeys(Edit, 0)
    for layout in known.layouts(seed=1, n=40):
        for kind in range(10):
            for edit in Edit:
                changed = known.edited(layout, kind, edit, rng)
                if changed is None:
                    continue
                seen[edit] += 1
                assert_possible(world, changed)
                gone, new = set(layout.digits) - set(changed.digits), set(changed.digits) - set(layout.digits)
                assert (len(gone), len(new)) == {
                    Edit.REMOVED: (1, 0),
                    Edit.INSERTED: (0, 1),
                    Edit.MOVED: (1, 1),
                    Edit.REPLACED: (1, 1),
                }[edit]
                kinds = {placed.digit for placed in gone | new}
                assert kind in kinds
                if edit is Edit.REPLACED:
                    assert len(kinds) == 2
                    assert {(p.angle, p.corner) for p in gone} == {(p.angle, p.corner) for p in new}
                else:
                    assert kinds == {kind}
    assert all(seen.values()), seen


def assert_possible(world: DigitCircle, layout: Circle) -> None:
    angles = [placed.angle for placed in layout.digits]
    k = len(angles)
    assert world.fewest <= k <= world.most
    assert angles == sorted(angles)
    assert len({placed.digit for placed in layout.digits}) == k
    gaps = np.diff(angles, append=angles[0] + TURN)
    assert gaps.min() >= TURN / (2 * k) - 1e-9
    for placed in layout.digits:
        size = STAMPS[placed.digit].shape
        for axis, outward in enumerate((math.sin(placed.angle), math.cos(placed.angle))):
            at = placed.corner[axis] + size[axis] / 2
            assert abs(at - layout.centre[axis] - layout.radius * outward) <= 5
    if not world.overlap:
        canvas = np.zeros((world.side, world.side), dtype=int)
        for placed in layout.digits:
            (row, column), (height, width) = placed.corner, STAMPS[placed.digit].shape
            canvas[row : row + height, column : column + width] += 1
        assert canvas.max() == 1


def test_necessity_is_above_the_published_bound_and_as_counted() -> None:
    found = necessity(DigitLayouts(DigitCircle()), 10, seed=0, n=1000, rng=np.random.default_rng(0))
    assert min(each.alpha.low or 0 for each in found) > PUBLISHED
    # 3 to 6 digits of 10: one that is not there can be added unless there are 6, and there is always room
    added = sum((10 - k) / 10 / 4 for k in (3, 4, 5))
    shares = [each.by_edit["added"].value or 0 for each in found]
    assert np.mean(shares) == pytest.approx(added, abs=0.02)
    # one that is there can be removed from 4, 5 or 6 if the gaps on the other side of the circle are wide enough
    rng, removed = np.random.default_rng(1), 0.0
    for k in (4, 5, 6):
        gaps = rng.random((100_000, k))
        gaps /= gaps.sum(1, keepdims=True)
        gaps = gaps[gaps.min(1) >= 1 / (2 * k)]
        removed += k / 10 / 4 * (gaps[:, 2:].min(1) >= 1 / (2 * (k - 1))).mean()
    assert np.mean([each.by_edit["removed"].value or 0 for each in found]) == pytest.approx(removed, abs=0.02)


def test_a_circle_with_all_ten_digits_allows_but_moves() -> None:
    found = necessity(DigitLayouts(DigitCircle(fewest=10, most=10)), 2, seed=0, n=50, rng=np.random.default_rng(0))
    for each in found:
        assert [each.by_edit[name].value for name in ("removed", "added", "replaced")] == [0, 0, 0]
