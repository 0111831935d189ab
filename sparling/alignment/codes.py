"""Sparse latents of samples: of L latents, which k are active and how strongly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Codes:
    """Sparse latents of N samples of one stream; a latent that is listed with value 0 is not active.

    >>> codes = Codes(np.array([[2, 0]]), np.array([[1.5, 0.0]]), size=3)
    >>> codes.dense().tolist()
    [[0.0, 0.0, 1.5]]
    """

    index: NDArray[np.int32]
    """(N, k) which latents, each at most once in a row."""
    value: NDArray[np.float32]
    """(N, k) their activations, ≥ 0."""
    size: int
    """L, how many latents there are."""

    def dense(self) -> NDArray[np.float32]:
        """(N, L) activations."""
        dense = np.zeros((len(self.index), self.size), dtype=np.float32)
        np.put_along_axis(dense, self.index.astype(np.int64), self.value.astype(np.float32), axis=1)
        return dense
