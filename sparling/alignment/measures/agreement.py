"""Does a latent mean the same in every stream? Generalised Jaccard of its labels, at every depth of their tree.

In each stream a latent collects the labels of the samples that activate it, with multiplicity: a multiset, as counts
a (C,). At depth d of the tree every label that lies deeper is replaced by its ancestor at d, and counts are added. Of
two streams with counts a and b,

    J = Σ min(a, b) / Σ max(a, b)        (Ružička; Jaccard where all counts are 0 or 1)

and a latent's J is the mean over pairs of streams in which it is alive. Source: SPARC (arXiv 2507.06265); as in the
authors' own evaluation all samples that activate a latent count, whatever the strength, unless ``top`` is given, and a
latent that is not alive in two streams has J = 0. Their mean is over all L latents, so that with 84.4 % alive the
published 0.80 is 0.95 of those that live; both means are told here.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import active_in, among, shared_samples, values_of
from sparling.alignment.measures.labels import Labels


class Agreement(NamedTuple):
    """J of every latent at every depth of the tree of labels."""

    jaccard: NDArray[np.float64]
    """(D, L), depth 0 first; 0 where fewer than two streams can be compared."""
    compared: NDArray[np.bool_]
    """(L,) whether a latent is alive in two streams at least."""

    @property
    def over_all(self) -> tuple[float, ...]:
        """(D,) the mean over all latents: what is published."""
        return tuple(self.jaccard.mean(axis=1).tolist())

    @property
    def over_compared(self) -> tuple[float | None, ...]:
        """(D,) the mean over latents that are alive in two streams at least; None where there is none."""
        if not self.compared.any():
            return (None,) * len(self.jaccard)
        return tuple(self.jaccard[:, self.compared].mean(axis=1).tolist())


def label_counts(codes: Codes, labels: Labels, top: int | None = None) -> NDArray[np.int64]:
    """(L, C) how many of the samples that activate each latent have each label.

    Parameters: ``top`` counts only so many samples of each latent, those that activate it most (ties: in their order).
    """
    active = active_in(codes) if top is None else _strongest(codes, top)
    return np.asarray((active.T @ labels.given).toarray())


def agreement(
    streams: Sequence[Codes], labels: Labels, present: NDArray[np.bool_] | None = None, top: int | None = None
) -> Agreement:
    """J of every latent at every depth; where ``present`` (M, N) is given, a pair of streams in samples of both.

    Two streams of one latent: three samples of label a in one, two of a and one of b in the other, J = 2 / 4.

    >>> from sparling.alignment.measures.labels import LabelTree
    >>> labels = Labels.of(LabelTree(("a", "b"), (-1, -1)), np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=bool))
    >>> def only(*active):
    ...     return Codes(np.zeros((4, 1), dtype=np.int32), np.array(active, dtype=np.float32)[:, None], size=1)
    >>> agreement([only(1, 1, 1, 0), only(0, 1, 1, 1)], labels).over_all
    (0.5,)
    """
    tree, size = labels.tree, streams[0].size
    total = np.zeros((tree.deepest + 1, size))
    pairs = np.zeros(size, dtype=np.int64)
    lifted = [_below(tree.lifted(depth)) for depth in range(tree.deepest + 1)]
    for pair in combinations(range(len(streams)), 2):
        samples = shared_samples(present, pair, len(streams[0].index))
        known = Labels(tree, labels.given[samples])
        active = [among(streams[stream], samples) for stream in pair]
        a, b = (label_counts(codes, known, top) for codes in active)
        both = np.logical_and(*(np.asarray(active_in(codes).sum(axis=0)).ravel() > 0 for codes in active))
        pairs += both
        for depth, below in enumerate(lifted):
            total[depth] += np.where(both, _ruzicka(a @ below, b @ below), 0.0)
    return Agreement(total / np.maximum(pairs, 1), pairs > 0)


def _ruzicka(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    """(L,) of counts (L, C); 0 where there are none."""
    largest = np.maximum(a, b).sum(axis=1)
    return np.asarray(np.minimum(a, b).sum(axis=1) / np.maximum(largest, 1))


def _below(lifted: NDArray[np.int64]) -> Any:
    """(C, C) sparse, 1 where the label of the row becomes that of the column."""
    labels = len(lifted)
    return csr_array((np.ones(labels, dtype=np.int64), (np.arange(labels), lifted)), (labels, labels))


def _strongest(codes: Codes, top: int) -> Any:
    """(N, L) sparse, 1 at the ``top`` largest activations of each latent."""
    columns = values_of(codes).tocsc()
    columns.sort_indices()
    latent = np.repeat(np.arange(codes.size), np.diff(columns.indptr))
    order = np.lexsort((columns.indices, -columns.data, latent))
    place = np.arange(len(order)) - columns.indptr[latent[order]]
    kept = order[place < top]
    return csr_array((np.ones(len(kept), dtype=np.int64), (columns.indices[kept], latent[kept])), columns.shape)
