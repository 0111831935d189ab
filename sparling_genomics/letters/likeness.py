"""Likeness of two motifs: the correlation of their columns' deviations from background; so duplicates are found.

A similarity is a statement about two motifs alone; how surprising one is among a database's, `naming.tomtom` says.
``offset`` is the column of the first motif at which the second one's first column comes to lie, the second one read on
``strand``.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.pwm import Pwm

MERGE_CORRELATION = 0.75
"""From which on two matrices are one motif."""


class Similarity(NamedTuple):
    """The best alignment of two motifs.

    Fields: ``correlation`` in [-1, 1]; ``offset`` columns; ``strand`` "+" or "-"; ``overlap`` columns compared.
    """

    correlation: float
    offset: int
    strand: str
    overlap: int


def alike(a: Pwm, b: Pwm) -> bool:
    """Whether two matrices are one motif."""
    both_strands = a.alphabet.double_stranded
    return similarity(a, b, reverse_complement=both_strands, whole=True).correlation >= MERGE_CORRELATION


def similarity(
    a: Pwm,
    b: Pwm,
    *,
    reverse_complement: bool = True,
    min_overlap: int = 5,
    min_share: float = 0.6,
    whole: bool = False,
) -> Similarity:
    """Best Pearson correlation of overlapping columns, over all offsets of ``b`` along ``a`` and both its strands.

    The overlapping columns' probabilities, less each motif's own background, are laid end to end, so columns count by
    how far they are from the letters around them, and two AT-rich flanks in AT-rich sequences make no likeness. An
    alignment counts if it overlaps ``min_overlap`` columns (or all of the shorter motif), and if the overlap
    holds ``min_share`` of the squared deviations of at least one motif: two motifs that meet in one strong column are
    not alike. With ``whole`` the columns that only one motif has count too, as against background: two motifs that
    share a half are then half alike. Equal correlations: the longer overlap, then "+", then the smaller
    shift.

    >>> eye = np.eye(4)
    >>> similarity(Pwm("a", eye[[0, 0, 1, 2, 3]], 1), Pwm("b", eye[[0, 1, 2, 3]], 1))
    Similarity(correlation=1.0, offset=1, strand='+', overlap=4)
    """
    if a.width == 0 or b.width == 0:
        raise ValueError(f"motif {a.name if a.width == 0 else b.name} has no column to compare")
    needed = min(max(1, min_overlap), a.width, b.width)
    found: list[tuple[float, int, int, int, str]] = []
    for strand, oriented in (("+", b), ("-", b.reverse_complement())) if reverse_complement else (("+", b),):
        offsets = np.arange(1 - b.width, a.width)
        correlation, share = _correlations(_deviations(a), _deviations(oriented), whole)
        overlap = np.minimum(a.width, offsets + b.width) - np.maximum(0, offsets)
        valid = (overlap >= needed) & (share >= min_share - 1e-9)
        found += [
            (round(float(correlation[i]), 9), int(overlap[i]), -abs(int(offsets[i])), int(offsets[i]), strand)
            for i in np.flatnonzero(valid)
        ]
    best = max(found, key=lambda alignment: alignment[:3])
    return Similarity(best[0], offset=best[3], strand=best[4], overlap=best[1])


def overlapping(a: Pwm, b: Pwm, offset: int) -> float:
    """Pearson correlation of the columns that lie one over the other when ``b`` begins at column ``offset`` of ``a``,
    each less its motif's own background; 0 where none do.

    >>> eye = np.eye(4)
    >>> overlapping(Pwm("a", eye[[0, 1, 2]], 1), Pwm("b", eye[[1, 2, 3, 3]], 1), 1)
    1.0
    """
    first, end = max(offset, 0), min(a.width, offset + b.width)
    if end <= first:
        return 0.0
    own, other = _deviations(a)[first:end], _deviations(b)[first - offset : end - offset]
    scale = np.sqrt((own**2).sum() * (other**2).sum())
    return round(float((own * other).sum() / scale), 9) if scale > 1e-12 else 0.0


def _deviations(pwm: Pwm) -> NDArray[np.float64]:
    """(W, 4) probabilities less the motif's own background; rows have mean zero."""
    return np.asarray(pwm.probabilities() - np.array(pwm.background))


def _correlations(
    a: NDArray[np.float64], b: NDArray[np.float64], whole: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each offset 1 - Wb ... Wa - 1: correlation (of the overlap, or of the whole), larger share of energy inside.

    ``a`` (Wa, 4) and ``b`` (Wb, 4) deviations from background, whose columns have mean zero.
    """
    product = sum(np.correlate(a[:, letter], b[:, letter], mode="full") for letter in range(4))
    offsets = np.arange(1 - len(b), len(a))
    start, end = np.maximum(0, offsets), np.minimum(len(a), offsets + len(b))
    energy_a, energy_b = (np.concatenate([[0.0], np.cumsum((x**2).sum(axis=1))]) for x in (a, b))
    inside_a = energy_a[end] - energy_a[start]
    inside_b = energy_b[end - offsets] - energy_b[start - offsets]
    energies = (energy_a[-1], energy_b[-1]) if whole else (inside_a, inside_b)
    scale = np.sqrt(np.maximum(energies[0] * energies[1], 0.0))
    correlation = np.where(scale > 1e-12, product / np.where(scale > 1e-12, scale, 1.0), 0.0).clip(-1.0, 1.0)
    share = np.maximum(
        *(i / t[-1] if t[-1] > 0 else np.ones(len(i)) for i, t in ((inside_a, energy_a), (inside_b, energy_b)))
    )
    return correlation, share
