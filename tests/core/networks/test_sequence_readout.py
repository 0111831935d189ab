"""The readout that spells: what it may look at, and that spelling freely is spelling with its own words before it."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from sparling.networks.sequence_readout import SequenceReadout, fourier_features

CHANNELS, TOKENS, LENGTH, BATCH = 3, 5, 6, 8
SHAPES = [(30,), (12, 17)]


@pytest.fixture(params=SHAPES, ids=["rank 1", "rank 2"])
def shape(request: pytest.FixtureRequest) -> tuple[int, ...]:
    return tuple(request.param)


@pytest.fixture
def readout(shape: tuple[int, ...]) -> SequenceReadout:
    return readout_of(shape)


@pytest.fixture
def activations(shape: tuple[int, ...], rng: torch.Generator) -> Tensor:
    return random_map(shape, rng)


def readout_of(shape: tuple[int, ...], seed: int = 4) -> SequenceReadout:
    """Small, with weights large enough that what it says depends on what it sees and what it said."""
    torch.manual_seed(seed)
    readout = SequenceReadout(CHANNELS, shape, TOKENS, LENGTH, width=16, layers=1, heads=2)
    with torch.no_grad():
        for parameter in readout.parameters():
            parameter.mul_(3) if parameter.ndim > 1 else parameter.add_(0.3 * torch.randn(parameter.shape))
    return readout.eval()


def random_map(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    values = torch.rand(BATCH, CHANNELS, *shape, generator=generator)
    return values * (torch.rand(values.shape, generator=generator) < 0.1)


def random_target(generator: torch.Generator) -> Tensor:
    return torch.randint(TOKENS, (BATCH, LENGTH), generator=generator)


@pytest.mark.parametrize("pool", [1, 3, 4, 40])
def test_one_row_of_logits_a_token(shape: tuple[int, ...], pool: int, rng: torch.Generator) -> None:
    readout = SequenceReadout(CHANNELS, shape, TOKENS, LENGTH, pool=pool, width=8, layers=1, heads=1)
    activations = random_map(shape, rng)
    for target in (None, random_target(rng)):
        logits = readout(activations, target)
        assert logits.shape == (BATCH, LENGTH, TOKENS)
        assert logits.dtype == torch.float32


def test_a_token_is_seen_only_by_those_after_it(
    readout: SequenceReadout, activations: Tensor, rng: torch.Generator
) -> None:
    target = random_target(rng)
    before = readout(activations, target)
    for t in range(LENGTH):
        changed = target.clone()
        changed[:, t] = (changed[:, t] + 1) % TOKENS
        difference = (readout(activations, changed) - before).abs().amax((0, 2))
        assert (difference[: t + 1] == 0).all()
        assert (difference[t + 1 :] > 1e-4).all()


def test_spelling_freely_is_being_told_what_one_said(readout: SequenceReadout, activations: Tensor) -> None:
    free = readout(activations)
    torch.testing.assert_close(readout(activations, free.argmax(2)), free)


def test_spelling_freely_is_the_most_likely_token_step_by_step(readout: SequenceReadout, activations: Tensor) -> None:
    said = torch.full((BATCH, LENGTH), -1)
    for t in range(LENGTH):
        said[:, t] = readout(activations, said)[:, t].argmax(1)
    assert readout(activations).argmax(2).equal(said)
    told = readout(activations, said)
    assert (told[1:] - told[:1]).abs().amax((1, 2)).min() > 1e-3
    assert len(said.unique()) > 1


@given(seed=st.integers(0, 10_000), shape=st.sampled_from(SHAPES))
def test_all_right_when_told_if_and_only_if_all_right_alone(seed: int, shape: tuple[int, ...]) -> None:
    """What exact match under teacher forcing measures; the targets are what is said, right or with one token wrong."""
    generator = torch.Generator().manual_seed(seed)
    readout, activations = readout_of(shape, seed), random_map(shape, generator)
    target = readout(activations).argmax(2)
    where = torch.randint(LENGTH, (BATCH // 2,), generator=generator)
    target[torch.arange(BATCH // 2), where] += torch.randint(1, TOKENS, (BATCH // 2,), generator=generator)
    target %= TOKENS
    alone = (readout(activations).argmax(2) == target).all(1)
    told = (readout(activations, target).argmax(2) == target).all(1)
    assert told.tolist() == alone.tolist() == [False] * (BATCH // 2) + [True] * (BATCH // 2)


def test_right_up_to_the_end_when_told_if_and_only_if_alone(readout: SequenceReadout, activations: Tensor) -> None:
    """The same where only the first tokens count and the rest of the target is padding."""
    said = readout(activations).argmax(2)
    for n in range(1, LENGTH):
        target = said.clone()
        target[:, n:] = -1
        target[0, n - 1] = (target[0, n - 1] + 1) % TOKENS
        told = (readout(activations, target).argmax(2)[:, :n] == target[:, :n]).all(1)
        assert told.tolist() == [False] + [True] * (BATCH - 1)


def test_what_pads_a_target_is_no_token_to_the_rest(
    readout: SequenceReadout, activations: Tensor, rng: torch.Generator
) -> None:
    target = random_target(rng)
    target[:, 3:] = -1
    logits = readout(activations, target)
    assert logits.isfinite().all()
    for value in (-2, -100):
        assert readout(activations, target.where(target >= 0, value)).equal(logits)
    filled = target.where(target >= 0, random_target(rng))
    torch.testing.assert_close(readout(activations, filled)[:, :4], logits[:, :4])


def test_padding_puts_nothing_into_the_gradient(
    readout: SequenceReadout, activations: Tensor, rng: torch.Generator
) -> None:
    target = random_target(rng)
    target[:, 3:] = -1
    gradients = []
    for shown in (target, target.where(target >= 0, random_target(rng))):
        readout.zero_grad()
        F.cross_entropy(readout(activations, shown).flatten(0, 1), target.flatten(), ignore_index=-1).backward()
        gradients.append(torch.cat([p.grad.flatten() for p in readout.parameters() if p.grad is not None]))
    torch.testing.assert_close(*gradients)


def test_the_samples_of_a_batch_do_not_see_each_other(readout: SequenceReadout, activations: Tensor) -> None:
    alone = torch.cat([readout(sample[None]) for sample in activations])
    torch.testing.assert_close(readout(activations), alone, rtol=1e-4, atol=1e-5)


def test_it_sees_the_largest_activation_of_a_cell_and_where_the_cell_is(shape: tuple[int, ...]) -> None:
    readout = readout_of(shape)
    maps = torch.zeros(4, CHANNELS, *shape)
    maps[0, 0, ..., 0] = 0.7
    maps[1, 0, ..., 3] = 0.7
    maps[1, 0, ..., 1] = 0.2
    maps[2, 0, ..., 4] = 0.7
    maps[3, 1, ..., 0] = 0.7
    logits = readout(maps)
    torch.testing.assert_close(logits[0], logits[1])
    for other in (2, 3):
        assert (logits[0] - logits[other]).abs().max() > 1e-3


def test_a_few_steps_learn_a_batch(shape: tuple[int, ...], rng: torch.Generator) -> None:
    torch.manual_seed(0)
    readout = SequenceReadout(CHANNELS, shape, TOKENS, LENGTH, width=16, layers=1, heads=2)
    activations, target = random_map(shape, rng).requires_grad_(), random_target(rng)
    optimizer = torch.optim.Adam(readout.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        loss = F.cross_entropy(readout(activations, target).flatten(0, 1), target.flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[1] < losses[0]
    assert losses[-1] < 0.2 * losses[0]
    assert all(parameter.grad is not None for parameter in readout.parameters())
    assert activations.grad is not None
    assert activations.grad.abs().sum() > 0


def test_inference_is_the_same_function(readout: SequenceReadout, activations: Tensor) -> None:
    with torch.no_grad():
        found = readout(activations)
    torch.testing.assert_close(found, readout(activations), rtol=1e-4, atol=1e-5)


def test_places_are_no_weights(readout: SequenceReadout) -> None:
    assert "place" not in readout.state_dict()
    assert not readout.place.requires_grad


def test_cells_without_activations_are_not_there(
    readout: SequenceReadout, shape: tuple[int, ...], rng: torch.Generator
) -> None:
    """What is at an empty cell's place does not matter at all, what is at any other's does."""
    maps = torch.zeros(1, CHANNELS, *shape)
    maps.view(CHANNELS, -1)[0, 0] = 1.0
    said = readout(maps)
    changes = []
    for cell in range(len(readout.place)):
        kept = readout.place[cell].clone()
        readout.place[cell] = torch.rand(kept.shape, generator=rng)
        changes.append(float((readout(maps) - said).detach().abs().max()))
        readout.place[cell] = kept
    assert changes[0] > 0.01
    assert max(changes[1:]) == 0


def test_place_is_not_drowned_by_content(readout: SequenceReadout, rng: torch.Generator) -> None:
    """Else order is not learned from where the network has learned what is there (docs/decisions)."""
    maps = random_map(tuple(readout.shape[1:]), rng)
    with torch.no_grad():
        readout.embed.weight.mul_(1000)
        said = readout(maps)
        readout.place.copy_(readout.place.flip(0))
        assert (readout(maps) - said).abs().max() > 0.1


def test_a_sparse_sample_beside_a_dense_one_is_read_as_by_itself(readout: SequenceReadout) -> None:
    """As many cells are read of each sample as the densest one of the batch has."""
    maps = torch.zeros(3, *readout.shape)
    maps[0, 1].view(-1)[::7] = 1.0
    maps[1] = 0.5
    for i in range(3):
        torch.testing.assert_close(readout(maps[i : i + 1])[0], readout(maps)[i], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_on_a_cpu_everything_is_single_precision(
    readout: SequenceReadout, activations: Tensor, dtype: torch.dtype
) -> None:
    expected = readout(activations.to(dtype).float())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert readout(activations.to(dtype)).equal(expected)


@pytest.mark.parametrize("shape", [(1,), (5,), (3, 4), (2, 3, 2)], ids=str)
@pytest.mark.parametrize("frequencies", [0, 1, 4])
def test_fourier_features_as_loops_find_them(shape: tuple[int, ...], frequencies: int) -> None:
    features = fourier_features(shape, frequencies)
    cells = list(torch.cartesian_prod(*[torch.arange(n) for n in shape]).view(-1, len(shape)))
    assert features.shape == (len(cells), len(shape) * (1 + 2 * frequencies))
    for found, cell in zip(features, cells, strict=True):
        place = [(2 * int(i) + 1) / n - 1 for i, n in zip(cell, shape, strict=True)]
        turns = [p * math.pi * 2**f for p in place for f in range(frequencies)]
        expected = [*place, *map(math.sin, turns), *map(math.cos, turns)]
        assert found.tolist() == pytest.approx(expected, abs=2e-6)


def test_no_two_cells_have_the_same_features() -> None:
    features = fourier_features((13, 13), frequencies=4)
    assert torch.pdist(features).min() > 0.1
