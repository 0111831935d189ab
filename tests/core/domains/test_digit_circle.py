"""DigitCircle: motifs and targets are those of the layout; demanded outputs; worlds that cannot be."""

import math
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sparling.domains.base import PAD, Samples
from sparling.domains.digit_circle import DigitCircle, Layout
from sparling.domains.digit_sequence import END
from tests.core.domains.worlds import SIZES, WORLDS, N, used


def test_motifs_are_the_digits_of_the_layout(world: DigitCircle, layout: Layout, samples: Samples) -> None:
    sample, slot = used(world, layout).nonzero(as_tuple=True)
    motifs = samples.motifs
    assert motifs.sample.equal(sample)
    assert motifs.kind.equal(layout.digit[sample, slot])
    assert motifs.low.equal(layout.corner[sample, slot])
    assert (motifs.high - motifs.low).equal(SIZES[motifs.kind])


def test_the_target_is_the_circle_from_its_smallest_digit(world: DigitCircle, layout: Layout, samples: Samples) -> None:
    assert samples.y.dtype == torch.int64
    assert samples.y.shape == (N, world.length)
    for sample in range(N):
        k = int(layout.number[sample])
        angle = layout.angle[sample, :k] % (2 * math.pi)
        circle = [int(layout.digit[sample, slot]) for slot in angle.argsort()]
        start = circle.index(min(circle))
        expected = [*circle[start:], *circle[:start], END]
        assert samples.y[sample].tolist() == expected + [PAD] * (world.length - len(expected))


def test_the_world_describes_itself(world: DigitCircle) -> None:
    assert world.name == "DigitCircle"
    assert world.class_names == tuple("0123456789")
    assert (world.tokens, world.length, world.size) == (11, world.most + 1, (world.side, world.side))
    assert world.tokens - 1 == END


def naive_demanded(said: list[int], source: int, target: int, length: int) -> list[int]:
    circle = [target if digit == source else digit for digit in said]
    start = circle.index(min(circle))
    turned = [*circle[start:], *circle[:start], END]
    return turned + [PAD] * (length - len(turned))


@given(data=st.data())
def test_demanded_as_by_hand(data: st.DataObject) -> None:
    world, rows, chosen, expected = DigitCircle(most=7), [], [], []
    for _ in range(data.draw(st.integers(1, 5))):
        k = data.draw(st.integers(1, 7))
        said = data.draw(st.permutations(range(10)))[:k]
        said = said[said.index(min(said)) :] + said[: said.index(min(said))]
        source, target = (data.draw(st.integers(0, 9)) for _ in range(2))
        rows.append([*said, END] + [PAD] * (7 - k))
        chosen.append((source, target))
        expected.append(naive_demanded(said, source, target, 8))
    source_of, target_of = torch.tensor(chosen).T
    y = torch.tensor(rows)
    assert world.demanded(y, source_of, target_of).tolist() == expected
    assert y.tolist() == rows


def test_demanding_what_is_there_changes_nothing(world: DigitCircle, samples: Samples) -> None:
    digit = samples.y[:, 0]
    assert world.demanded(samples.y, digit, digit).equal(samples.y)


def test_swapping_there_and_back_changes_nothing() -> None:
    world = WORLDS[0]
    y = world.samples(3, torch.arange(500)).y
    source = y[:, 1]
    absent = torch.tensor([min(set(range(10)) - set(row)) for row in y.tolist()])
    there = world.demanded(y, source, absent)
    assert (there != y).any(1).all()
    assert world.demanded(there, absent, source).equal(y)


@pytest.mark.parametrize(("fewest", "most"), [(0, 3), (4, 3), (3, 11), (-1, 2)])
def test_impossible_numbers_of_digits(fewest: int, most: int) -> None:
    message = f"digits must satisfy 1 <= fewest <= most <= 10; got {fewest}, {most}"
    with pytest.raises(ValueError, match=re.escape(message)):
        DigitCircle(fewest=fewest, most=most)


@pytest.mark.parametrize(("side", "radius"), [(100, 35.0), (100, 0.0), (100, -2.0), (30, 5.0), (100, math.nan)])
def test_circles_that_do_not_fit(side: int, radius: float) -> None:
    message = f"radius must lie in (0, side / 2 - 15); got {radius} for side {side}"
    with pytest.raises(ValueError, match=re.escape(message)):
        DigitCircle(side=side, radius=radius)


def test_digits_that_find_no_place() -> None:
    crowded = DigitCircle(side=40, fewest=6, radius=2.0, overlap=False)
    message = f"no place for so many digits without overlap found in 16384 tries; got {crowded}"
    with pytest.raises(ValueError, match=re.escape(message)):
        crowded.samples(0, torch.arange(1))


def test_an_index_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"index must have shape \(N,\) and be int64"):
        WORLDS[0].samples(0, torch.arange(3, dtype=torch.int32))
