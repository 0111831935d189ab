"""Words of a few letters, in how many sequences each lies: the statistics that motif searches start from.

Sequences lie end to end in one `Text`, N between them, so that no word reaches from one into the next. A word is a
number, two bits a letter; of DNA a word and its reverse complement are one, the smaller number of the two.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS, Alphabet, Codes, blocks

Numbers = NDArray[np.int32]
Counts = NDArray[np.int64]


def pair_shares(codes: Codes, offsets: NDArray[np.int64], *, both_strands: bool) -> NDArray[np.float64]:
    """Share of each pair of neighbouring letters among those of a sequence, in which no N is: (n, 16), their sum 1.

    Sequence i is codes[offsets[i]:offsets[i + 1]]. On ``both_strands`` a pair and its reverse complement are one: (n,
    10). All are 0 where a sequence has no pair.

    >>> pair_shares(np.array([0, 1, 0, 3, 3], dtype=np.uint8), np.array([0, 3, 5]), both_strands=False)[:, [1, 4, 15]]
    array([[0.5, 0.5, 0. ],
           [0. , 0. , 1. ]])
    """
    number = np.arange(16)
    if both_strands:
        turned = 4 * (3 - number % 4) + 3 - number // 4
        number = np.unique(np.minimum(number, turned), return_inverse=True)[1]
    parts = [np.zeros((0, int(number.max()) + 1))]
    for first, last in blocks(offsets):
        own = codes[offsets[first] : offsets[last]]
        parts.append(_pair_shares(own, offsets[first : last + 1] - offsets[first], number))
    return np.concatenate(parts)


def _pair_shares(codes: Codes, offsets: NDArray[np.int64], number: NDArray[np.int64]) -> NDArray[np.float64]:
    first, second = codes[:-1].astype(np.int64), codes[1:].astype(np.int64)
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    pair = 4 * first + second
    counted = (first < AMBIGUOUS) & (second < AMBIGUOUS) & (owner[:-1] == owner[1:])
    kinds = int(number.max()) + 1
    cell = owner[:-1][counted] * kinds + number[pair[counted]]
    counts = np.bincount(cell, minlength=(len(offsets) - 1) * kinds).reshape(-1, kinds)
    return np.asarray(counts / np.maximum(counts.sum(1, keepdims=True), 1))


@dataclass(frozen=True)
class Pattern:
    """``letters`` that are looked at, an even number where ``gap`` others lie in the middle.

    >>> Pattern(6, gap=2).spell(0b000000_111111, "ACGT")
    'AAANNTTT'
    """

    letters: int
    gap: int = 0

    @property
    def span(self) -> int:
        """bp from the first to the last letter."""
        return self.letters + self.gap

    @property
    def number(self) -> int:
        """How many words there are."""
        return int(4**self.letters)

    def spell(self, word: int, letters: str) -> str:
        """The word in ``letters``, N in the gap."""
        text = "".join(letters[(word >> 2 * (self.letters - 1 - j)) & 3] for j in range(self.letters))
        half = self.letters // 2 if self.gap else self.letters
        return text[:half] + "N" * self.gap + text[half:]

    def neighbours(self, word: int) -> list[int]:
        """The words with one other letter."""
        places = range(0, 2 * self.letters, 2)
        return [(word & ~(3 << place)) | (letter << place) for place in places for letter in range(4)]


class Text:
    """Labelled sequences end to end, at least ``apart`` N before, between and behind them.

    ``codes`` uint8 (N,), which may be overwritten with N; ``owner`` int32 (N,) the sequence of each letter (of an N
    between two, the one before); ``bound`` bool (n,).
    """

    def __init__(
        self, codes: Codes, offsets: NDArray[np.int64], bound: NDArray[np.bool_], alphabet: Alphabet, apart: int
    ) -> None:
        lengths = np.diff(offsets)
        own = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        self.codes = np.full(len(codes) + apart * (len(lengths) + 1), AMBIGUOUS, dtype=np.uint8)
        self.codes[np.arange(len(codes)) + apart * (own.astype(np.int64) + 1)] = codes
        self.owner = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths + apart)
        self.owner = np.concatenate([np.zeros(apart, dtype=np.int32), self.owner])
        self.bound, self.alphabet = bound, alphabet

    def __len__(self) -> int:
        return len(self.bound)

    @property
    def both_strands(self) -> bool:
        """Whether a word and its reverse complement are one."""
        return self.alphabet.double_stranded

    @property
    def odds(self) -> float:
        """Bound sequences an unbound one."""
        return float(self.bound.sum()) / max(float((~self.bound).sum()), 1.0)

    def background(self) -> NDArray[np.float64]:
        """Frequencies of A, C, G, T (U), those of both strands where both are read: (4,)."""
        counts = np.bincount(self.codes, minlength=5)[:4] + 1.0
        if self.both_strands:
            counts = counts + counts[::-1]
        return np.asarray(counts / counts.sum())


class Words:
    """The word of ``pattern`` that begins at each letter of a text.

    ``forward`` int32 (N − span + 1,) as read; ``word`` the same, or its reverse complement where that is smaller;
    ``whole`` where all its letters are known.
    """

    def __init__(self, text: Text, pattern: Pattern) -> None:
        self.pattern = pattern
        if pattern.gap:
            half = pattern.letters // 2
            first, known = _rolling(text.codes, half)
            shift, n = half + pattern.gap, len(text.codes) - pattern.span + 1
            self.forward = (first[:n] << 2 * half) | first[shift : shift + n]
            self.whole = known[:n] & known[shift : shift + n]
        else:
            self.forward, self.whole = _rolling(text.codes, pattern.letters)
        self.word = self.forward
        if text.both_strands:
            self.word = np.minimum(self.forward, reverse_complements(pattern.letters)[self.forward])

    def in_sequences(self, text: Text) -> tuple[Counts, Counts]:
        """Bound and unbound sequences that have each word: (4^letters,) each."""
        word, sequence = self.once_a_sequence(text)
        is_bound, size = text.bound[sequence], self.pattern.number
        return np.bincount(word[is_bound], minlength=size), np.bincount(word[~is_bound], minlength=size)

    def once_a_sequence(self, text: Text) -> tuple[Counts, Counts]:
        """Each word of each sequence, once, and that sequence."""
        bits = 2 * self.pattern.letters
        places = np.flatnonzero(self.whole)
        keys = (text.owner[places].astype(np.int64) << bits) | self.word[places]
        keys.sort()
        first = np.ones(len(keys), dtype=bool)
        first[1:] = keys[1:] != keys[:-1]
        keys = keys[first]
        return keys & (self.pattern.number - 1), keys >> bits

    def places(self, words: list[int]) -> NDArray[np.int64]:
        """Where one of ``words`` begins."""
        wanted = np.zeros(self.pattern.number, dtype=bool)
        wanted[words] = True
        return np.flatnonzero(self.whole & wanted[self.word])


def expected_by_triplets(text: Text, letters: int) -> NDArray[np.float64]:
    """Share of bound sequences that would have each word, if what follows a letter hung on the two before it alone.

    (4^letters,), in bound sequences as long as theirs are on average (order-2 Markov chain of their own triplets).
    """
    triplet, known = _rolling(text.codes, 3)
    inside = text.bound[text.owner[: len(triplet)]]
    counts = np.bincount(triplet[known & inside], minlength=64) + 0.5
    if text.both_strands:
        counts = counts + counts[reverse_complements(3)]
    chance = counts / counts.sum()
    following = np.log(chance) - np.log(np.repeat(chance.reshape(16, 4).sum(1), 4))
    words = np.arange(4**letters)
    log_chance = np.log(chance)[words >> 2 * (letters - 3)]
    for j in range(3, letters):
        log_chance = log_chance + following[(words >> 2 * (letters - 1 - j)) & 63]
    a_place = np.exp(log_chance)
    if text.both_strands:
        other = reverse_complements(letters)
        a_place = np.where(other == words, a_place, a_place + a_place[other])
    _, whole = _rolling(text.codes, letters)
    places = float(text.bound[text.owner[: len(whole)]][whole].sum()) / max(float(text.bound.sum()), 1.0)
    return np.asarray(-np.expm1(-a_place * places))


@cache
def reverse_complements(letters: int) -> Numbers:
    """The reverse complement of each word: int32 (4^letters,).

    >>> reverse_complements(2)[0b0001]  # AC: GT
    np.int32(11)
    """
    words = np.arange(4**letters, dtype=np.int32)
    turned = np.zeros_like(words)
    for j in range(letters):
        turned = (turned << 2) | (3 - ((words >> 2 * j) & 3))
    return turned


def _rolling(codes: Codes, letters: int) -> tuple[Numbers, NDArray[np.bool_]]:
    n = max(len(codes) - letters + 1, 0)
    word, known = np.zeros(n, dtype=np.int32), np.ones(n, dtype=bool)
    for j in range(letters):
        own = codes[j : j + n]
        word = (word << 2) | (own & 3)
        known &= own < AMBIGUOUS
    return word, known
