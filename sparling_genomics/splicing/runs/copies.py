"""Several channels that mark one word are one motif: they stand at one place, and their letters do not differ.

Under one threshold for all channels nothing keeps two of them from learning the same word; each then covers for the
other when it is silenced. Or they share it out by a letter beside it: the AG of acceptors before A, before C, and so
on. So they are put together before anything is measured, by the training side alone. Where two words peak at one place
beside sites, this place says how they lie to each other, and their letters need only agree in the main; elsewhere
letters decide.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.likeness import MERGE_CORRELATION, overlapping, similarity
from sparling_genomics.letters.trimming import motif_span
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.network import SpliceNetwork
from sparling_genomics.splicing.runs.reading import Marks
from sparling_genomics.splicing.runs.words import FEWEST_BITS, Word, channel_words, distances_from, letters_around
from sparling_genomics.splicing.windows import Transcripts

PLACED = 0.05
"""Share of sites of a kind with a mark at one distance, from which on a word has a place there."""
SAME_PLACE, ONE_PLACE = 0.5, 0.9
"""Correlation of two words' numbers of marks at each distance from sites: below the first one they stand at two places;
from the second one on at one."""
PEAKED = 3.0
"""Times as many marks as at the mean distance, from which on a word peaks."""
SAME_LETTERS = 0.5
"""Correlation of the columns that two words at one place have in common, from which on they are one motif."""
KEPT_BITS = 0.75
"""Share of the information of the poorer of two words that both together have, at least."""
FEWEST_COLUMNS = 3
"""In common, or all of the shorter word."""


def find_words(train: Transcripts, marks: Marks, network: SpliceNetwork) -> tuple[list[Word], dict[str, int]]:
    """What the channels of ``network`` mark, copies put together; and of channels without a word how many and why.

    Channels that began as known matrices stay what they are, and bear their names.
    """
    words, left_out = channel_words(train, marks, network.channels, network.half)
    if not network.matrices:
        return merged(words, train, marks), left_out
    named = [replace(each.pwm, alt_name=network.matrices[each.channels[0]]) for each in words]
    return [replace(word, pwm=pwm) for word, pwm in zip(words, named, strict=True)], left_out


def merged(words: Sequence[Word], train: Transcripts, marks: Marks) -> list[Word]:
    """The words with copies put together; the one with most marks says where the motif begins and ends."""
    sites = [np.flatnonzero(train.labels == kind) for kind in (DONOR, ACCEPTOR)]
    kept: list[Word] = []
    for word in sorted(words, key=lambda word: -word.marks):
        for at, other in enumerate(kept):
            offset = _same(other, word, marks, sites)
            both = None if offset is None else _together(other, word, offset, train, marks)
            if both is not None and _says_enough(both, other, word):
                kept[at] = both
                break
        else:
            kept.append(word)
    return kept


def _says_enough(both: Word, *parts: Word) -> bool:
    """Whether what two words have in common is a word, and most of what either says."""
    bits, *own = (float(each.pwm.corrected_information().sum()) for each in (both, *parts))
    return bits >= max(FEWEST_BITS, KEPT_BITS * min(own))


def _same(a: Word, b: Word, marks: Marks, sites: Sequence[NDArray[np.int64]]) -> int | None:
    """Letters from the beginning of ``a`` to that of ``b`` where both are one motif, else None."""
    place = _one_place(a, b, marks, sites)
    if place is not None:
        return place
    found = similarity(a.pwm, b.pwm, reverse_complement=False, whole=True)
    if found.correlation < MERGE_CORRELATION or _two_places(*_distances(a, b, found.offset, marks, sites), sites):
        return None
    return found.offset


def _one_place(a: Word, b: Word, marks: Marks, sites: Sequence[NDArray[np.int64]]) -> int | None:
    """The same where both peak at one place, with letters that agree best there."""
    fewest = min(FEWEST_COLUMNS, a.pwm.width, b.pwm.width)
    found: list[tuple[float, int]] = []
    for offset in range(fewest - b.pwm.width, a.pwm.width - fewest + 1):
        letters = overlapping(a.pwm, b.pwm, offset)
        if letters < SAME_LETTERS:
            continue
        ours, theirs = _distances(a, b, offset, marks, sites)
        there = any(
            min(_peak(one), _peak(other)) >= PEAKED and _correlation(one, other) >= ONE_PLACE
            for one, other in zip(ours, theirs, strict=True)
        )
        if there and not _two_places(ours, theirs, sites):
            found.append((letters, offset))
    return max(found)[1] if found else None


def _distances(
    a: Word, b: Word, offset: int, marks: Marks, sites: Sequence[NDArray[np.int64]]
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Numbers of marks of ``a``, and of ``b`` moved by ``offset`` onto it, at each distance from sites of each kind."""
    ours, theirs = a.firsts(marks), b.firsts(marks) - offset
    return [distances_from(own, ours) for own in sites], [distances_from(own, theirs) for own in sites]


def _two_places(
    ours: Sequence[NDArray[np.int64]], theirs: Sequence[NDArray[np.int64]], sites: Sequence[NDArray[np.int64]]
) -> bool:
    """Whether there are sites beside which one of two words has a place, and the other has not."""
    return any(
        max(one.max(), other.max()) >= PLACED * len(own) and _correlation(one, other) < SAME_PLACE
        for one, other, own in zip(ours, theirs, sites, strict=True)
    )


def _peak(distances: NDArray[np.int64]) -> float:
    """Times as many marks at the commonest distance as at the mean one."""
    return float(distances.max() / max(distances.mean(), 1e-9))


def _correlation(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """0 where either is the same everywhere."""
    one, other = a - a.mean(), b - b.mean()
    return float(one @ other / max(np.sqrt(float(one @ one) * float(other @ other)), 1e-9))


def _together(a: Word, b: Word, offset: int, train: Transcripts, marks: Marks) -> Word:
    """``a`` with the channels of ``b``, whose first letter lies ``offset`` behind that of ``a``; from the first letter
    of both that says something to the last one."""
    shifts = (*a.shifts, *(shift - offset for shift in b.shifts))
    both = replace(a, channels=(*a.channels, *b.channels), shifts=shifts)
    firsts = both.firsts(marks)
    before, behind = max(-offset, 0), max(a.pwm.width, b.pwm.width + offset) - 1
    counts = letters_around(train, firsts, before, behind).astype(np.float64)
    start, end = motif_span(replace(a.pwm, counts=counts))
    pwm = replace(a.pwm, counts=counts[start:end], n_sites=len(firsts))
    moved = tuple(shift + start - before for shift in shifts)
    return replace(both, pwm=pwm, shifts=moved, marks=len(firsts))
