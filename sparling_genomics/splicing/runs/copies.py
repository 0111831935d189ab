"""Several channels that mark one word are one motif: their matrices are alike, and so is where they stand.

Under one threshold for all channels nothing keeps two of them from learning the same word; each then covers for the
other when it is silenced. So they are put together before anything is measured, by the training side alone.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.likeness import MERGE_CORRELATION, similarity
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.network import SpliceNetwork
from sparling_genomics.splicing.runs.reading import Marks
from sparling_genomics.splicing.runs.words import FEWEST_BITS, Word, channel_words, distances_from, letters_around
from sparling_genomics.splicing.windows import Transcripts

PLACED = 0.05
"""Share of sites of a kind with a mark at one distance, from which on a word has a place there."""
SAME_PLACE = 0.5
"""Cosine of two words' numbers of marks at each distance from sites, from which on they stand at one place."""


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
    sites = [train.sites(kind) for kind in (DONOR, ACCEPTOR)]
    kept: list[Word] = []
    for word in sorted(words, key=lambda word: -word.marks):
        for at, other in enumerate(kept):
            offset = _same(other, word, marks, sites)
            both = None if offset is None else _together(other, word, offset, train, marks)
            if both is not None and both.pwm.corrected_information().sum() >= FEWEST_BITS:
                kept[at] = both
                break
        else:
            kept.append(word)
    return kept


def _same(a: Word, b: Word, marks: Marks, sites: Sequence[NDArray[np.int64]]) -> int | None:
    """Letters from the beginning of ``a`` to that of ``b`` where both are one motif, else None."""
    found = similarity(a.pwm, b.pwm, reverse_complement=False, whole=True)
    if found.correlation < MERGE_CORRELATION:
        return None
    for own in sites:
        there = [distances_from(own, word.firsts(marks) + shift) for word, shift in ((a, 0), (b, -found.offset))]
        placed = any(each.max() >= PLACED * len(own) for each in there)
        if placed and _cosine(*there) < SAME_PLACE:
            return None
    return found.offset


def _cosine(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """0 where either is nowhere."""
    return float(a @ b / max(np.sqrt(float(a @ a) * float(b @ b)), 1.0))


def _together(a: Word, b: Word, offset: int, train: Transcripts, marks: Marks) -> Word:
    """``a`` with the channels of ``b``, whose first letter lies ``offset`` behind that of ``a``."""
    shifts = (*a.shifts, *(shift - offset for shift in b.shifts))
    both = replace(a, channels=(*a.channels, *b.channels), shifts=shifts)
    firsts = both.firsts(marks)
    counts = letters_around(train, firsts, 0, a.pwm.width - 1).astype(np.float64)
    return replace(both, pwm=replace(a.pwm, counts=counts, n_sites=len(firsts)), marks=len(firsts))
