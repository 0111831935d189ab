"""The same data give the same thresholds and statistics, whatever the number of processes they are divided over."""

import itertools
import os
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from sparling.layer.baselines import PenalisedKL
from sparling.layer.ranks import world
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.tracker import Mode

RANKS = 2
SHARES = (slice(0, 5), slice(5, 8))
"""Which samples each process has: not as many."""
CASES: list[tuple[Mode, float]] = [("per_channel", 0.3), ("shared", 0.3), ("per_channel", 0.01), ("shared", 0.002)]


def batches() -> list[Tensor]:
    """The last samples have the largest scores, so that one process has most of those that count."""
    generator, scale = torch.Generator().manual_seed(5), torch.linspace(0.5, 3.0, 8).view(8, 1, 1)
    return [1.0 + scale * torch.randn(8, 3, 40, generator=generator).exp() for _ in range(8)]


def masks() -> list[Tensor]:
    generator = torch.Generator().manual_seed(6)
    return [torch.randint(3, 41, (8, 1, 1), generator=generator) > torch.arange(40).view(1, 1, 40) for _ in range(8)]


def run(share: slice) -> list[dict[str, Tensor]]:
    """State after several steps of each case, the last activations and the gradient that reaches the scores."""
    torch.set_num_threads(1)
    results = []
    for (mode, density), masked, inhibition in itertools.product(CASES, (False, True), (0, 3)):
        layer = SpatialSparsity(3, density, mode, inhibition=inhibition)
        for z, mask in zip(batches(), masks(), strict=True):
            z = z[share].clone().requires_grad_()
            active = layer(z, mask[share] if masked else None)
        active.square().sum().backward()
        assert z.grad is not None
        results.append(layer.state_dict() | {"active": active.detach(), "gradient": z.grad})
    for masked in (False, True):
        penalised = PenalisedKL(3)
        for z, mask in zip(batches(), masks(), strict=True):
            z = z[share].clone().requires_grad_()
            active = penalised(z, mask[share] if masked else None)
        penalty = penalised.penalty(active)
        (penalty / world()).backward()
        assert z.grad is not None
        state = penalised.state_dict() | {"penalty": penalty.detach()}
        results.append(state | {"active": active.detach(), "gradient": z.grad})
    return results


def worker(rank: int, folder: str) -> None:
    store = f"file://{folder}/rendezvous"
    dist.init_process_group("gloo", init_method=store, rank=rank, world_size=RANKS)
    torch.save(run(SHARES[rank]), f"{folder}/{rank}.part")
    Path(f"{folder}/{rank}.part").rename(f"{folder}/{rank}.pt")
    while not all(Path(f"{folder}/{other}.pt").exists() for other in range(RANKS)):
        time.sleep(0.01)
    os._exit(0)  # gloo's threads now and then abort a process that takes the interpreter down under them


@pytest.fixture(scope="module")
def by_rank(tmp_path_factory: pytest.TempPathFactory) -> list[list[dict[str, Tensor]]]:
    folder = tmp_path_factory.mktemp("ranks")
    mp.spawn(worker, args=(str(folder),), nprocs=RANKS)
    return [torch.load(Path(folder) / f"{rank}.pt", weights_only=True) for rank in range(RANKS)]


def test_state_is_that_of_one_process(by_rank: list[list[dict[str, Tensor]]]) -> None:
    for whole, *parts in zip(run(slice(0, 8)), *by_rank, strict=True):
        for name in whole.keys() - {"active", "gradient"}:
            for part in parts:
                torch.testing.assert_close(part[name], whole[name], atol=1e-6, rtol=1e-5)
            assert torch.equal(parts[0][name], parts[1][name]), name


@pytest.mark.parametrize("name", ["active", "gradient"])
def test_activations_and_gradients_are_those_of_one_process(name: str, by_rank: list[list[dict[str, Tensor]]]) -> None:
    for whole, *parts in zip(run(slice(0, 8)), *by_rank, strict=True):
        together = torch.cat([part[name] for part in parts])
        torch.testing.assert_close(together, whole[name], atol=1e-4, rtol=1e-3)
