"""DigitCircle: a sample depends on seed and index only."""

import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import torch

from sparling.domains.base import Samples
from sparling.domains.digit_circle import DigitCircle
from tests.core.domains.worlds import WORLDS


def same(a: Samples, b: Samples) -> bool:
    return all(s.equal(t) for s, t in zip((a.x, a.y, *a.motifs), (b.x, b.y, *b.motifs), strict=True))


def joined(parts: list[Samples]) -> Samples:
    offsets = np.cumsum([0] + [len(part.x) for part in parts]).tolist()
    motifs = [part.motifs._replace(sample=part.motifs.sample + n) for part, n in zip(parts, offsets, strict=False)]
    return Samples(
        torch.cat([part.x for part in parts]),
        torch.cat([part.y for part in parts]),
        type(motifs[0])(*(torch.cat(t) for t in zip(*motifs, strict=True))),
    )


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_batches_change_nothing(world: DigitCircle, batch: int) -> None:
    whole = world.samples(5, torch.arange(100))
    assert same(joined([world.samples(5, part) for part in torch.arange(100).split(batch)]), whole)


def test_order_changes_nothing(world: DigitCircle, rng: torch.Generator) -> None:
    order = torch.randperm(100, generator=rng)
    assert same(joined([world.samples(5, order)]), joined([world.samples(5, i[None]) for i in order]))


@pytest.mark.parametrize("seed", [-1, 1 << 63, -(1 << 63), 10**30])
def test_seeds_and_indices_of_any_size(seed: int) -> None:
    index = torch.tensor([-1, 0, (1 << 63) - 1, -(1 << 63), 1 << 40])
    found = WORLDS[0].samples(seed, index)
    assert same(found, joined([WORLDS[0].samples(seed, i[None]) for i in index]))
    assert len(found.x.flatten(1).unique(dim=0)) == len(index)


def test_no_samples() -> None:
    found = WORLDS[0].samples(0, torch.arange(0))
    assert found.x.shape == (0, 1, 100, 100)
    assert found.y.shape == (0, 7)
    assert [part.shape for part in found.motifs] == [(0,), (0,), (0, 2), (0, 2)]


def test_threads_change_nothing(world: DigitCircle) -> None:
    before = torch.get_num_threads()
    one = world.samples(5, torch.arange(256))
    torch.set_num_threads(2)
    try:
        two = world.samples(5, torch.arange(256))
    finally:
        torch.set_num_threads(before)
    assert same(one, two)


def test_a_process_of_its_own_changes_nothing() -> None:
    world, parts = WORLDS[0], list(torch.arange(40).split(10))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(sample_elsewhere, [part.tolist() for part in parts]))
    assert found == [digest(world.samples(5, part)) for part in parts]


def sample_elsewhere(index: list[int]) -> str:
    return digest(WORLDS[0].samples(5, torch.tensor(index)))


def digest(samples: Samples) -> str:
    parts = (samples.x, samples.y, *samples.motifs)
    return hashlib.sha256(b"".join(part.numpy().tobytes() for part in parts)).hexdigest()[:16]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_devices_change_nothing(world: DigitCircle) -> None:
    there = world.samples(5, torch.arange(300, device="cuda"))
    assert there.x.is_cuda
    assert there.y.is_cuda
    assert all(part.is_cuda for part in there.motifs)
    back = Samples(there.x.cpu(), there.y.cpu(), type(there.motifs)(*(part.cpu() for part in there.motifs)))
    assert same(back, world.samples(5, torch.arange(300)))


def test_releases_change_nothing() -> None:
    assert [digest(world.samples(0, torch.arange(100))) for world in WORLDS] == [
        "9493351593b2c8cd",
        "014161f85064d417",
        "bf7e2273525e9bcf",
    ]


def test_seeds_give_different_samples(world: DigitCircle) -> None:
    a, b = (world.samples(seed, torch.arange(50)) for seed in (5, 6))
    assert (a.x != b.x).flatten(1).any(1).all()
    assert (a.y != b.y).any(1).float().mean() > 0.9
    assert len(torch.cat([a.x, b.x]).flatten(1).unique(dim=0)) == 100
