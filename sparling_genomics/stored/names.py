"""Names of many sequences as one text with offsets: 8 bytes a name beside its letters."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import overload

import numpy as np


class Names(Sequence[str]):
    """A list of names that can only grow, in a fifth of its memory.

    >>> names = Names(["a", "ßc", ""])
    >>> names[1], names[-1], len(names), names == ("a", "ßc", ""), names[:2]
    ('ßc', '', 3, True, ('a', 'ßc'))
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._text, self._ends = bytearray(), array("q", [0])
        for name in names:
            self.append(name)

    def append(self, name: str) -> None:
        """One more name behind the others."""
        self._text += name.encode(errors="surrogatepass")
        self._ends.append(len(self._text))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self[i] for i in range(*index.indices(len(self))))
        n = len(self)
        if not -n <= index < n:
            raise IndexError(f"name {index} of {n}")
        place = index if index >= 0 else index + n
        return self._text[self._ends[place] : self._ends[place + 1]].decode(errors="surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self._text[begin:end].decode(errors="surrogatepass") for begin, end in pairwise(self._ends))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Names):
            return self._text == other._text and self._ends == other._ends
        if isinstance(other, (tuple, list)):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self[:3]))
        return f"Names({shown}{', …' if len(self) > 3 else ''})"


def have_repeats(names: Iterable[str]) -> bool:
    """Whether some name is there twice; by their hashes, 8 bytes a name.

    >>> have_repeats(["a", "b", "a"]), have_repeats(["a", "b"])
    (True, False)
    """
    hashes = np.array(array("q", map(hash, names)))
    return len(np.unique(hashes)) < len(hashes)
