"""The sparsity layer of a motif network: each channel's budget follows from labelled sequences.

A channel's budget is the number of its marks above the score where a weaker one would as likely be chance as not: there
bound sequences have twice as many as unbound ones, letter for letter. Near it F1 of the sites is largest (Lipton et al.
2014, arXiv 1402.1892). So a common motif marks often and a rare one rarely, and how many there are need not be known.
"""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from sparling.layer.bottleneck import Scores
from sparling.layer.inhibition import maxima, unrivalled
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import largest, threshold_at_counts

CHANCE = 2.0
"""Marks in bound sequences for one in unbound ones, as if these were as long, where a mark may as well be chance."""
FEWEST = 2
"""Marks of a channel that finds nothing."""
LARGEST = 0.1
"""Share of positions that a budget may be."""
ROUNDS = 3
"""In which channels agree who owns what."""
BISECTIONS = 20
PULL = 0.5
"""Weight of what was just observed, against the budget so far (geometric mean)."""


class BudgetedSparsity(SpatialSparsity):
    """`SpatialSparsity` with a threshold a channel, whose `calibrate` can also set budgets (`budget_by`).

    At ``unit`` density each channel's threshold is where its budget ends; at a multiple of it every channel marks as
    many times more. ``cuts`` (C,): scores, as the layer's threshold, above which a mark is a site; ``alone`` and
    ``standing`` (C,): marks in bound sequences above the cut, before and after other channels took theirs.
    """

    cuts: Tensor

    def __init__(self, channels: int, unit: float, competition: int) -> None:
        super().__init__(channels, unit, "per_channel", inhibition=competition, by_excess=True)
        self.unit = unit
        self.register_buffer("cuts", torch.full((channels,), float("inf")))
        self.alone = self.standing = torch.zeros(channels, dtype=torch.int64)
        self._sides: list[Tensor] | None = None
        self._pull, self._wanted = PULL, 0.0

    @property
    def budgets(self) -> Tensor:
        """Share of the positions of bound and unbound sequences, as many letters of either, that are sites: (C,)."""
        return self.shares * self.unit

    def budget_by(self, sides: Sequence[Tensor] | None, pull: float = PULL, wanted: float = 0.0) -> None:
        """From the next `calibrate` on, budgets follow from its scores and ``sides`` (B, 1 or C) of each part of them.

        1 where a sequence is bound, 0 where it is not, -1 where it does not count: to all channels alike, or to each
        its own (`data.targets`). None: budgets stay as they are. ``pull``: weight of what is observed against the
        budgets so far; 1 is exact.
        ``wanted`` above 0: all budgets are multiplied so that bound sequences have so many sites each, on average.
        """
        self._sides, self._pull, self._wanted = None if sides is None else list(sides), pull, wanted

    @torch.no_grad()
    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Statistics, budgets if they are asked for, and thresholds."""
        if self._sides is None:
            super().calibrate(scores, slack)
            return
        peaks = [maxima(z, max(self.inhibition, 1)) for z in self._normalised(scores)]
        letters = _letters(scores)
        standing, counts = self._settle_ownership(peaks, scores)
        if self._wanted:
            counts = self._as_many_as_wanted(standing, counts)
        observed = counts.double() / letters
        budget = self.budgets.log() * (1 - self._pull) + observed.clamp(max=LARGEST).log() * self._pull
        self.share_out(budget.exp() / self.unit)
        if self._pull == 1 and self.density == self.unit:
            self.set_threshold(self.cuts)
            return
        wanted = (float(letters) * self.density * self.shares).round().long()
        rows = torch.cat([z.transpose(0, 1).flatten(1) for z in standing], dim=1)
        wanted = wanted.clamp(FEWEST, rows.shape[1] - 1)
        self.set_threshold(threshold_at_counts(largest(rows, int(wanted.max()) + 1), wanted))

    def _settle_ownership(self, peaks: list[Tensor], scores: Iterable[Scores]) -> tuple[list[Tensor], Tensor]:
        """Put cuts; marks that stand beside those above them, and how many are above, `FEWEST` at least: (C,)."""
        sides = self._sides or []
        gain = _gains(scores, sides)
        standing, cuts = peaks, torch.full_like(self.cuts, float("inf"))
        for number in range(ROUNDS if self.inhibition else 1):
            if number:
                standing = [unrivalled(z, cuts, self.inhibition, by_excess=True) for z in peaks]
            cuts, counts = _cuts(standing, gain)
        self.cuts.copy_(cuts)
        self.alone, self.standing = (_marks(parts, sides, cuts) for parts in (peaks, standing))
        return list(standing), counts

    def _as_many_as_wanted(self, standing: list[Tensor], counts: Tensor) -> Tensor:
        """Put cuts that leave bound sequences the wanted number of sites, by bisection; marks above them: (C,)."""
        sides = self._sides or []
        wanted = self._wanted * float(sum(int((of == 1).any(1).sum()) for of in sides))
        rows = torch.cat([z.transpose(0, 1).flatten(1) for z in standing], dim=1)
        low, high, tried = 2.0**-10, 2.0**10, counts
        for _ in range(BISECTIONS):
            factor = (low * high) ** 0.5
            tried = (counts * factor).round().long().clamp(FEWEST, rows.shape[1] // 2)
            self.cuts.copy_(threshold_at_counts(largest(rows, int(tried.max()) + 1), tried))
            if float(_marks(standing, sides, self.cuts).sum()) > wanted:
                high = factor
            else:
                low = factor
        return tried


def _real(scores: Scores) -> Tensor:
    """Real positions of each sequence: (B,)."""
    z, mask = scores
    return torch.full((len(z),), z.shape[2]) if mask is None else mask.sum((1, 2)).cpu()


def _letters(scores: Iterable[Scores]) -> Tensor:
    """Real positions of all sequences."""
    return torch.stack([_real(part).double().sum() for part in scores]).sum()


def _gains(scores: Iterable[Scores], sides: Sequence[Tensor]) -> Tensor:
    """What a mark at each position is worth to a channel: (1 or C, N).

    1 in a bound sequence, −`CHANCE` times the letters of bound ones for one of unbound ones in those, NaN where it does
    not count.
    """
    letters = torch.zeros(2, sides[0].shape[1], dtype=torch.float64)
    for part, of in zip(scores, sides, strict=True):
        own = of.cpu()
        letters += torch.stack([(_real(part)[:, None] * (own == side)).sum(0) for side in (0, 1)])
    weight = (letters[1] / letters[0].clamp_min(1))[:, None]
    side = torch.cat([of.T.repeat_interleave(z.shape[2], 1) for (z, _), of in zip(scores, sides, strict=True)], 1)
    price = (-CHANCE * weight).float().to(side.device)
    return torch.where(side == 1, 1.0, torch.where(side == 0, price, float("nan")))


def _cuts(peaks: Sequence[Tensor], gain: Tensor) -> tuple[Tensor, Tensor]:
    """For each channel the score above which the sum of `_gains` is largest, and how many positions are above it."""
    rows = torch.cat([z.transpose(0, 1).flatten(1) for z in peaks], dim=1)
    gain = gain.to(rows.device)
    counted = rows.masked_fill(gain.isnan(), float("-inf")) if bool(gain.isnan().any()) else rows
    top, place = counted.topk(min(rows.shape[1], max(int(LARGEST * rows.shape[1]), FEWEST) + 1), dim=1)
    worth = gain.expand(len(rows), -1).gather(1, place)
    total = torch.where(top.isfinite(), worth, float("-inf")).cumsum(1)
    falls = top > torch.cat([top[:, 1:], top[:, -1:]], dim=1)  # equal scores stand or fall together
    best = total.masked_fill(~falls, float("-inf")).max(1)
    last = torch.where(best.values > 0, best.indices, 0).clamp(min=FEWEST - 1, max=top.shape[1] - 2)
    high, low = top.gather(1, last[:, None])[:, 0], top.gather(1, last[:, None] + 1)[:, 0]
    midway = (high + low) / 2
    cut = torch.where(low.isfinite(), torch.where(midway >= high, low, midway), high - 1.0)
    return cut, last + 1 if counted is rows else (rows > cut[:, None]).sum(1).clamp_min(FEWEST)


def _marks(peaks: Sequence[Tensor], sides: Sequence[Tensor], cuts: Tensor) -> Tensor:
    """Marks above the cuts in bound sequences: (C,)."""
    return torch.stack(
        [
            ((z > cuts[:, None]) & (of == 1)[:, :, None].to(z.device)).sum((0, 2))
            for z, of in zip(peaks, sides, strict=True)
        ]
    ).sum(0)
