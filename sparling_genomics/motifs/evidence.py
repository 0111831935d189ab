"""Whether a motif holds: more sequences with a site among bound than among unbound ones, than chance would have.

Counted are clusters (`data.clusters`), not sequences: relatives say the same thing, and a test that takes them for
independent finds too much. A cluster of one label counts once, and has a site if any of its sequences has.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.motifs.activations import Activations

MIN_SITES = 10
MIN_BITS = 4.0
SIGNIFICANCE = 0.05


class Evidence(NamedTuple):
    """A table of clusters by label and site, and its P."""

    p: float
    """Of as many bound clusters with a site, or more, by chance: one-sided Fisher exact test."""
    bound_with: int
    """Bound clusters with a site, ..."""
    bound: int
    """... of so many."""
    unbound_with: int
    unbound: int


def evidence(data: SequenceDataset, sites: Activations, side: int) -> Evidence:
    """What the sequences of one ``side`` (TRAIN, VALIDATION, TEST) say of a motif with these sites.

    ``data`` must hold unbound sequences on that side, or P is 1.
    """
    has_site = np.zeros(len(data), dtype=bool)
    has_site[sites.sequence] = True
    counts = []
    for label in (1, 0):
        own = (data.split == side) & (data.labels == label)
        counts += [_clusters(data, own & has_site), _clusters(data, own)]
    return _tested(*counts)


def _clusters(data: SequenceDataset, chosen: NDArray[np.bool_]) -> int:
    return len(np.unique(data.cluster[chosen]))


def _tested(bound_with: int, bound: int, unbound_with: int, unbound: int) -> Evidence:
    p = float(scipy.stats.hypergeom.sf(bound_with - 1, bound + unbound, bound, bound_with + unbound_with))
    return Evidence(min(p, 1.0), bound_with, bound, unbound_with, unbound)
