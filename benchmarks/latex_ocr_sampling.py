"""Images of LaTeX-OCR drawn a second of processor time.

OMP_NUM_THREADS=1 python benchmarks/latex_ocr_sampling.py [--device cuda]
"""

import argparse
import time

import torch

from sparling.domains.latex_ocr.domain import LatexOcr

SECONDS = 3.0
WORLDS = {"120 x 360, 1-30 tokens": LatexOcr(), "96 x 160, 1-10 tokens": LatexOcr(96, 160, 10)}


def rates(world: LatexOcr, batch: int, device: str) -> tuple[float, float]:
    """Images a second of wall-clock time and of processor time."""
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
        for batch in (8, 64, 256):
            wall, cpu = rates(world, batch, device)
            print(f"{name}, batch {batch}: {wall:,.0f} images a second, {cpu:,.0f} a processor second")


if __name__ == "__main__":
    main()
