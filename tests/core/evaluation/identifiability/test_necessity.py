"""α̂ against an exhaustive count on a world of a few layouts; E_m and k by hand."""

import itertools
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from sparling.evaluation.identifiability.bound import bound_factor, motif_error
from sparling.evaluation.identifiability.necessity import Edit, necessity

Row = tuple[int, ...]
"""Four places, each with a motif of class 0, 1, 2 or nothing (−1)."""
NOTHING = -1


class Rows:
    """At most two motifs in four places, layouts with more motifs twice as likely each; says how many of class 0 there
    are and whether class 1 lies left of all others. Class 2 stands at the last place, or nowhere.
    """

    def __init__(self) -> None:
        every = itertools.product((NOTHING, 0, 1, 2), repeat=4)
        self.support = [row for row in every if sum(k >= 0 for k in row) <= 2 and 2 not in row[:3]]
        weight = np.array([2.0 ** sum(k >= 0 for k in row) for row in self.support])
        self.mass = weight / weight.sum()

    def layouts(self, seed: int, n: int) -> list[Row]:
        chosen = np.random.default_rng(seed).choice(len(self.support), n, p=self.mass)
        return [self.support[i] for i in chosen]

    def answers(self, layouts: Sequence[Row]) -> list[tuple[int, ...]]:
        return [(row.count(0), next((k for k in row if k >= 0), NOTHING) == 1) for row in layouts]

    @cache  # noqa: B019
    def every_edit(self, row: Row, kind: int, edit: Edit) -> list[Row]:
        """By going through the whole support."""
        found = []
        for other in self.support:
            changed = [(a, b) for a, b in zip(row, other, strict=True) if a != b]
            name = {
                ((kind, NOTHING),): Edit.REMOVED,
                ((NOTHING, kind),): Edit.INSERTED,
                ((NOTHING, kind), (kind, NOTHING)): Edit.MOVED,
            }.get(tuple(sorted(changed)))
            if len(changed) == 1 and kind in changed[0] and NOTHING not in changed[0]:
                name = Edit.REPLACED
            if name is edit:
                found.append(other)
        return found

    def edited(self, layout: Row, kind: int, edit: Edit, rng: np.random.Generator) -> Row | None:
        possible = self.every_edit(layout, kind, edit)
        return possible[rng.integers(len(possible))] if possible else None

    def exact(self, kind: int) -> tuple[float, dict[str, float]]:
        """α and the share by edit, over all layouts and all edits."""
        alpha, by_edit = 0.0, dict.fromkeys((edit.value for edit in Edit), 0.0)
        for row, mass in zip(self.support, self.mass, strict=True):
            (before,), same = self.answers([row]), 1.0
            for edit in Edit:
                after = self.answers(self.every_edit(row, kind, edit))
                changes = sum(answer != before for answer in after) / max(len(after), 1)
                by_edit[edit.value] += mass * changes
                same *= 1 - changes
            alpha += mass * (1 - same)
        return alpha, by_edit


def error(share: float, n: int) -> float:
    """Three and a half standard errors."""
    return 3.5 * math.sqrt(max(share * (1 - share), 0) / n) + 1e-9


def test_within_sampling_error_of_an_exhaustive_count() -> None:
    world, n = Rows(), 4000
    found = necessity(world, 3, seed=1, n=n, rng=np.random.default_rng(2))
    for kind, each in enumerate(found):
        alpha, by_edit = world.exact(kind)
        assert each.alpha.value == pytest.approx(alpha, abs=error(alpha, n))
        for name, share in each.by_edit.items():
            assert share.value == pytest.approx(by_edit[name], abs=error(by_edit[name], n)), (kind, name)
    # class 2 cannot move, and its removal changes nothing
    assert found[2].by_edit["moved"].value == 0
    assert found[2].by_edit["removed"].value == 0


def test_a_class_that_no_answer_hangs_on_has_none() -> None:
    class Blind(Rows):
        def answers(self, layouts: Sequence[Row]) -> list[tuple[int, ...]]:
            return [()] * len(layouts)

    assert [each.alpha.value for each in necessity(Blind(), 3, 0, 100, np.random.default_rng(0))] == [0, 0, 0]


def test_motif_error_is_of_the_kind_of_an_intersection_over_union() -> None:
    assert motif_error(0.0, 0.0, 0.0) == 0
    assert motif_error(0.0, 0.25, 0.0) == 0.25
    assert motif_error(0.5, 0.0, 0.0) == 0.5
    assert motif_error(0.0, 0.0, 0.5) == pytest.approx(1 - 5 / 15)
    assert motif_error(0.0, 1.0, None) == 1
    assert motif_error(1.0, 1.0, None) == 1


def test_the_bound_grows_with_one_over_alpha_squared() -> None:
    assert bound_factor(6, 4.5, 10, 0.25, 1) == 4 * bound_factor(6, 4.5, 10, 0.5, 1)
    assert bound_factor(6, 4.5, 10, 0.0, 1) == math.inf
