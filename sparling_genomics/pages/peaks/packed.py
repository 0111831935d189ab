"""Columns of whole numbers, and sequences at two bits a letter, as base 64: what the script of the page unpacks.

Numbers take one, two or four bytes, as the largest needs, least significant byte first.
"""

import base64
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes

SIZES = (1, 2, 4)
"""Bytes a number."""


class Packed(TypedDict):
    """One column."""

    bytes: int
    """Of each number."""
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

    >>> packed([1, 0, 255]), packed([256])
    ({'bytes': 1, 'data': 'AQD/'}, {'bytes': 2, 'data': 'AAE='})
    """
    values = np.asarray(numbers, dtype=np.int64)
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    size = next((size for size in SIZES if high < 256**size), None)
    if low < 0 or size is None:
        raise ValueError(f"numbers must lie in 0 to 2^32 - 1; got {low} to {high}")
    return {"bytes": size, "data": _text(values.astype(f"<u{size}").tobytes())}


def packed_letters(codes: Codes) -> PackedLetters:
    """All letters of sequences, codes (L,) 0 to 4, joined.

    >>> packed_letters(np.array([0, 1, 2, 3, 4, 4, 3], dtype=np.uint8))["data"]  # 0b11100100, 0b00110000
    '5DA='
    """
    ambiguous = codes >= AMBIGUOUS
    edges = np.flatnonzero(np.diff(ambiguous, prepend=False, append=False))
    known = np.where(ambiguous, 0, codes).astype(np.uint8)
    four = np.concatenate([known, np.zeros(-len(known) % 4, dtype=np.uint8)]).reshape(-1, 4)
    joined: NDArray[np.uint8] = (four << np.array([0, 2, 4, 6], dtype=np.uint8)).sum(1).astype(np.uint8)
    start, end = edges[::2], edges[1::2]
    return {"data": _text(joined.tobytes()), "n_start": packed(start), "n_length": packed(end - start)}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
