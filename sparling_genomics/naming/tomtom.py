"""Tomtom: p-values of a motif against the motifs of a database.

A match is a statement about a database (how surprising is this likeness among its columns?); the likeness of two motifs
alone is `letters.likeness`. ``offset`` is the column of the query at which the target's first column comes to lie, the
target read on ``strand``.
"""

import importlib.util
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from sparling_genomics.files.rows import Match
from sparling_genomics.letters.pwm import Pwm

# With fewer targets than this their columns are a poor background, and p-values change by orders of magnitude.
FEW_TARGETS = 25


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
        q = false_discovery_control(p[i].clip(0.0, 1.0))
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


def _columns(pwm: Pwm) -> NDArray[np.float64]:
    return np.ascontiguousarray(pwm.probabilities().T)
