"""Where concepts are known: has each a latent that is its own, the same in every stream, and how well does it tell?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import active_in


class Recovery(NamedTuple):
    """What each of C concepts has: one latent, assigned one-to-one, for all M streams together."""

    latent: NDArray[np.int64]
    """(C,) the latent of each concept; −1 where there are fewer latents than concepts."""
    recall: NDArray[np.float64]
    """(M, C) of the samples that have the concept, those in which its latent is active."""
    precision: NDArray[np.float64]
    """(M, C) of the samples in which its latent is active, those that have the concept; 0 for a dead latent."""

    def own(self, least: float) -> NDArray[np.bool_]:
        """(C,) whether recall and precision are ``least`` or more in every stream."""
        return np.asarray(((self.recall >= least) & (self.precision >= least)).all(axis=0))


def recovery(
    streams: Sequence[Codes], concepts: NDArray[np.bool_], present: NDArray[np.bool_] | None = None
) -> Recovery:
    """Assign latents to concepts one-to-one (Hungarian), for the largest sum of F1 over samples of all streams.

    Parameters: ``concepts`` (N, C), which samples truly have which; ``present`` (M, N) where some are missing.

    >>> codes = Codes(np.array([[1], [1], [0]]), np.array([[2.0], [1.0], [3.0]], dtype=np.float32), size=3)
    >>> found = recovery([codes], np.array([[True, False], [False, False], [False, True]]))
    >>> found.latent.tolist(), found.recall.tolist(), found.precision.tolist()
    ([1, 0], [[1.0, 1.0]], [[0.5, 1.0]])
    """
    samples, kinds = concepts.shape
    there = np.ones((len(streams), samples), dtype=np.bool_) if present is None else present
    active = [active_in(codes)[rows] for codes, rows in zip(streams, there, strict=True)]
    both = np.stack([matrix.T @ concepts[rows].astype(np.int64) for matrix, rows in zip(active, there, strict=True)])
    fired = np.stack([np.asarray(matrix.sum(axis=0)).ravel() for matrix in active])
    had = np.stack([concepts[rows].sum(axis=0) for rows in there])
    together = fired.sum(axis=0)[:, None] + had.sum(axis=0)
    chosen, assigned = linear_sum_assignment(2 * both.sum(axis=0) / np.maximum(together, 1), maximize=True)
    latent = np.full(kinds, -1)
    latent[assigned] = chosen
    hits = np.zeros((len(streams), kinds))
    marks = np.zeros((len(streams), kinds))
    hits[:, assigned], marks[:, assigned] = both[:, chosen, assigned], fired[:, chosen]
    return Recovery(latent, hits / np.maximum(had, 1), hits / np.maximum(marks, 1))
