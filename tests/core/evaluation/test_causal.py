"""Moving and silencing channels, against loops over samples and positions."""

import itertools
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.evaluation.causal import move_channel, necessity


def random_map(seed: int) -> Tensor:
    """A map of rank 1 or 2 with few distinct values, so that there are ties."""
    g = torch.Generator().manual_seed(seed)
    axes, samples, channels = (int(torch.randint(1, high, (1,), generator=g)) for high in (3, 5, 5))
    size = torch.randint(1, 9, (axes,), generator=g).tolist()
    values = torch.randint(1, 6, (samples, channels, *size), generator=g) / 5
    return values * (torch.rand(values.shape, generator=g) < 0.5)


def channels_of(activations: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    g = torch.Generator().manual_seed(seed + 1)
    samples, channels = activations.shape[:2]
    source, target = torch.randint(channels, (2, samples), generator=g)
    return source, target


def naive_move(activations: Tensor, source: Tensor, target: Tensor, radius: int) -> Tensor:
    result = activations.clone()
    positions = list(itertools.product(*[range(length) for length in activations.shape[2:]]))
    for n, (a, b) in enumerate(zip(source.tolist(), target.tolist(), strict=True)):
        for position in positions:
            result[(n, a, *position)] = 0
        for here in positions:
            value = activations[(n, a, *here)]
            stays = True
            for there in positions:
                near = max(abs(i - j) for i, j in zip(here, there, strict=True)) <= radius
                other = activations[(n, a, *there)]
                if near and (other > value or (other == value and there < here)):
                    stays = False
            if stays:
                result[(n, b, *here)] = max(value, result[(n, b, *here)])
    return result


@given(seed=st.integers(0, 1_000_000), radius=st.integers(0, 10))
def test_moved_as_the_loops_move(seed: int, radius: int) -> None:
    activations = random_map(seed)
    source, target = channels_of(activations, seed)
    before = activations.clone()
    moved = move_channel(activations, source, target, radius)
    assert moved.equal(naive_move(activations, source, target, radius))
    assert activations.equal(before)


def test_each_sample_moves_its_own_channel() -> None:
    activations = torch.tensor([[[0.3], [0.0], [0.1]], [[0.2], [0.5], [0.0]]])
    moved = move_channel(activations, torch.tensor([0, 1]), torch.tensor([1, 0]), radius=5)
    assert moved.equal(torch.tensor([[[0.0], [0.3], [0.1]], [[0.5], [0.0], [0.0]]]))


def test_only_the_largest_within_the_radius_stays() -> None:
    activations = torch.zeros(1, 2, 9, 9)
    for row, column, value in ((4, 4, 0.9), (2, 6, 0.8), (1, 4, 0.7), (4, 7, 0.6)):
        activations[0, 0, row, column] = value
    # (2, 6) is two away from (4, 4); (1, 4) two from (2, 6), (4, 7) likewise.
    kept = move_channel(activations, torch.tensor([0]), torch.tensor([1]), radius=2)[0, 1]
    assert kept.nonzero().tolist() == [[4, 4]]
    kept = move_channel(activations, torch.tensor([0]), torch.tensor([1]), radius=1)[0, 1]
    assert kept.nonzero().tolist() == [[1, 4], [2, 6], [4, 4], [4, 7]]


def test_of_equals_the_first_stays() -> None:
    activations = torch.tensor([[[0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 0.0]]])
    moved = move_channel(activations, torch.tensor([0]), torch.tensor([1]), radius=1)
    assert moved[0, 1].tolist() == [0.0, 0.5, 0.0, 0.0]


def test_there_and_back_is_where_it_was() -> None:
    activations = random_map(7)
    activations[:, 1:] = 0
    channel = torch.zeros(len(activations), dtype=torch.int64)
    there = move_channel(activations, channel, channel + 1, radius=0)
    assert there[:, 0].count_nonzero() == 0
    assert move_channel(there, channel + 1, channel, radius=0).equal(activations)


def test_no_samples_to_move() -> None:
    none = torch.zeros(0, dtype=torch.int64)
    for shape in ((0, 2, 5), (0, 2, 5, 6)):
        assert move_channel(torch.zeros(shape), none, none, radius=2).shape == shape


ZERO = torch.tensor([0])


@pytest.mark.parametrize(
    ("activations", "source", "target", "radius", "message"),
    [
        (torch.zeros(1, 2), ZERO, ZERO, 1, "activations must have shape (N, C, L) or (N, C, H, W); got (1, 2)"),
        (
            torch.zeros(1, 2, 3, 3, 3),
            ZERO,
            ZERO,
            1,
            "activations must have shape (N, C, L) or (N, C, H, W); got (1, 2, 3",
        ),
        (torch.zeros(1, 2, 3), ZERO, ZERO, -1, "radius must be at least 0; got -1"),
        (torch.zeros(2, 2, 3), ZERO, ZERO, 1, "source must be int64 of shape (2,); got torch.int64 (1,)"),
        (torch.zeros(1, 2, 3), ZERO, ZERO.float(), 1, "target must be int64 of shape (1,); got torch.float32 (1,)"),
        (torch.zeros(1, 2, 3), ZERO, ZERO + 2, 1, "target must lie in 0..1; got 2"),
        (torch.zeros(1, 2, 3), ZERO - 1, ZERO, 1, "source must lie in 0..1; got -1"),
    ],
)
def test_bad_moves_are_refused(activations: Tensor, source: Tensor, target: Tensor, radius: int, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        move_channel(activations, source, target, radius)


def tokens(activations: Tensor) -> Tensor:
    """The strongest channel of each third position, and how many are active: (N, 2) for L = 6, or more."""
    flat = activations.flatten(2)
    return torch.cat([flat[:, :, ::3].argmax(1), flat.gt(0.5).sum((1, 2)).unsqueeze(1)], dim=1)


def naive_necessity(activations: Tensor) -> list[float | None]:
    shares: list[float | None] = []
    for channel in range(activations.shape[1]):
        active, changed = 0, 0
        for n in range(len(activations)):
            one = activations[n : n + 1]
            if one[:, channel].count_nonzero() > 0:
                silenced = one.clone()
                silenced[:, channel] = 0
                active += 1
                changed += int(tokens(silenced).tolist() != tokens(one).tolist())
        shares.append(changed / active if active else None)
    return shares


@given(seed=st.integers(0, 1_000_000))
def test_necessity_is_that_of_the_loops(seed: int) -> None:
    activations = random_map(seed)
    before = activations.clone()
    shares = necessity(tokens, activations)
    assert [None if share != share else share for share in shares.tolist()] == pytest.approx(
        naive_necessity(activations)
    )
    assert activations.equal(before)


def test_a_channel_nobody_reads_is_not_necessary() -> None:
    activations = torch.ones(4, 3, 5)
    activations[:, 2] = 0
    shares = necessity(lambda a: a[:, 1].sum(1).gt(0).long(), activations)
    assert shares[:2].tolist() == [0.0, 1.0]
    assert shares[2].isnan()


def test_nothing_active_is_necessary_nowhere() -> None:
    assert necessity(tokens, torch.zeros(2, 3, 6)).isnan().all()
    assert necessity(tokens, torch.zeros(0, 3, 6)).isnan().all()


def test_no_gradient_is_kept() -> None:
    activations = torch.rand(2, 2, 6, requires_grad=True)
    assert not move_channel(activations, torch.tensor([0, 1]), torch.tensor([1, 0]), radius=1).requires_grad
    assert not necessity(tokens, activations).requires_grad


def test_predictions_of_changing_shape_are_refused() -> None:
    activations = torch.ones(2, 2, 3)
    activations[1, 0] = 0
    message = "predict must give one shape a sample; got (2, 2) for 2 samples and (1, 1) for 1"
    with pytest.raises(ValueError, match=re.escape(message)):
        necessity(lambda a: torch.zeros(len(a), len(a)), activations)
    with pytest.raises(ValueError, match="activations must have shape"):
        necessity(tokens, torch.ones(2, 2))
