"""Sequences of an alignment: those of a file, or of the runs' own test sides, about as many letters of each run."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling_genomics.data.dataset import TEST, SequenceDataset, concatenate
from sparling_genomics.data.given import given_sequences
from sparling_genomics.letters.alphabet import ALPHABETS, reverse_complement
from sparling_genomics.runs.finished import StoredRun, load_finished

BALANCE = 4
"""Times the letters of the run that has fewest, which another gives at most."""


class Sample(NamedTuple):
    """Sequences, and of which run's test side each is (n,); -1 where they are of a file."""

    data: SequenceDataset
    run: NDArray[np.int64]


def own_sequences(runs: Sequence[StoredRun], rng: np.random.Generator) -> Sample:
    """The bound test sequences of all runs, each once, on whichever strand.

    A run gives at most `BALANCE` times the letters of the smallest; which of its sequences is chosen at random.
    Raises ``InputError`` where the sequences of a run are not where it read them, or have changed.
    """
    sides = [_test_side(run) for run in runs]
    letters = [int(side.lengths.sum()) for side in sides]
    if 0 in letters:
        raise InputError(f"no bound sequence on the test side, --fasta gives others: {runs[letters.index(0)].path}")
    most = BALANCE * min(letters)
    parts, seen = [], set[bytes]()
    for side in sides:
        order = rng.permutation(len(side))
        within = order[np.cumsum(side.lengths[order]) <= max(most, int(side.lengths.max()))]
        kept = []
        for i in np.sort(within).tolist():
            key = _either_strand(side, i)
            if key not in seen:
                seen.add(key)
                kept.append(i)
        parts.append(replace(side.subset(np.array(kept, dtype=np.int64)), targets=None))
    return Sample(concatenate(parts), np.repeat(np.arange(len(parts)), [len(part) for part in parts]))


def sequences_of(fasta: Path, runs: Sequence[StoredRun]) -> Sample:
    """The sequences of a file. Raises ``InputError`` as `given_sequences` does."""
    data = given_sequences(fasta, ALPHABETS[runs[0].network.alphabet])
    return Sample(data, np.full(len(data), -1))


def _test_side(run: StoredRun) -> SequenceDataset:
    try:
        data = load_finished(run.path).data
    except InputError as error:
        raise InputError(f"{error}; --fasta gives other sequences") from error
    return data.subset((data.split == TEST) & (data.labels == 1))


def _either_strand(data: SequenceDataset, index: int) -> bytes:
    """The letters of a sequence, the same for its reverse complement where both strands are read."""
    codes = data.sequence(index)
    own: bytes = codes.tobytes()
    return min(own, reverse_complement(codes).tobytes()) if data.alphabet.double_stranded else own
