"""Which sequences train, which validate and which test, so that nothing is seen on both sides.

Words in the FASTA headers come first. What they leave open is divided by whole chromosomes where sequences have
coordinates, otherwise by sequence, bound and unbound alike. Sequences that are identical, or reverse complements of
each other in DNA, always share a side.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.files.fasta import FastaRecord
from sparling_genomics.files.text_files import input_error
from sparling_genomics.letters.alphabet import Alphabet, Codes, reverse_complement
from sparling_genomics.letters.intervals import Interval

TRAIN, VALIDATION, TEST = 0, 1, 2
SPLIT_NAMES = ("train", "validation", "test")

Split = NDArray[np.uint8]
Groups = NDArray[np.intp]

TEST_FRACTION = 0.1
MIN_CHROMOSOMES = 5
FEWEST_GROUPS = 10
"""Groups of sequences that are alike, from which on all sides get one, however large they are."""
_WORDS = {"train": TRAIN, "validation": VALIDATION, "val": VALIDATION, "valid": VALIDATION, "test": TEST}


def splits_from_words(records: Sequence[FastaRecord], fasta: Path | str) -> Split:
    """Side of each record out of its ``split=`` word, TRAIN where it has none.

    Raises ``InputError`` with path and line for another word than train, validation, val, valid or test.
    """
    for record in records:
        word = record.attributes.get("split", "train")
        if word not in _WORDS:
            raise input_error(f"split must be train, validation or test, got {word!r}", fasta, record.line)
    return np.array([_WORDS[record.attributes.get("split", "train")] for record in records], dtype=np.uint8)


def validation_size(n_train: int) -> int:
    """How many of the training sequences to set aside for validation: a tenth, at most 1,000; a fifth of a small set.

    >>> validation_size(500), validation_size(4000), validation_size(50_000)
    (100, 400, 1000)
    """
    return min(1000, round(n_train * (0.2 if n_train < 1000 else 0.1)))


def content_groups(sequences: Sequence[Codes], alphabet: Alphabet) -> Groups:
    """Number of the group of each sequence: equal for equal sequences and, in DNA, for reverse complements.

    >>> from sparling_genomics.letters.alphabet import DNA, RNA, encode
    >>> content_groups([encode("AAC"), encode("GTT"), encode("aac"), encode("AAG")], DNA).tolist()
    [0, 0, 0, 1]
    >>> content_groups([encode("AAC"), encode("GTT"), encode("aac"), encode("AAG")], RNA).tolist()
    [0, 1, 0, 2]
    """
    number_of: dict[bytes, int] = {}
    groups = np.empty(len(sequences), dtype=np.intp)
    for i, codes in enumerate(sequences):
        content = codes.tobytes()
        if alphabet.double_stranded:
            content = min(content, reverse_complement(codes).tobytes())
        groups[i] = number_of.setdefault(blake2b(content, digest_size=16).digest(), len(number_of))
    return groups


def divide(
    given: Split,
    labels: NDArray[np.float32],
    groups: Groups,
    intervals: Sequence[Interval | None],
    rng: np.random.Generator,
) -> Split:
    """Side of each sequence: ``given`` for validation and test, and TRAIN divided further where one of them is missing.

    A tenth becomes the test set, ``validation_size`` of the rest the validation set; of bound or of unbound sequences
    alone where only those are missing. Sequences with coordinates are divided by chromosome if there are
    `MIN_CHROMOSOMES` of them, the others on their own. A whole group goes to test if one of its members does, else to
    validation if one does.
    """
    split = _together(given, groups)
    located = np.array([interval is not None for interval in intervals], dtype=bool)
    names = np.array([interval.chrom for interval in intervals if interval is not None], dtype=str)
    chromosomes = np.zeros(len(split), dtype=np.intp)
    chromosomes[located] = np.unique(names, return_inverse=True)[1]
    groups_and_overlaps = clusters(groups, intervals)
    by_chromosome = len(np.unique(names)) >= MIN_CHROMOSOMES
    for side in (TEST, VALIDATION):
        missing = [label for label in np.unique(labels) if not (given[labels == label] == side).any()]
        pool = np.flatnonzero((split == TRAIN) & np.isin(labels, missing))
        if not pool.size:
            continue
        fraction = TEST_FRACTION if side == TEST else validation_size(len(pool)) / len(pool)
        for part, whole in ((pool[located[pool]], by_chromosome), (pool[~located[pool]], False)):
            if not part.size:
                continue
            chosen = _whole_chromosomes(chromosomes[part], labels[part], fraction, rng) if whole else None
            if chosen is None:
                chosen = _whole_groups(groups_and_overlaps[part], labels[part], fraction, rng)
            split[part[chosen]] = side
        split = _together(split, groups)
    return split


def clusters(groups: Groups, intervals: Sequence[Interval | None]) -> Groups:
    """Groups of sequences that share one of ``groups`` or overlap on the genome, directly or through others.

    >>> clusters(np.array([0, 1, 1, 2]), [Interval("c", 0, 9), Interval("c", 5, 14), None, None]).tolist()
    [0, 0, 0, 3]
    """
    located = [interval for interval in intervals if interval is not None]
    overlaps = np.arange(len(groups)) + len(located)
    overlaps[[interval is not None for interval in intervals]] = overlap_groups(located)
    return connected(groups, overlaps)


def connected(*groupings: Groups) -> Groups:
    """Groups such that sequences sharing a group in any of the groupings share one, named by its first member.

    >>> connected(np.array([0, 0, 1, 2]), np.array([5, 6, 6, 7])).tolist()
    [0, 0, 0, 3]
    """
    n = len(groupings[0])
    label: Groups = np.arange(n)
    while True:
        before = label
        for groups in groupings:
            lowest = np.full(n if n == 0 else int(groups.max()) + 1, n)
            np.minimum.at(lowest, groups, label)
            label = lowest[groups]
        if np.array_equal(label, before):
            return label


def overlap_groups(intervals: Sequence[Interval]) -> Groups:
    """Number of the cluster of each interval: intervals that share a bp, directly or through others, share a cluster.

    >>> overlap_groups([Interval("chr1", 0, 9), Interval("chr1", 20, 30), Interval("chr1", 8, 12)]).tolist()
    [0, 1, 0]
    """
    order = sorted(range(len(intervals)), key=lambda i: (intervals[i].chrom, intervals[i].start))
    groups = np.zeros(len(intervals), dtype=np.intp)
    cluster, chrom, end = -1, "", 0
    for i in order:
        interval = intervals[i]
        if interval.chrom != chrom or interval.start >= end:
            cluster, chrom, end = cluster + 1, interval.chrom, interval.end
        groups[i] = cluster
        end = max(end, interval.end)
    return groups


def _together(split: Split, groups: Groups) -> Split:
    """Each group on one side: test before validation before train."""
    highest = np.zeros(int(groups.max(initial=-1)) + 1, dtype=np.uint8)
    np.maximum.at(highest, groups, split)
    return highest[groups]


def _whole_chromosomes(
    chromosomes: Groups, labels: NDArray[np.float32], fraction: float, rng: np.random.Generator
) -> NDArray[np.bool_] | None:
    """A set of chromosomes with nearly ``fraction`` of the bound and of the unbound sequences; None if none is near.

    Near is from half to three times as many, of either.
    """
    present, chromosome = np.unique(chromosomes, return_inverse=True)
    counts = np.stack([np.bincount(chromosome, labels == label, len(present)) for label in np.unique(labels)], axis=1)
    shares = counts / counts.sum(axis=0)
    best: tuple[float, list[int], NDArray[np.float64]] = (np.inf, [], shares[0])
    for _ in range(max(1, min(300, 10_000 // len(present)))):
        order = rng.permutation(len(present)).tolist()
        chosen, share = order[:1], shares[order[0]]
        for candidate in order[1:]:
            if abs(share + shares[candidate] - fraction).max() < abs(share - fraction).max():
                chosen, share = [*chosen, candidate], share + shares[candidate]
        best = min(best, (float(abs(share - fraction).max()), chosen, share), key=lambda each: each[:2])
    near = (fraction / 2 <= best[2]).all() and (best[2] <= 3 * fraction).all()
    return np.isin(chromosome, best[1]) if near else None


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
