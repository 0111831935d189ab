"""Random numbers by address: the published generator, and nothing to be seen between neighbouring addresses."""

import re

import pytest
import torch
from scipy import stats
from torch import Tensor

from sparling.domains.counter_random import sample_keys, uniforms, words

WORD = 1 << 64


def splitmix64(state: int, outputs: int) -> list[int]:
    """The generator as published, in unbounded integers."""
    found = []
    for _ in range(outputs):
        state = (state + 0x9E3779B97F4A7C15) % WORD
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % WORD
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % WORD
        found.append(z ^ (z >> 31))
    return found


def unsigned(found: Tensor) -> list[int]:
    return [value % WORD for value in found.flatten().tolist()]


def table(seed: int = 0, samples: int = 1000, counters: int = 300) -> Tensor:
    return uniforms(sample_keys(seed, torch.arange(samples))[:, None], torch.arange(counters))


def test_known_outputs_of_splitmix64() -> None:
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert splitmix64(1234567, 5) == known
    assert unsigned(words(torch.tensor([1234567]), torch.arange(5))) == known


@pytest.mark.parametrize("start", [0, 1, (1 << 63) - 1, -1, -(1 << 63)])
def test_every_start_gives_the_published_outputs(start: int) -> None:
    assert unsigned(words(torch.tensor([start]), torch.arange(100))) == splitmix64(start % WORD, 100)


def test_a_far_counter_is_reached_directly() -> None:
    ahead = 1 << 40
    state = (5 + ahead * 0x9E3779B97F4A7C15) % WORD
    assert unsigned(words(torch.tensor([5]), ahead + torch.arange(3))) == splitmix64(state, 3)


def test_uniforms_are_the_highest_53_bits() -> None:
    keys, counter = sample_keys(3, torch.arange(50))[:, None], torch.arange(40)
    expected = [(value >> 11) / (1 << 53) for value in unsigned(words(keys, counter))]
    assert uniforms(keys, counter).flatten().tolist() == expected


def test_addresses_are_left_as_they_were() -> None:
    index, counter = torch.arange(5), torch.arange(7)
    keys = sample_keys(1, index)
    before = keys.clone()
    uniforms(keys[:, None], counter)
    words(keys, torch.tensor([0]))
    assert keys.equal(before)
    assert index.equal(torch.arange(5))
    assert counter.equal(torch.arange(7))


@pytest.mark.parametrize("seed", [0, 1, -1, 12345, 1 << 63, -(1 << 63), 3 * (1 << 64) + 7])
def test_a_key_depends_on_seed_and_index_only(seed: int) -> None:
    index = torch.tensor([0, 1, -1, 7, (1 << 63) - 1, -(1 << 63), 1 << 40])
    keys = sample_keys(seed, index)
    assert keys.dtype == torch.int64
    assert sample_keys(seed, index.flip(0)).equal(keys.flip(0))
    assert torch.cat([sample_keys(seed, index[i : i + 1]) for i in range(len(index))]).equal(keys)
    assert sample_keys(seed + (1 << 64), index).equal(keys)
    assert len(set(keys.tolist())) == len(index)


def test_keys_of_neighbouring_seeds_and_samples_are_all_different() -> None:
    keys = torch.cat([sample_keys(seed, torch.arange(-500, 500)) for seed in range(-50, 50)])
    assert len(keys.unique()) == 100_000


@pytest.mark.parametrize("seed", [0, 1, 987654321])
def test_uniform(seed: int) -> None:
    u = table(seed).flatten()
    assert u.min() >= 0
    assert u.max() < 1
    assert stats.kstest(u.numpy(), "uniform").pvalue > 0.01


def test_pairs_of_neighbours_fill_the_square_evenly() -> None:
    u = table()
    later = uniforms(sample_keys(1, torch.arange(1000))[:, None], torch.arange(300))
    for first, second in ((u[:, ::2], u[:, 1::2]), (u[::2], u[1::2]), (u, later)):
        cell = (first * 32).long() * 32 + (second * 32).long()
        assert stats.chisquare(torch.bincount(cell.flatten(), minlength=1024).numpy()).pvalue > 0.01


def test_every_bit_is_on_half_the_time_and_follows_no_other() -> None:
    found = words(sample_keys(0, torch.arange(200))[:, None], torch.arange(100)).flatten()
    bits = (found[:, None] >> torch.arange(64) & 1).double()
    z = (bits.mean(0) - 0.5) * 2 * len(bits) ** 0.5
    assert z.abs().max() < 4
    correlation = torch.corrcoef(bits.T).fill_diagonal_(0)
    assert correlation.abs().max() * len(bits) ** 0.5 < 5


@pytest.mark.parametrize("index", [torch.zeros(2, 2, dtype=torch.int64), torch.tensor(1), torch.arange(3).int()])
def test_an_index_of_another_shape_or_type_is_refused(index: Tensor) -> None:
    message = f"index must have shape (N,) and be int64; got {tuple(index.shape)} and {index.dtype}"
    with pytest.raises(ValueError, match=re.escape(message)):
        sample_keys(0, index)
