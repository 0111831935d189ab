"""Maximum entropy scores of splice sites: 3 exon and 6 intron letters of a donor, 20 and 3 of an acceptor, in bits.

The tables are the user's own (MaxEntScan's are free for academic use only) and are part of no package: an ``.npz`` file
with ``me2x5`` of the seven letters of a donor beside its GT, and ``acc1`` to ``acc9`` of the 21 letters of an acceptor
beside its AG. A word's index in a table is the number whose digits to base 4 are its letters' codes, the first letter
the most significant. Source: Yeo & Burge 2004, J Comput Biol 11:377.
"""

import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes

LOWEST = -50.0
"""Bits: no score is below it, and a word that has a letter other than A C G T, or that is not whole, has it."""
DONOR_EXON, DONOR_INTRON = 3, 6
ACCEPTOR_INTRON, ACCEPTOR_EXON = 20, 3
_BACKGROUND = np.array([0.27, 0.23, 0.23, 0.27])
_DONOR_TWO = np.array([[0.004, 0.0032, 0.9896, 0.0032], [0.0034, 0.0039, 0.0042, 0.9884]])
_ACCEPTOR_TWO = np.array([[0.9903, 0.0032, 0.0034, 0.0030], [0.0027, 0.0037, 0.9905, 0.0030]])
_DONOR = "me2x5"
_ABOVE = {"acc1": (1, 7), "acc2": (8, 14), "acc3": (15, 21), "acc4": (5, 11), "acc5": (12, 18)}
_BELOW = {"acc6": (5, 7), "acc7": (8, 11), "acc8": (12, 14), "acc9": (15, 18)}
"""Letters, the first and the last from 1, of the 21 of an acceptor."""
TABLES = {_DONOR: 7} | {name: 1 + last - first for name, (first, last) in (_ABOVE | _BELOW).items()}
"""Letters of a word of each table."""


class SiteScores(NamedTuple):
    """Scores in bits, float32 (..., L), at the exon base of each site: a donor's is the last base of the exon before
    the intron, an acceptor's the first base of the exon after it."""

    donor: NDArray[np.float32]
    acceptor: NDArray[np.float32]


@dataclass(frozen=True, eq=False, repr=False)
class MaxEntTables:
    """Bits of every word of each of `TABLES`: of the seven letters of a donor, and of parts of an acceptor's 21."""

    bits: dict[str, NDArray[np.float64]]

    def scores(self, codes: Codes) -> SiteScores:
        """Scores at every position of sequences (..., L), 5' to 3'; finite, and `LOWEST` at the least.

        A word whose two letters of the intron's end are others than GT or AG has the bits of these, about −8 for each.
        """
        places = [*range(DONOR_EXON), *range(DONOR_EXON + 2, DONOR_EXON + DONOR_INTRON)]
        donor = _two(codes, (1, 2), _DONOR_TWO)
        donor += self.bits[_DONOR][_words(codes, [place - DONOR_EXON + 1 for place in places])]
        beside = [*range(-ACCEPTOR_INTRON, -2), *range(ACCEPTOR_EXON)]
        acceptor = _two(codes, (-2, -1), _ACCEPTOR_TWO)
        for tables, sign in ((_ABOVE, 1), (_BELOW, -1)):
            for name, (first, last) in tables.items():
                acceptor += sign * self.bits[name][_words(codes, beside[first - 1 : last])]
        acceptor[~_whole(codes, -ACCEPTOR_INTRON, ACCEPTOR_EXON - 1)] = LOWEST
        donor[~_whole(codes, 1 - DONOR_EXON, DONOR_INTRON)] = LOWEST
        return SiteScores(*(np.maximum(each, LOWEST).astype(np.float32) for each in (donor, acceptor)))


def read_maxent(path: Path | str) -> MaxEntTables:
    """The tables of an ``.npz`` file. Raises ``InputError`` where it is missing or none, or a table is missing, of
    another size, or has a number that is not above 0."""
    tables = {}
    try:
        with Path(path).open("rb") as handle, np.load(handle, allow_pickle=False) as found:
            for name, letters in TABLES.items():
                if name not in found:
                    raise input_error(f"no table {name} among those of maximum entropy scores", path)
                table = np.asarray(found[name])
                if table.shape != (4**letters,) or not np.issubdtype(table.dtype, np.floating):
                    got = f"{table.dtype} of shape {table.shape}"
                    raise input_error(f"table {name} must be {4**letters:,} decimal numbers; got {got}", path)
                if not (np.isfinite(table).all() and (table > 0).all()):
                    raise input_error(f"table {name} has numbers that are not above 0", path)
                tables[name] = np.log2(table.astype(np.float64))
    except FileNotFoundError:
        raise input_error("no such file", path) from None
    except OSError as error:
        raise input_error(f"cannot be read ({error.strerror or error})", path) from error
    except (ValueError, EOFError, zipfile.BadZipFile, AttributeError, TypeError) as error:
        raise input_error("expected tables of maximum entropy scores (.npz)", path) from error
    return MaxEntTables(tables)


def _two(codes: Codes, places: tuple[int, int], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits of the intron's two letters against the background."""
    bits = np.log2(probabilities / _BACKGROUND)
    found: NDArray[np.float64] = sum(bits[i][_letters(codes, place)] for i, place in enumerate(places))
    return found


def _words(codes: Codes, places: Iterable[int]) -> NDArray[np.int64]:
    """At each position the number of the word of the letters at ``places`` relative to it."""
    words = np.zeros(codes.shape, dtype=np.int64)
    for place in places:
        words = 4 * words + _letters(codes, place)
    return words


def _letters(codes: Codes, place: int) -> Codes:
    """The letters that lie ``place`` after each position; A for what is none, which `_whole` tells."""
    moved = np.zeros_like(codes)
    length = codes.shape[-1]
    if abs(place) < length:
        to, of = slice(max(-place, 0), length - max(place, 0)), slice(max(place, 0), length + min(place, 0))
        moved[..., to] = codes[..., of]
    return np.where(moved < AMBIGUOUS, moved, 0).astype(np.uint8)


def _whole(codes: Codes, first: int, last: int) -> NDArray[np.bool_]:
    """Whether all letters from ``first`` to ``last`` after each position are there, and are A, C, G or T."""
    length = codes.shape[-1]
    known = np.zeros((*codes.shape[:-1], length + 1), dtype=np.int64)
    np.cumsum(codes < AMBIGUOUS, axis=-1, out=known[..., 1:])
    start, end = np.arange(length) + first, np.arange(length) + last + 1
    inside = (start >= 0) & (end <= length)
    number = known[..., end.clip(0, length)] - known[..., start.clip(0, length)]
    return np.asarray(inside & (number == last - first + 1))
