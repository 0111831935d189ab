"""Images of DigitCircle drawn a second, and a second of processor time.

    OMP_WAIT_POLICY=passive python benchmarks/digit_circle_sampling.py [--device cuda]

Without the passive policy threads that share a core with other work spend most of their time waiting for each other.
"""

import argparse
import time

import torch

from sparling.domains.base import Domain
from sparling.domains.digit_circle import DigitCircle

SECONDS = 3.0
WORLDS = {"100 x 100": DigitCircle(), "64 x 64, no overlap": DigitCircle(side=64, radius=10.0, overlap=False)}


def rates(world: Domain, batch: int, device: str) -> tuple[float, float]:
    """Samples a second of wall-clock time and of processor time."""
    world.samples(0, torch.arange(batch, device=device))
    drawn, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < SECONDS:
        world.samples(0, torch.arange(drawn, drawn + batch, device=device)).x.sum().item()
        drawn += batch
    return drawn / (time.perf_counter() - wall), drawn / (time.process_time() - cpu)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    for name, world in WORLDS.items():
        for batch in (64, 256):
            wall, cpu = rates(world, batch, device)
            print(f"{name}, batch {batch}: {wall:,.0f} images a second, {cpu:,.0f} a processor second")


if __name__ == "__main__":
    main()
