"""Features that stay on disk: the rows of a .npy or .safetensors file, read when they are asked for."""

import json
import math
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError

SUFFIXES = (".npy", ".safetensors")
FEATURES, PRESENT, NAMES = "features", "present", "names"
"""Tensors of a .safetensors file, and the key of its metadata that has the samples' names, one a line."""
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_LONGEST_HEADER = 100_000_000
_OTHERS = {"BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64"}


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
    stored = _read_npy(path) if path.suffix == ".npy" else _read_safetensors(path)
    _check_table(stored.rows, path)
    return stored


def read_present(path: Path) -> NDArray[np.bool_]:
    """Which samples a stream has, from a .npy file: (N,) bool. Raises ``InputError`` where it is something else."""
    array = _map_npy(path)
    if array.dtype != np.bool_ or array.ndim != 1:
        raise InputError(f"which samples are there must be bool of shape (N,); got {_described(array)}: {path}")
    return np.array(array)


def _read_npy(path: Path) -> Stored:
    array = _map_npy(path)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise InputError(f"features must be float16, float32 or float64; got {array.dtype}: {path}")
    return Stored(array, None, None)


def _map_npy(path: Path) -> NDArray[np.generic]:
    if not path.is_file():
        raise InputError(f"no such file: {path}")
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"not a .npy file of numbers ({str(error).splitlines()[0]}): {path}") from error
    if not isinstance(array, np.ndarray):
        raise InputError(f"an archive, expected one array: {path}")
    return array


def _read_safetensors(path: Path) -> Stored:
    header, start = _header(path)
    metadata = header.pop("__metadata__", {})
    tensors = [name for name in header if name != PRESENT]
    name = FEATURES if FEATURES in header else tensors[0] if len(tensors) == 1 else None
    if name is None:
        found = ", ".join(tensors) or "none"
        raise InputError(f"expected a tensor {FEATURES}, or one alone; found {found}: {path}")
    kind = header[name].get("dtype")
    if kind not in _TYPES:
        raise InputError(
            f"{name} must be F16, BF16, F32 or F64; got {kind}: {path}",
        )
    words = _tensor(path, header[name], start, _TYPES[kind])
    present = None
    if PRESENT in header:
        said = header[PRESENT]
        if said.get("dtype") != "BOOL" or said.get("shape") != list(words.shape[:1]):
            got = f"{_OTHERS.get(str(said.get('dtype')), said.get('dtype'))} of shape {said.get('shape')}"
            raise InputError(f"{PRESENT} must be bool of shape [{words.shape[0]}]; got {got}: {path}")
        present = np.array(_tensor(path, said, start, "|b1"))
    names = tuple(metadata[NAMES].split("\n")) if NAMES in metadata else None
    if names is not None and len(names) != words.shape[0]:
        raise InputError(f"{len(names):,} names of {words.shape[0]:,} samples: {path}")
    return Stored(Bfloat16(words) if kind == "BF16" else words, present, names)


def _header(path: Path) -> tuple[dict[str, dict[str, object]], int]:
    """The JSON header of a .safetensors file, and where its data begins."""
    with path.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        text = handle.read(length) if length <= _LONGEST_HEADER else b""
    try:
        header = json.loads(text)
    except ValueError as error:
        raise InputError(f"not a .safetensors file: {path}") from error
    if not isinstance(header, dict) or not all(isinstance(value, dict) for value in header.values()):
        raise InputError(f"not a .safetensors file: {path}")
    return header, 8 + length


def _tensor(path: Path, said: dict[str, object], start: int, kind: str) -> NDArray[np.generic]:
    """One tensor of the file, memory-mapped."""
    try:
        (first, last), shape = said["data_offsets"], tuple(said["shape"])  # type: ignore[misc, arg-type]
        if last - first != math.prod(shape) * np.dtype(kind).itemsize or start + last > path.stat().st_size:
            raise ValueError
        if not last - first:
            return np.zeros(shape, dtype=kind)
        return np.memmap(path, dtype=kind, mode="r", offset=start + first, shape=shape)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"a damaged .safetensors file: {path}") from error


def _check_table(rows: Rows, path: Path) -> None:
    if len(rows.shape) != 2 or not rows.shape[1]:
        raise InputError(f"features must have shape (N, D); got {rows.shape}: {path}")
    if not rows.shape[0]:
        raise InputError(f"no samples: {path}")


def _described(array: NDArray[np.generic]) -> str:
    return f"{array.dtype} of shape {array.shape}"
