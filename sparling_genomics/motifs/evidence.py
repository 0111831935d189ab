"""Whether a motif holds: more sequences with a site among bound than among unbound ones, than chance would have.

Counted are clusters (`data.clusters`), not sequences: relatives say the same thing, and a test that takes them for
independent finds too much. A cluster of one label counts once, and has a site if any of its sequences has.
"""

from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from sparling_genomics.data.clusters import Groups
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


def p_in_contrast(data: SequenceDataset, contrast: int, sites: Activations, side: int) -> float:
    """P of `evidence` in a contrast of `Targets`; of a value that of Mann and Whitney, one-sided, of all values."""
    seen = data.seen_by(contrast)
    if data.targets is None or data.targets.columns[data.targets.contrasts[contrast].column].kind == "label":
        return evidence(seen, sites, side).p
    asked = data.targets.contrasts[contrast]
    values = data.targets.values[:, asked.column]
    has_site = np.zeros(len(data), dtype=bool)
    has_site[sites.sequence] = True
    known = (data.split == side) & np.isfinite(values)
    groups = [cluster_means(values[own], data.cluster[own]) for own in (known & has_site, known & ~has_site)]
    if not all(map(len, groups)):
        return 1.0
    way = "less" if asked.reverse else "greater"
    return float(scipy.stats.mannwhitneyu(*groups, alternative=way, method="asymptotic").pvalue)


def cluster_means(values: NDArray[np.float32], cluster: Groups) -> NDArray[np.float64]:
    """Mean of each cluster."""
    _, group, size = np.unique(cluster, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(group, values) / size if len(values) else np.zeros(0))


def _clusters(data: SequenceDataset, chosen: NDArray[np.bool_]) -> int:
    return len(np.unique(data.cluster[chosen]))


def _tested(bound_with: int, bound: int, unbound_with: int, unbound: int) -> Evidence:
    p = float(scipy.stats.hypergeom.sf(bound_with - 1, bound + unbound, bound, bound_with + unbound_with))
    return Evidence(min(p, 1.0), bound_with, bound, unbound_with, unbound)
