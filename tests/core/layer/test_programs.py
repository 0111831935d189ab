"""A network with the layer compiled to C++, exported, and trained by DDP and FSDP: the numbers of one eager process."""

import io
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PooledReadout

RANKS, STEPS = 2, 8


def network(inhibition: int = 3) -> SparlingModel:
    """Some steps gather scores, some move the threshold; no batch statistics but the layer's own."""
    torch.manual_seed(0)
    local = nn.Sequential(nn.Conv1d(1, 8, 5, padding=2), nn.Tanh(), nn.Conv1d(8, 3, 3, padding=1))
    return SparlingModel(local, SpatialSparsity(3, 0.02, momentum=0.5, inhibition=inhibition), PooledReadout(3, 2))


def samples() -> tuple[Tensor, Tensor]:
    """(steps, B, 1, L) and (steps, B, 2)."""
    generator = torch.Generator().manual_seed(4)
    return torch.randn(STEPS, 8, 1, 40, generator=generator), torch.randn(STEPS, 8, 2, generator=generator)


def trained(model: nn.Module, called: Callable[[Tensor], Tensor], part: slice = slice(None)) -> Tensor:
    """Train on a part of each batch; what came out, of all steps."""
    optimizer, outputs = torch.optim.SGD(model.parameters(), lr=0.1), []
    for x, y in zip(*samples(), strict=True):
        output = called(x[part])
        outputs.append(output.detach())
        optimizer.zero_grad()
        (output - y[part]).square().mean().backward()
        optimizer.step()
    return torch.stack(outputs)


def alike(state: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert state.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(state[name], tensor, atol=1e-5, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # the compiler's own
@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
@pytest.mark.skipif(shutil.which(os.environ.get("CXX", "g++")) is None, reason="inductor needs a C++ compiler")
@mock.patch.dict(os.environ)  # in which the compiler leaves a variable
def test_compiled_to_cpp_it_trains_and_evaluates_as_it_does_eagerly() -> None:
    torch._dynamo.reset()
    plain, model = network(), network()
    expected = trained(plain, lambda x: plain(x).output)
    compiled = torch.compile(model)
    torch.testing.assert_close(trained(model, lambda x: compiled(x).output), expected, atol=1e-5, rtol=1e-4)
    alike(model.state_dict(), plain.state_dict())
    x = samples()[0][0]
    whole = torch.compile(model.eval(), fullgraph=True)
    for one, other in zip(whole(x), plain.eval()(x), strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_exported_and_loaded_again_a_network_gives_the_same() -> None:
    model = network()
    trained(model, lambda x: model(x).output)
    net, x = nn.Sequential(model.local, model.sparsity, model.readout).eval(), samples()[0][0]
    batch, length = torch.export.Dim("batch", min=2), torch.export.Dim("length", min=8)
    program = torch.export.export(net, (x,), dynamic_shapes=({0: batch, 2: length},))
    file = io.BytesIO()
    torch.export.save(program, file)
    file.seek(0)
    again = torch.export.load(file).module()
    for given in (x, torch.randn(5, 1, 61, generator=torch.Generator().manual_seed(9))):
        assert torch.equal(again(given), net(given))


def distributed(rank: int) -> dict[str, dict[str, Tensor]]:
    """Outputs and full state of each way to train on several processes."""
    torch.set_num_threads(1)
    part = slice(rank * 8 // RANKS, (rank + 1) * 8 // RANKS)
    results: dict[str, dict[str, Tensor]] = {}
    model = network()
    wrapped = DistributedDataParallel(model)
    results["DDP"] = {"outputs": trained(wrapped, lambda x: wrapped(x).output, part), **model.state_dict()}
    model = network()
    mesh = init_device_mesh("cpu", (RANKS,))
    for each in (model.local, model.readout, model):
        fully_shard(each, mesh=mesh)
    outputs = trained(model, lambda x: model(x).output, part)
    state = {name: getattr(each, "full_tensor", lambda each=each: each)() for name, each in model.state_dict().items()}
    results["FSDP"] = {"outputs": outputs, **state}
    return results


def worker(rank: int, folder: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=RANKS)
    torch.save(distributed(rank), f"{folder}/{rank}.part")
    Path(f"{folder}/{rank}.part").rename(f"{folder}/{rank}.pt")
    while not all(Path(f"{folder}/{other}.pt").exists() for other in range(RANKS)):
        time.sleep(0.01)
    os._exit(0)  # gloo's threads now and then abort a process that takes the interpreter down under them


@pytest.fixture(scope="module")
def by_rank(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, dict[str, Tensor]]]:
    folder = tmp_path_factory.mktemp("programs")
    mp.spawn(worker, args=(str(folder),), nprocs=RANKS)
    return [torch.load(Path(folder) / f"{rank}.pt", weights_only=True) for rank in range(RANKS)]


@pytest.mark.parametrize("how", ["DDP", "FSDP"])
def test_trained_on_two_processes_it_is_as_on_one(how: str, by_rank: list[dict[str, dict[str, Tensor]]]) -> None:
    plain = network()
    expected = trained(plain, lambda x: plain(x).output)
    parts = [results[how] for results in by_rank]
    outputs = torch.cat([part.pop("outputs") for part in parts], dim=1)
    torch.testing.assert_close(outputs, expected, atol=1e-5, rtol=1e-4)
    for part in parts:
        alike(part, plain.state_dict())
