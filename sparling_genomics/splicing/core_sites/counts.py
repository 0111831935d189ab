"""How often each 8-mer is a splice site, along the transcripts of one side."""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sparling_genomics.letters.alphabet import AMBIGUOUS
from sparling_genomics.splicing.core_sites.tracks import ACCEPTOR_FIRST, DONOR_FIRST, LENGTH
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.windows import Transcripts

FIRSTS = {DONOR: DONOR_FIRST, ACCEPTOR: ACCEPTOR_FIRST}
AT_ONCE = 1_000_000
"""Places that are looked at together; each takes about a hundred bytes."""


class KmerCounts(NamedTuple):
    """Of each 8-mer, int64 (4^8,): at how many positions it lies, and at how many of these is a site."""

    positions: NDArray[np.int64]
    sites: NDArray[np.int64]


def count_kmers(data: Transcripts, kind: int) -> KmerCounts:
    """8-mers around labelled positions of ``data``; ``kind`` is DONOR or ACCEPTOR. Those with an N do not count."""
    kmers = sliding_window_view(data.codes, LENGTH)
    size = 4**LENGTH
    counts = KmerCounts(np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64))
    for at in range(0, len(data.labels), AT_ONCE):
        labels = data.labels[at : at + AT_ONCE]
        places = at + np.flatnonzero(labels != MASKED)
        firsts = places + FIRSTS[kind]
        inside = (firsts >= 0) & (firsts < len(kmers))
        places, seen = places[inside], kmers[firsts[inside]]
        known = (seen < AMBIGUOUS).all(1)
        numbers = seen[known].astype(np.int64) @ (4 ** np.arange(LENGTH - 1, -1, -1))
        is_site = data.labels[places[known]] == kind
        counts.positions[:] += np.bincount(numbers, minlength=size)
        counts.sites[:] += np.bincount(numbers[is_site], minlength=size)
    return counts
