"""Which device and precision a run uses."""

import ctypes
import logging
import math
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal, Protocol

import torch
from torch import Tensor, nn

from sparling.errors import NoUsableGpu, SettingOutOfRange

DEVICES = ("auto", "cpu", "cuda")

_MALLOC_OPTIONS = {-1: 2**31 - 1, -2: 2**28, -4: 0}
"""M_TRIM_THRESHOLD and M_TOP_PAD in bytes, and M_MMAP_MAX, of malloc.h."""


def memory() -> float:
    """Bytes of main memory of this machine; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return math.inf


class FabricLike(Protocol):
    """What a `Session` and a `Trainer` ask of a ``lightning_fabric.Fabric``, or of what stands in for one."""

    @property
    def device(self) -> torch.device:
        """Where the model is."""

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision of the run, for what is computed within."""

    def to_device(self, obj: Tensor) -> Tensor:
        """A tensor where the model is."""

    def setup(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> Any:
        """The module, to be called in training in the precision of the run, and its optimizer."""

    def backward(self, tensor: Tensor) -> None:
        """Gradients of a loss."""

    def clip_gradients(
        self, module: Any, optimizer: torch.optim.Optimizer, *, max_norm: float, error_if_nonfinite: bool
    ) -> Any:
        """Shorten the gradient of all parameters of what `setup` gave to ``max_norm``, whatever loss was scaled by."""


class OneCpu:
    """One CPU, as a Fabric has it; Lightning and the compiler that comes with it, a second, are not imported.

    ``bf16``: products in bfloat16, weights and sums in float32, as with Fabric's "bf16-mixed"; else all in float32.
    """

    device = torch.device("cpu")

    def __init__(self, bf16: bool = False) -> None:
        self.bf16 = bf16

    def autocast(self) -> AbstractContextManager[Any]:
        """As `FabricLike`."""
        return torch.autocast("cpu", dtype=torch.bfloat16) if self.bf16 else nullcontext()

    def to_device(self, obj: Tensor) -> Tensor:
        """As `FabricLike`."""
        return obj.to(self.device)

    def setup(
        self, module: nn.Module, optimizer: torch.optim.Optimizer
    ) -> tuple[Callable[..., Any], torch.optim.Optimizer]:
        """As `FabricLike`. With bf16, tensors go in as bfloat16 and those of a named result come out as float32."""
        module.to(self.device)
        if not self.bf16:
            return module, optimizer

        def mixed(*tensors: Tensor | None) -> Any:
            with self.autocast():
                result = module(*(_floating_to(torch.bfloat16, tensor) for tensor in tensors))
            return type(result)(*(_floating_to(torch.float32, tensor) for tensor in result))

        return mixed, optimizer

    def backward(self, tensor: Tensor) -> None:
        """As `FabricLike`."""
        tensor.backward()  # type: ignore[no-untyped-call]

    def clip_gradients(
        self, module: Any, optimizer: torch.optim.Optimizer, *, max_norm: float, error_if_nonfinite: bool
    ) -> None:
        """As `FabricLike`."""
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        torch.nn.utils.clip_grad_norm_(parameters, max_norm, error_if_nonfinite=error_if_nonfinite)


def _floating_to(kind: torch.dtype, tensor: Tensor | None) -> Tensor | None:
    return tensor.to(kind) if tensor is not None and tensor.is_floating_point() else tensor


def choose_fabric(device: str, precision: str) -> tuple[FabricLike, str]:
    """The device "cpu" or "cuda" ("auto": a GPU where there is one), and the precision: "bf16" or "float32".

    A GPU comes as a Fabric, the CPU as `OneCpu`. Of precisions "auto" takes bf16 only where the hardware multiplies it;
    elsewhere it is slower than float32. Raises ``NoUsableGpu`` for "cuda" without one, and ``SettingOutOfRange`` for
    another word.
    """
    if device not in DEVICES:
        raise SettingOutOfRange("device", device, f"one of {', '.join(DEVICES)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise NoUsableGpu
    keep_freed_memory()
    chosen = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    if precision == "auto":
        precision = "bf16" if has_fast_bf16(chosen) else "float32"
    if chosen == "cpu":
        return OneCpu(precision == "bf16"), precision
    from lightning_fabric import Fabric  # a second, for a GPU only

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # it announces the precision, and so do we
    kind: Literal["bf16-mixed", "32-true"] = "bf16-mixed" if precision == "bf16" else "32-true"
    return Fabric(accelerator="cuda", devices=1, precision=kind), precision


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


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread within: beside any other program two wait for each other, many times what they compute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def generator_states(device: torch.device) -> list[Tensor]:
    """States of the random generators that layers such as dropout draw from, the CPU's first."""
    return [torch.get_rng_state(), *([torch.cuda.get_rng_state(device)] if device.type == "cuda" else [])]


def restore_generators(states: list[Tensor], device: torch.device) -> None:
    """Put what `generator_states` gave, as far as ``device`` has such generators."""
    torch.set_rng_state(states[0])
    if device.type == "cuda" and len(states) > 1:
        torch.cuda.set_rng_state(states[1], device)
