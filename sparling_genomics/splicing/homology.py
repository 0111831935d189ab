"""Which genes have relatives on the training side: by the words of 31 letters that they share, on either strand."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes

LENGTH = 31
RELATED = 0.05
"""Share of its words that a gene has in common with training genes, from which on it is a relative."""
_BITS, _HELD = 2, 1 << 26
"""One word of 2^`_BITS` is looked at, chosen by its letters alone (Broder 1997), of more than `_HELD` letters one of so
many more that no more are held."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def shared_words(genes: Iterable[Codes], others: Iterable[Codes], letters: int = 0) -> NDArray[np.float64]:
    """Share of the words of each of ``genes`` that ``others`` have, too: (n,); 0 for a gene without a word.

    Only words of ``genes``, which have about so many ``letters``, are held; ``genes`` and ``others`` are read once
    each, one after the other.
    """
    bits = _BITS + max(math.ceil(math.log2(max(letters, 1) / _HELD)), 0)
    own = [_words(codes, bits) for codes in genes]
    pool = np.unique(np.concatenate([np.zeros(0, dtype=np.uint64), *own]))
    shared = np.zeros(len(pool), dtype=np.bool_)
    if len(pool):
        for codes in others:
            words = _words(codes, bits)
            place = np.minimum(np.searchsorted(pool, words), len(pool) - 1)
            shared[place[pool[place] == words]] = True
    return np.array([shared[np.searchsorted(pool, words)].mean() if len(words) else 0.0 for words in own])


def _words(codes: Codes, bits: int) -> NDArray[np.uint64]:
    """One in 2^``bits`` words of a sequence, each once, as numbers, the same for a word and its reverse complement."""
    n = len(codes) - LENGTH + 1
    if n <= 0:
        return np.zeros(0, dtype=np.uint64)
    letters = codes.astype(np.uint64)
    forward, reverse = np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=np.uint64)
    for i in range(LENGTH):
        forward = forward << np.uint64(2) | letters[i : i + n] & np.uint64(3)
        reverse |= (np.uint64(3) - (letters[i : i + n] & np.uint64(3))) << np.uint64(2 * i)
    ambiguous = np.cumsum(np.concatenate([[0], codes >= AMBIGUOUS]))
    clean = ambiguous[LENGTH:] == ambiguous[:n]
    words = np.unique(np.minimum(forward, reverse)[clean])
    chosen: NDArray[np.uint64] = words[(words * _MIX) >> np.uint64(64 - bits) == 0]
    return chosen
