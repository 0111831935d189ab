"""Everything that the PyPI distribution ``sparling`` 0.3.0 offers, by its names, with its arguments and its numbers.

Code written for it runs as it did with ``sparling.compat`` in place of ``sparling``: the same activations, gradients,
thresholds and schedules, and state dicts that load both ways. Sparsity is 1 − density there, and momentum is the weight
of the new, 1 − μ of ours. Where it differs on purpose: docs/compat.md. `spatial_sparsity` takes a layer over to this
package.

tables       objects from specifications, which are dicts
base         `Sparsity`, what all layers share
thresholds   layers that subtract a threshold, which follows the data, for each channel or for all
comparisons  layers without a threshold: none, for L1, for KL, noise
combined     BatchNorm before a layer; layers side by side; the table of all layers
updates      when sparsity is raised: never, or once accuracy beats a falling bar
conversion   `spatial_sparsity`: such a layer as a `sparling.SpatialSparsity`
"""

from sparling.compat.base import Sparsity
from sparling.compat.combined import ParallelSparsityLayers, SparseLayerWithBatchNorm, sparsity_types
from sparling.compat.comparisons import (
    ChangingSparsityForL1,
    NoiseRatherThanSparsity,
    NoSparsity,
    SparsityForKL,
    SparsityForL1,
)
from sparling.compat.conversion import spatial_sparsity
from sparling.compat.thresholds import (
    EnforceSparsityPerChannel,
    EnforceSparsityPerChannel1D,
    EnforceSparsityPerChannel2D,
    EnforceSparsityPerChannelAccumulated,
    EnforceSparsityUniversally,
    StopAtFixedNumberElements,
    StopAtFixedNumberMotifs,
    accumulation_stop_strategy_types,
    enforce_sparsity_per_channel_types,
)
from sparling.compat.updates import LinearThresholdAdaptiveSUO, NoopSUO, SparsityUpdateOptimizer, suo_types
from sparling.conflict import conflicting_distribution

__all__ = [
    "ChangingSparsityForL1",
    "EnforceSparsityPerChannel",
    "EnforceSparsityPerChannel1D",
    "EnforceSparsityPerChannel2D",
    "EnforceSparsityPerChannelAccumulated",
    "EnforceSparsityUniversally",
    "LinearThresholdAdaptiveSUO",
    "NoSparsity",
    "NoiseRatherThanSparsity",
    "NoopSUO",
    "ParallelSparsityLayers",
    "SparseLayerWithBatchNorm",
    "Sparsity",
    "SparsityForKL",
    "SparsityForL1",
    "SparsityUpdateOptimizer",
    "StopAtFixedNumberElements",
    "StopAtFixedNumberMotifs",
    "accumulation_stop_strategy_types",
    "conflicting_distribution",
    "enforce_sparsity_per_channel_types",
    "sparsity_types",
    "spatial_sparsity",
    "suo_types",
]
