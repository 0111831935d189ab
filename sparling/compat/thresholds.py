"""Layers that subtract a threshold: t ← (1 − m) t + m q(x, sparsity), from t = 0, for each channel or for all.

q is the order statistic itself, the max(1, ⌊N · sparsity⌋)-th smallest of N scores, not midway to the next. It is that
of each batch, or, accumulated, of several together.
"""

from collections.abc import Iterable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparling.compat.base import Flag, Sparsity, unpadded, without_relu
from sparling.compat.tables import Spec, Table, construct
from sparling.layer.bottleneck import Scores
from sparling.layer.tracker import ThresholdTracker


class EnforceSparsityPerChannel(Sparsity):
    """A threshold for each channel of scores (N, C); ``momentum`` is the weight of the new one.

    >>> layer = EnforceSparsityPerChannel(starting_sparsity=0.5, channels=1, momentum=1.0)
    >>> layer(torch.tensor([[1.0], [4.0], [2.0], [3.0]])).flatten().tolist()
    [0.0, 2.0, 0.0, 1.0]
    """

    def __init__(self, starting_sparsity: float, channels: int, momentum: float = 0.1) -> None:
        super().__init__(starting_sparsity, channels)
        self.thresholds = nn.Parameter(torch.zeros(channels), requires_grad=False)
        self.momentum = momentum

    @property
    def threshold(self) -> Tensor:
        """The threshold of each channel: (C,)."""
        return self.thresholds.detach()

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores (N, C) → activations, same shape. Raises ``ValueError`` for another shape."""
        if x.ndim != 2 or x.shape[1] != len(self.thresholds):
            raise ValueError(f"scores must have shape (N, C={len(self.thresholds)}); got {tuple(x.shape)}")
        if self.training:
            self.update_with_batch(x)
        x = x - self.thresholds
        return x if without_relu(disable_relu) else F.relu(x)

    @torch.no_grad()
    def update_with_batch(self, x: Tensor) -> None:
        """Move the thresholds towards those of these scores (N, C)."""
        if not 0.0 <= self.sparsity <= 1.0:
            raise ValueError(f"sparsity must lie in 0 to 1; got {self.sparsity}")
        rank = max(1, int(len(x) * self.sparsity))
        observed = x.kthvalue(rank, dim=0).values
        self.thresholds.data = self.thresholds.data * (1 - self.momentum) + observed * self.momentum

    @torch.no_grad()
    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Thresholds at which ``density`` of all ``scores`` (B, C, S...) together passes (`ThresholdTracker`)."""
        rows = [z.transpose(0, 1).flatten(1).T for z in unpadded(scores, self.channels)]
        tracker = ThresholdTracker(self.channels, self.density).to(self.thresholds.device)
        tracker.calibrate(rows, sum(map(len, rows)), 0, slack)
        self.thresholds.data.copy_(tracker.threshold)


class Counted(Protocol):
    """Scores of each channel that were accumulated, and the density that is asked for."""

    num_elements: int

    @property
    def density(self) -> float:
        """The fraction that is to pass."""
        ...


class StopAtFixedNumberElements:
    """Accumulates until each channel has so many scores."""

    def __init__(self, num_elements: float) -> None:
        self.num_elements = num_elements

    def should_stop(self, enforcer: Counted) -> bool:
        """Whether that is so."""
        return enforcer.num_elements >= self.num_elements


class StopAtFixedNumberMotifs:
    """Accumulates until so many activations of each channel are expected."""

    def __init__(self, num_motifs: float) -> None:
        self.num_motifs = num_motifs

    def should_stop(self, enforcer: Counted) -> bool:
        """Whether that is so."""
        return enforcer.num_elements * enforcer.density >= self.num_motifs


class EnforceSparsityPerChannelAccumulated(EnforceSparsityPerChannel):
    """`EnforceSparsityPerChannel` whose thresholds move once enough was accumulated, of all of that together.

    ``accumulation_stop_strategy`` is a specification from `accumulation_stop_strategy_types`. What was accumulated is
    pickled, but not in the state dict.
    """

    def __init__(
        self, starting_sparsity: float, channels: int, momentum: float = 0.1, *, accumulation_stop_strategy: Spec
    ) -> None:
        super().__init__(starting_sparsity, channels, momentum)
        self.accumulation_stop_strategy: StopAtFixedNumberElements | StopAtFixedNumberMotifs = construct(
            accumulation_stop_strategy_types(), accumulation_stop_strategy, {}
        )
        self.accumulated_batches: list[Tensor] = []
        self.num_elements = 0

    def update_with_batch(self, x: Tensor) -> None:
        """Accumulate these scores (N, C), and move the thresholds if they are enough."""
        self.accumulated_batches.append(x.detach())
        self.num_elements += len(x)
        if self.accumulation_stop_strategy.should_stop(self):
            super().update_with_batch(torch.cat(self.accumulated_batches))
            self.accumulated_batches, self.num_elements = [], 0


def accumulation_stop_strategy_types() -> Table:
    """When accumulation stops, by name."""
    return {"StopAtFixedNumber": StopAtFixedNumberElements, "StopAtFixedNumberMotifs": StopAtFixedNumberMotifs}


def enforce_sparsity_per_channel_types() -> Table:
    """How the thresholds of channels move, by name."""
    return {
        "EnforceSparsityPerChannel": EnforceSparsityPerChannel,
        "EnforceSparsityPerChannelAccumulated": EnforceSparsityPerChannelAccumulated,
    }


class Enforcing(Sparsity):
    """A layer around another, ``underlying_enforcer``, which follows its sparsity."""

    underlying_enforcer: Sparsity

    def notify_sparsity(self) -> None:
        """Hand the sparsity on."""
        super().notify_sparsity()
        self.underlying_enforcer.sparsity = self.sparsity

    @property
    def threshold(self) -> Tensor:
        """That of the layer within."""
        return self.underlying_enforcer.threshold

    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Of the layer within, on the same ``scores`` (B, C, S...)."""
        self.underlying_enforcer.calibrate(scores, slack)


class EnforceSparsityPerChannel2D(Enforcing):
    """A threshold for each channel of scores (B, C, H, W), as ``enforce_sparsity_per_channel_spec`` says it moves.

    That is a specification from `enforce_sparsity_per_channel_types`; None for each batch.
    """

    SPATIAL_AXES = 2

    def __init__(
        self,
        starting_sparsity: float,
        channels: int,
        momentum: float = 0.1,
        *,
        enforce_sparsity_per_channel_spec: Spec | None = None,
    ) -> None:
        super().__init__(starting_sparsity, channels)
        self.underlying_enforcer = construct(
            enforce_sparsity_per_channel_types(),
            {"type": "EnforceSparsityPerChannel"}
            if enforce_sparsity_per_channel_spec is None
            else enforce_sparsity_per_channel_spec,
            {"starting_sparsity": starting_sparsity, "channels": channels, "momentum": momentum},
        )

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores (B, C, S...) → activations, same shape. Raises ``ValueError`` for another shape."""
        if x.ndim != 2 + self.SPATIAL_AXES or x.shape[1] != self.channels:
            axes = ", ".join("HW" if self.SPATIAL_AXES == 2 else "L")
            raise ValueError(f"scores must have shape (B, C={self.channels}, {axes}); got {tuple(x.shape)}")
        last = x.movedim(1, -1)
        active: Tensor = self.underlying_enforcer(last.reshape(-1, self.channels), disable_relu)
        return active.reshape(last.shape).movedim(-1, 1)


class EnforceSparsityPerChannel1D(EnforceSparsityPerChannel2D):
    """A threshold for each channel of scores (B, C, L)."""

    SPATIAL_AXES = 1


class EnforceSparsityUniversally(Enforcing):
    """One threshold for all scores, of any shape, to calibrate (B, 1, S...); ``channels`` is not needed."""

    def __init__(self, starting_sparsity: float, channels: int | None = None, momentum: float = 0.1) -> None:
        super().__init__(starting_sparsity, 1)
        self.underlying_enforcer = EnforceSparsityPerChannel(starting_sparsity, 1, momentum)

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores → activations, same shape."""
        active: Tensor = self.underlying_enforcer(x.reshape(-1, 1), disable_relu)
        return active.reshape(x.shape)
