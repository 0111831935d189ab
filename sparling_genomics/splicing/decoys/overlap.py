"""Which windows share a word of 40 letters with others, so that what is said of them may have been learned by heart."""

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes, reverse_complement

LENGTH = 40
_AT_ONCE = 2000
"""Windows whose words are held in memory together."""
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_TOP = 26
"""Bits of a word's number by which most words that are not shared are passed over."""


def overlapping(windows: Codes, others: Codes) -> NDArray[np.bool_]:
    """Which of ``windows`` (n, L) have a word in common with any of ``others`` (m, L), on either strand: (n,).

    Words with another letter than A C G T are not compared. Words are compared by a number of 64 bits, which two
    different ones share once in 10^19.
    """
    there = np.zeros(2**_TOP, dtype=bool)
    for first in range(0, len(windows), _AT_ONCE):
        there[_top(_words(windows[first : first + _AT_ONCE])[0])] = True
    parts = [np.zeros(0, dtype=np.uint64)]
    for first in range(0, len(others), _AT_ONCE):
        theirs = _words(others[first : first + _AT_ONCE])[0]
        parts.append(np.unique(theirs[there[_top(theirs)]]))
    shared = np.unique(np.concatenate(parts))
    shares = np.zeros(len(windows), dtype=bool)
    for first in range(0, len(windows), _AT_ONCE):
        words, own = _words(windows[first : first + _AT_ONCE])
        shares[first + own[np.isin(words, shared)]] = True
    return shares


def _top(words: NDArray[np.uint64]) -> NDArray[np.int64]:
    return (words >> np.uint64(64 - _TOP)).astype(np.int64)


def _words(windows: Codes) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Number of each word of all windows, the same for its reverse complement, and the window it is of: (words,)."""
    n, length = windows.shape
    if length < LENGTH:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    forward, reverse = _mixed(windows), _mixed(reverse_complement(windows))[:, ::-1]
    unclear = np.cumsum(np.pad(windows >= AMBIGUOUS, ((0, 0), (1, 0))), axis=1)
    clean = unclear[:, LENGTH:] == unclear[:, :-LENGTH]
    return np.minimum(forward, reverse)[clean], np.broadcast_to(np.arange(n)[:, None], clean.shape)[clean]


def _mixed(windows: Codes) -> NDArray[np.uint64]:
    """A number of each word of windows (n, L), read as it stands: (n, L - `LENGTH` + 1)."""
    half = LENGTH // 2
    number = windows.shape[1] - half + 1
    letters = (windows & 3).astype(np.uint64)
    words = np.zeros((len(windows), number), dtype=np.uint64)
    for i in range(half):
        words = words << np.uint64(2) | letters[:, i : i + number]
    mixed: NDArray[np.uint64] = words[:, :-half] * _MIX[0] + (words[:, half:] + np.uint64(1)) * _MIX[1]
    return (mixed ^ mixed >> np.uint64(31)) * _MIX[1]
