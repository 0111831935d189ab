"""Nucleotide letters as numbers: encode, decode, reverse complement.

Codes are uint8: A=0, C=1, G=2, T or U=3. ``AMBIGUOUS`` (4) stands for N, every other IUPAC ambiguity letter and X,
with which programs mask DNA, inside a sequence; ``PAD`` (5) stands for no letter at all, behind the end of a sequence
in a batch. Both are zeros in one-hot form.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]

AMBIGUOUS = 4
PAD = 5
INVALID = 255
IUPAC_AMBIGUITY = "NRYSWKMBDHV"
MASKED = "X"
BLOCK = 2**20
"""Letters that are looked at at once, where there are many."""


@dataclass(frozen=True)
class Alphabet:
    """Four letters in the order of their codes, and whether sequences have a second strand.

    ``name`` is "dna", "dna_forward" or "rna"; ``letters`` "ACGT" or "ACGU"; ``double_stranded`` where the reverse
    complement says the same, so that both strands are read: not in RNA, nor in DNA whose strand is known.
    """

    name: str
    letters: str
    double_stranded: bool


DNA = Alphabet("dna", "ACGT", double_stranded=True)
DNA_FORWARD = Alphabet("dna_forward", "ACGT", double_stranded=False)
RNA = Alphabet("rna", "ACGU", double_stranded=False)
ALPHABETS: dict[str, Alphabet] = {each.name: each for each in (DNA, DNA_FORWARD, RNA)}


def _byte_codes() -> bytes:
    """Table of 256 entries for ``bytes.translate``: the code of each letter, INVALID for what is no nucleotide."""
    table = bytearray([INVALID]) * 256
    letters = {"A": 0, "C": 1, "G": 2, "T": 3, "U": 3} | dict.fromkeys(IUPAC_AMBIGUITY + MASKED, AMBIGUOUS)
    for letter, code in letters.items():
        table[ord(letter)] = table[ord(letter.lower())] = code
    return bytes(table)


BYTE_CODES = _byte_codes()
_COMPLEMENT: Codes = np.array([3, 2, 1, 0, AMBIGUOUS, PAD], dtype=np.uint8)


def encode(sequence: str) -> Codes:
    """Codes of a nucleotide sequence, one for each letter. T and U are the same letter, so are upper and lower case.

    Raises ``ValueError`` with the letter and its 0-based position where a letter is no IUPAC nucleotide.

    >>> encode("ACgTUN").tolist()
    [0, 1, 2, 3, 3, 4]
    """
    raw = sequence.encode("ascii", errors="replace").translate(BYTE_CODES)
    position = raw.find(INVALID)
    if position >= 0:
        raise ValueError(f"letter {sequence[position]!r} at position {position} is no IUPAC nucleotide")
    return np.frombuffer(raw, dtype=np.uint8).copy()


def decode(codes: Codes, alphabet: Alphabet = DNA) -> str:
    """Letters of one sequence of codes (L,): N for every ambiguous letter, nothing for PAD.

    Raises ``ValueError`` for other shapes and for values above PAD.

    >>> decode(np.array([0, 1, 2, 3, 4, 5], dtype=np.uint8), RNA)
    'ACGUN'
    """
    if codes.ndim != 1:
        raise ValueError(f"codes must have shape (L,); got {codes.shape}")
    _check_range(codes)
    letters = np.frombuffer((alphabet.letters + "N").encode(), dtype=np.uint8)
    written: bytes = letters[codes[codes != PAD]].tobytes()
    return written.decode()


def reverse_complement(codes: Codes) -> Codes:
    """Codes of the other strand, read 5' to 3', along the last axis (..., L); ambiguous letters stay ambiguous.

    PAD is carried along, so a padded batch comes out padded on the left.

    >>> decode(reverse_complement(encode("AACGTN")))
    'NACGTT'
    """
    _check_range(codes)
    return np.ascontiguousarray(_COMPLEMENT[codes][..., ::-1])


def _check_range(codes: Codes) -> None:
    if codes.size and int(codes.max()) > PAD:
        raise ValueError(f"codes must lie in 0 to {PAD}; got {int(codes.max())}")


def strong(codes: Codes) -> NDArray[np.bool_]:
    """Which letters are G or C."""
    return np.asarray((codes == 1) | (codes == 2))


def gc_content(codes: Codes) -> float:
    """Share of G and C among the letters that are known; 0 without any.

    >>> gc_content(np.array([0, 1, 2, 4], dtype=np.uint8))
    0.6666666666666666
    """
    return float(gc_contents(codes, np.array([0, len(codes)]))[0])


def gc_contents(codes: Codes, offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """`gc_content` of each of the joined sequences codes[offsets[i]:offsets[i + 1]]: (n,)."""
    share = np.empty(len(offsets) - 1)
    for first, last in blocks(offsets):
        begin = offsets[first]
        own, places = codes[begin : offsets[last]], offsets[first : last + 1] - begin
        gc, known = (np.diff(np.concatenate([[0], np.cumsum(each)])[places]) for each in (strong(own), own < AMBIGUOUS))
        share[first:last] = gc / np.maximum(known, 1)
    return share


def blocks(offsets: NDArray[np.int64], letters: int = BLOCK) -> Iterator[tuple[int, int]]:
    """First and last + 1 of the joined sequences that have about so many letters together, one at least, in order.

    >>> list(blocks(np.array([0, 4, 8, 20, 22]), letters=8))
    [(0, 2), (2, 3), (3, 4)]
    """
    first, n = 0, len(offsets) - 1
    while first < n:
        last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + letters, side="right")) - 1)
        yield first, last
        first = last
