"""`calibrate` gives the same, whatever ranks the batches are divided over, also where one has none."""

import itertools
import os
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn

from sparling.errors import ScoresNotFinite
from sparling.layer.baselines import PenalisedL1
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.streamed import selection
from sparling.networks.local import ResidualLocal

RANKS = 2
SHARES = {"even": (0, 1, 0, 1, 0, 1), "uneven": (0, 0, 0, 0, 1, 0), "empty": (1, 1, 1, 1, 1, 1)}
"""The rank of each of six batches."""
Batches = list[tuple[Tensor, Tensor | None]]


def batches() -> Batches:
    generator = torch.Generator().manual_seed(5)
    parts: Batches = []
    for number, size in enumerate((4, 2, 3, 1, 5, 2)):
        mask = torch.rand((size, 1, 60), generator=generator) > 0.2
        x = (1 + number) * torch.randn(size, 2, 60, generator=generator)
        parts.append((x, mask if number % 2 else None))
    return parts


def locals_() -> list[nn.Module]:
    torch.manual_seed(0)
    user = nn.Sequential(nn.Conv1d(2, 4, 3, padding=1), nn.BatchNorm1d(4), nn.ReLU(), nn.Conv1d(4, 3, 3, padding=1))
    return [ResidualLocal(2, 3, width=4, units=1), nn.SyncBatchNorm.convert_sync_batchnorm(user)]


def layers() -> list[Bottleneck]:
    budgeted = SpatialSparsity(3, 0.05, inhibition=3)
    budgeted.share_out(torch.tensor([0.5, 1.0, 2.0]))
    made: list[Bottleneck] = []
    for density in (0.4, 0.02):
        made += [SpatialSparsity(3, density, "per_channel"), SpatialSparsity(3, density, "shared")]
    made += [SpatialSparsity(3, 0.05, inhibition=3), SpatialSparsity(3, 0.05, inhibition=3, by_excess=True)]
    return [*made, budgeted, PenalisedL1(3)]


def run(parts: Batches) -> list[dict[str, Tensor]]:
    """State of local model and layer, and what was found, in each case."""
    results = []
    for local, layer in itertools.product(locals_(), layers()):
        results.append(_calibrated(local, layer, parts, 0.0, 1 << 30))
    selection.MERGED = 0
    for slack, layer in itertools.product((0.0, 1.0), layers()[::3]):
        results.append(_calibrated(locals_()[1], layer, parts, slack, 0))
    selection.MERGED = 1 << 22
    return results


def _calibrated(local: nn.Module, layer: Bottleneck, parts: Batches, slack: float, keep: int) -> dict[str, Tensor]:
    found = calibrate(local, layer, parts, slack, keep)
    state = nn.ModuleDict({"local": local, "layer": layer}).state_dict()
    return state | {"found": torch.tensor(found, dtype=torch.float64)}


def refused(parts: Batches, rank: int) -> str:
    """What every rank says where one has a score that is NaN."""
    if rank == 0:
        parts = [(x.clone().fill_(torch.nan), None) for x, _ in parts[:1]]
    try:
        calibrate(nn.Identity(), SpatialSparsity(2), parts)
    except ScoresNotFinite as error:
        return str(error)
    return "nothing"


def worker(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=RANKS)
    done = {
        name: run([batch for batch, of in zip(batches(), shares, strict=True) if of == rank])
        for name, shares in SHARES.items()
    }
    said = refused(batches(), rank)
    torch.save((done, said), f"{folder}/{rank}.part")
    Path(f"{folder}/{rank}.part").rename(f"{folder}/{rank}.pt")
    while not all(Path(f"{folder}/{other}.pt").exists() for other in range(RANKS)):
        time.sleep(0.01)
    os._exit(0)  # gloo's threads now and then abort a process that takes the interpreter down under them


Done = tuple[dict[str, list[dict[str, Tensor]]], str]


@pytest.fixture(scope="module")
def by_rank(tmp_path_factory: pytest.TempPathFactory) -> list[Done]:
    folder = tmp_path_factory.mktemp("ranks")
    mp.spawn(worker, args=(str(folder),), nprocs=RANKS)
    return [torch.load(Path(folder) / f"{rank}.pt", weights_only=True) for rank in range(RANKS)]


@pytest.fixture(scope="module")
def whole() -> list[dict[str, Tensor]]:
    return run(batches())


@pytest.mark.parametrize("shares", SHARES)
def test_state_and_density_are_those_of_one_process(
    shares: str, by_rank: list[Done], whole: list[dict[str, Tensor]]
) -> None:
    assert len(whole) == 22
    for alone, *parts in zip(whole, *(done[shares] for done, _ in by_rank), strict=True):
        for name, tensor in alone.items():
            for part in parts:
                torch.testing.assert_close(part[name], tensor, atol=1e-6, rtol=1e-6)
            assert torch.equal(parts[0][name], parts[1][name]), name


def test_every_rank_refuses_scores_that_are_not_finite_on_one(by_rank: list[Done]) -> None:
    assert [said for _, said in by_rank] == [by_rank[0][1]] * RANKS
    assert "got NaN or infinity in 480 of" in by_rank[0][1]
