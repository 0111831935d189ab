"""Normalised mean squared error of reconstructions, of a stream from itself and from every other."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.measures.active import shared_samples

Decode = Callable[[int, int], NDArray[np.floating]]
"""(s, t) → features (N, D_t) of stream t, decoded from the latents of stream s."""


class ReconstructionErrors(NamedTuple):
    """NMSE of every stream from every stream."""

    table: NDArray[np.float64]
    """(M, M), row: the stream whose latents are decoded; column: the stream that is reconstructed."""

    @property
    def own(self) -> float:
        """The mean over streams, each from its own latents."""
        return float(np.diag(self.table).mean())

    @property
    def cross(self) -> float:
        """The mean over ordered pairs of streams; NaN for one stream."""
        others = ~np.eye(len(self.table), dtype=np.bool_)
        return float(self.table[others].mean()) if others.any() else float("nan")


def nmse(reconstructed: NDArray[np.floating], features: NDArray[np.floating]) -> float:
    """Mean over samples of ‖x̂ − x‖² / ‖x‖²; arrays (N, D), with no sample that is 0 throughout.

    1 is as good as saying 0, the mean of standardised features. Source: SPARC (arXiv 2507.06265).
    Raises ``ValueError`` for different shapes.

    >>> nmse(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 1.0], [3.0, 4.0]]))
    0.75
    """
    if reconstructed.shape != features.shape or features.ndim != 2:
        raise ValueError(f"must have the same shape (N, D); got {reconstructed.shape} and {features.shape}")
    x, again = features.astype(np.float64), reconstructed.astype(np.float64)
    return float((((again - x) ** 2).sum(axis=1) / (x**2).sum(axis=1)).mean())


def reconstruction_errors(
    decode: Decode, features: Sequence[NDArray[np.floating]], present: NDArray[np.bool_] | None = None
) -> ReconstructionErrors:
    """NMSE of every stream from every stream, in samples that both have (``present`` (M, N))."""
    streams = range(len(features))
    table = np.zeros((len(features), len(features)))
    for s in streams:
        for t in streams:
            there = shared_samples(present, (s, t), len(features[0]))
            table[s, t] = nmse(decode(s, t)[there], features[t][there])
    return ReconstructionErrors(table)
