"""Which genes have relatives on the training side: by the words of 31 letters that they share, on either strand."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes

LENGTH = 31
RELATED = 0.05
"""Share of its words that a gene has in common with training genes, from which on it is a relative."""
_KEPT = 4
"""One word of so many is looked at, chosen by its letters alone (Broder 1997), so that a genome fits into memory."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def shared_words(genes: Sequence[Codes], others: Iterable[Codes]) -> NDArray[np.float64]:
    """Share of the words of each of ``genes`` that ``others`` have, too: (n,); 0 for a gene without a word."""
    known = [_words(codes) for codes in others]
    pool = np.unique(np.concatenate(known)) if known else np.zeros(0, dtype=np.uint64)
    return np.array([_share(_words(codes), pool) for codes in genes], dtype=np.float64)


def _share(words: NDArray[np.uint64], pool: NDArray[np.uint64]) -> float:
    if not len(words) or not len(pool):
        return 0.0
    place = np.minimum(np.searchsorted(pool, words), len(pool) - 1)
    return float((pool[place] == words).mean())


def _words(codes: Codes) -> NDArray[np.uint64]:
    """The chosen words of a sequence, each once, as numbers that are the same for a word and its reverse complement."""
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
    chosen: NDArray[np.uint64] = words[(words * _MIX) >> np.uint64(62) == 0]
    return chosen
