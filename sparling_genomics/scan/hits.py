"""A hit: where a motif lies, on which strand, and how unlikely that is. Hits are rows of a structured array."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import PAD, Codes, reverse_complement
from sparling_genomics.scan.text import Unit

Hits = NDArray[np.void]
"""Rows of `hit_type`."""


def hit_type(width: int) -> np.dtype[np.void]:
    """Of motifs of at most ``width`` columns.

    ``sequence`` and ``motif`` by number, [``start``, ``end``) in the sequence, ``reverse`` strand, ``score`` in the
    scanner's unit, ``level`` by which its P is known, ``letters`` as codes on the hit's own strand, PAD behind them.
    """
    return np.dtype(
        [
            ("sequence", "<i4"),
            ("motif", "<i4"),
            ("start", "<i8"),
            ("end", "<i8"),
            ("level", "<i8"),
            ("score", "<f8"),
            ("reverse", "?"),
            ("letters", "u1", (width,)),
        ]
    )


class Found(NamedTuple):
    """What a scanner finds in one unit of work."""

    marks: Hits
    """Of a scanner whose hits need no settling, the hits; else marks, which it alone can read."""
    tested: NDArray[np.int64]
    """Words, or positions, that each motif was tried at."""


class Settling(Protocol):
    """Makes hits of what is found."""

    def __call__(self, found: Hits, last: bool) -> Hits:
        """Hits that nothing can change any more, in order of sequence and start; all of them after the ``last``."""
        ...


class Scanner(Protocol):
    """What looks for motifs. It is sent to other processes, where only `find` is called."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of the motifs."""
        ...

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the motifs, columns."""
        ...

    @property
    def mark_type(self) -> np.dtype[np.void]:
        """Of what `find` gives."""
        ...

    @property
    def halo(self) -> int:
        """Letters beside a piece that what is found in it depends on."""
        ...

    @property
    def reach(self) -> int:
        """bp beside a region from which finds can decide about those inside."""
        ...

    def find(self, unit: Unit) -> Found:
        """What lies in the pieces, in order of sequence and place."""
        ...

    def settling(self, lengths: NDArray[np.int64]) -> Settling:
        """What makes hits of all that is found, in order, in sequences of these lengths."""
        ...

    def p_values(self, motif: int) -> NDArray[np.float64]:
        """P of each level of a motif, falling."""
        ...


def none_found(width: int) -> Hits:
    """No hit."""
    return np.zeros(0, dtype=hit_type(width))


def in_order(hits: Hits) -> Hits:
    """By sequence, start, end, motif and strand."""
    keys = ("reverse", "motif", "end", "start", "sequence")
    return hits[np.lexsort(tuple(hits[key] for key in keys))]


def on_strand(letters: Codes, reverse: NDArray[np.bool_]) -> Codes:
    """Letters (n, W) of the forward strand, PAD where there is none, as the strand of each reads, PAD behind."""
    turned = letters.copy()
    turned[reverse] = reverse_complement(letters[reverse])
    order = np.argsort(turned == PAD, axis=1, kind="stable")
    return np.take_along_axis(turned, order, axis=1)
