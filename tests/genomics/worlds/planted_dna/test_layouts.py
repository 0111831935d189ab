"""Where motifs lie: in order, apart, inside, with the gaps that were asked for."""

import pytest
import torch

from sparling_genomics.worlds.planted_dna.layouts import APART, NONE, Layout, Order, in_random_order, place

WIDTH = torch.tensor([5, 3, 8])


def free(kind: torch.Tensor, gap: torch.Tensor | None = None) -> Order:
    return Order(kind, torch.zeros_like(kind, dtype=torch.bool), torch.full_like(kind, -1) if gap is None else gap)


def test_motifs_stand_in_order_apart_and_inside() -> None:
    kind = torch.tensor([0, 1, 2, NONE]).repeat(500, 1)
    layout = place(free(kind), WIDTH, 40, torch.rand(500, 4, generator=torch.Generator().manual_seed(0)))
    assert torch.equal(layout.end[:, :3] - layout.start[:, :3], WIDTH.repeat(500, 1))
    assert (layout.start[:, 1:3] - layout.end[:, :2] >= APART).all()
    assert int(layout.start[:, 0].min()) == 0
    assert int(layout.end[:, 2].max()) == 40
    assert (layout.start[:, 3] == 0).all()


def test_a_gap_of_its_own_is_kept_to_the_bp() -> None:
    gap = torch.tensor([[-1, 7, -1], [0, 3, -1]]).repeat(200, 1)
    order = free(torch.tensor([0, 1, 2]).repeat(400, 1), gap)
    layout = place(order, WIDTH, 50, torch.rand(400, 3, generator=torch.Generator().manual_seed(1)))
    between = layout.start[:, 1:] - layout.end[:, :-1]
    assert (between[0::2, 1] == 7).all()
    assert (between[1::2] == torch.tensor([0, 3])).all()
    assert (layout.start[:, 0] >= 0).all()
    assert (layout.end[:, -1] <= 50).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="must fit into 20 bp; got 24"):
        place(free(torch.tensor([[0, 1, 2]])), WIDTH, 20, torch.zeros(1, 3))


def test_only_what_is_present_is_placed_and_every_order_occurs() -> None:
    present = torch.tensor([True, False, True, True]).repeat(600, 1)
    chance = torch.rand(600, 4, generator=torch.Generator().manual_seed(2))
    kinds = in_random_order(torch.tensor([0, 0, 1, 2]), present, chance)
    assert (kinds[:, 3] == NONE).all()
    assert len({tuple(row) for row in kinds[:, :3].tolist()}) == 6


def test_exchanging_twice_changes_nothing() -> None:
    kind = torch.tensor([[0, 1, 2, NONE], [2, 2, 0, 1]])
    nothing = torch.zeros_like(kind)
    layout = Layout(kind, nothing.bool(), nothing, nothing)
    a, b = torch.tensor([0, 2]), torch.tensor([1, 0])
    once = layout.exchanged(a, b)
    assert once.kind.tolist() == [[1, 0, 2, NONE], [0, 0, 2, 1]]
    assert torch.equal(once.exchanged(a, b).kind, kind)
