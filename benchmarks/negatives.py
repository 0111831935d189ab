"""Unbound sequences of the public IBIS protocol, its "aliens": peaks of other factors, as rich in G and C as the bound.

Shuffled copies differ from peaks in more than the motif; peaks of other factors differ in little else. They are those
of the other tf_chip sets whose known motifs are others than the set's (ETS factors are no negatives of each other), as
long as the set's own, and without a word of `WORD` letters in common with any of the set's peaks, so that none of them
overlaps one: not all sets say where in the genome their peaks lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from cases import Case, Record
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from recovery_sets import SETS, RecoverySet

from sparling.errors import InputError
from sparling_genomics.data.matched import as_rich_in_gc
from sparling_genomics.letters.alphabet import AMBIGUOUS, Codes, gc_content, reverse_complement

WORD = 20
BIN = 0.05
"""Width of the bins of GC content in which bound and unbound sequences are matched."""
MOST = 5000
"""Peaks that one other factor contributes at most, the first of its file."""

_FOLDER = "tf_chip/"


@dataclass(frozen=True)
class AgainstOthers:
    """A set whose unbound test sequences are ``ratio`` peaks of other factors for each bound one.

    ``in_training``: the background that the tools are given is made in the same way, of peaks that share no word with
    those of the test.
    """

    chosen: RecoverySet
    ratio: int
    in_training: bool = False

    @property
    def name(self) -> str:
        """The set's own name."""
        return self.chosen.name

    def case(self, seed: int, folder: Path) -> Case:
        """The set as the tools get it. Raises ``InputError`` where there are too few peaks of other factors."""
        case = self.chosen.case(seed, folder)
        rng = np.random.default_rng([seed, 14])
        own = [record for record in self.chosen.records() if record.label == 1]
        pool = apart(other_peaks(self.chosen), own)
        bound = [record for record in case.test if record.label == 1]
        test = [record._replace(test=True) for record in self._drawn(bound, pool, rng)]
        case = replace(case, test=(*bound, *test), negatives="others")
        if self.in_training:
            drawn = self._drawn(case.foreground, apart(pool, test), rng)
            case = replace(case, background=tuple(drawn), given_background=True)
        return case

    def streme(self) -> dict[str, str] | None:
        """None: STREME's figures are of other negatives."""
        return None

    def _drawn(self, bound: Sequence[Record], pool: Sequence[Record], rng: np.random.Generator) -> list[Record]:
        if len(pool) < self.ratio * len(bound):
            raise InputError(
                f"{self.name}: {self.ratio} peaks of other factors for each of {len(bound)} bound sequences; "
                f"got {len(pool)} of the same length that overlap none of the set's"
            )
        return matched(bound, pool, self.ratio, rng)


def has_others(chosen: object) -> bool:
    """Whether a set is one of ChIP-seq peaks, for which there may be peaks of other factors."""
    return isinstance(chosen, RecoverySet) and chosen.path.startswith(_FOLDER) and not chosen.null


def other_peaks(chosen: RecoverySet) -> list[Record]:
    """Bound sequences of the other factors' sets, of the lengths of the set's own; the factor is part of the name."""
    lengths = {len(record.codes) for record in chosen.records() if record.label == 1}
    family = _family(chosen)
    return [
        Record(f"{other.name}:{record.name}", record.codes, 0, False)
        for other in SETS
        if has_others(other) and not family & _family(other)
        for record in [record for record in other.records() if record.label == 1][:MOST]
        if len(record.codes) in lengths
    ]


def apart(records: Sequence[Record], others: Sequence[Record]) -> list[Record]:
    """Those of ``records`` that share no word of `WORD` letters, on either strand, with one of ``others``."""
    words, owners = _words(records)
    shared = np.unique(owners[np.isin(words, _words(others)[0])])
    return [records[i] for i in np.setdiff1d(np.arange(len(records)), shared).tolist()]


def matched(bound: Sequence[Record], pool: Sequence[Record], ratio: int, rng: np.random.Generator) -> list[Record]:
    """``ratio`` records of ``pool`` for each bound one, none twice, of the same bin of GC content.

    A bin that is used up is filled from the nearest one that is not, after all others have taken their own.
    Raises ``ValueError`` for a pool that is too small.
    """
    rich = [[gc_content(record.codes) for record in records] for records in (bound, pool)]
    return [pool[i] for i in as_rich_in_gc(np.array(rich[0]), np.array(rich[1]), BIN, rng, ratio)]


def _family(chosen: RecoverySet) -> frozenset[str]:
    """Names of the database's matrices that count as a known motif of the set."""
    return frozenset[str]().union(*(known.targets for known in chosen.motifs()[0]))


def _words(records: Sequence[Record]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every word of A C G T, its strand that comes first in the alphabet, as a number, and the place of its record."""
    gap = np.full(1, AMBIGUOUS, dtype=np.uint8)
    joined: Codes = np.concatenate([part for record in records for part in (record.codes, gap)] + [gap.repeat(WORD)])
    owners = np.repeat(np.arange(len(records)), [len(record.codes) + 1 for record in records])
    forward, reverse = _numbers(joined), _numbers(reverse_complement(joined))[::-1]
    clear = sliding_window_view(joined < AMBIGUOUS, WORD).all(axis=1)[: len(owners)]
    return np.minimum(forward, reverse)[: len(owners)][clear], owners[clear]


def _numbers(codes: Codes) -> NDArray[np.int64]:
    """Each word of `WORD` letters as a number of as many digits to the base 4; of no meaning with another letter."""
    numbers = np.zeros(len(codes) - WORD + 1, dtype=np.int64)
    for place in range(WORD):
        numbers = numbers * 4 + codes[place : place + len(numbers)]
    return numbers
