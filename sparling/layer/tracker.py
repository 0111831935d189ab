"""The moving quantile threshold of the scores: t ← μ t + (1 − μ) q(z, 1 − δ), with no gradient.

q is the empirical quantile (spatial top-k) of a batch, or of several gathered until it rests on enough activations
(SPARLING, arXiv 2302.01976, spatial sparsity layer and its appendix on accumulation).
"""

import math
from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor

from sparling.layer.inhibition import maxima, unrivalled
from sparling.layer.ranks import gather_largest, most, total
from sparling.layer.streamed.selection import threshold_of
from sparling.layer.streamed.walks import Mapped
from sparling.layer.thresholds import (
    SAMPLE_EXPECTED,
    active_count,
    moving_average,
    sample_stride,
    threshold_at_counts,
    threshold_from_largest,
)
from sparling.precision import OwnPrecision
from sparling.shapes import check_count, check_fraction

Mode = Literal["per_channel", "shared"]

NONE = float("inf")
"""The threshold of which nothing is known yet: it lets nothing through."""
WIDTH = 4
"""Scores kept in gathering, in units of the activations that make an update; a batch of thrice as many joins them."""
DENSEST = 0.5
"""The largest density that a share can give a row."""
ROUNDS = 50
"""After so many rounds inhibited thresholds are taken as they are; trained DigitCircle models took 4 to 7."""


class ThresholdTracker(OwnPrecision):
    """Keeps the threshold(s) above which a fraction ``density`` of the scores lies.

    ``mode``: "per_channel" keeps one threshold a channel, (C,); "shared" keeps one for all, (1,). ``momentum`` is μ,
    in [0, 1). ``min_expected``, 0 to `SAMPLE_EXPECTED`: scores are gathered over batches until so many activations are
    expected for each threshold; then one update is made. Raises ``ValueError`` for settings outside these ranges.

    All state is in buffers, so a state dict taken between two updates goes on as the original does; numbers that steer
    are kept beside them, for to read a buffer is to wait for the device. ``gathered`` holds the `WIDTH` · min_expected
    + 2 largest scores since the last update. Each update is the exact quantile of all scores that it is made of: where
    a larger batch would ask for more of the gathered ones than these, it is an update of its own, and they wait on.

    ``shares`` (rows,), 1 where nothing else is put, are budgets: the density of a row is ``density`` × its share, at
    most `DENSEST`. With unequal budgets each batch is an update of its own, by at least one activation a row.
    """

    threshold: Tensor
    shares: Tensor
    density_state: Tensor
    gathered: Tensor
    gathered_count: Tensor

    def __init__(
        self, channels: int, density: float, mode: Mode = "per_channel", momentum: float = 0.9, min_expected: int = 10
    ) -> None:
        super().__init__()
        if mode not in ("per_channel", "shared"):
            raise ValueError(f"mode must be 'per_channel' or 'shared'; got {mode!r}")
        check_count("channels", channels)
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"momentum must lie in [0, 1); got {momentum}")
        check_count("min_expected", min_expected, least=0, most=SAMPLE_EXPECTED)
        self.channels, self.momentum, self.min_expected = channels, momentum, min_expected
        self.register_buffer("threshold", torch.empty(0))
        self.register_buffer("shares", torch.empty(0, dtype=torch.float64))
        self.register_buffer("density_state", torch.zeros((), dtype=torch.float64))
        self.register_buffer("gathered", torch.empty(0))
        self.register_buffer("gathered_count", torch.zeros((), dtype=torch.int64))
        self._count = 0
        self._begin(mode)
        self.density = density

    @property
    def density(self) -> float:
        """The target fraction δ of scores above the threshold, in (0, 1); setting it drops what had been gathered."""
        return self._density

    @density.setter
    def density(self, value: float) -> None:
        check_fraction("density", value)
        self._density = value
        self.density_state.fill_(value)
        self._drop()

    def share(self) -> None:
        """One threshold for all channels from now on, +∞ until the next observation or calibration."""
        if self.mode == "per_channel":
            self._begin("shared")

    def share_out(self, shares: Tensor) -> None:
        """Set the budgets (rows,), above 0; drops what had been gathered."""
        if shares.shape != self.shares.shape or not bool(((shares > 0) & shares.isfinite()).all()):
            raise ValueError(f"shares must be {self.rows} numbers above 0; got {shares.tolist()}")
        self.shares.copy_(shares)
        self._equal = bool((self.shares == 1).all())
        self._drop()

    def put(self, threshold: Tensor) -> None:
        """Set the threshold(s), (C,) or (1,), in units of the scores; drops what had been gathered."""
        self._put(threshold)
        self._drop()

    @torch.no_grad()
    def observe(self, z: Tensor, mask: Tensor | None) -> None:
        """Move towards the threshold of these scores (B, C, S...), −∞ where they cannot pass or ``mask`` is False.

        A channel starts with the first threshold of its own that is finite, and keeps it where a later one is not. A
        batch without any real score changes nothing.
        """
        rows = self._in_rows(z)
        size = most(rows.shape[1], z.device)
        step = sample_stride(size, self._density, period=math.prod(z.shape[2:])) if self._equal else 1
        rows = rows[:, ::step]
        n = total(rows.shape[1] if mask is None else self._real(mask, step), z.device)
        if not n:
            return
        if not self._equal:
            counts = self._counts(n)
            self._move(threshold_at_counts(gather_largest(rows, int(counts.max()) + 1), counts))
            return
        count = self._count + n
        k, width = active_count(count, self._density), self.gathered.shape[1]
        gathers = self.started and count * self._density < self.min_expected
        top = gather_largest(rows, width if gathers else k + 1)
        if gathers:
            self._gather(top, count)
        elif self._count and min(k + 1, self._count) > width:
            self._move(threshold_from_largest(top, active_count(n, self._density)), drop=False)
        else:
            self._move(threshold_from_largest(torch.cat([self.gathered, top], dim=1) if self._count else top, k))

    @torch.no_grad()
    def calibrate(
        self, scores: Iterable[Tensor], positions: int, width: int, slack: float, by_excess: bool = False
    ) -> None:
        """Put the threshold(s) such that the target density stands in all ``scores`` together (non-maxima suppressed).

        Each of ``scores`` is (B, C, S...), −∞ in padding; they are walked several times. ``positions`` says how many
        of each channel are real, on all ranks together, ``width`` is that of inhibition. The number of activations may
        differ by ``slack`` standard errors. Under inhibition a mark stands or falls with the thresholds of its rivals.
        With all of them high nobody has a rival; each round lowers them to what is left then, so more rivals stand,
        until nothing changes. ``by_excess``: see `unrivalled`.
        """
        k = self._counts(positions * self.channels // self.rows)
        off = int(slack * int(k[0]) ** 0.5) if self._equal else 0
        if not width:
            self.put(threshold_of(Mapped(self._in_rows, scores), k, off, self.threshold))
            return
        threshold = torch.full_like(self.threshold, NONE)
        for _ in range(ROUNDS):
            before = threshold
            standing = Mapped(partial(self._unrivalled, before, width, by_excess), scores)
            threshold = threshold_of(standing, k, off, before)
            threshold = torch.where(threshold.isfinite(), threshold, before)
            if torch.equal(before, threshold):
                break
        self.put(threshold)

    def extra_repr(self) -> str:
        """Settings, for ``print``."""
        return f"mode={self.mode!r}, momentum={self.momentum:g}, min_expected={self.min_expected}"

    def _begin(self, mode: Mode) -> None:
        """Know nothing yet, of so many thresholds."""
        self.mode: Mode = mode
        self.rows = self.channels if mode == "per_channel" else 1
        self.threshold = self.threshold.new_full((self.rows,), NONE)
        self.shares = self.shares.new_ones(self.rows)
        self.gathered = self.gathered.new_full((self.rows, WIDTH * self.min_expected + 2), float("-inf"))
        self.started, self._equal, self._count = False, True, 0
        self.gathered_count.zero_()

    def _counts(self, n: int) -> Tensor:
        """How many of ``n`` scores the budget of each row lets through: int64 (rows,)."""
        if self._equal:
            return torch.full((self.rows,), active_count(n, self._density))
        wanted = n * (self._density * self.shares).clamp(max=DENSEST)
        return wanted.round().long().clamp(1, max(n - 1, 1))

    def _unrivalled(self, threshold: Tensor, width: int, by_excess: bool, z: Tensor) -> Tensor:
        """In rows, scores (B, C, S...) that stand if those above ``threshold`` do."""
        return self._in_rows(unrivalled(maxima(z, width), threshold, width, by_excess))

    def _put(self, threshold: Tensor) -> None:
        self.threshold.copy_(threshold)
        self.started = True

    def _move(self, observed: Tensor, drop: bool = True) -> None:
        """Towards what was observed, (rows,); a row that has nothing finite yet starts with it."""
        moved = moving_average(self.threshold, observed, self.momentum)
        moved = torch.where(self.threshold.isfinite(), moved, observed)
        self._put(torch.where(observed.isfinite(), moved, self.threshold))
        if drop:
            self._drop()

    def _gather(self, top: Tensor, count: int) -> None:
        """Keep the largest of ``top`` (R, n) beside those kept before, falling, until more than ``count`` are seen."""
        self.gathered.copy_(torch.cat([self.gathered, top], dim=1).topk(self.gathered.shape[1], dim=1).values)
        self._count = count
        self.gathered_count.fill_(count)

    def _drop(self) -> None:
        if self._count:
            self._count = 0
            self.gathered_count.zero_()
            self.gathered.fill_(float("-inf"))

    def _in_rows(self, z: Tensor) -> Tensor:
        """All scores that share a threshold in one row: (C, B·S) or (1, B·C·S)."""
        return z.transpose(0, 1).reshape(self.rows, -1)

    def _real(self, mask: Tensor, step: int) -> int:
        """How many of the scores in a row, of which every ``step``-th is taken, ``mask`` (B, 1, S...) lets count."""
        return int(mask.flatten().repeat(self.channels // self.rows)[::step].sum())

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *rest: Any) -> None:
        """Scores that were gathered for another ``min_expected`` are dropped, as are those of states without any.

        Of one threshold or of several, as the state has it.
        """
        threshold = state_dict.get(f"{prefix}threshold")
        if threshold is not None and len(threshold) != self.rows and len(threshold) in (1, self.channels):
            self._begin("shared" if len(threshold) == 1 else "per_channel")
        gathered = state_dict.get(f"{prefix}gathered")
        if gathered is None or gathered.shape != self.gathered.shape:
            state_dict[f"{prefix}gathered"] = torch.full_like(self.gathered, float("-inf"))
            state_dict[f"{prefix}gathered_count"] = torch.zeros_like(self.gathered_count)
        state_dict.setdefault(f"{prefix}shares", torch.ones_like(self.shares))
        super()._load_from_state_dict(state_dict, prefix, *rest)
        check_fraction("density", float(self.density_state))
        self._density, self._count = float(self.density_state), int(self.gathered_count)
        self._equal = bool((self.shares == 1).all())
        self.threshold.masked_fill_(self.threshold.isnan(), NONE)
        self.started = self._count > 0 or bool(self.threshold.isfinite().any())
