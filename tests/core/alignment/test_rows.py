"""Features in files: .npy and .safetensors, memory-mapped; everything that can be wrong with a file."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

from sparling.alignment.rows import read_rows
from sparling.errors import InputError

ROWS = np.random.default_rng(0).normal(size=(6, 4))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int8", "bool"])
def test_npy_comes_back(tmp_path: Path, kind: str) -> None:
    path, rows = tmp_path / "a.npy", (3 * ROWS).astype(kind)
    np.save(path, rows)
    stored = read_rows(path)
    assert isinstance(stored.rows, np.memmap)
    assert np.array_equal(stored.rows, rows)
    assert stored.present is stored.names is None


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int8", "bool"])
@pytest.mark.parametrize("name", ["features", "x"])
def test_safetensors_come_back(tmp_path: Path, kind: str, name: str) -> None:
    path, rows = tmp_path / "a.safetensors", (3 * ROWS).astype(kind)
    present = np.arange(6) % 2 == 0
    save_file({name: rows, "present": present}, path, metadata={"names": "\n".join("abcdef")})
    stored = read_rows(path)
    assert isinstance(stored.rows, np.memmap)
    assert np.array_equal(stored.rows, rows)
    assert stored.present is not None
    assert np.array_equal(stored.present, present)
    assert stored.names == tuple("abcdef")


def test_bfloat16_comes_back(tmp_path: Path) -> None:
    path, rows = tmp_path / "a.safetensors", torch.from_numpy(ROWS).bfloat16()
    save_torch({"features": rows}, path)
    stored = read_rows(path).rows
    assert stored.shape == (6, 4)
    for index in (slice(0, 6), slice(2, 3), np.array([5, 0, 3])):
        assert np.array_equal(stored[index], rows.float().numpy()[index])


def npy(path: Path, array: NDArray[Any]) -> Path:
    np.save(path / "a.npy", array)
    return path / "a.npy"


def tensors(path: Path, **arrays: NDArray[Any]) -> Path:
    save_file(arrays, path / "a.safetensors")
    return path / "a.safetensors"


def text(path: Path, name: str, content: bytes) -> Path:
    (path / name).write_bytes(content)
    return path / name


def header(path: Path, said: object, data: bytes = b"") -> Path:
    content = json.dumps(said).encode()
    return text(path, "a.safetensors", len(content).to_bytes(8, "little") + content + data)


def good(shape: list[int], last: int) -> dict[str, object]:
    return {"x": {"dtype": "F32", "shape": shape, "data_offsets": [0, last]}}


F32 = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


class Harmful:
    """What fails the test where it is read as a pickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("a pickle was run",))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p / "a.csv", "features must be a .npy or .safetensors file; got "),
        (lambda p: p / "a.npy", "no such file: "),
        (lambda p: p / "a.safetensors", "no such file: "),
        (lambda p: text(p, "a.npy", b"hello, you"), r"not a .npy file, which begins with .*NUMPY'; got b'hello,': "),
        (lambda p: text(p, "a.npy", b""), "not a .npy file, .*got b'': "),
        (lambda p: text(p, "a.npy", pickle.dumps(Harmful())), "not a .npy file, "),
        (lambda p: text(p, "a.npy", npy(p, ROWS).read_bytes().replace(b"(6, 4)", b"(-6,4)")), "not a .npy file of"),
        (lambda p: npy(p, np.array([[{}]], dtype=object)), "not a .npy file of numbers"),
        (lambda p: text(p, "a.npy", npy(p, ROWS).read_bytes()[:-8]), "not a .npy file of numbers"),
        (lambda p: text(p, "a.safetensors", b""), "not a .safetensors file: "),
        (lambda p: text(p, "a.safetensors", b"\xff" * 40), "not a .safetensors file: "),
        (lambda p: header(p, [1, 2]), "not a .safetensors file: "),
        (lambda p: header(p, {"x": 1}), "not a .safetensors file: "),
        (lambda p: header(p, {"x": {"dtype": "F32"}}), "not a .safetensors file: "),
        (lambda p: header(p, good([2, 2], 16), b"\0" * 8), "a .safetensors file that was cut short: "),
        (lambda p: header(p, good([2, 3], 16), b"\0" * 16), "a damaged .safetensors file: "),
        (lambda p: header(p, good([-2, -2], 16), b"\0" * 16), "a damaged .safetensors file: "),
        (lambda p: header(p, {"x": {**F32, "data_offsets": [-16, 0]}}, b"\0" * 16), "a damaged .safetensors file: "),
        (lambda p: header(p, {"x": {**F32, "data_offsets": [16, 0]}}, b"\0" * 16), "a damaged .safetensors file: "),
        (lambda p: header(p, {"x": {**F32, "shape": [float("inf"), 2]}}), "not a .safetensors file: "),
        (lambda p: header(p, {"x": {**F32, "dtype": ["F32"]}}, b"\0" * 16), r"x must be real numbers; got \['F32'\]"),
        (
            lambda p: text(p, "a.safetensors", (100_000).to_bytes(8, "little") + b"[" * 100_001),
            "not a .safetensors file",
        ),
        (lambda p: header(p, {}), "expected a tensor features, or one alone; found none: "),
        (lambda p: tensors(p, x=ROWS, y=ROWS), "expected a tensor features, or one alone; found x, y: "),
        (lambda p: tensors(p, x=ROWS.astype(np.complex64)), "x must be real numbers; got C64: "),
        (lambda p: tensors(p, x=ROWS, present=np.ones(6)), r"present must be BOOL of shape \(6,\); got F64 of shape"),
        (lambda p: tensors(p, x=ROWS, present=np.ones(5, bool)), r"got BOOL of shape \(5,\): "),
    ],
)
def test_a_bad_file_is_told(tmp_path: Path, make: Any, message: str) -> None:
    path = make(tmp_path)
    with pytest.raises(InputError, match=message) as told:
        read_rows(path)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_an_archive_is_no_array(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=ROWS)
    (tmp_path / "a.npz").rename(tmp_path / "a.npy")
    with pytest.raises(InputError, match="an archive, expected one array: "):
        read_rows(tmp_path / "a.npy")
