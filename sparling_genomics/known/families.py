"""Families: matrices whose sites lie where a better one's do, which say nothing of their own."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.known.best_sites import BestSites

Floats = NDArray[np.float64]

SAME_PLACE = 0.5
"""Share of the narrower of two sites that both cover, from which on they are in the same place."""
EXPLAINED = 0.5
"""Share of a matrix' excess in the same places as a better one's sites, from which on it is of that one's family."""


class Member(NamedTuple):
    """Where a matrix belongs."""

    head: int
    """Its own place in the order, or that of the better matrix that leads its family."""
    shared: float
    """Sites in the same places as the head's, as a share of its excess, at most 1; 1 of the head itself."""


def families(sites: BestSites, widths: Sequence[int], cuts: Floats, by_chance: Floats) -> list[Member]:
    """Each matrix with its family; ``sites`` of bound sequences, the better matrices first. One site a sequence counts.

    ``by_chance`` (K,): share of unbound sequences with a site. What bound sequences have beyond it is a matrix' excess.
    It joins the family with most of its sites in the same places, if these make up `EXPLAINED` of the excess.
    """
    has = sites.score >= cuts
    members: list[Member] = []
    heads = np.zeros(0, dtype=np.intp)
    for own in range(len(widths)):
        best = Member(own, 0.0)
        rows = np.flatnonzero(has[:, own])
        excess = len(rows) - float(by_chance[own]) * len(has)
        if excess > 0 and len(heads):
            start = sites.start[rows, own][:, None]
            other = sites.start[np.ix_(rows, heads)]
            width = np.array([widths[head] for head in heads.tolist()])
            common = np.minimum(start + widths[own], other + width) - np.maximum(start, other)
            same = (common >= SAME_PLACE * np.minimum(widths[own], width)) & has[np.ix_(rows, heads)]
            share = np.minimum(same.sum(0) / excess, 1.0)
            best = Member(int(heads[share.argmax()]), float(share.max()))
        if best.shared < EXPLAINED:
            heads = np.append(heads, own)
            best = Member(own, 1.0)
        members.append(best)
    return members
