"""The assumptions of the Motif Identifiability Theorem, measured on the samples of a world; nothing of a model but how
far it sees and how dense its map is."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.stats import ConstantInputWarning, spearmanr

from sparling.domains.sequence_task import TEST, WorldTask
from sparling.evaluation.identifiability.background import Invariance, invariance
from sparling.evaluation.identifiability.bound import bound_factor
from sparling.evaluation.identifiability.dependence import sufficiency
from sparling.evaluation.identifiability.footprints import overlapping
from sparling.evaluation.identifiability.layout import surroundings
from sparling.evaluation.identifiability.necessity import Layouts, necessity
from sparling.training.task import Batch
from sparling.validation.theorem.verdicts import ClassAssumptions, Verdict, verdict

SAMPLES = 1_000
"""Test samples whose inputs are looked at."""
LAYOUTS = 2_000
"""Test samples whose layouts are edited."""
AT_ONCE = 100


@dataclass(frozen=True)
class Theorem:
    """What the theorem assumes and promises, on one world and for one map."""

    classes: tuple[ClassAssumptions, ...]
    verdicts: tuple[Verdict, ...]
    """One a class."""
    background: Invariance | None
    alpha: float | None
    """The smallest α̂ of a class."""
    k: float | None
    """Of E_m ≤ k E, with a constant of 1 (`bound_factor`); None where α̂ is 0 or not known."""
    alpha_fne: float | None
    """Spearman's rank correlation of α̂ and the share missed, over classes; None where one of them does not vary."""


def assumptions(
    task: WorldTask, layouts: Layouts[Any] | None, n: int, field: int, density: float, missed: Sequence[float]
) -> Theorem:
    """Measure them on the first ``n`` test samples of ``task``, at most `SAMPLES` and `LAYOUTS` of them.

    ``layouts`` knows what edits change, None where nobody does; ``field`` is the receptive field in inputs; ``density``
    that of the map in units of δ*; ``missed`` the share of each class's motifs that were missed.
    """
    domain, seed, rng = task.domain, 4 * task.seed + TEST, np.random.default_rng(task.seed)
    classes, device = len(domain.class_names), torch.device(task.device)
    drawn = task.drawn_from(TEST).samples(seed, torch.arange(min(n, SAMPLES), device=device))
    x = torch.cat([task.inputs(Batch(*part))[0] for part in zip(*map(_parts, (drawn.x, drawn.y)), strict=True)])
    boxes = overlapping(drawn.motifs, classes), overlapping(drawn.motifs, classes, field // 2)
    tested = sufficiency(surroundings(x, drawn.motifs, classes), rng)
    background = invariance(x, drawn.motifs, rng)
    needed = (None,) * classes if layouts is None else necessity(layouts, classes, seed, min(n, LAYOUTS), rng)
    of = tuple(map(ClassAssumptions, domain.class_names, *boxes, tested.classes, needed))
    known = [each.alpha.value for each in needed if each is not None and each.alpha.value is not None]
    alpha = min(known, default=None)
    k = None
    if alpha:
        most = int(torch.bincount(drawn.motifs.sample).max())
        positions = math.ceil(field / task.cell) ** len(domain.size)
        k = bound_factor(most, domain.motifs_per_sample, classes, alpha, positions)
    return Theorem(
        classes=of,
        verdicts=tuple(verdict(each, background, density) for each in of),
        background=background,
        alpha=alpha,
        k=k,
        alpha_fne=_rank_correlation(known, missed) if len(known) == classes else None,
    )


def _parts(values: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return torch.split(values, AT_ONCE)


def _rank_correlation(a: Sequence[float], b: Sequence[float]) -> float | None:
    """Spearman's, None where one of the two does not vary.

    >>> _rank_correlation([1, 2, 3], [9, 5, 0]), _rank_correlation([1, 1, 1], [9, 5, 0])
    (-1.0, None)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConstantInputWarning)
        found = float(spearmanr(a, b).statistic) if len(a) > 1 else math.nan
    return None if math.isnan(found) else round(found, 12)
