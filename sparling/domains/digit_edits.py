"""Layouts of DigitCircle one by one, with a digit taken out, put in, moved, or exchanged for another.

The circle stays as it is, and the other digits where they are. A result counts where `DigitCircle` may draw it from
this circle: so many digits, all different, gaps of at least 1/(2k) of the turn, and no overlap where there may be none.
Other circles may explain the same places, so that what is counted as possible is a lower bound.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from sparling.domains.digit_circle import SHIFT, DigitCircle
from sparling.domains.stamps import STAMPS
from sparling.evaluation.identifiability.necessity import Edit

TURN = 2 * math.pi
TRIES = 10
"""Random places that are tried before none is taken to be free."""


class Placed(NamedTuple):
    """A digit on the circle. ``angle`` in [0, 2π); ``corner`` its first row and column."""

    angle: float
    digit: int
    corner: tuple[int, int]


class Circle(NamedTuple):
    """One layout: the circle in pixels, and its digits in order of angle."""

    radius: float
    centre: tuple[float, float]
    digits: tuple[Placed, ...]


@dataclass(frozen=True)
class DigitLayouts:
    """Layouts of ``world``, and edits of them (`sparling.evaluation.identifiability.necessity.Layouts`)."""

    world: DigitCircle

    def layouts(self, seed: int, n: int) -> list[Circle]:
        """Those of the first ``n`` samples of ``seed``."""
        drawn = self.world.layout(seed, torch.arange(n))
        rows = zip(*(part.tolist() for part in drawn), strict=True)
        return [
            Circle(
                radius,
                (centre[0], centre[1]),
                tuple(sorted(Placed(angle[i] % TURN, digit[i], (corner[i][0], corner[i][1])) for i in range(number))),
            )
            for number, digit, radius, centre, angle, corner in rows
        ]

    def answers(self, layouts: Sequence[Circle]) -> list[tuple[int, ...]]:
        """Digits in order of angle from the smallest.

        >>> two = Circle(9.0, (20.0, 20.0), (Placed(0.1, 7, (0, 0)), Placed(2.0, 3, (0, 0))))
        >>> DigitLayouts(DigitCircle()).answers([two])
        [(3, 7)]
        """
        told = []
        for layout in layouts:
            digits = [placed.digit for placed in layout.digits]
            start = digits.index(min(digits)) if digits else 0
            told.append(tuple(digits[start:] + digits[:start]))
        return told

    def edited(self, layout: Circle, kind: int, edit: Edit, rng: np.random.Generator) -> Circle | None:
        """A random edit of digit ``kind``, None where none is possible."""
        own = [placed for placed in layout.digits if placed.digit == kind]
        others = [placed for placed in layout.digits if placed.digit != kind]
        if edit is Edit.REPLACED:
            return self._replaced(layout, kind, bool(own), rng)
        if bool(own) == (edit is Edit.INSERTED):
            return None
        if edit is Edit.REMOVED:
            return self._checked(layout, others)
        for _ in range(TRIES):
            angle = self._free_angle([placed.angle for placed in others], rng)
            if angle is None:
                return None
            new = Placed(angle, kind, self._corner(layout, angle, kind, rng))
            if (changed := self._checked(layout, [*others, new])) is not None:
                return changed
        return None

    def _replaced(self, layout: Circle, kind: int, there: bool, rng: np.random.Generator) -> Circle | None:
        """The digit for one that is absent, or where it is absent itself for one of the others, in place."""
        present = {placed.digit for placed in layout.digits}
        absent = [digit for digit in range(len(STAMPS)) if digit not in present]
        pairs = [(kind, digit) for digit in absent] if there else [(digit, kind) for digit in sorted(present)]
        for index in rng.permutation(len(pairs)).tolist():
            old, new = pairs[index]
            digits = [placed._replace(digit=new) if placed.digit == old else placed for placed in layout.digits]
            if (changed := self._checked(layout, digits)) is not None:
                return changed
        return None

    def _free_angle(self, angles: list[float], rng: np.random.Generator) -> float | None:
        """A random angle that is far enough from ``angles`` once there is one more; None where there is none."""
        least = TURN / (2 * (len(angles) + 1))
        if not angles:
            return float(rng.random() * TURN)
        starts = np.sort(angles)
        gaps = np.diff(starts, append=starts[0] + TURN)
        room = np.maximum(gaps - 2 * least, 0)
        if not room.any():
            return None
        gap = int(rng.choice(len(room), p=room / room.sum()))
        return float((starts[gap] + least + rng.random() * room[gap]) % TURN)

    def _corner(self, layout: Circle, angle: float, digit: int, rng: np.random.Generator) -> tuple[int, int]:
        shift = rng.integers(-SHIFT, SHIFT + 1, 2)
        outward, size = (math.sin(angle), math.cos(angle)), STAMPS[digit].shape
        row, column = (
            round(layout.centre[axis] + layout.radius * outward[axis] - size[axis] / 2) + int(shift[axis])
            for axis in (0, 1)
        )
        return row, column

    def _checked(self, layout: Circle, digits: list[Placed]) -> Circle | None:
        """The layout with these digits, None where the world does not draw it."""
        world, k = self.world, len(digits)
        if not world.fewest <= k <= world.most:
            return None
        digits = sorted(digits)
        angles = np.array([placed.angle for placed in digits])
        if (np.diff(angles, append=angles[0] + TURN) < TURN / (2 * k) - 1e-9).any():
            return None
        if not world.overlap and any(_meet(a, b) for i, a in enumerate(digits) for b in digits[:i]):
            return None
        return layout._replace(digits=tuple(digits))


def _meet(a: Placed, b: Placed) -> bool:
    """Whether two stamps share a pixel."""
    sizes = STAMPS[a.digit].shape, STAMPS[b.digit].shape
    return all(
        a.corner[axis] < b.corner[axis] + sizes[1][axis] and b.corner[axis] < a.corner[axis] + sizes[0][axis]
        for axis in (0, 1)
    )
