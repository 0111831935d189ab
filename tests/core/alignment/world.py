"""Streams small enough to align in a second: a few sparse concepts, mixed another way in each stream."""

from pathlib import Path
from typing import Any

import numpy as np

from sparling.alignment.align import align
from sparling.alignment.alignment import Alignment
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Stream

WIDTHS = (9, 7, 12)
SMALL = AlignmentSettings(latents=16, k=3, epochs=3, batch=32, dead_after=500)


def streams(samples: int = 200, concepts: int = 8, seed: int = 0, missing: float = 0.0) -> list[Stream]:
    """Three streams a, b, c; a share ``missing`` of the samples lacks b and another lacks c."""
    rng = np.random.default_rng(seed)
    active = (rng.random((samples, concepts)) < 0.2) * rng.uniform(0.5, 1.5, (samples, concepts))
    result = []
    for name, width in zip("abc", WIDTHS, strict=True):
        rows = active @ rng.normal(size=(concepts, width)) + 0.02 * rng.normal(size=(samples, width))
        there = None if name == "a" or not missing else rng.random(samples) >= missing
        result.append(Stream(name, rows.astype(np.float32), there))
    return result


def aligned(folder: Path, given: list[Stream] | None = None, **options: Any) -> Alignment:
    """`SMALL`, silent."""
    options = {"settings": SMALL, "observer": None, "device": "cpu"} | options
    return align(streams() if given is None else given, folder=folder, **options)
