"""The scores of a local model as often as they are asked for, and what is known of all of them together."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sparling.layer.bottleneck import Scores
from sparling.layer.padding import masked
from sparling.layer.ranks import highest, summed
from sparling.layer.streamed.walks import Pair
from sparling.shapes import check_mask, check_scores


class Summary(NamedTuple):
    """What is known of all scores of all ranks together; padding does not count."""

    positions: int
    """Real positions: scores of each channel."""
    axes: int
    """Number of spatial axes."""
    mean: Tensor
    """(C,) float64."""
    variance: Tensor
    """(C,) float64, biased."""
    wrong: Tensor
    """(C,) int64: how many scores are NaN or infinite."""


class ScoreStream:
    """Scores of ``local`` for ``batches``, as often as they are walked; it should be in evaluation mode.

    They are kept if all of this rank take at most ``keep`` bytes, else computed anew whenever they are walked: the
    same numbers either way. ``like`` is any tensor on their device, ``channels`` their number. While walked, raises
    ``ValueError`` for scores that are not (B, C, S...) and masks that do not match.
    """

    def __init__(self, local: nn.Module, batches: Iterable[Pair], channels: int, like: Tensor, keep: int) -> None:
        self.local, self.batches, self.channels, self.like, self.keep = local, batches, channels, like, keep
        self._kept: list[Scores] | None = None
        self._fits = keep > 0

    def __iter__(self) -> Iterator[Scores]:
        if self._kept is not None:
            yield from self._kept
            return
        filling: list[Scores] = []
        size = 0
        for x, mask in self.batches:
            z = masked(self.local, x, mask).float()
            check_scores(z, self.channels)
            if mask is not None:
                check_mask(mask, z)
            if self._fits:
                size += z.nbytes + (0 if mask is None else mask.nbytes)
                self._fits = size <= self.keep
                filling = [*filling, (z, mask)] if self._fits else []
            yield z, mask
        if self._fits:
            self._kept = filling

    @cached_property
    def summary(self) -> Summary:
        """Of all scores: one walk, and a sum over all ranks, so all must ask for it."""
        return _summary(self, self.channels, self.like)


def summarised(scores: Iterable[Scores], channels: int, like: Tensor) -> Summary:
    """What is known of all ``scores`` of all ranks; ``like`` is any tensor on their device."""
    return scores.summary if isinstance(scores, ScoreStream) else _summary(scores, channels, like)


def _summary(scores: Iterable[Scores], channels: int, like: Tensor) -> Summary:
    sums = torch.zeros((4, channels), dtype=torch.float64, device=like.device)
    axes = torch.zeros((), dtype=torch.int64, device=like.device)
    for z, mask in scores:
        rows = z.transpose(0, 1).flatten(1)
        if mask is not None:
            rows = rows[:, mask.flatten()]
        for channel, row in enumerate(rows):
            exact = row.double()
            wrong = (~row.isfinite()).sum()
            sums[:, channel] += torch.stack([exact.sum(), exact.square().sum(), wrong, wrong.new_tensor(len(row))])
        axes.fill_(z.ndim - 2)
    total, squares, wrong, n = summed(sums)
    mean = total / n
    variance = (squares / n - mean.square()).clamp_min(0.0)
    return Summary(int(n[0]), int(highest(axes)), mean, variance, wrong.long())
