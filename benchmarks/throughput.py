"""What the sparsity layer, its calibration and annealing cost: the same network with and without, turn by turn.

    python benchmarks/throughput.py            # the ratio, on 5,000 x 101 bp
    python benchmarks/throughput.py --memory   # peak memory of a whole run on 50,000 x 200 bp

"Without" has plain batch normalisation and ReLU in the layer's place and no calibration. Both do the same training
steps on the same batches in one process, a block of each in turn, so a busy machine slows both; the median of the
ratios of neighbouring blocks is what counts.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from sparling.layer.calibration import calibrate
from sparling.networks.model import SparlingModel
from sparling.training.devices import choose_fabric
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.network.motif_network import NetworkDescription, build_network
from sparling_genomics.worlds.planted import demo_motifs, plant, write_fasta

BATCH, CALIBRATION, EVALUATE_EVERY = 128, 1024, 9901
BLOCKS, STEPS = 12, 20
DENSITIES = (0.25, 0.02, 0.002)


class Without(nn.Module):
    """Batch normalisation and ReLU, in the place of the sparsity layer."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels, affine=False)

    def forward(self, z: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        return torch.relu(self.norm(z.float()))


def block(model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, fabric) -> float:
    """Seconds for ``STEPS`` training steps."""
    _wait(x.device)
    started = time.perf_counter()
    for step in range(STEPS):
        part = slice(step * BATCH % (len(x) - BATCH), step * BATCH % (len(x) - BATCH) + BATCH)
        with fabric.autocast():
            output = model(one_hot(x[part])).output
        loss = nn.functional.binary_cross_entropy_with_logits(output[:, 0].float(), y[part])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    _wait(x.device)
    return time.perf_counter() - started


def compare(device: str) -> None:
    """Print sequences a second without and with the layer, and the whole overhead with calibration."""
    fabric, precision = choose_fabric(device, "auto")
    rng = np.random.default_rng(0)
    data = plant(demo_motifs(), 5000, 0, 101, rng)
    x = torch.from_numpy(data.codes).to(fabric.device)
    y = torch.from_numpy(rng.integers(0, 2, len(x)).astype(np.float32)).to(fabric.device)
    network = NetworkDescription("dna", 8, 21)
    models = {}
    for name in ("without", *DENSITIES):
        torch.manual_seed(0)
        model = build_network(network).to(fabric.device)
        if name == "without":
            model = SparlingModel(model.local, Without(8), model.readout).to(fabric.device)
        else:
            model.sparsity.density = name
        models[name] = (model, torch.optim.AdamW(model.parameters(), 1e-3))
    seconds: dict[object, list[float]] = {name: [] for name in models}
    for turn in range(BLOCKS + 1):
        for name, (model, optimizer) in models.items():
            model.train()
            took = block(model, optimizer, x, y, fabric)
            if turn:
                seconds[name].append(took)
    calibration = []
    sparse = models[DENSITIES[-1]][0]
    batches = [(one_hot(x[i : i + 2 * BATCH]), None) for i in range(0, CALIBRATION, 2 * BATCH)]
    for turn in range(6):
        started = time.perf_counter()
        with fabric.autocast():
            calibrate(sparse.local, sparse.sparsity, batches)
        _wait(x.device)
        if turn:
            calibration.append(time.perf_counter() - started)
    steps = EVALUATE_EVERY / BATCH
    base = statistics.median(seconds["without"]) / STEPS
    share = statistics.median(calibration) / (steps * base)
    print(f"{fabric.device} in {precision}, {torch.get_num_threads()} threads, torch {torch.__version__}")
    print(f"without the layer: {BATCH / base:,.0f} sequences/s (median of {BLOCKS} blocks of {STEPS} steps)")
    for name in DENSITIES:
        ratios = [a / b for a, b in zip(seconds[name], seconds["without"], strict=True)]
        speed = BATCH * STEPS / statistics.median(seconds[name])
        layer = statistics.median(ratios) - 1
        print(f"density {name}: {speed:,.0f} sequences/s; layer {layer:+.1%}, with calibration {layer + share:+.1%}")
    print(f"calibration: {statistics.median(calibration):.3f} s every {EVALUATE_EVERY:,} samples = {share:.1%}")


def memory() -> None:
    """Peak memory and wall time of ``sparling motifs train`` on 50,000 x 200 bp, two minutes of training at most."""
    with tempfile.TemporaryDirectory() as folder:
        fasta = Path(folder) / "large.fa"
        write_fasta(fasta, plant(demo_motifs(), 50_000, 0, 200, np.random.default_rng(0)))
        command = [sys.executable, "-m", "sparling_cli", "motifs", "train", "--fasta", str(fasta)]
        command += ["--out", str(Path(folder) / "run"), "--max-minutes", "2"]
        started = time.perf_counter()
        subprocess.run(command, check=True)
        wall = time.perf_counter() - started
    import resource

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"50,000 x 200 bp: peak memory {peak:,.0f} MiB, {wall:.0f} s")


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--device", default="auto", choices=["auto", "cpu", "cuda"])
    options = parser.parse_args()
    if options.memory:
        memory()
    else:
        compare(options.device)
