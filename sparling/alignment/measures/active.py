"""Which latents of which samples are active, as sparse matrices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from sparling.alignment.codes import Codes


def values_of(codes: Codes) -> Any:
    """(N, L) activations as a sparse matrix that keeps only those above 0.

    >>> codes = Codes(np.array([[2, 0]]), np.array([[1.5, 0.0]], dtype=np.float32), size=3)
    >>> values_of(codes).toarray().tolist(), values_of(codes).nnz
    ([[0.0, 0.0, 1.5]], 1)
    """
    n, k = codes.index.shape
    active = codes.value > 0
    sample = np.repeat(np.arange(n), k).reshape(n, k)[active]
    matrix = csr_array((codes.value[active].astype(np.float64), (sample, codes.index[active])), (n, codes.size))
    matrix.sort_indices()
    return matrix


def active_in(codes: Codes) -> Any:
    """(N, L) sparse, 1 where a latent is active."""
    matrix = values_of(codes)
    return csr_array((np.ones(matrix.nnz, dtype=np.int64), matrix.indices, matrix.indptr), matrix.shape)


def among(codes: Codes, samples: NDArray[np.bool_]) -> Codes:
    """The latents of some samples, ``samples`` (N,)."""
    return Codes(codes.index[samples], codes.value[samples], codes.size)


def shared_samples(present: NDArray[np.bool_] | None, streams: tuple[int, ...], samples: int) -> NDArray[np.bool_]:
    """(N,) samples of which all these streams have features; ``present`` (M, N), None where nothing is missing."""
    if present is None:
        return np.ones(samples, dtype=np.bool_)
    return np.asarray(present[list(streams)].all(axis=0))
