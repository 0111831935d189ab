"""Introns and whole genes that are right: both ends called, nothing between; every site called, and no other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels, SpliceGene

CALLED = 0.0
"""Log-odds from which on a site is called: P ≥ 0.5."""


class IntronFigures(NamedTuple):
    """``introns`` whose ends count, the share of them called exactly, and the share of those called that are introns;
    ``genes``, and the share of them with every site called and no other."""

    introns: int
    recall: float
    precision: float
    genes: int
    whole: float


class GeneCalls(NamedTuple):
    """Of one gene: introns, those called, those called that are introns, whether all of its sites and no other are."""

    introns: int
    called: int
    right: int
    whole: bool


def gene_calls(odds: NDArray[np.floating], labels: Labels, introns: NDArray[np.int64]) -> GeneCalls:
    """Of a transcript, 5' to 3': log-odds ``odds`` (2, n) of donor and acceptor, ``labels`` (n,), ``introns``
    (introns, 2) donor and acceptor.

    A called intron is a called donor, the next call behind which is an acceptor. Masked positions are not called.

    >>> odds = np.full((2, 9), -5.0); odds[0, 2] = odds[1, 6] = 3.0
    >>> labels = np.zeros(9, dtype=np.int8); labels[2], labels[6] = 1, 2
    >>> gene_calls(odds, labels, np.array([[2, 6]]))
    GeneCalls(introns=1, called=1, right=1, whole=True)
    """
    kinds = np.zeros(len(labels), dtype=np.int8)
    for row, kind in enumerate((DONOR, ACCEPTOR)):
        kinds[(odds[row] >= CALLED) & (labels != MASKED)] = kind
    at = np.flatnonzero(kinds)
    starts = (kinds[at[:-1]] == DONOR) & (kinds[at[1:]] == ACCEPTOR)
    called = set(zip(at[:-1][starts].tolist(), at[1:][starts].tolist(), strict=True))
    counted = [(d, a) for d, a in introns.tolist() if labels[d] == DONOR and labels[a] == ACCEPTOR]
    whole = bool(((kinds == labels) | (labels == MASKED)).all())
    return GeneCalls(len(counted), len(called), len(called.intersection(counted)), whole)


def introns_on_transcript(gene: SpliceGene) -> NDArray[np.int64]:
    """Donor and acceptor of each intron, from the 5' end of the transcript: (introns, 2)."""
    spans = np.array(gene.introns, dtype=np.int64).reshape(-1, 2)
    start, end = gene.transcript.start, gene.transcript.end
    if gene.gene.strand == "+":
        return np.stack([spans[:, 0] - 1 - start, spans[:, 1] - start], 1)
    return np.stack([end - 1 - spans[:, 1], end - spans[:, 0]], 1)[::-1]


def intron_figures(calls: list[GeneCalls]) -> IntronFigures:
    """Of all genes together."""
    introns, called, right = (sum(getattr(each, name) for each in calls) for name in ("introns", "called", "right"))
    nothing = float("nan")
    return IntronFigures(
        introns,
        right / introns if introns else nothing,
        right / called if called else nothing,
        len(calls),
        sum(each.whole for each in calls) / len(calls) if calls else nothing,
    )
