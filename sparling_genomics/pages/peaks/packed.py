"""Columns of whole numbers, and sequences at two bits a letter, as base 64: what the script of the page unpacks.

Numbers take 1, 2, 4, 8, 16 or 32 bits, as the largest needs, the least significant first.
"""

import base64
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes

SIZES = (1, 2, 4, 8, 16, 32)
"""Bits a number."""


class Packed(TypedDict):
    """One column."""

    n: int
    bits: int
    """Of each number; those of less than 8 share a byte, the first in its lowest bits."""
    data: str


class PackedLetters(TypedDict):
    """Sequences one after another, without the places of their ends."""

    data: str
    """Four letters a byte, the first in its lowest bits: A 0, C 1, G 2, T or U 3; N is 0 as well."""
    n_start: Packed
    """Where runs of N begin, counted from the first letter of the first sequence, ..."""
    n_length: Packed
    """... and how long they are."""


def packed(numbers: ArrayLike) -> Packed:
    """A column of whole numbers of any kind, 0 to 2³² - 1. Raises ``ValueError`` for others.

    >>> packed([1, 0, 255]), packed([2, 1])  # 0b0110
    ({'n': 3, 'bits': 8, 'data': 'AQD/'}, {'n': 2, 'bits': 2, 'data': 'Bg=='})
    """
    values = np.asarray(numbers, dtype=np.int64)
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    size = next((size for size in SIZES if high < 2**size), None)
    if low < 0 or size is None:
        raise ValueError(f"numbers must lie in 0 to 2^32 - 1; got {low} to {high}")
    raw = _joined(values, size) if size < 8 else values.astype(f"<u{size // 8}")
    return {"n": values.size, "bits": size, "data": _text(raw.tobytes())}


def packed_letters(codes: Codes) -> PackedLetters:
    """All letters of sequences, codes (L,) 0 to 4, joined.

    >>> packed_letters(np.array([0, 1, 2, 3, 4, 4, 3], dtype=np.uint8))["data"]  # 0b11100100, 0b00110000
    '5DA='
    """
    ambiguous = codes >= AMBIGUOUS
    edges = np.flatnonzero(np.diff(ambiguous, prepend=False, append=False))
    known = np.where(ambiguous, 0, codes).astype(np.uint8)
    start, end = edges[::2], edges[1::2]
    return {"data": _text(_joined(known, 2).tobytes()), "n_start": packed(start), "n_length": packed(end - start)}


def _joined(values: NDArray[np.integer], bits: int) -> NDArray[np.uint8]:
    """Numbers of 1, 2 or 4 bits as bytes."""
    whole = np.concatenate([values, np.zeros(-len(values) % (8 // bits), dtype=values.dtype)]).astype(np.uint8)
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    joined: NDArray[np.uint8] = np.bitwise_or.reduce(whole.reshape(-1, 8 // bits) << shifts, axis=1)
    return joined


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
