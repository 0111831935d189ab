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

from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sparling_genomics.letters.alphabet import AMBIGUOUS, Alphabet, Codes, blocks, reverse_complement
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
"""Letters of all records, above which a fixed part of all words (one in 2, 4, …) stands for them."""
BLOCK = 2**21
"""Letters, or words, that are looked at at once."""
DIGEST = 16
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

    Told by their BLAKE2b digests of `DIGEST` bytes.

    >>> from sparling_genomics.letters.alphabet import DNA, RNA, encode
    >>> content_groups(encode("AACGTTaacAAG"), np.array([0, 3, 6, 9, 12]), DNA).tolist()
    [0, 0, 0, 1]
    >>> content_groups(encode("AACGTTaacAAG"), np.array([0, 3, 6, 9, 12]), RNA).tolist()
    [0, 1, 0, 2]
    """
    said = bytearray()
    for first, last in blocks(offsets):
        begin, end = int(offsets[first]), int(offsets[last])
        own = codes[begin:end]
        forward, backward = own.tobytes(), reverse_complement(own).tobytes() if alphabet.double_stranded else b""
        for left, right in pairwise((offsets[first : last + 1] - begin).tolist()):
            content = forward[left:right]
            if alphabet.double_stranded:
                content = min(content, backward[end - begin - right : end - begin - left])
            said += blake2b(content, digest_size=DIGEST).digest()
    digests = np.frombuffer(said, dtype=np.uint64).reshape(-1, 2)
    order = np.lexsort(digests.T)
    is_new = np.append(True, (np.diff(digests[order], axis=0) != 0).any(1))[: len(order)]
    groups = np.empty(len(order), dtype=np.intp)
    groups[order] = np.argsort(np.argsort(order[is_new]))[np.cumsum(is_new) - 1]
    return groups


def place_groups(intervals: Sequence[Interval | None]) -> Groups:
    """Number of the group of each record: equal for those that overlap; each unlocated one has its own.

    >>> place_groups([Interval("c", 0, 9), None, Interval("c", 5, 14), None]).tolist()
    [0, 4, 0, 6]
    """
    located = np.fromiter((interval is not None for interval in intervals), dtype=bool, count=len(intervals))
    groups = np.arange(len(intervals)) + len(intervals) - 1
    groups[located] = overlap_groups([interval for interval in intervals if interval is not None])
    return groups


def overlap_groups(intervals: Sequence[Interval]) -> Groups:
    """Number of the group of each interval: intervals that share a bp, directly or through others, share a group.

    >>> overlap_groups([Interval("chr1", 0, 9), Interval("chr1", 20, 30), Interval("chr1", 8, 12)]).tolist()
    [0, 1, 0]
    """
    n = len(intervals)
    chrom = np.unique(np.array([interval.chrom for interval in intervals], dtype=object), return_inverse=True)[1]
    start, end = (
        np.fromiter((getattr(interval, edge) for interval in intervals), dtype=np.int64, count=n)
        for edge in ("start", "end")
    )
    order = np.lexsort((start, chrom))
    chrom, start, end = chrom[order], start[order], end[order]
    apart = int(end.max(initial=0)) + 1
    reached = np.maximum.accumulate(end + apart * chrom) - apart * chrom
    begins = np.append(True, (chrom[1:] != chrom[:-1]) | (start[1:] >= reached[:-1]))[:n]
    groups = np.empty(n, dtype=np.intp)
    groups[order] = np.cumsum(begins) - 1
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
    keys = _all_words(codes, offsets, double_stranded, one_in)
    keys.sort()
    keys = _kept(keys, _first_of_its_kind)
    sizes = np.zeros(n, dtype=np.int64)
    for begin in range(0, len(keys), BLOCK):
        sizes += np.bincount((keys[begin : begin + BLOCK] & RECORD).view(np.int64), minlength=n)
    keys = _kept(keys, _of_several)
    pairs, shared = _pairs(keys)
    links = np.stack([pairs >> HALF, pairs & RECORD], axis=1).astype(np.intp)
    alike: Groups = links[(shared >= -(-FEWEST // one_in)) & (shared >= SHARE * sizes[links].min(1))]
    return alike


def _all_words(codes: Codes, offsets: Offsets, double_stranded: bool, one_in: int) -> NDArray[np.uint64]:
    """`_words` of all records; what is reserved for them takes memory only where it is filled."""
    keys = np.empty(min(len(codes), 2 * (len(codes) // one_in)), dtype=np.uint64)
    filled = 0
    for first, last in blocks(offsets, BLOCK):
        begin = offsets[first]
        block = codes[begin : offsets[last]], offsets[first : last + 1] - begin, first
        own = _words(*block, double_stranded, one_in)
        if filled + len(own) > len(keys):
            keys = np.concatenate([keys[:filled], np.empty(len(codes) - filled, dtype=np.uint64)])
        keys[filled : filled + len(own)] = own
        filled += len(own)
    return keys[:filled]


def _kept(keys: NDArray[np.uint64], which: Callable[[NDArray[np.uint64]], NDArray[np.bool_]]) -> NDArray[np.uint64]:
    """Those of sorted ``keys`` that ``which`` holds for, moved to their beginning; it sees whole words at a time."""
    filled = 0
    for begin, end in _whole_words(keys):
        own = keys[begin:end]
        own = own[which(own)]
        keys[filled : filled + len(own)] = own
        filled += len(own)
    return keys[:filled]


def _whole_words(keys: NDArray[np.uint64]) -> Iterator[tuple[int, int]]:
    """Stretches of sorted ``keys`` of about `BLOCK`, each of which ends where a word does."""
    begin = 0
    while begin < len(keys):
        end = min(begin + BLOCK, len(keys))
        end += int(np.searchsorted(keys[end:], keys[end - 1] | RECORD, side="right"))
        yield begin, end
        begin = end


def _of_several(keys: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of sorted keys have a word that stands in several records."""
    first = _first_of_its_kind(keys >> HALF)
    return np.asarray(~(first & np.append(first, True)[1:]))


def _pairs(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Pairs of records, sorted, and how often they stand within `NEIGHBOURS` of each other in the list of a word."""
    pairs, shared = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    for begin, end in _whole_words(keys):
        word, record = keys[begin:end] >> HALF, keys[begin:end] & RECORD
        seen = []
        for apart in range(1, NEIGHBOURS + 1):
            same = np.flatnonzero(word[apart:] == word[:-apart])
            seen.append(record[same] << HALF | record[same + apart])
        own, number = np.unique(np.concatenate(seen), return_counts=True)
        both = np.concatenate([pairs, own])
        pairs, place = np.unique(both, return_inverse=True)
        shared = np.bincount(place, np.concatenate([shared, number]), len(pairs)).astype(np.int64)
    return pairs, shared


def _first_of_its_kind(values: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of sorted values differ from the one before."""
    return np.concatenate([np.ones(min(len(values), 1), dtype=bool), values[1:] != values[:-1]])


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
