"""Measurements of a readout that is right by construction, and of one that looks elsewhere."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.domains.base import Samples
from sparling.domains.counter_random import sample_keys
from sparling.domains.sequence_task import SequenceTask
from sparling.evaluation.motif_errors import MotifCounts, Motifs
from sparling.evaluation.placement import motif_offsets, placed
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.training.session import Session
from sparling.validation.measure import (
    Perturbed,
    channel_offsets,
    describe_classes,
    errors_on_test,
    mean_patches,
    moved_to_absent,
    owning_channels,
    perturbation,
    silenced,
)

CLASSES, SIDE = 5, 8


class Sorted:
    """One pixel a motif, as bright as its class; the output lists the classes in rising order."""

    name, tokens, length, size, motifs_per_sample = "sorted", CLASSES + 1, 3, (SIDE, SIDE), 2.0
    class_names = tuple("abcde")

    def samples(self, seed: int, index: Tensor) -> Samples:
        generator = torch.Generator().manual_seed(seed)
        kinds = torch.rand(int(index.max()) + 1, CLASSES, generator=generator).argsort(1)[index, :2]
        cells = torch.rand(int(index.max()) + 1, SIDE * SIDE, generator=generator).argsort(1)[index, :2]
        x = torch.zeros(len(index), SIDE * SIDE, dtype=torch.uint8).scatter(1, cells, (kinds + 1).to(torch.uint8))
        low = torch.stack([cells // SIDE, cells % SIDE], 2).flatten(0, 1)
        motifs = Motifs(torch.arange(len(index)).repeat_interleave(2), kinds.flatten(), low, low + 1)
        y = F.pad(kinds.sort(1).values, (0, 1), value=CLASSES)
        return Samples(x.view(-1, 1, SIDE, SIDE), y, motifs)

    def demanded(self, y: Tensor, source: Tensor, target: Tensor) -> Tensor:
        swapped = torch.where(y == source[:, None], target[:, None], y)[:, :2]
        return F.pad(swapped.sort(1).values, (0, 1), value=CLASSES)


class Perfect(nn.Module):
    """One channel a class."""

    def forward(self, x: Tensor) -> Tensor:
        return (1 - (x - torch.arange(1, CLASSES + 1).view(1, -1, 1, 1)).abs()).relu()


class Beside(Perfect):
    """Marks the pixel that many rows below, and so many columns right of the motif; a channel of its own way each.

    Beyond an edge it goes on at the other, which no local model does: its receptive field is said, not measured.
    """

    steps = ((0, 0), (1, 0), (0, 2), (-1, -1), (-2, 1))

    def forward(self, x: Tensor) -> Tensor:
        found = super().forward(x)
        return torch.stack([found[:, c].roll(step, (1, 2)) for c, step in enumerate(self.steps)], dim=1)


class Listing(nn.Module):
    """Lists the active channels; ``blind`` to some, which it takes for the first."""

    def __init__(self, blind: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.blind = blind

    def forward(self, activations: Tensor) -> Tensor:
        said = torch.full((len(activations), 3), CLASSES)
        for row, active in zip(said, activations.amax((2, 3)) > 0, strict=True):
            seen = sorted(0 if c in self.blind else c for c in active.nonzero().flatten().tolist())[:2]
            row[: len(seen)] = torch.tensor(seen, dtype=torch.int64)
        return F.one_hot(said, CLASSES + 1).float()


def measured(readout: nn.Module, local: nn.Module | None = None) -> tuple[Session, SequenceTask]:
    task = SequenceTask(cast(Any, Sorted()), seed=0, batch_size=64, held_out=64)
    layer = SpatialSparsity(CLASSES, density=0.01)
    layer.set_threshold(torch.full((CLASSES,), 0.5))
    model = SparlingModel(local or Perfect(), layer, readout)
    return Session(model, task, "cpu"), task


def perturbation_consistency(session: Session, task: SequenceTask, owners: Tensor) -> float | None:
    def perturb(seed: int, index: Tensor, *maps: Tensor) -> Perturbed:
        return moved_to_absent(task.domain, 5, sample_keys(seed, index), *maps)

    return perturbation(session, task, perturb, owners, 1_000)[0]


def test_a_class_has_the_channel_assigned_to_it_and_may_have_those_left_over() -> None:
    confusion = torch.tensor([[5, 0, 4, 3], [0, 0, 0, 4], [3, 0, 0, 0]])
    counts = MotifCounts(confusion, torch.zeros(3, dtype=torch.int64), torch.zeros(4, dtype=torch.int64))
    assert owning_channels(counts, several=False).tolist() == [2, 3, 0]
    assert owning_channels(counts, several=True).tolist() == [[2], [3], [0]]
    confusion[2, 0] = 0
    assert owning_channels(counts, several=False).tolist() == [0, 3, -1]
    assert owning_channels(counts, several=True).tolist() == [[0, 2], [3, -1], [-1, -1]]


def test_a_motif_that_any_channel_of_its_class_marks_is_not_confused_where_there_may_be_several() -> None:
    confusion = torch.tensor([[5, 0, 4, 3], [0, 0, 0, 4], [0, 0, 0, 0]])
    counts = MotifCounts(confusion, torch.tensor([0, 1, 2]), torch.zeros(4, dtype=torch.int64))
    one, several = (describe_classes("abc", counts, several) for several in (False, True))
    assert [(each.channel, each.motifs, each.missed) for each in one] == [(0, 12, 0), (3, 5, 1), (None, 2, 2)]
    assert [each.confused for each in one] == [7, 0, 0]
    assert [each.confused for each in several] == [3, 0, 0]


def test_a_readout_that_uses_every_channel_is_consistent_and_needs_each() -> None:
    session, task = measured(Listing())
    assert perturbation_consistency(session, task, torch.arange(CLASSES)) == 1.0
    assert silenced(session, task) == (1.0,) * CLASSES


def test_a_readout_that_takes_one_class_for_another_is_caught() -> None:
    session, task = measured(Listing(blind=(3,)))
    share = perturbation_consistency(session, task, torch.arange(CLASSES))
    assert share is not None
    assert 0.5 < share < 0.9


def test_classes_without_a_channel_are_not_judged() -> None:
    session, task = measured(Listing(blind=(3,)))
    owners = torch.tensor([0, 1, 2, -1, 4])
    assert perturbation_consistency(session, task, owners) == 1.0
    assert perturbation_consistency(session, task, torch.full((CLASSES,), -1)) is None


@pytest.mark.parametrize("permuted", [torch.tensor([1, 2, 3, 4, 0]), torch.tensor([4, 3, 2, 1, 0])])
def test_channels_that_are_assigned_wrongly_are_inconsistent(permuted: Tensor) -> None:
    session, task = measured(Listing())
    share = perturbation_consistency(session, task, permuted)
    assert share is not None
    assert share < 0.5


def test_a_channel_that_marks_beside_its_motif_is_placed_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the truth: from the images and the marks alone."""
    monkeypatch.setattr("sparling.validation.measure.receptive_field", lambda *_: 3)
    session, task = measured(Listing(), Beside())
    offsets = channel_offsets(session, task)
    assert offsets.tolist() == [[-down, -right] for down, right in Beside.steps]
    errors = errors_on_test(session, task, 200, lambda _, activations: placed(activations, offsets))
    assert (errors.placed.fpe, errors.placed.fne, errors.placed.ce) == (0.0, 0.0, 0.0)
    assert int(errors.counts.confusion.diagonal().sum()) == 400
    assert errors.as_marked.fne > 0.6
    assert errors.as_marked.fpe > 0.6


def test_a_channel_on_its_motif_stays_and_a_silent_one_has_no_place() -> None:
    session, task = measured(Listing())
    session.model.sparsity.set_threshold(torch.tensor([0.5, 0.5, 0.5, 0.5, 9.0]))
    assert channel_offsets(session, task).tolist() == [[0, 0]] * CLASSES
    patches = mean_patches(session, task, 3, reach=1)
    assert patches.shape == (CLASSES, 1, 3, 3)
    assert patches[4].isnan().all()
    assert patches[:4, 0, 1, 1].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_marks_that_are_not_moved_are_judged_where_they_are() -> None:
    session, task = measured(Listing(), Beside())
    errors = errors_on_test(session, task, 200, lambda _, activations: activations)
    assert errors.placed == errors.as_marked
    assert errors.placed.fne > 0.6


def test_what_channels_of_sequences_see_is_an_interval() -> None:
    """Marks lie two positions right of the middle of a motif of three inputs; one axis instead of two."""
    x = torch.zeros(4, 1, 60)
    x[:, 0, 20:23] = torch.tensor([1.0, 3.0, 1.0])
    activations = torch.zeros(4, 1, 60)
    activations[:, 0, 23] = 1.0
    session = SimpleNamespace(forward=lambda _: SimpleNamespace(activations=activations))
    task = SimpleNamespace(cell=1, batches=lambda *_: [(SimpleNamespace(x=x), None)])
    patches = mean_patches(cast(Session, session), cast(SequenceTask, task), 1, reach=4)
    assert patches.tolist() == [[[0.0, 1.0, 3.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]]]
    assert motif_offsets(patches[:, 0], x.mean()).tolist() == [[-2]]


def test_each_input_of_a_position_is_compared_with_its_own_mean() -> None:
    """Two inputs a position: one always high, which is no motif, and one that is high beside the marks."""
    x = torch.zeros(4, 2, 60)
    x[:, 0] = 9.0
    x[:, 1, 20:23] = torch.tensor([1.0, 3.0, 1.0])
    activations = torch.zeros(4, 1, 60)
    activations[:, 0, 23] = 1.0
    batch = SimpleNamespace(x=x)
    model = SimpleNamespace(local=torch.nn.Conv1d(2, 1, 5))
    session = SimpleNamespace(forward=lambda _: SimpleNamespace(activations=activations), model=model)
    task = SimpleNamespace(
        cell=1,
        batches=lambda *_: [(batch, None)],
        batch=lambda *_: (batch, None),
        inputs=lambda batch: (batch.x, None),
    )
    patches = mean_patches(cast(Session, session), cast(SequenceTask, task), 1, reach=2)
    assert patches.tolist() == [[[9.0] * 5, [3.0, 1.0, 0.0, 0.0, 0.0]]]
    assert channel_offsets(cast(Session, session), cast(SequenceTask, task)).tolist() == [[-2]]
