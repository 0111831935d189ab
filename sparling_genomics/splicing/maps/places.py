"""From places along transcripts to intervals of the genome, and which places lie in introns.

A place counts letters of `Transcripts.codes`, on the transcript's strand. Intervals are 0-based and half-open on the
forward strand, whatever the strand of the gene is.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.splicing.windows import Transcripts

Ints = NDArray[np.int64]


class Spans(NamedTuple):
    """Intervals on the genome, and the gene of each by its number: all (n,)."""

    genes: Ints
    starts: Ints
    ends: Ints


def gene_of(data: Transcripts, places: Ints) -> Ints:
    """Number of the gene in whose letters, its context included, each place lies: (n,)."""
    found: Ints = np.searchsorted(data.offsets, places, side="right") - 1
    return found


def spans(data: Transcripts, firsts: Ints, widths: Ints | int) -> Spans:
    """Where ``widths`` letters from these places on lie on the genome, whose first letter is its position 0."""
    genes = gene_of(data, firsts)
    within = firsts - data.offsets[genes] - data.context
    starts = np.array([gene.transcript.start for gene in data.genes], dtype=np.int64)[genes]
    ends = np.array([gene.transcript.end for gene in data.genes], dtype=np.int64)[genes]
    reverse = np.array([gene.gene.strand == "-" for gene in data.genes], dtype=np.bool_)[genes]
    left: Ints = np.where(reverse, ends - within - widths, starts + within).astype(np.int64)
    right: Ints = left + widths
    return Spans(genes, np.maximum(left, 0), right)


def introns(data: Transcripts) -> Ints:
    """First place of each intron of ``data``, and the first behind it, in order: (introns, 2)."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    for number, each in enumerate(data.genes):
        first, spans_of = data.part(number).start, np.array(each.introns, dtype=np.int64).reshape(-1, 2)
        if each.gene.strand == "-":
            found.append(first + (each.transcript.end - spans_of)[::-1, ::-1])
        else:
            found.append(first + spans_of - each.transcript.start)
    return np.concatenate(found)


def in_introns(bounds: Ints, places: Ints) -> NDArray[np.bool_]:
    """Which places lie in one of these `introns`: (n,)."""
    number = np.searchsorted(bounds[:, 0], places, side="right")
    ends = np.concatenate([[-1], bounds[:, 1]])
    return np.asarray(places < ends[number], dtype=np.bool_)


def cut_off(span: Spans, data: Transcripts, lengths: Mapping[str, int]) -> Spans:
    """The same, without what lies beyond the end of a chromosome."""
    last = np.array([lengths[gene.gene.chrom] for gene in data.genes], dtype=np.int64)
    return span._replace(ends=np.minimum(span.ends, last[span.genes]))
