"""Hits as BED, and one motif's as a track of the genome (bedGraph, bigWig)."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.names import printable
from sparling_genomics.files.bgzip import text_written
from sparling_genomics.letters.alphabet import Alphabet, decode
from sparling_genomics.scan.listing import Listing

HIT_COLUMNS = (
    "chrom",
    "start",
    "end",
    "motif_id",
    "score",
    "strand",
    "p_value",
    "q_value",
    "raw_score",
    "letters",
)
"""Of the BED file of a scan: six of BED, and four more."""
FULL = 1000


def bed_score(p: NDArray[np.float64]) -> NDArray[np.int64]:
    """100 times -log10 P, at most 1000: 400 says P = 1e-4 of every motif.

    >>> bed_score(np.array([1e-4, 1e-12])).tolist()
    [400, 1000]
    """
    with np.errstate(divide="ignore"):
        return np.minimum(np.round(-100 * np.log10(p)), FULL).astype(np.int64)


def write_hits(path: Path, listing: Listing, alphabet: Alphabet) -> None:
    """One line a hit under a comment of column names; BGZF with a tabix index where the name ends in .gz."""
    with text_written(path, "bed", lambda: max(listing.lengths, default=0)) as file:
        file.write("#" + "\t".join(HIT_COLUMNS) + "\n")
        for columns in hit_columns(listing, alphabet):
            lines = (
                f"{printable(chrom)}\t{start}\t{end}\t{motif}\t{score}\t{strand}\t{p:.3g}\t{q:.3g}\t{raw:.5g}\t{letters}\n"
                for chrom, start, end, motif, score, strand, p, q, raw, letters in zip(*columns, strict=True)
            )
            file.write("".join(lines))


def hit_table(listing: Listing, alphabet: Alphabet) -> pd.DataFrame:
    """All hits as a table of `HIT_COLUMNS`."""
    parts = [pd.DataFrame(dict(zip(HIT_COLUMNS, columns, strict=True))) for columns in hit_columns(listing, alphabet)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in HIT_COLUMNS})


def hit_columns(listing: Listing, alphabet: Alphabet) -> Iterator[tuple[list[Any], ...]]:
    """The columns of `HIT_COLUMNS`, some hits at a time."""
    for hits, p, q in listing.batches():
        yield (
            [listing.names[i] for i in hits["sequence"].tolist()],
            hits["start"].tolist(),
            hits["end"].tolist(),
            [listing.motifs[i] for i in hits["motif"].tolist()],
            bed_score(p).tolist(),
            np.where(hits["reverse"], "-", "+").tolist(),
            p.tolist(),
            q.tolist(),
            hits["score"].tolist(),
            [decode(codes, alphabet) for codes in hits["letters"]],
        )


class Span(NamedTuple):
    """A stretch of a track with one value."""

    sequence: int
    start: int
    end: int
    value: float


def track(listing: Listing, motif: str) -> Iterator[Span]:
    """The raw score of the best hit of a motif over each bp that lies in one; stretches do not overlap."""
    number = listing.motifs.index(motif)
    cluster: list[Span] = []
    reach = 0
    for hits, _, _ in listing.batches():
        own = hits[hits["motif"] == number]
        rows = zip(
            own["sequence"].tolist(), own["start"].tolist(), own["end"].tolist(), own["score"].tolist(), strict=True
        )
        for span in map(Span._make, rows):
            if cluster and (span.sequence != cluster[0].sequence or span.start > reach):
                yield from _flat(cluster)
                cluster, reach = [], 0
            cluster.append(span)
            reach = max(reach, span.end)
    yield from _flat(cluster)


def _flat(cluster: list[Span]) -> Iterator[Span]:
    """The best at each place of spans by start, each of which touches one before."""
    ends = sorted({end for span in cluster for end in (span.start, span.end)})
    pieces: list[Span] = []
    over: list[tuple[float, int]] = []  # the best first: value, negative, and end of the spans begun
    begun = 0
    for a, b in pairwise(ends):
        while begun < len(cluster) and cluster[begun].start <= a:
            heappush(over, (-cluster[begun].value, cluster[begun].end))
            begun += 1
        while over[0][1] <= a:
            heappop(over)
        pieces.append(Span(cluster[0].sequence, a, b, -over[0][0]))
    for _, group in groupby(pieces, key=lambda piece: piece.value):
        same = list(group)
        yield same[0]._replace(end=same[-1].end)


def write_bedgraph(path: Path, listing: Listing, motif: str) -> None:
    """Four columns: chromosome, start, end, raw score; no header. BGZF with an index where the name ends in .gz."""
    with text_written(path, "bed", lambda: max(listing.lengths, default=0)) as file:
        for span in track(listing, motif):
            file.write(f"{printable(listing.names[span.sequence])}\t{span.start}\t{span.end}\t{span.value:.5g}\n")


def write_bigwig(path: Path, listing: Listing, motif: str) -> None:
    """The same as bigWig.

    Raises ``InputError`` without pybigtools, and where the lengths of chromosomes are not known.
    """
    try:
        import pybigtools
    except ImportError as error:
        raise InputError("bigWig needs pybigtools: pip install 'sparling-genomics[tracks]'") from error
    if not all(listing.lengths):
        raise InputError("bigWig needs the lengths of chromosomes; scan with --genome, or write --bedgraph")
    temporary = path.with_name(f".{path.name}.partial.bw")
    try:
        rows = ((listing.names[s.sequence], s.start, s.end, s.value) for s in track(listing, motif))
        pybigtools.open(str(temporary), "w").write(dict(zip(listing.names, listing.lengths, strict=True)), rows)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
