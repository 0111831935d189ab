"""A layer of 0.3.0 as a `SpatialSparsity`: with masks, any number of axes, other ranks."""

import math

import torch

from sparling.compat.base import Sparsity
from sparling.compat.combined import SparseLayerWithBatchNorm
from sparling.compat.thresholds import (
    EnforceSparsityPerChannel,
    EnforceSparsityPerChannel2D,
    EnforceSparsityPerChannelAccumulated,
    EnforceSparsityUniversally,
    StopAtFixedNumberMotifs,
)
from sparling.layer.sparsity import SpatialSparsity


@torch.no_grad()
def spatial_sparsity(layer: Sparsity) -> SpatialSparsity:
    """The same thresholds and statistics in a `SpatialSparsity`, which goes on from there; ``layer`` stays as it is.

    Takes per-channel and universal thresholds, alone or after BatchNorm without affine parameters, of each batch or
    accumulated to a number of motifs. Scores have their channels second, (B, C, S...), also where ``layer`` has them
    last. What had been accumulated is dropped. Raises ``ValueError`` for other layers, and for settings that
    `SpatialSparsity` refuses: a sparsity of 0 or 1, a momentum of 0.

    >>> theirs = EnforceSparsityUniversally(starting_sparsity=0.75)
    >>> ours = spatial_sparsity(theirs)
    >>> ours.density, ours.mode, ours.threshold
    (0.25, 'shared', tensor([0.]))
    """
    norm = layer.batch_norm if isinstance(layer, SparseLayerWithBatchNorm) else None
    inner = layer.underlying_enforcer if isinstance(layer, SparseLayerWithBatchNorm) else layer
    if norm is not None and norm.affine:
        raise ValueError("affine=True has no equivalent: the threshold takes the place of a learned shift")
    if not isinstance(inner, EnforceSparsityPerChannel2D | EnforceSparsityUniversally):
        raise ValueError(f"a layer with thresholds is needed; got {type(inner).__name__}")
    enforcer = inner.underlying_enforcer
    assert isinstance(enforcer, EnforceSparsityPerChannel)
    ours = SpatialSparsity(
        layer.channels,
        layer.density,
        "shared" if isinstance(inner, EnforceSparsityUniversally) else "per_channel",
        momentum=1 - enforcer.momentum,
        min_expected=_min_expected(enforcer),
        normalise=norm is not None,
    ).to(enforcer.thresholds.device)
    if norm is not None and ours.normaliser is not None:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        ours.normaliser.running_mean.copy_(norm.running_mean)
        ours.normaliser.running_var.copy_(norm.running_var)
    ours.set_threshold(enforcer.thresholds)
    return ours.train(layer.training)


def _min_expected(enforcer: EnforceSparsityPerChannel) -> int:
    """Activations that must be expected before an update; 0 updates with each batch."""
    if not isinstance(enforcer, EnforceSparsityPerChannelAccumulated):
        return 0
    strategy = enforcer.accumulation_stop_strategy
    if not isinstance(strategy, StopAtFixedNumberMotifs):
        raise ValueError(f"only StopAtFixedNumberMotifs has an equivalent; got {type(strategy).__name__}")
    return math.ceil(strategy.num_motifs)
