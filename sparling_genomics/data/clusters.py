"""Which records say the same thing twice: clusters, the unit that is divided into sides, counted and resampled.

Two records belong together where they are equal or reverse complements, where they overlap on the genome (those that
have a place there; others lose nothing by it), or where they share `SHARE` of their 16-mers, as homologues do. Whatever
is linked, directly or through others, is one cluster.

Shared 16-mers are found without comparing all with all. The 16-mers of all records are sorted once; those that stand in
several records link each of these to its `NEIGHBOURS` next ones (the sorted-neighbourhood method, Hernández & Stolfo
1995, SIGMOD Record 24:127). The links of a pair are then counted. So pairs within families of up to `NEIGHBOURS`
records are counted exactly; in larger ones every record is compared with those nearest in the file alone, which is
enough to link copies of one thing and keeps the work linear. A count is never too high.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sparling_genomics.letters.alphabet import AMBIGUOUS, Alphabet, Codes, reverse_complement
from sparling_genomics.letters.intervals import Interval

Groups = NDArray[np.intp]
Offsets = NDArray[np.int64]

K = 16
"""Letters of a word, which fill 32 bits."""
SHARE = 0.3
"""Share of the words of the record that has fewer, from which on two records are alike: 41 letters of 101 in a row."""
FEWEST = 8
"""Words shared at least: a repeat of up to seven letters has no more different ones, however long it is."""
SHORTEST = 2 * K
"""Letters from which on a record is compared by its words; shorter ones by content and place alone."""
NEIGHBOURS = 16
LARGEST = 0.5
"""Share of all records in one cluster, above which shared words are a family of repeats, and no longer link."""
MOST_LETTERS = 2**26
"""Letters of all records, above which a fixed part of all words (one in 2, 4, …) stands for them; a block of them."""
BLOCK = 2**22
HALF, RECORD = np.uint64(32), np.uint64(0xFFFFFFFF)
"""Where the word begins in a key of 64 bits, and the part of it that is the record's number."""


def cluster_records(
    codes: Codes, offsets: Offsets, intervals: Sequence[Interval | None], alphabet: Alphabet
) -> tuple[Groups, int]:
    """Number of the cluster of each record, which is its first member: (n,); and the size of a family left unlinked.

    ``codes`` of all records joined, record i at [offsets[i], offsets[i + 1]). The second number is 0, or the records of
    the largest cluster that shared words would make where that is more than `LARGEST` of all: then they are left out,
    for a division that keeps half of all records together is none.
    """
    known = connected(content_groups(codes, offsets, alphabet), place_groups(intervals))
    n = len(known)
    links = word_links(codes, offsets, alphabet.double_stranded)
    graph = coo_array((np.ones(len(links), dtype=bool), links.T), shape=(n, n))
    alike = connected(known, connected_components(graph, directed=False)[1].astype(np.intp))
    largest, before = (int(np.bincount(groups, minlength=1).max()) for groups in (alike, known))
    if largest > max(LARGEST * n, before):
        return known, largest
    return alike, 0


def content_groups(codes: Codes, offsets: Offsets, alphabet: Alphabet) -> Groups:
    """Number of the group of each record: equal for equal ones and, in DNA, for reverse complements.

    >>> from sparling_genomics.letters.alphabet import DNA, RNA, encode
    >>> content_groups(encode("AACGTTaacAAG"), np.array([0, 3, 6, 9, 12]), DNA).tolist()
    [0, 0, 0, 1]
    >>> content_groups(encode("AACGTTaacAAG"), np.array([0, 3, 6, 9, 12]), RNA).tolist()
    [0, 1, 0, 2]
    """
    number_of: dict[bytes, int] = {}
    forward, backward = codes.tobytes(), reverse_complement(codes).tobytes()
    groups = np.empty(len(offsets) - 1, dtype=np.intp)
    for i, (start, end) in enumerate(pairwise(offsets.tolist())):
        content = forward[start:end]
        if alphabet.double_stranded:
            content = min(content, backward[len(codes) - end : len(codes) - start])
        groups[i] = number_of.setdefault(content, len(number_of))
    return groups


def place_groups(intervals: Sequence[Interval | None]) -> Groups:
    """Number of the group of each record: equal for those that overlap; each unlocated one has its own.

    >>> place_groups([Interval("c", 0, 9), None, Interval("c", 5, 14), None]).tolist()
    [0, 4, 0, 6]
    """
    located = np.array([interval is not None for interval in intervals], dtype=bool)
    groups = np.arange(len(intervals)) + len(intervals) - 1
    groups[located] = overlap_groups([interval for interval in intervals if interval is not None])
    return groups


def overlap_groups(intervals: Sequence[Interval]) -> Groups:
    """Number of the group of each interval: intervals that share a bp, directly or through others, share a group.

    >>> overlap_groups([Interval("chr1", 0, 9), Interval("chr1", 20, 30), Interval("chr1", 8, 12)]).tolist()
    [0, 1, 0]
    """
    order = sorted(range(len(intervals)), key=lambda i: (intervals[i].chrom, intervals[i].start))
    groups = np.zeros(len(intervals), dtype=np.intp)
    group, chrom, end = -1, "", 0
    for i in order:
        interval = intervals[i]
        if interval.chrom != chrom or interval.start >= end:
            group, chrom, end = group + 1, interval.chrom, interval.end
        groups[i] = group
        end = max(end, interval.end)
    return groups


def connected(*groupings: Groups) -> Groups:
    """Groups such that records sharing a group in any of the groupings share one, named by its first member.

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


def word_links(codes: Codes, offsets: Offsets, double_stranded: bool) -> Groups:
    """Pairs of records (m, 2), the first before the second, that share `SHARE` of their words, and `FEWEST`.

    Words with a letter that is not A, C, G or T count nowhere; in DNA a word and its reverse complement are one.

    >>> letters = np.random.default_rng(0).integers(0, 4, 101).astype(np.uint8)
    >>> word_links(np.concatenate([letters, letters[::-1], letters[30:]]), np.array([0, 101, 202, 273]), True).tolist()
    [[0, 2]]
    """
    n, one_in = len(offsets) - 1, 1
    while len(codes) > one_in * MOST_LETTERS:
        one_in *= 2
    keys = _in_order([_words(*block, double_stranded, one_in) for block in _blocks(codes, offsets)])
    keys = keys[_first_of_its_kind(keys)]
    sizes = np.bincount((keys & RECORD).view(np.int64), minlength=n)
    first = _first_of_its_kind(keys >> HALF)
    several = ~(first & np.append(first, True)[1:])
    word, record = keys[several] >> HALF, keys[several] & RECORD
    seen = []
    for apart in range(1, NEIGHBOURS + 1):
        same = np.flatnonzero(word[apart:] == word[:-apart])
        seen.append(record[same] << HALF | record[same + apart])
    pairs = _in_order(seen)
    begins = np.flatnonzero(_first_of_its_kind(pairs))
    shared = np.diff(np.append(begins, len(pairs)))
    links = np.stack([pairs[begins] >> HALF, pairs[begins] & RECORD], axis=1).astype(np.intp)
    alike: Groups = links[(shared >= -(-FEWEST // one_in)) & (shared >= SHARE * sizes[links].min(1))]
    return alike


def _in_order(parts: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Values of all parts, which are given up, sorted."""
    values = np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
    parts.clear()
    values.sort()
    return values


def _first_of_its_kind(values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of sorted values differ from the one before."""
    return np.concatenate([np.ones(min(len(values), 1), dtype=bool), values[1:] != values[:-1]])


def _blocks(codes: Codes, offsets: Offsets) -> Iterator[tuple[Codes, Offsets, int]]:
    """Records that are long enough, a block of them at a time: codes, offsets within, and the number of the first."""
    first, n = 0, len(offsets) - 1
    while first < n:
        last = max(first + 1, int(np.searchsorted(offsets, offsets[first] + BLOCK, side="right")) - 1)
        begin = offsets[first]
        yield codes[begin : offsets[last]], offsets[first : last + 1] - begin, first
        first = last


def _words(codes: Codes, offsets: Offsets, first: int, double_stranded: bool, one_in: int) -> NDArray[np.uint64]:
    """Word and number of its record, 32 bits each, of all places where a word of whole letters begins."""
    if len(codes) < K:
        return np.zeros(0, dtype=np.uint64)
    lengths = np.diff(offsets)
    record = np.repeat(np.arange(first, first + len(lengths), dtype=np.uint32), lengths)
    unknown = np.concatenate([[0], np.cumsum((codes >= AMBIGUOUS) | np.repeat(lengths < SHORTEST, lengths))])
    whole = (record[K - 1 :] == record[: len(record) - K + 1]) & (unknown[K:] == unknown[:-K])
    forward, backward = (codes & 3).astype(np.uint32), (3 - (codes & 3)).astype(np.uint32)
    for size in (1, 2, 4, 8):
        bits = np.uint32(2 * size)
        forward = forward[:-size] << bits | forward[size:]
        backward = backward[:-size] | backward[size:] << bits
    word = np.minimum(forward, backward) if double_stranded else forward
    if one_in > 1:
        whole &= (word * np.uint32(2654435761) >> np.uint32(8)) % np.uint32(one_in) == 0
    keys: NDArray[np.uint64] = word[whole].astype(np.uint64) << HALF | record[: len(word)][whole]
    return keys
