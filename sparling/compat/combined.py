"""BatchNorm before a layer, layers side by side, and the table of all layers, which both take theirs from."""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from sparling.compat.base import Flag, Norm, Sparsity, settle, unpadded
from sparling.compat.comparisons import (
    ChangingSparsityForL1,
    NoiseRatherThanSparsity,
    NoSparsity,
    SparsityForKL,
    SparsityForL1,
)
from sparling.compat.tables import Spec, Table, construct
from sparling.compat.thresholds import (
    EnforceSparsityPerChannel1D,
    EnforceSparsityPerChannel2D,
    EnforceSparsityUniversally,
    Enforcing,
)
from sparling.layer.bottleneck import Scores
from sparling.layer.calibration import evaluating

_NORMS: dict[int, type[Norm]] = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}


class SparseLayerWithBatchNorm(Enforcing):
    """BatchNorm, then the layer of ``underlying_sparsity_spec``, a specification from `sparsity_types`.

    Scores are (B, L, C) where ``input_dimensions`` is 1, (B, C, H, W) where it is 2; with ``affine`` BatchNorm has a
    learned scale and shift. Raises ``ValueError`` for other dimensions.
    """

    input_dimensions = 2
    """Of layers that were pickled before it was an attribute."""

    def __init__(
        self,
        underlying_sparsity_spec: Spec,
        *,
        starting_sparsity: float,
        channels: int,
        affine: bool,
        input_dimensions: int = 2,
    ) -> None:
        super().__init__(starting_sparsity, channels)
        if input_dimensions not in _NORMS:
            raise ValueError(f"input_dimensions must be 1 or 2; got {input_dimensions}")
        self.input_dimensions = input_dimensions
        self.batch_norm: Norm = _NORMS[input_dimensions](channels, affine=affine)
        self.underlying_enforcer = construct(
            sparsity_types(), underlying_sparsity_spec, {"starting_sparsity": starting_sparsity, "channels": channels}
        )

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores → what the layer within makes of them normalised."""
        channels_last = self.input_dimensions == 1
        normalised = self.batch_norm(x.transpose(1, 2) if channels_last else x)
        active: Tensor = self.underlying_enforcer(normalised, disable_relu)
        return active.transpose(1, 2) if channels_last else active

    @torch.no_grad()
    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Mean and variance of all ``scores`` (B, C, H, W) together, then the layer within on what that makes of them.

        Raises ``ValueError`` where channels come last.
        """
        if self.input_dimensions == 1:
            raise ValueError("channels must come second to be calibrated, not last: take spatial_sparsity(layer)")
        rows = unpadded(scores, self.channels)
        settle(self.batch_norm, rows)
        with evaluating(self.batch_norm):
            normalised = [self.batch_norm(z) for z in rows]
        if self.underlying_enforcer.channels != self.channels:
            normalised = [z.reshape(len(z), self.underlying_enforcer.channels, -1) for z in normalised]
        super().calibrate([(z, None) for z in normalised], slack)


class ParallelSparsityLayers(Sparsity):
    """Layers side by side on scores (B, L, C), each of which gets so many channels as ``channels_each`` says.

    ``sparse_model_specs`` are specifications from `sparsity_types`. Raises ``ValueError`` where the numbers of channels
    do not add up to ``channels``, or are not as many as there are layers.
    """

    def __init__(
        self, sparse_model_specs: Sequence[Spec], channels_each: Sequence[int], starting_sparsity: float, channels: int
    ) -> None:
        super().__init__(starting_sparsity=starting_sparsity, channels=channels)
        if len(sparse_model_specs) != len(channels_each) or sum(channels_each) != channels:
            raise ValueError(
                f"channels_each must be {len(sparse_model_specs)} numbers, in all {channels}; got {channels_each}"
            )
        self.channels_each = channels_each
        self.sparse_layers = nn.ModuleList(
            construct(sparsity_types(), spec, {"starting_sparsity": starting_sparsity, "channels": its})
            for spec, its in zip(sparse_model_specs, channels_each, strict=True)
        )

    def notify_sparsity(self) -> None:
        """Hand the sparsity on to each layer."""
        super().notify_sparsity()
        for layer in self.sparse_layers:
            cast(Sparsity, layer).sparsity = self.sparsity

    def forward(self, x: Tensor, disable_relu: Flag = False) -> Tensor:
        """Scores (B, L, C) → activations, same shape. Raises ``ValueError`` for another number of channels."""
        if x.ndim != 3 or x.shape[2] != self.channels:
            raise ValueError(f"scores must have shape (B, L, C={self.channels}); got {tuple(x.shape)}")
        parts = torch.split(x, list(self.channels_each), dim=2)
        return torch.cat([layer(z, disable_relu) for layer, z in zip(self.sparse_layers, parts, strict=True)], dim=2)

    def calibrate(self, scores: Iterable[Scores], slack: float = 0.0) -> None:
        """Raises ``ValueError``: channels come last here, second in what is calibrated."""
        raise ValueError("channels must come second to be calibrated, not last: calibrate each of sparse_layers")


def sparsity_types() -> Table:
    """All layers that a specification can name."""
    return {
        "NoSparsity": NoSparsity,
        "SparsityForL1": SparsityForL1,
        "ChangingSparsityForL1": ChangingSparsityForL1,
        "SparsityForKL": SparsityForKL,
        "EnforceSparsityPerChannel1D": EnforceSparsityPerChannel1D,
        "EnforceSparsityPerChannel2D": EnforceSparsityPerChannel2D,
        "EnforceSparsityUniversally": EnforceSparsityUniversally,
        "NoiseRatherThanSparsity": NoiseRatherThanSparsity,
        "SparseLayerWithBatchNorm": SparseLayerWithBatchNorm,
        "ParallelSparsityLayers": ParallelSparsityLayers,
    }
