"""Motif against motif: Tomtom p-values against a database, and the correlation by which duplicates are found.

A match is a statement about a database (how surprising is this likeness among its columns?), a similarity one about two
motifs alone. In both, ``offset`` is the column of the first motif at which the second one's first column comes to lie,
the second one read on ``strand``.
"""

import importlib.util
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling_genomics.letters.pwm import Pwm

# With fewer targets than this their columns are a poor background, and p-values change by orders of magnitude.
FEW_TARGETS = 25


class Match(NamedTuple):
    """One target of a database that a query motif resembles.

    Fields: names of ``query`` and ``target``; ``target_name`` the target's second name, else its first; ``p`` Tomtom
    p-value of the best alignment; ``e`` expected number of targets this good, p times their number; ``q``
    Benjamini-Hochberg false discovery rate among the targets of this query; ``offset`` columns; ``strand`` "+" or "-".
    """

    query: str
    target: str
    target_name: str
    p: float
    e: float
    q: float
    offset: int
    strand: str


class Similarity(NamedTuple):
    """The best alignment of two motifs.

    Fields: ``correlation`` in [-1, 1]; ``offset`` columns; ``strand`` "+" or "-"; ``overlap`` columns compared.
    """

    correlation: float
    offset: int
    strand: str
    overlap: int


def tomtom(
    queries: Sequence[Pwm], targets: Sequence[Pwm], *, reverse_complement: bool, keep: int | None = None
) -> list[list[Match]]:
    """For each query its targets, best first (the ``keep`` best, or all).

    ``reverse_complement`` also aligns the targets' other strand: True for DNA, False for RNA.
    p-values take the targets' columns as background; with fewer than ``FEW_TARGETS`` they are not to be relied on.
    The first call on a machine compiles for about a minute (``warm_up``).
    Raises ``ValueError`` for a motif without columns.
    Source: Gupta et al. 2007 (Genome Biology 8:R24), complete scores; arithmetic of memelite.
    """
    for pwm in (*queries, *targets):
        if pwm.width == 0:
            raise ValueError(f"motif {pwm.name} has no column to compare")
    if not queries or not targets:
        return [[] for _ in queries]
    from memelite import tomtom as memelite_tomtom  # compiles on import and on its first call

    threads = torch.get_num_threads()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="tomtom was given .* target motifs", category=UserWarning)
        p, _, starts, _, strands = memelite_tomtom(
            [_columns(query) for query in queries],
            [_columns(target) for target in targets],
            reverse_complement=reverse_complement,
        )
    torch.set_num_threads(threads)  # numba's threads are torch's too, and it takes all cores
    matches = []
    for i, query in enumerate(queries):
        q = benjamini_hochberg(p[i])
        order = np.argsort(p[i], kind="stable")[:keep].tolist()
        matches.append(
            [
                Match(
                    query=query.name,
                    target=targets[j].name,
                    target_name=targets[j].alt_name or targets[j].name,
                    p=float(p[i, j]),
                    e=float(p[i, j]) * len(targets),
                    q=float(q[j]),
                    offset=-int(starts[i, j]),
                    strand="-" if strands[i, j] else "+",
                )
                for j in order
            ]
        )
    return matches


def is_compiled() -> bool:
    """Whether the comparison's compiled code lies where numba keeps it; if not, the first comparison takes a minute."""
    spec = importlib.util.find_spec("memelite")
    homes = [Path.home() / ".cache" / "numba"] + ([Path(spec.origin).parent] if spec and spec.origin else [])
    places = [Path(os.environ["NUMBA_CACHE_DIR"])] if os.environ.get("NUMBA_CACHE_DIR") else homes
    kernel = f"tomtom._tomtom-*.py{sys.version_info.major}{sys.version_info.minor}.nbi"
    return any(True for place in places for _ in place.rglob(kernel))


def warm_up() -> None:
    """Have memelite's kernels compiled (a minute, once a machine); to be run beside something longer."""
    toy = [Pwm(str(i), np.eye(4)[[i, (i + 1) % 4, 0]], n_sites=1) for i in range(4)]
    tomtom(toy[:1], toy, reverse_complement=True)


def benjamini_hochberg(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """False discovery rate at which each of n p-values (n,) would just be accepted.

    ``q = min over p' >= p of p' * n / rank(p')``, Benjamini & Hochberg 1995.

    >>> benjamini_hochberg(np.array([0.01, 0.9, 0.02, 0.03])).round(3).tolist()
    [0.04, 0.9, 0.04, 0.04]
    """
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum.accumulate(scaled[::-1])[::-1].clip(max=1.0)
    return q


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

    The overlapping columns' probabilities are laid end to end, so columns count by how far they are from uniform. An
    alignment counts if it overlaps ``min_overlap`` columns (or all of the shorter motif), and if the overlap
    holds ``min_share`` of the squared deviations from uniform of at least one motif: two motifs that meet in one
    strong column are not alike. With ``whole`` the columns that only one motif has count too, as against uniform ones:
    two motifs that share a half are then half alike. Equal correlations: the longer overlap, then "+", then the smaller
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
        correlation, share = _correlations(a.probabilities() - 0.25, oriented.probabilities() - 0.25, whole)
        overlap = np.minimum(a.width, offsets + b.width) - np.maximum(0, offsets)
        valid = (overlap >= needed) & (share >= min_share - 1e-9)
        found += [
            (round(float(correlation[i]), 9), int(overlap[i]), -abs(int(offsets[i])), int(offsets[i]), strand)
            for i in np.flatnonzero(valid)
        ]
    best = max(found, key=lambda alignment: alignment[:3])
    return Similarity(best[0], offset=best[3], strand=best[4], overlap=best[1])


def _columns(pwm: Pwm) -> NDArray[np.float64]:
    return np.ascontiguousarray(pwm.probabilities().T)


def _correlations(
    a: NDArray[np.float64], b: NDArray[np.float64], whole: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """For each offset 1 - Wb ... Wa - 1: correlation (of the overlap, or of the whole), larger share of energy inside.

    ``a`` (Wa, 4) and ``b`` (Wb, 4) deviations from uniform, whose columns have mean zero.
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
