"""Which sequences train, which validate and which test, so that nothing is seen on both sides.

Words in the FASTA headers come first. What they leave open is divided by whole chromosomes where sequences have
coordinates, otherwise by cluster (`clusters`), bound and unbound alike; a cluster stays on one side, also where it lies
on two chromosomes. Sequences that are identical, or reverse complements of each other in DNA, always share a side;
other relatives that words put on several sides are left there, and counted (`straddling`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.clusters import Groups
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.stored.records import Records

TRAIN, VALIDATION, TEST = 0, 1, 2
SPLIT_NAMES = ("train", "validation", "test")

Split = NDArray[np.uint8]

TEST_FRACTION = 0.1
MIN_CHROMOSOMES = 5
FEWEST_GROUPS = 10
"""Groups of sequences that are alike, from which on all sides get one, however large they are."""
_WORDS = {"train": TRAIN, "validation": VALIDATION, "val": VALIDATION, "valid": VALIDATION, "test": TEST}


def splits_from_words(records: Records, fasta: Path | str) -> Split:
    """Side of each record out of its ``split=`` word, TRAIN where it has none.

    Raises ``InputError`` with path and line for another word than train, validation, val, valid or test.
    """
    sides = np.full(len(records), TRAIN, dtype=np.uint8)
    for i, word in enumerate(records.words("split")):
        if word is None:
            continue
        if word not in _WORDS:
            line = int(records.line[i])
            raise input_error(f"split must be train, validation or test, got {word!r}", fasta, line)
        sides[i] = _WORDS[word]
    return sides


def validation_size(n_train: int) -> int:
    """How many of the training sequences to set aside for validation: a tenth, at most 1,000; a fifth of a small set.

    >>> validation_size(500), validation_size(4000), validation_size(50_000)
    (100, 400, 1000)
    """
    return min(1000, round(n_train * (0.2 if n_train < 1000 else 0.1)))


def divide(
    given: Split,
    labels: NDArray[np.float32],
    content: Groups,
    cluster: Groups,
    intervals: Sequence[Interval | None],
    rng: np.random.Generator,
) -> Split:
    """Side of each sequence: ``given`` for validation and test, and TRAIN divided further where one of them is missing.

    A tenth becomes the test set, ``validation_size`` of the rest the validation set; of bound or of unbound sequences
    alone where only those are missing. Sequences with coordinates are divided by chromosome if there are
    `MIN_CHROMOSOMES` of them, the others by ``cluster``; one that lies on several chromosomes goes where its first
    member does. A whole group of equal ``content`` goes to test if one of its members does, else to validation if one
    does.
    """
    split = _together(given, content)
    chroms = ["" if interval is None else interval.chrom for interval in intervals]
    known = {chrom: number for number, chrom in enumerate(sorted(set(chroms) - {""}))}
    chromosomes = np.array([known.get(chrom, 0) for chrom in chroms], dtype=np.intp)
    located = np.array([chrom != "" for chrom in chroms], dtype=bool)
    by_chromosome = len(known) >= MIN_CHROMOSOMES
    for side in (TEST, VALIDATION):
        missing = [label for label in np.unique(labels) if not (given[labels == label] == side).any()]
        pool = np.flatnonzero((split == TRAIN) & np.isin(labels, missing))
        if not pool.size:
            continue
        fraction = TEST_FRACTION if side == TEST else validation_size(len(pool)) / len(pool)
        chosen = np.zeros(len(pool), dtype=bool)
        for part, whole in ((located[pool], by_chromosome), (~located[pool], False)):
            own = pool[part]
            if not own.size:
                continue
            of_chromosomes = (
                _whole_chromosomes(chromosomes[own], cluster[own], labels[own], fraction, rng) if whole else None
            )
            chosen[part] = (
                _whole_groups(cluster[own], labels[own], fraction, rng) if of_chromosomes is None else of_chromosomes
            )
        split[pool[_as_their_first(chosen, cluster[pool])]] = side
        split = _together(split, content)
    return split


def straddling(split: Split, cluster: Groups) -> int:
    """How many sequences belong to a cluster that has members on several sides.

    >>> straddling(np.array([0, 0, 2, 1], dtype=np.uint8), np.array([5, 7, 5, 8]))
    2
    """
    group = np.unique(cluster, return_inverse=True)[1]
    lowest = np.full(int(group.max(initial=-1)) + 1, max(TRAIN, VALIDATION, TEST), dtype=np.uint8)
    np.minimum.at(lowest, group, split)
    apart = np.bincount(group, split != lowest[group]) > 0
    return int(apart[group].sum())


def _as_their_first(chosen: NDArray[np.bool_], groups: Groups) -> NDArray[np.bool_]:
    """Each group as its first member is."""
    _, first, group = np.unique(groups, return_index=True, return_inverse=True)
    return chosen[first][group]


def _together(split: Split, groups: Groups) -> Split:
    """Each group on one side: test before validation before train."""
    highest = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.uint8)
    np.maximum.at(highest, groups, split)
    return highest[groups]


def _whole_chromosomes(
    chromosomes: Groups, cluster: Groups, labels: NDArray[np.float32], fraction: float, rng: np.random.Generator
) -> NDArray[np.bool_] | None:
    """A set of chromosomes with nearly ``fraction`` of the bound and of the unbound sequences; None if none is near.

    Near is from half to three times as many, of either, when each cluster is where its first member is.
    """
    present, chromosome = np.unique(chromosomes, return_inverse=True)
    counts = np.stack([np.bincount(chromosome, labels == label, len(present)) for label in np.unique(labels)], axis=1)
    shares = counts / counts.sum(axis=0)
    best: tuple[float, list[int]] = (np.inf, [])
    for _ in range(max(1, min(300, 10_000 // len(present)))):
        order = rng.permutation(len(present)).tolist()
        chosen, share = order[:1], shares[order[0]]
        for candidate in order[1:]:
            if abs(share + shares[candidate] - fraction).max() < abs(share - fraction).max():
                chosen, share = [*chosen, candidate], share + shares[candidate]
        best = min(best, (float(abs(share - fraction).max()), chosen))
    taken = _as_their_first(np.isin(chromosome, best[1]), cluster)
    share = np.array([taken[labels == label].mean() for label in np.unique(labels)])
    return taken if (fraction / 2 <= share).all() and (share <= 3 * fraction).all() else None


def _whole_groups(
    groups: Groups, labels: NDArray[np.float32], fraction: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Random groups with ``fraction`` of the bound and of the unbound sequences; one of each at least, if it has 3.

    Where each is larger than that, the smallest, if they are `FEWEST_GROUPS`, of which another side may have one.
    """
    group = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(group)
    group_label = np.zeros(len(sizes), dtype=labels.dtype)
    np.maximum.at(group_label, group, labels)
    taken = np.zeros(len(sizes), dtype=bool)
    for label in np.unique(group_label):
        members = rng.permutation(np.flatnonzero(group_label == label))
        room = max(round(fraction * int(sizes[members].sum())), int(len(members) >= 3))
        for member in members.tolist():
            if sizes[member] <= room:
                taken[member] = True
                room -= int(sizes[member])
        if len(members) >= FEWEST_GROUPS - 1 and not taken[members].any():
            taken[members[sizes[members].argmin()]] = True
    return taken[group]
