"""How fast DigitCircle trains, alone on a device: images a second, and the share of its matrix units that this takes.

    python benchmarks/digit_circle_speed.py --preset paper --device cuda [--batch 64 128 256]

Every step is the trainer's own, with drawing the images. The arithmetic of a step is counted by PyTorch, of products
and convolutions, forward and backward. What it is compared with is one large matrix product in the same precision,
measured first on the same device.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from sparling.training.annealing import Constant
from sparling.training.devices import choose_fabric
from sparling.training.session import Session
from sparling.training.trainer import Trainer
from sparling.worlds.digit_circle.presets import PRESETS
from sparling.worlds.digit_circle.world import DigitCircleWorld

SECONDS = 4.0
PRODUCT = {"cuda": 8192, "cpu": 2048}
"""Rows and columns of the large product."""


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def rate(step, device: torch.device, seconds: float = SECONDS) -> float:
    """How often a second ``step`` is done."""
    for _ in range(3):
        step()
    wait(device)
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for _ in range(5):
            step()
        wait(device)
        done += 5
    return done / (time.perf_counter() - started)


def ceiling(device: torch.device, precision: str) -> float:
    """Floating-point operations a second of one large product of random matrices."""
    n = PRODUCT[device.type]
    a, b = (torch.randn(n, n, device=device, dtype=getattr(torch, precision)) for _ in range(2))
    return 2 * n**3 * rate(lambda: a @ b, device, 1.0)


def trainer_of(world: DigitCircleWorld, density: float, fabric, folder: Path) -> Trainer:
    """The world's trainer at one density, on the path of its training images."""
    torch.manual_seed(0)
    task = world.task(0, str(fabric.device))
    session, settings = Session(world.model(), task, fabric), world.schedule.training(world.variant.calibrated)
    return Trainer(session, Constant(density, samples=1), settings, folder=folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", default="quick")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--batch", type=int, nargs="*", help="images a step [default: the preset's]")
    options = parser.parse_args()
    fabric, precision = choose_fabric(options.device, "auto")
    device, preset = fabric.device, PRESETS[options.preset]
    peak = ceiling(device, "bfloat16" if precision == "bf16" else precision)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"{name}, torch {torch.__version__}, {precision}: {peak / 1e12:.3g} TFLOP/s in one large product")
    for batch in options.batch or [preset.schedule.batch_size]:
        sized = DigitCircleWorld.at(replace(preset, schedule=replace(preset.schedule, batch_size=batch)))
        for density in (sized.schedule.initial, sized.true_density):
            with tempfile.TemporaryDirectory() as folder:
                trainer = trainer_of(sized, density, fabric, Path(folder))
                trainer.model.train()
                with FlopCounterMode(display=False) as counter:
                    trainer._optimise(trainer._next_batch())
                images = batch * rate(lambda t=trainer: t._optimise(t._next_batch()), device)
            flops = counter.get_total_flops() / batch
            print(
                f"{preset.name}, batch {batch}, density {density:.2g}: {images:,.0f} images a second, "
                f"{flops / 1e9:.2f} GFLOP an image, {images * flops / 1e12:.3g} TFLOP/s, "
                f"{images * flops / peak:.1%} of the product's",
                flush=True,
            )


if __name__ == "__main__":
    main()
