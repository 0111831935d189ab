"""One sequence a cluster, and the half of them on which cuts are chosen; the other half tests.

Relatives say the same thing twice, and a test that takes them for independent finds too much: of those of one label the
first in the file alone is asked.
"""

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.streams import Purpose, generator


def first_of_clusters(data: SequenceDataset) -> SequenceDataset:
    """The first sequence of each cluster and label, in order."""
    key = np.stack([data.cluster, data.labels.astype(np.int64)], axis=1)
    return data.subset(np.sort(np.unique(key, axis=0, return_index=True)[1]))


def choosing_half(data: SequenceDataset, seed: int) -> NDArray[np.bool_]:
    """Which sequences are of the half on which cuts are chosen: half of the clusters with a bound one, and of others.

    A cluster, of either label and with shuffled copies, lies in one half.
    """
    cluster = np.where(data.cluster < 0, -1 - data.cluster, data.cluster)
    with_bound = np.unique(cluster[data.labels == 1])
    rng = generator(seed, Purpose.HALVES)
    chosen = [rng.permutation(each)[: len(each) // 2] for each in (with_bound, np.setdiff1d(cluster, with_bound))]
    return np.isin(cluster, np.concatenate(chosen))
