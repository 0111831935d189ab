"""Motif errors by hand, against loops over motifs and positions, and the laws they obey."""

import functools
import itertools
import math
import operator
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.evaluation import motif_errors as module
from sparling.evaluation.motif_errors import MotifCounts, Motifs, count_motifs, motif_errors

Box = tuple[tuple[int, int], ...]
"""First position and one past the last on each axis."""


def motifs(*rows: tuple[int, int, Box], axes: int = 1) -> Motifs:
    """True motifs from (sample, kind, box)."""
    sample = torch.tensor([row[0] for row in rows], dtype=torch.int64)
    kind = torch.tensor([row[1] for row in rows], dtype=torch.int64)
    edges = torch.tensor([row[2] for row in rows], dtype=torch.int64).view(len(rows), axes, 2)
    return Motifs(sample, kind, edges[..., 0], edges[..., 1])


def as_lists(counts: MotifCounts) -> tuple[list[list[int]], list[int], list[int]]:
    return counts.confusion.tolist(), counts.missed.tolist(), counts.false_positives.tolist()


def line(*channels: list[float]) -> Tensor:
    """One sample of rank 1."""
    return torch.tensor([channels])


def test_the_largest_activation_in_the_box_names_the_channel() -> None:
    activations = line([0.0, 0.3, 0.2, 0.0], [0.0, 0.0, 0.4, 0.0])
    assert as_lists(count_motifs(activations, motifs((0, 0, ((0, 4),))), 1)) == ([[0, 1]], [0], [0, 0])
    assert as_lists(count_motifs(activations, motifs((0, 0, ((0, 2),))), 1)) == ([[1, 0]], [0], [1, 1])


def test_an_empty_box_is_a_miss() -> None:
    counts = count_motifs(line([0.0, 0.0, 0.7, 0.0]), motifs((0, 1, ((0, 2),))), 2)
    assert as_lists(counts) == ([[0], [0]], [0, 1], [1])
    errors = motif_errors(counts)
    assert (errors.fpe, errors.fne) == (1.0, 1.0)


def test_every_activation_outside_is_one_false_positive() -> None:
    activations = line([0.1, 0.0, 0.0, 0.2, 0.3], [0.0, 0.5, 0.0, 0.4, 0.0])
    assert as_lists(count_motifs(activations, motifs((0, 0, ((1, 3),))), 1)) == ([[0, 1]], [0], [3, 1])


def test_a_box_belongs_to_its_own_sample() -> None:
    activations = torch.tensor([[[0.0, 0.1]], [[0.1, 0.0]]])
    assert as_lists(count_motifs(activations, motifs((1, 0, ((0, 2),))), 1)) == ([[1]], [0], [1])


def test_an_activation_in_two_boxes_is_of_the_first_alone() -> None:
    activations = line([0.0, 0.0, 0.6, 0.0, 0.0])
    left, right = (0, 0, ((0, 3),)), (0, 1, ((2, 5),))
    assert as_lists(count_motifs(activations, motifs(left, right), 2)) == ([[1], [0]], [0, 1], [0])
    assert as_lists(count_motifs(activations, motifs(right, left), 2)) == ([[0], [1]], [1, 0], [0])


def test_a_box_inside_those_before_it_is_missed() -> None:
    activations = line([0.1, 0.2, 0.3, 0.4])
    found = motifs((0, 0, ((0, 2),)), (0, 0, ((2, 4),)), (0, 1, ((1, 3),)))
    assert as_lists(count_motifs(activations, found, 2)) == ([[2], [0]], [0, 1], [0])


def test_boxes_are_cut_at_the_edge_of_the_map() -> None:
    activations = line([0.3, 0.0, 0.0, 0.8])
    found = motifs((0, 0, ((-5, 1),)), (0, 1, ((3, 9),)))
    assert as_lists(count_motifs(activations, found, 2)) == ([[1], [1]], [0, 0], [0])


def test_a_box_beyond_the_map_is_missed() -> None:
    activations = line([0.3, 0.0, 0.0, 0.8])
    found = motifs((0, 0, ((-5, 0),)), (0, 1, ((4, 9),)))
    assert as_lists(count_motifs(activations, found, 2)) == ([[0], [0]], [1, 1], [2])


def test_boxes_in_the_plane_do_not_wrap_around() -> None:
    activations = torch.zeros(1, 1, 3, 4)
    activations[0, 0, 1, 0] = 1.0
    assert as_lists(count_motifs(activations, motifs((0, 0, ((0, 1), (2, 6))), axes=2), 1)) == ([[0]], [1], [1])
    assert as_lists(count_motifs(activations, motifs((0, 0, ((1, 3), (-2, 1))), axes=2), 1)) == ([[1]], [0], [0])


def test_equal_channels_go_to_the_lowest() -> None:
    assert as_lists(count_motifs(line([0.0], [0.5], [0.5]), motifs((0, 0, ((0, 1),))), 1)) == (
        [[0, 1, 0]],
        [0],
        [0, 0, 0],
    )


def test_a_perfect_map_has_no_errors() -> None:
    activations = torch.zeros(2, 3, 10)
    rows: list[tuple[int, int, Box]] = [(0, 0, ((0, 3),)), (0, 1, ((4, 6),)), (1, 2, ((1, 9),)), (1, 0, ((9, 10),))]
    for sample, kind, ((low, _),) in rows:
        activations[sample, (kind + 1) % 3, low] = 1.0
    errors = motif_errors(count_motifs(activations, motifs(*rows), 3))
    assert errors[:4] == (0.0, 0.0, 0.0, 0.0)
    assert errors.channel_of_class == (1, 2, 0)
    assert errors.commonest_class == (2, 0, 1)


def counts_of(confusion: list[list[int]], missed: list[int], false_positives: list[int]) -> MotifCounts:
    return MotifCounts(torch.tensor(confusion), torch.tensor(missed), torch.tensor(false_positives))


def test_errors_by_hand() -> None:
    # 10 predicted, 3 missed, 5 false; one-to-one 4 + 3 agree, many-to-one 4 + 3 + 2.
    errors = motif_errors(counts_of([[4, 1, 2], [0, 3, 0]], [1, 2], [0, 5, 0]))
    assert errors.fpe == pytest.approx(5 / 15)
    assert errors.fne == pytest.approx(3 / 13)
    assert errors.ce == pytest.approx(3 / 10)
    assert errors.ce_many == pytest.approx(1 / 10)
    assert errors.channel_of_class == (0, 1)
    assert errors.commonest_class == (0, 1, 0)


def test_the_best_assignment_is_not_the_greedy_one() -> None:
    # Greedy takes 5 and is left with 0; the best is 4 + 4.
    errors = motif_errors(counts_of([[5, 4], [4, 0]], [0, 0], [0, 0]))
    assert errors.ce == pytest.approx(5 / 13)
    assert errors.channel_of_class == (1, 0)


def test_more_classes_than_channels() -> None:
    errors = motif_errors(counts_of([[3], [4], [0]], [0, 0, 0], [0]))
    assert (errors.ce, errors.ce_many) == (pytest.approx(3 / 7), pytest.approx(3 / 7))
    assert errors.channel_of_class == (-1, 0, -1)
    assert errors.commonest_class == (1,)


def test_a_channel_that_agrees_with_nothing_stands_for_nothing() -> None:
    errors = motif_errors(counts_of([[2, 0], [3, 0]], [0, 0], [0, 0]))
    assert errors.channel_of_class == (-1, 0)
    assert errors.commonest_class == (1, -1)


def test_nothing_predicted() -> None:
    errors = motif_errors(counts_of([[0, 0]], [4], [0, 0]))
    assert (errors.fpe, errors.fne) == (0.0, 1.0)
    assert math.isnan(errors.ce)
    assert math.isnan(errors.ce_many)
    assert errors.channel_of_class == (-1,)
    assert errors.commonest_class == (-1, -1)


def test_no_motifs_and_no_samples() -> None:
    counts = count_motifs(line([0.0, 0.5]), motifs(), 2)
    assert as_lists(counts) == ([[0], [0]], [0, 0], [1])
    assert motif_errors(counts)[:2] == (1.0, 0.0)
    nothing = count_motifs(torch.zeros(0, 3, 4, 5), motifs(axes=2), 2)
    assert as_lists(nothing) == ([[0, 0, 0], [0, 0, 0]], [0, 0], [0, 0, 0])
    assert motif_errors(nothing)[:2] == (0.0, 0.0)


Case = tuple[Tensor, Motifs, int]


def random_case(seed: int) -> Case:
    """A map of rank 1 or 2 and boxes that overlap, stick out, or lie beyond it; some samples have none."""
    g = torch.Generator().manual_seed(seed)

    def whole(low: int, high: int) -> int:
        return int(torch.randint(low, high, (1,), generator=g))

    axes, samples, channels, classes = whole(1, 3), whole(1, 5), whole(1, 5), whole(1, 5)
    size = [whole(1, 9) for _ in range(axes)]
    scores = torch.randint(1, 9, (samples, channels, *size), generator=g).float()
    activations = scores * (torch.rand(scores.shape, generator=g) < (0.05, 0.3, 0.9)[whole(0, 3)])
    rows = []
    for _ in range(whole(0, 12)):
        lows = [whole(-3, length + 3) for length in size]
        box = tuple((low, low + whole(1, 6)) for low in lows)
        rows.append((whole(0, samples), whole(0, classes), box))
    return activations, motifs(*rows, axes=axes), classes


def naive_counts(activations: Tensor, found: Motifs, classes: int) -> tuple[list[list[int]], list[int], list[int]]:
    """The definition, motif by motif and position by position, each box emptied once it is read."""
    activations = activations.detach().clone()
    samples, channels, *size = activations.shape
    positions = list(itertools.product(*[range(length) for length in size]))

    def inside(position: tuple[int, ...], m: int) -> bool:
        edges = zip(position, found.low[m].tolist(), found.high[m].tolist(), strict=True)
        return all(low <= at < high for at, low, high in edges)

    confusion = [[0] * channels for _ in range(classes)]
    missed = [0] * classes
    for m, (sample, kind) in enumerate(zip(found.sample.tolist(), found.kind.tolist(), strict=True)):
        maxima = []
        for c in range(channels):
            mine = [(sample, c, *p) for p in positions if inside(p, m)]
            maxima.append(max([float(activations[at]) for at in mine], default=0.0))
            for at in mine:
                activations[at] = 0.0
        if all(value == 0 for value in maxima):
            missed[kind] += 1
        else:
            confusion[kind][maxima.index(max(maxima))] += 1
    false_positives = [0] * channels
    for sample, c, position in itertools.product(range(samples), range(channels), positions):
        boxes = [m for m, of in enumerate(found.sample.tolist()) if of == sample]
        if activations[(sample, c, *position)] != 0 and not any(inside(position, m) for m in boxes):
            false_positives[c] += 1
    return confusion, missed, false_positives


@given(seed=st.integers(0, 1_000_000))
def test_counts_are_those_of_the_definition(seed: int) -> None:
    case = random_case(seed)
    assert as_lists(count_motifs(*case)) == naive_counts(*case)


def test_three_axes() -> None:
    g = torch.Generator().manual_seed(3)
    activations = torch.rand(2, 2, 3, 4, 5, generator=g) * (torch.rand(2, 2, 3, 4, 5, generator=g) < 0.2)
    found = motifs((0, 0, ((0, 2), (1, 9), (2, 4))), (1, 1, ((-1, 1), (3, 4), (0, 5))), axes=3)
    assert as_lists(count_motifs(activations, found, 2)) == naive_counts(activations, found, 2)


def test_a_few_boxes_at_a_time_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [random_case(seed) for seed in range(20)]
    whole = [as_lists(count_motifs(*case)) for case in cases]
    monkeypatch.setattr(module, "GATHERED", 50)
    assert [as_lists(count_motifs(*case)) for case in cases] == whole


def naive_agreeing(confusion: list[list[int]]) -> int:
    """The best one-to-one assignment, by trying all."""
    classes, channels = len(confusion), len(confusion[0])
    if classes > channels:
        confusion, classes, channels = [list(column) for column in zip(*confusion, strict=True)], channels, classes
    tried = itertools.permutations(range(channels), classes)
    return max(sum(confusion[k][c] for k, c in enumerate(chosen)) for chosen in tried)


confusions = st.integers(1, 4).flatmap(
    lambda channels: st.lists(
        st.lists(st.integers(0, 6), min_size=channels, max_size=channels), min_size=1, max_size=4
    ).filter(lambda rows: any(map(any, rows)))
)


@given(confusion=confusions)
def test_confusion_errors_are_those_of_the_definition(confusion: list[list[int]]) -> None:
    errors = motif_errors(counts_of(confusion, [0] * len(confusion), [0] * len(confusion[0])))
    total = sum(map(sum, confusion))
    assert errors.ce == pytest.approx(1 - naive_agreeing(confusion) / total)
    assert errors.ce_many == pytest.approx(1 - sum(max(column) for column in zip(*confusion, strict=True)) / total)
    pairs = [(k, c) for k, c in enumerate(errors.channel_of_class) if c >= 0]
    assert len({c for _, c in pairs}) == len(pairs)
    assert sum(confusion[k][c] for k, c in pairs) == naive_agreeing(confusion)


@given(confusion=confusions)
def test_one_to_one_is_never_below_many_to_one(confusion: list[list[int]]) -> None:
    errors = motif_errors(counts_of(confusion, [0] * len(confusion), [0] * len(confusion[0])))
    assert errors.ce >= errors.ce_many


@given(seed=st.integers(0, 1_000_000))
def test_counts_of_batches_add_to_the_whole(seed: int) -> None:
    activations, found, classes = random_case(seed)
    parts = []
    for n in range(len(activations)):
        its = found.sample == n
        own = Motifs(found.sample[its] - n, found.kind[its], found.low[its], found.high[its])
        parts.append(count_motifs(activations[n : n + 1], own, classes))
    assert as_lists(functools.reduce(operator.add, parts)) == as_lists(count_motifs(activations, found, classes))


@given(seed=st.integers(0, 1_000_000))
def test_the_order_of_channels_changes_no_error(seed: int) -> None:
    activations, found, classes = random_case(seed)
    # Distinct activations, for a tie between channels goes to the lowest.
    order = torch.randperm(activations.numel(), generator=torch.Generator().manual_seed(seed)).view_as(activations)
    activations = (activations > 0) * (1.0 + order)
    shuffled = torch.randperm(activations.shape[1], generator=torch.Generator().manual_seed(seed))
    one, other = count_motifs(activations, found, classes), count_motifs(activations[:, shuffled], found, classes)
    assert other.confusion.equal(one.confusion[:, shuffled])
    assert other.missed.equal(one.missed)
    assert other.false_positives.equal(one.false_positives[shuffled])
    assert motif_errors(other)[:4] == pytest.approx(motif_errors(one)[:4], nan_ok=True)


def test_every_motif_is_predicted_or_missed() -> None:
    for seed in range(20):
        activations, found, classes = random_case(seed)
        counts = count_motifs(activations, found, classes)
        assert (counts.confusion.sum(1) + counts.missed).tolist() == torch.bincount(
            found.kind, minlength=classes
        ).tolist()


def test_neither_the_map_nor_the_motifs_are_changed() -> None:
    activations, found, classes = random_case(11)
    before = [part.clone() for part in (activations, *found)]
    counts = count_motifs(activations.requires_grad_(), found, classes)
    assert all(part.equal(old) for part, old in zip((activations, *found), before, strict=True))
    assert all(part.dtype == torch.int64 for part in (counts.confusion, counts.missed, counts.false_positives))


def test_half_precision_counts_the_same() -> None:
    for seed in range(10):
        activations, found, classes = random_case(seed)
        assert as_lists(count_motifs(activations.bfloat16(), found, classes)) == naive_counts(
            activations, found, classes
        )


ONE = motifs((0, 0, ((0, 2),)))


@pytest.mark.parametrize(
    ("activations", "found", "classes", "message"),
    [
        (torch.zeros(2, 3), ONE, 1, "activations must have shape (N, C, S...), C and S not 0; got (2, 3)"),
        (torch.zeros(2, 0, 4), ONE, 1, "activations must have shape (N, C, S...), C and S not 0; got (2, 0, 4)"),
        (line([0.0, -1.5]), ONE, 1, "activations must be at least 0 and not nan; got -1.5"),
        (line([0.0, math.nan]), ONE, 1, "activations must be at least 0 and not nan; got nan"),
        (torch.zeros(1, 1, 4), ONE, 0, "classes must be at least 1; got 0"),
        (torch.zeros(1, 1, 4, 4), ONE, 1, "low must be int64 of shape (1, 2); got torch.int64 (1, 1)"),
        (torch.zeros(1, 1, 4), ONE._replace(high=torch.tensor([[2.0]])), 1, "high must be int64 of shape (1, 1); got"),
        (torch.zeros(1, 1, 4), ONE._replace(sample=torch.tensor([0, 0])), 1, "sample must be int64 of shape (1,); got"),
        (torch.zeros(1, 1, 4), ONE._replace(sample=torch.tensor([1])), 1, "sample must lie in 0..0; got 1"),
        (torch.zeros(1, 1, 4), ONE._replace(kind=torch.tensor([-1])), 3, "kind must lie in 0..2; got -1"),
        (
            torch.zeros(1, 1, 4),
            ONE._replace(high=ONE.low),
            1,
            "high must exceed low on every axis; got low [0] and high [0]",
        ),
    ],
)
def test_bad_input_is_refused(activations: Tensor, found: Motifs, classes: int, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        count_motifs(activations, found, classes)


def test_counts_of_different_models_do_not_add() -> None:
    with pytest.raises(ValueError, match=re.escape("same classes and channels; got (1, 1) and (1, 2)")):
        counts_of([[1]], [0], [0]) + counts_of([[1, 1]], [0], [0, 0])
