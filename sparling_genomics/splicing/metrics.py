"""How well splice sites are told: top-k accuracy at three depths, AUPRC, recall and precision, at constant memory.

Source: top-k accuracy as in Jaganathan et al. 2019, Cell 176:535; ties are broken against the model.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED, Labels

DEPTHS = (0.5, 1.0, 2.0)
"""k as multiples of the number of true sites."""
KEPT, HELD = 20, 1_000_000
"""False positions that a ranking keeps at least, the best-scored: a multiple of the true ones, and a number."""


class KindFigures(NamedTuple):
    """Of donors or of acceptors: how many there are, k; the share of the best k/2 and k positions that are such sites,
    and of such sites that are among the best 2k; AUPRC; the share of them that are called, and of called positions that
    are one."""

    sites: int
    top_k_half: float
    top_k: float
    top_k_double: float
    auprc: float
    recall: float
    precision: float


class SpliceFigures(NamedTuple):
    """Of donors and acceptors among ``positions``."""

    donor: KindFigures
    acceptor: KindFigures
    positions: int

    @property
    def told(self) -> tuple[float, float]:
        """Top-k accuracy of donors and of acceptors."""
        return self.donor.top_k, self.acceptor.top_k

    @property
    def top_k(self) -> float:
        """Mean of both kinds."""
        return (self.donor.top_k + self.acceptor.top_k) / 2

    @property
    def noise(self) -> float:
        """Standard error of ``top_k``, as if sites were drawn one by one."""
        kinds = (self.donor, self.acceptor)
        return float(np.sqrt(sum(kind.top_k * (1 - kind.top_k) / max(kind.sites, 1) for kind in kinds)) / 2)


class Ranked(NamedTuple):
    """Positions by score, in no order, (n,) each: whether each is a true site, and its gene. All true ones are there,
    and all false ones that score above ``floor``. Of all there were, ``calls`` are called a site, ``hits`` of them
    true."""

    scores: NDArray[np.float32]
    true: NDArray[np.bool_]
    genes: NDArray[np.int32]
    floor: float
    calls: int
    hits: int


class Ranking:
    """The best-scored positions of both kinds, as they come, at constant memory.

    Beyond twice `HELD` positions of a kind, or twice `KEPT` a site, the lowest false ones are let go. Then AUPRC counts
    nothing for a true site below them, where precision is under 1 / `KEPT`; nothing else changes.
    """

    def __init__(self, called: float = 0.0) -> None:
        """``called``: score from which on a position is called a site."""
        self.positions = 0
        self._kinds = (_Kind(called), _Kind(called))

    def add(self, scores: NDArray[np.floating], labels: Labels, gene: int = 0) -> None:
        """Positions of one gene: scores (2, n) of donor and acceptor, ``labels`` (n,); masked ones do not count."""
        counted = labels != MASKED
        self.positions += int(counted.sum())
        for kind, own, label in zip(self._kinds, scores, (DONOR, ACCEPTOR), strict=True):
            kind.add(own[counted], labels[counted] == label, gene)

    def of(self, row: int) -> Ranked:
        """Of donors (0) or acceptors (1)."""
        return self._kinds[row].ranked()

    def figures(self) -> SpliceFigures:
        """Of all positions so far."""
        donor, acceptor = (kind_figures(self.of(row)) for row in (0, 1))
        return SpliceFigures(donor, acceptor, self.positions)


class _Kind:
    """A ranking of one kind: pieces as they came, and what is left of those before."""

    def __init__(self, called: float) -> None:
        self.called, self.false, self.sites, self.floor = called, 0, 0, -np.inf
        self.parts = [ranked(np.zeros(0), np.zeros(0, dtype=np.bool_))]

    def add(self, scores: NDArray[np.floating], true: NDArray[np.bool_], gene: int) -> None:
        self.parts.append(ranked(scores, true, np.full(len(true), gene, dtype=np.int32), self.called))
        sites = int(true.sum())
        self.sites, self.false = self.sites + sites, self.false + len(true) - sites
        most = max(HELD, KEPT * self.sites)
        if self.false > 2 * most:
            self._let_go(most)

    def _let_go(self, kept: int) -> None:
        whole = self.ranked()
        false = whole.scores[~whole.true]
        self.floor = max(self.floor, float(np.partition(false, len(false) - kept)[len(false) - kept]))
        stays = whole.true | (whole.scores > self.floor)
        self.false = int(stays.sum()) - self.sites
        kept_ones = (whole.scores[stays], whole.true[stays], whole.genes[stays])
        self.parts = [Ranked(*kept_ones, self.floor, whole.calls, whole.hits)]

    def ranked(self) -> Ranked:
        scores = np.concatenate([part.scores for part in self.parts])
        true = np.concatenate([part.true for part in self.parts])
        genes = np.concatenate([part.genes for part in self.parts])
        calls, hits = (sum(each) for each in zip(*((part.calls, part.hits) for part in self.parts), strict=True))
        self.parts = [Ranked(scores, true, genes, self.floor, calls, hits)]
        return self.parts[0]


def ranked(
    scores: NDArray[np.floating],
    true: NDArray[np.bool_],
    genes: NDArray[np.integer] | None = None,
    called: float = 0.0,
) -> Ranked:
    """All of these positions; those that score ``called`` or more are called a site."""
    of = np.zeros(len(true), dtype=np.int32) if genes is None else genes.astype(np.int32)
    said = scores >= called
    return Ranked(np.asarray(scores, dtype=np.float32), true, of, -np.inf, int(said.sum()), int((said & true).sum()))


def kind_figures(found: Ranked) -> KindFigures:
    """Figures of one kind; of equal scores the false come first, but in AUPRC together, as in `average_precision`.

    >>> kind_figures(ranked(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, False, True, False]))).top_k
    0.5
    """
    sites = int(found.true.sum())
    nothing = float("nan")
    if not sites:
        return KindFigures(0, *[nothing] * 6)
    seen = found.scores > found.floor
    values, of = np.unique(found.scores[seen], return_inverse=True)
    false, true = (np.bincount(of[found.true[seen] == is_true], minlength=len(values))[::-1] for is_true in (0, 1))
    above_false, above_true = np.cumsum(false), np.cumsum(true)
    half, whole, double = (
        _among(round(depth * sites), false, true, above_false, above_true) / round(min(depth, 1) * sites)
        if round(depth * sites)
        else nothing
        for depth in DEPTHS
    )
    precision = above_true / np.maximum(above_true + above_false, 1)
    auprc, right = float((precision * true).sum() / sites), found.hits / found.calls if found.calls else nothing
    return KindFigures(sites, half, whole, double, auprc, found.hits / sites, right)


def _among(
    k: int, false: NDArray[np.int64], true: NDArray[np.int64], above_false: NDArray[np.int64], above: NDArray[np.int64]
) -> int:
    """True positions among the k best, of numbers of false and true ones at each score, the highest first."""
    at = int(np.searchsorted(above + above_false, k))
    if at == len(true):
        return int(above[-1])
    left = k - int(above[at] - true[at]) - int(above_false[at] - false[at])
    return int(above[at] - true[at]) + max(left - int(false[at]), 0)


def log_odds(logits: Tensor) -> Tensor:
    """Of donor and of acceptor against all else: logits (B, 3, …) → (B, 2, …), float32.

    >>> log_odds(torch.tensor([[0.0, 1.0, 0.0]]))[0, 0]  # 1 - log(2)
    tensor(0.3069)
    """
    logits = logits.float()
    others = [logits[:, [0, ACCEPTOR]], logits[:, [0, DONOR]]]
    return torch.stack([logits[:, kind] - other.logsumexp(1) for kind, other in zip((1, 2), others, strict=True)], 1)
