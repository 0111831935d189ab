"""Codes of many sequences, appended one by one; what is too much to hold lies in a file that the system maps.

The file is a temporary one without a name, in the folder that TMPDIR says: nothing is left of it, however the process
ends. Its pages are read when they are looked at, and taken back where memory is short.
"""

import tempfile
from array import array
from mmap import ACCESS_READ, mmap
from typing import IO

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling_genomics.letters.alphabet import BLOCK, Codes, blocks

Offsets = NDArray[np.int64]

HELD = 2**26
"""Letters up to which they are held in memory."""


class Letters:
    """Sequences that are appended: sequence i is codes[offsets[i]:offsets[i + 1]] of `finished`.

    >>> letters = Letters()
    >>> letters.add(np.array([0, 1], dtype=np.uint8))
    >>> letters.add(np.array([3], dtype=np.uint8))
    >>> codes, offsets = letters.finished()
    >>> codes.tolist(), offsets.tolist()
    ([0, 1, 3], [0, 2, 3])
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self._lengths = array("q")

    def add(self, codes: Codes) -> None:
        """Append one sequence. Raises ``InputError`` where the folder of temporary files is full."""
        self.add_joined(codes, [len(codes)])

    def add_joined(self, codes: Codes, lengths: list[int]) -> None:
        """Append sequences that stand one behind the other in ``codes``, as `add`."""
        self._held += codes.tobytes()
        self._lengths.extend(lengths)
        if len(self._held) > (HELD if self._file is None else BLOCK):
            self._write()

    def finished(self) -> tuple[Codes, Offsets]:
        """All letters uint8, and where each sequence begins, int64 (n + 1,). Nothing can be appended after it."""
        offsets = np.concatenate([[0], np.cumsum(np.array(self._lengths, dtype=np.int64))])
        if self._file is None:
            return np.frombuffer(self._held, dtype=np.uint8), offsets
        self._write()
        mapped = mmap(self._file.fileno(), 0, access=ACCESS_READ)
        self._file.close()
        return np.frombuffer(mapped, dtype=np.uint8), offsets

    def _write(self) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it is closed when it is mapped)
            self._file.write(self._held)
            self._file.flush()
        except OSError as error:
            where = tempfile.gettempdir()
            raise InputError(
                f"letters of so many sequences do not fit into the folder of temporary files ({error.strerror}); "
                f"TMPDIR names another one, it is {where}"
            ) from error
        self._held = bytearray()


def gathered(codes: Codes, offsets: Offsets, chosen: NDArray[np.intp]) -> tuple[Codes, Offsets]:
    """The sequences of these indices joined in their order, a block of them at a time, and their offsets.

    >>> joined, offsets = gathered(np.array([0, 1, 2, 3], dtype=np.uint8), np.array([0, 1, 3, 4]), np.array([2, 1]))
    >>> joined.tolist(), offsets.tolist()
    ([3, 1, 2], [0, 1, 3])
    """
    lengths = np.diff(offsets)[chosen]
    begins = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    joined = np.empty(int(begins[-1]), dtype=np.uint8)
    for first, last in blocks(begins):
        begin, end = int(begins[first]), int(begins[last])
        shift = offsets[chosen[first:last]] - begins[first:last]
        joined[begin:end] = codes[np.arange(begin, end) + np.repeat(shift, lengths[first:last])]
    return joined, begins


def stored(codes: Codes, offsets: Offsets, chosen: NDArray[np.intp]) -> tuple[Codes, Offsets]:
    """As `gathered`; where these are many letters they lie on disk, as those of `Letters`."""
    letters, lengths = Letters(), np.diff(offsets)[chosen]
    for first, last in blocks(np.concatenate([[0], np.cumsum(lengths)])):
        letters.add_joined(gathered(codes, offsets, chosen[first:last])[0], lengths[first:last].tolist())
    return letters.finished()
