"""Features that stay on disk: the rows of a .npy or .safetensors file, read when they are asked for."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError

SUFFIXES = (".npy", ".safetensors")
NPY, ZIP = b"\x93NUMPY", b"PK"
"""What .npy files begin with, and archives of them."""
FEATURES, PRESENT, NAMES = "features", "present", "names"
"""Tensors of a .safetensors file, and the key of its metadata that has the samples' names, one a line."""
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "BOOL": "|b1", "U8": "|u1", "I8": "|i1"}
_TYPES |= {"U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8"}


class Rows(Protocol):
    """N samples of D features; an array, or what reads them as it is asked."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""
        ...

    def __getitem__(self, index: slice | NDArray[np.int64]) -> NDArray[np.floating]:
        """The rows of a slice or of these numbers: (n, D)."""
        ...


class Bfloat16(NamedTuple):
    """Rows of bfloat16 numbers, which NumPy does not have, read as float32.

    >>> Bfloat16(np.array([[0x3F80, 0xC000]], dtype="<u2"))[0:1].tolist()
    [[1.0, -2.0]]
    """

    words: NDArray[np.uint16]

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""
        return self.words.shape

    def __getitem__(self, index: slice | NDArray[np.int64]) -> NDArray[np.float32]:  # type: ignore[override]
        return (self.words[index].astype(np.uint32) << 16).view(np.float32)


class Stored(NamedTuple):
    """What a file has of a stream."""

    rows: Rows
    present: NDArray[np.bool_] | None
    """(N,) whether the stream has the sample; None: it has all."""
    names: tuple[str, ...] | None
    """(N) names of the samples; None where the file has none."""


def read_rows(path: Path) -> Stored:
    """The features in a file, memory-mapped: .npy with one array (N, D), or .safetensors.

    A .safetensors file has ``features`` (N, D), or one tensor of any name; it may have ``present`` (N,) bool, and in
    its metadata ``names``, one a line. Raises ``InputError`` where it cannot be read or has something else.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f"features must be a {' or '.join(SUFFIXES)} file; got {path}")
    if not path.is_file():
        raise InputError(f"no such file: {path}")
    return Stored(_map_npy(path), None, None) if path.suffix == ".npy" else _read_safetensors(path)


def _map_npy(path: Path) -> NDArray[Any]:
    with path.open("rb") as handle:
        begins = handle.read(len(NPY))
    if not begins.startswith((NPY, ZIP)):
        raise InputError(f"not a .npy file, which begins with {NPY!r}; got {begins!r}: {path}")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, OverflowError) as error:
        raise InputError(f"not a .npy file of numbers ({str(error).splitlines()[0]}): {path}") from error
    if not isinstance(array, np.ndarray):
        array.close()
        raise InputError(f"an archive, expected one array: {path}")
    return array


class _Tensor(NamedTuple):
    """A tensor as the header of a .safetensors file has it."""

    kind: str
    shape: tuple[int, ...]
    first: int
    """Bytes behind the header."""
    last: int


def _read_safetensors(path: Path) -> Stored:
    tensors, metadata, start = _header(path)
    others = [name for name in tensors if name != PRESENT]
    name = FEATURES if FEATURES in tensors else others[0] if len(others) == 1 else None
    if name is None:
        found = ", ".join(others) or "none"
        raise InputError(f"expected a tensor {FEATURES}, or one alone; found {found}: {path}")
    features = tensors[name]
    if features.kind not in _TYPES:
        raise InputError(f"{name} must be real numbers; got {features.kind}: {path}")
    words = _mapped(path, features, start, _TYPES[features.kind])
    rows: Rows = Bfloat16(words) if features.kind == "BF16" else words
    present = None
    if PRESENT in tensors:
        there = tensors[PRESENT]
        if there.kind != "BOOL" or there.shape != features.shape[:1]:
            got = f"{there.kind} of shape {there.shape}"
            raise InputError(f"{PRESENT} must be BOOL of shape {features.shape[:1]}; got {got}: {path}")
        present = np.array(_mapped(path, there, start, "|b1"))
    return Stored(rows, present, tuple(metadata[NAMES].split("\n")) if NAMES in metadata else None)


def _header(path: Path) -> tuple[dict[str, _Tensor], dict[str, str], int]:
    """The tensors of a .safetensors file, its metadata, and where its data begins."""
    size = path.stat().st_size
    with path.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        text = handle.read(length) if length < size else b""
    try:
        said: dict[str, Any] = dict(json.loads(text))
        metadata = {str(key): str(value) for key, value in dict(said.pop("__metadata__", {})).items()}
        tensors = {
            name: _Tensor(str(tensor["dtype"]), tuple(map(int, tensor["shape"])), *map(int, tensor["data_offsets"]))
            for name, tensor in said.items()
        }
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise InputError(f"not a .safetensors file: {path}") from error
    if any(min(*tensor.shape, tensor.first, tensor.last - tensor.first) < 0 for tensor in tensors.values()):
        raise InputError(f"a damaged .safetensors file: {path}")
    if any(8 + length + tensor.last > size for tensor in tensors.values()):
        raise InputError(f"a .safetensors file that was cut short: {path}")
    return tensors, metadata, 8 + length


def _mapped(path: Path, tensor: _Tensor, start: int, kind: str) -> NDArray[Any]:
    """One tensor of the file, memory-mapped."""
    if tensor.last - tensor.first != math.prod(tensor.shape) * np.dtype(kind).itemsize:
        raise InputError(f"a damaged .safetensors file: {path}")
    if tensor.first == tensor.last:
        return np.zeros(tensor.shape, dtype=kind)
    return np.memmap(path, dtype=np.dtype(kind), mode="r", offset=start + tensor.first, shape=tensor.shape)
