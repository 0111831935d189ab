"""NON-OVERLAPPING: no two motifs' footprints overlap.

The first assumption of the Motif Identifiability Theorem (SPARLING, arXiv 2302.01976). A footprint is the box of a
motif. Stricter is what a local model sees: at the middle of a motif everything within its receptive field.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.evaluation.identifiability.shares import Share
from sparling.evaluation.motif_errors import Motifs


class Boxes(NamedTuple):
    """M boxes [low, high) in samples, along R axes."""

    sample: NDArray[np.int64]
    """(M,)."""
    low: NDArray[np.int64]
    """(M, R)."""
    high: NDArray[np.int64]
    """(M, R)."""


def boxes_of(motifs: Motifs) -> Boxes:
    """The boxes of true motifs."""
    sample, low, high = (part.cpu().numpy() for part in (motifs.sample, motifs.low, motifs.high))
    return Boxes(sample, low, high)


def in_sight(boxes: Boxes, reach: int) -> Boxes:
    """What is within ``reach`` of the middle of each box, along every axis; of an even box, of both middles.

    >>> in_sight(Boxes(np.array([0]), np.array([[4]]), np.array([[7]])), reach=2)[1:]
    (array([[3]]), array([[8]]))
    """
    twice = boxes.low + boxes.high - 1
    return boxes._replace(low=twice // 2 - reach, high=-(-twice // 2) + reach + 1)


def meetings(windows: Boxes, boxes: Boxes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of ``windows`` share a position with which of ``boxes`` in the same sample: a pair of indices for each.

    >>> one = Boxes(np.array([0, 0, 1]), np.array([[0], [4], [4]]), np.array([[5], [9], [9]]))
    >>> [part.tolist() for part in meetings(one, one)]
    [[0, 0, 1, 1, 2], [0, 1, 0, 1, 2]]
    """
    order = np.argsort(boxes.sample, kind="stable")
    sorted_samples = boxes.sample[order]
    first, last = (np.searchsorted(sorted_samples, windows.sample, side) for side in ("left", "right"))
    many = last - first
    mine = np.repeat(np.arange(len(windows.sample)), many)
    within = np.arange(many.sum()) - np.repeat(many.cumsum() - many, many)
    other = order[np.repeat(first, many) + within]
    meet = ((windows.low[mine] < boxes.high[other]) & (boxes.low[other] < windows.high[mine])).all(1)
    return mine[meet], other[meet]


def disturbed(motifs: Motifs, reach: int | None = None) -> NDArray[np.bool_]:
    """Whether the box of each motif, or what lies within ``reach`` of its middle, meets the box of another: (M,)."""
    boxes = boxes_of(motifs)
    mine, other = meetings(boxes if reach is None else in_sight(boxes, reach), boxes)
    result = np.zeros(len(boxes.sample), dtype=bool)
    result[mine[mine != other]] = True
    return result


def overlapping(motifs: Motifs, classes: int, reach: int | None = None) -> tuple[Share, ...]:
    """For each class the share of its motifs that are `disturbed`.

    Motifs of one sample are not independent of each other, which the intervals take them to be.
    """
    hit, kind = disturbed(motifs, reach), motifs.kind.cpu().numpy()
    return tuple(Share.of(int(hit[kind == k].sum()), int((kind == k).sum())) for k in range(classes))
