"""How fast an alignment trains and encodes, and in how much memory, beside dense autoencoders of the same sizes.

    python benchmarks/alignment_speed.py [--latents 8192] [--k 64] [--widths 768 512 1024] [--batch 256 1024]
    python benchmarks/alignment_speed.py --device cuda --batch 4096

Four models, each in a process of its own, so that its peak memory is its own:

    sparse     `AlignmentModel` as it is trained: k decoder rows a sample, gradients to k encoder rows; self and cross
    dense      the same arithmetic (TopK, self and cross) by products with whole matrices
    self       `sparse` without cross-reconstruction (λ = 0)
    plain      an autoencoder a stream, ReLU, no TopK, self-reconstruction alone

The first two do the same work, and so do the last two but for TopK. A step is forward, loss, backward and optimiser;
batches are made beforehand. Encoding is x to latents and their own reconstruction. Times are of the process (CPU
seconds, all threads) and of the clock.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.alignment.model import AlignmentModel, Latents
from sparling.alignment.task import losses
from sparling.alignment.topk import StreamTopK
from sparling.networks.model import ForwardOutput, SparlingModel
from sparling.training.devices import choose_fabric
from sparling.training.optimiser import AdamW, UnitRows

KINDS = ("sparse", "dense", "self", "plain")
BATCHES = 4


class DenseModel(AlignmentModel):
    """The same by dense products."""

    def forward(self, x: Tensor, mask: Tensor | None = None, teacher: Tensor | None = None) -> ForwardOutput:
        result = SparlingModel.forward(self, x.float(), mask)
        apart = (result.output - x.float().unsqueeze(1)).square()
        errors = torch.stack([part.mean(2) for part in apart.split(self.local.widths, dim=2)], dim=2)
        return result._replace(output=torch.cat([errors, torch.ones_like(errors[:, :, :1])], dim=2))


class PlainAutoencoder(nn.Module):
    """An autoencoder a stream: x (B, ΣD) → squared errors (B, M)."""

    def __init__(self, widths: list[int], latents: int) -> None:
        super().__init__()
        self.widths = widths
        self.encoders = nn.ModuleList(nn.Linear(width, latents) for width in widths)
        self.decoders = nn.ModuleList(nn.Linear(latents, width) for width in widths)

    def forward(self, x: Tensor) -> ForwardOutput:
        parts = x.float().split(self.widths, dim=1)
        rebuilt = [d(F.relu(e(part))) for e, d, part in zip(self.encoders, self.decoders, parts, strict=True)]
        errors = [(a.float() - b).square().mean(1) for a, b in zip(rebuilt, parts, strict=True)]
        output = torch.stack(errors, dim=1)
        return ForwardOutput(output, output, output)


def timed(step, seconds: float, device: torch.device) -> tuple[float, float]:
    """Seconds of the process and of the clock that ``step`` takes."""

    def wait() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize()

    for number in range(3):
        step(number)
    wait()
    cpu, clock, done = time.process_time(), time.perf_counter(), 0
    while time.perf_counter() - clock < seconds or done < 3:
        step(done)
        done += 1
    wait()
    return (time.process_time() - cpu) / done, (time.perf_counter() - clock) / done


def measure(kind: str, options: argparse.Namespace, size: int) -> dict[str, float]:
    """Samples a second in training and encoding, and peak memory in MB, of one model in this process."""
    fabric, _ = choose_fabric(options.device, options.precision)
    device, generator = fabric.device, torch.Generator().manual_seed(0)
    if kind == "plain":
        torch.manual_seed(0)
        model: nn.Module = PlainAutoencoder(options.widths, options.latents)
        optimiser: torch.optim.Optimizer = AdamW(model.parameters(), lr=1e-4, weight_decay=0.0, fused=True)
    else:
        form = DenseModel if kind == "dense" else AlignmentModel
        model = form(options.widths, StreamTopK(options.latents, options.k), generator, kind != "self")
        optimiser = UnitRows(model.parameters(), list(model.readout.weights), 1e-4)
    called, optimiser = fabric.setup(model.to(device), optimiser)
    batches = [torch.randn(size, sum(options.widths), generator=generator).to(device) for _ in range(BATCHES)]
    present = torch.ones(size, len(options.widths), dtype=torch.bool, device=device)

    def train(number: int) -> None:
        output = called(batches[number % BATCHES]).output
        if kind == "plain":
            loss = output.mean()
        else:
            found = losses(output, present)
            loss = found.own + (found.cross if kind != "self" else 0.0) + found.dead / 32
        optimiser.zero_grad()
        fabric.backward(loss)
        optimiser.step()

    @torch.no_grad()
    def encode(number: int) -> None:
        x = batches[number % BATCHES]
        with fabric.autocast():
            if kind == "plain":
                model(x)
            elif kind == "dense":
                model.readout(model.sparsity(model.local(x)))
            else:
                which, value = model.encode(x, present)
                for t in range(len(options.widths)):
                    of = slice(None) if kind == "sparse" else slice(t, t + 1)
                    model.readout.decode(t, Latents(which[of], value[of]))

    model.train()
    training = timed(train, options.seconds, device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    model.eval()
    encoding = timed(encode, options.seconds, device)
    if device.type == "cuda":
        peak = torch.cuda.max_memory_allocated() / 2**20
    names = ("training_cpu", "training", "encoding_cpu", "encoding")
    return dict(zip(names, (size / t for t in (*training, *encoding)), strict=True)) | {"peak": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--latents", type=int, default=8192)
    parser.add_argument("--k", type=int, default=64)
    parser.add_argument("--widths", type=int, nargs="+", default=[768, 512, 1024])
    parser.add_argument("--batch", type=int, nargs="+", default=[256])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32", help="float32, bf16 or auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each of the two times")
    parser.add_argument("--one", choices=KINDS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.one:
        print(json.dumps(measure(options.one, options, options.batch[0])))
        return
    sizes = f"L = {options.latents:,}, k = {options.k}, widths {', '.join(map(str, options.widths))}"
    print(f"{sizes}; {options.device}, {options.precision}, {options.threads} threads, torch {torch.__version__}")
    print("samples a second     training          encoding          peak")
    print("batch  model       CPU    clock       CPU    clock        MB   CPU time of training")
    for size in options.batch:
        rows = {}
        for kind in KINDS:
            words = [sys.executable, *sys.argv, "--batch", str(size), "--one", kind]
            rows[kind] = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
        for kind, row in rows.items():
            told = f"{rows['plain']['training_cpu'] / row['training_cpu']:.2f} of plain"
            numbers = [row[name] for name in ("training_cpu", "training", "encoding_cpu", "encoding")]
            print(
                f"{size:5}  {kind:7}{numbers[0]:8,.0f} {numbers[1]:8,.0f}  {numbers[2]:8,.0f} {numbers[3]:8,.0f}"
                f"  {row['peak']:8,.0f}   {told}"
            )


if __name__ == "__main__":
    main()
