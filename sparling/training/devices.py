"""Which device and precision a run uses."""

from __future__ import annotations

import ctypes
import logging
import platform
import warnings
from typing import TYPE_CHECKING

import torch

from sparling.errors import NoUsableGpu, SettingOutOfRange

if TYPE_CHECKING:
    from lightning_fabric import Fabric

DEVICES = ("auto", "cpu", "cuda")

_MALLOC_OPTIONS = {-1: 2**31 - 1, -2: 2**28, -4: 0}
"""M_TRIM_THRESHOLD and M_TOP_PAD in bytes, and M_MMAP_MAX, of malloc.h."""


def choose_fabric(device: str, precision: str) -> tuple[Fabric, str]:
    """A Fabric on "cpu" or "cuda" ("auto": a GPU where there is one), and the precision: "bf16" or "float32".

    "auto" takes bf16 only where the hardware multiplies it; elsewhere it is slower than float32.
    Raises ``NoUsableGpu`` for "cuda" without one, and ``SettingOutOfRange`` for another word.
    """
    from lightning_fabric import Fabric  # half a second, and of no use before a model is run

    if device not in DEVICES:
        raise SettingOutOfRange("device", device, f"one of {', '.join(DEVICES)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise NoUsableGpu
    keep_freed_memory()
    chosen = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    if precision == "auto":
        precision = "bf16" if has_fast_bf16(chosen) else "float32"
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it announces the precision, and so do we
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*GPU available but not used.*")
        fabric = Fabric(accelerator=chosen, devices=1, precision="bf16-mixed" if precision == "bf16" else "32-true")
    return fabric, precision


def has_fast_bf16(device: str) -> bool:
    """Whether bf16 products run in hardware on "cpu" or "cuda"."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def keep_freed_memory() -> None:
    """Where the C library is glibc, have it keep freed memory for the next tensor instead of returning it each time.

    Training allocates and frees the same large tensors at every step, and fresh pages cost more time than the
    arithmetic on them (measured in docs/decisions).
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for option, value in _MALLOC_OPTIONS.items():
            mallopt(option, value)
