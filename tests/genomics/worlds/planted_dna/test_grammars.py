"""The answers of each grammar against a naive reading of its sites, and what no answer may give away."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch

from sparling_genomics.worlds.planted_dna.domain import PlantedDna
from sparling_genomics.worlds.planted_dna.grammars import FAR, GRAMMARS, NEAR

N = 4000


class Site(NamedTuple):
    kind: int
    reverse: bool
    start: int
    end: int


def sites_of(name: str, seed: int = 3) -> tuple[list[list[Site]], torch.Tensor]:
    """The sites of each sequence, and its answers."""
    world = PlantedDna(GRAMMARS[name])
    layout = world.layout(seed, torch.arange(N))
    columns = [part.tolist() for part in layout]
    rows = [
        [Site(*values) for values in zip(*(column[i] for column in columns), strict=True) if values[0] >= 0]
        for i in range(N)
    ]
    return rows, world.samples(seed, torch.arange(N)).y


def number(row: list[Site], kind: int) -> int:
    return sum(site.kind == kind for site in row)


def only(row: list[Site], kind: int) -> Site:
    (site,) = (site for site in row if site.kind == kind)
    return site


def points_at(one: Site, other: Site) -> bool:
    """A motif reads to the right on the forward strand and to the left on the reverse strand."""
    return other.start < one.start if one.reverse else other.start > one.start


NAIVE: dict[str, Callable[[list[Site]], list[int]]] = {
    "presence": lambda row: [int(any(site.kind == kind for site in row)) for kind in range(4)],
    "count": lambda row: [number(row, 0), number(row, 1)],
    "order": lambda row: [int([site.kind for site in row if site.kind < 2] == [0, 1])],
    "spacing": lambda row: [int(NEAR[0] <= only(row, 1).start - only(row, 0).end <= NEAR[1])],
    "strand": lambda row: [
        int(points_at(only(row, 0), only(row, 1))),
        int(points_at(only(row, 1), only(row, 0))),
    ],
    "and-not": lambda row: [int(number(row, 0) == 1 and number(row, 1) == 0)],
}


@pytest.mark.parametrize("name", GRAMMARS)
def test_answers_are_those_of_a_naive_reading(name: str) -> None:
    rows, y = sites_of(name)
    assert y.tolist() == [NAIVE[name](row) for row in rows]


@pytest.mark.parametrize("name", GRAMMARS)
def test_classes_are_as_frequent_as_promised_and_as_each_other(name: str) -> None:
    grammar = GRAMMARS[name]
    rows, _ = sites_of(name)
    classes = range(len(grammar.classes))
    means = [sum(number(row, kind) for row in rows) / N for kind in classes]
    assert means == pytest.approx([grammar.sites / len(classes)] * len(classes), abs=0.06)
    assert sum(number(row, len(classes)) for row in rows) / N >= 0.45


@pytest.mark.parametrize("name", ["order", "spacing", "strand"])
def test_what_is_there_says_nothing(name: str) -> None:
    rows, y = sites_of(name)
    assert {tuple(sorted(site.kind for site in row)) for row in rows} == {(0, 1, 2)}
    assert y.double().mean(0).tolist() == pytest.approx([0.5] * y.shape[1], abs=0.03)


@pytest.mark.parametrize("name", GRAMMARS)
def test_a_distractor_says_nothing(name: str) -> None:
    rows, y = sites_of(name)
    distractor = len(GRAMMARS[name].classes)
    there = torch.tensor([number(row, distractor) > 0 for row in rows])
    if not there.all():
        difference = y[there].double().mean(0) - y[~there].double().mean(0)
        assert difference.abs().max() < 0.12


def test_order_alone_and_distance_alone_answer_spacing_in_three_of_four() -> None:
    rows, y = sites_of("spacing")
    before = torch.tensor([only(row, 0).start < only(row, 1).start for row in rows])
    gaps = [max(only(row, 1).start - only(row, 0).end, only(row, 0).start - only(row, 1).end) for row in rows]
    near = torch.tensor([gap <= NEAR[1] for gap in gaps])
    for clue in (before, near):
        assert (clue == y[:, 0]).double().mean().item() == pytest.approx(0.75, abs=0.03)
    assert torch.equal(before & near, y[:, 0].bool())
    assert all(NEAR[0] <= gap <= NEAR[1] or FAR[0] <= gap <= FAR[1] for gap in gaps)


@pytest.mark.parametrize(
    ("name", "share"),
    [("presence", 0.5), ("count", 0.75), ("order", 1.0), ("spacing", 0.75), ("strand", 0.5), ("and-not", 0.75)],
)
def test_exchanging_the_first_two_classes_changes_the_answer(name: str, share: float) -> None:
    world = PlantedDna(GRAMMARS[name])
    layout = world.layout(5, torch.arange(N))
    first, second = torch.zeros(N, dtype=torch.int64), torch.ones(N, dtype=torch.int64)
    changed = (world.grammar.read(layout.exchanged(first, second)) != world.grammar.read(layout)).any(1)
    assert changed.double().mean().item() == pytest.approx(share, abs=0.03)
