"""Clips of spoken digits drawn a second, as mel frames, by the built-in voice.

OMP_NUM_THREADS=1 python benchmarks/spoken_digits_sampling.py [--device cuda]
"""

import argparse

from digit_circle_sampling import rates

from sparling.domains.spoken_digits.domain import SpokenDigits
from sparling.domains.spoken_digits.voice import built_in_voices


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    clips = built_in_voices(voices=6, takes=4)
    for name, world in {"15 s": SpokenDigits(clips), "6 s": SpokenDigits(clips, 6.0, 3, 5)}.items():
        wall, cpu = rates(world, 64, device)
        print(f"{name}, batch 64: {wall:,.0f} clips a second, {cpu:,.0f} a processor second")


if __name__ == "__main__":
    main()
