"""Is the partner of a sample, in another stream, the one whose latents are most alike?"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from sparling.alignment.codes import Codes
from sparling.alignment.measures.active import among, shared_samples, values_of

RANKS = (1, 5, 10)
_AT_A_TIME = 256
_DECIMALS = 10


class Retrieval(NamedTuple):
    """R@r from one stream to another."""

    query: int
    """The stream that is asked with."""
    reference: int
    """The stream that is searched."""
    recall: tuple[float, ...]
    """Of each of `RANKS`, the share of queries with a right answer among so many first."""
    chance: tuple[float, ...]
    """What an order by chance would reach."""


def recall(query: Codes, reference: Codes, kind: NDArray[np.int64] | None = None) -> tuple[float, ...]:
    """R@1, R@5, R@10: share of samples with a right answer among the most alike by cosine.

    The right answer is the same sample; with ``kind`` (N,) any sample of the same kind. Of answers that are equally
    alike every order is as likely: what counts is the expected share, so that a stream without active latents is at
    chance. A model must have encoded each stream by itself: indices that streams share tell the partner.
    Source: SPARC (arXiv 2507.06265).

    >>> codes = Codes(np.array([[0], [1]]), np.array([[1.0], [2.0]], dtype=np.float32), size=2)
    >>> recall(codes, codes)
    (1.0, 1.0, 1.0)
    >>> recall(codes, Codes(codes.index, 0 * codes.value, size=2))
    (0.5, 1.0, 1.0)
    """
    kinds = np.arange(len(query.index)) if kind is None else np.asarray(kind)
    asked, searched = _unit(query), _unit(reference).T.tocsc()
    found = np.zeros(len(RANKS))
    for start in range(0, len(kinds), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        alike = np.round((asked[part] @ searched).toarray(), _DECIMALS)
        right = kinds[part, None] == kinds
        best = np.where(right, alike, -np.inf).max(axis=1, keepdims=True)
        better, equal = (alike > best).sum(axis=1), alike == best
        hits = (equal & right).sum(axis=1)
        found += [_expected(rank, better, equal.sum(axis=1), hits).sum() for rank in RANKS]
    return tuple((found / max(len(kinds), 1)).tolist())


def chance(samples: int, kind: NDArray[np.int64] | None = None) -> tuple[float, ...]:
    """R@1, R@5, R@10 of answers in an order by chance.

    >>> chance(20)
    (0.05, 0.25, 0.5)
    """
    kinds = np.arange(samples) if kind is None else np.asarray(kind)
    _, place, sizes = np.unique(kinds, return_inverse=True, return_counts=True)
    hits = sizes[place]
    nothing = np.zeros(samples, dtype=np.int64)
    return tuple(
        round(float(_expected(rank, nothing, np.full(samples, samples), hits).mean()), _DECIMALS) for rank in RANKS
    )


def retrieval(
    streams: Sequence[Codes], present: NDArray[np.bool_] | None = None, kind: NDArray[np.int64] | None = None
) -> list[Retrieval]:
    """R@1, R@5, R@10 from every stream to every other, in samples that both have; see `recall`."""
    found = []
    for a in range(len(streams)):
        for b in range(len(streams)):
            if a != b:
                samples = shared_samples(present, (a, b), len(streams[0].index))
                kinds = None if kind is None else kind[samples]
                reached = recall(among(streams[a], samples), among(streams[b], samples), kinds)
                found.append(Retrieval(a, b, reached, chance(int(samples.sum()), kinds)))
    return found


def _unit(codes: Codes) -> Any:
    """Activations (N, L) as a sparse matrix whose rows have length 1; those without any stay 0."""
    matrix = values_of(codes)
    lengths = np.sqrt(np.asarray((matrix * matrix).sum(axis=1)).ravel())
    matrix.data /= np.repeat(np.maximum(lengths, np.finfo(np.float64).tiny), np.diff(matrix.indptr))
    return matrix


def _expected(
    rank: int, better: NDArray[np.int64], equal: NDArray[np.int64], hits: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Probability of one of ``hits`` among the first ``rank``, behind ``better``, in a random order of ``equal``."""
    drawn = np.clip(rank - better, 0, equal)
    missed = equal - hits - drawn
    none = _log_choose(equal - hits, np.minimum(drawn, equal - hits)) - _log_choose(equal, drawn)
    return np.where(missed < 0, 1.0, 1.0 - np.exp(none))


def _log_choose(n: NDArray[np.int64], m: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1))
