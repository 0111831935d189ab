"""Layers of the PyPI distribution ``sparling`` 0.3.0 by their names and arguments, as adapters to this package.

Sparsity is 1 − density, and their momentum is the weight of the new, 1 − μ. What differs: the first update sets the
threshold instead of moving it from 0, and a threshold lies midway between two scores. `sparling.calibrate` takes
`EnforceSparsityPerChannel1D`, `EnforceSparsityPerChannel2D`, and `SparseLayerWithBatchNorm` where channels come second.

Without an equivalent: ``disable_relu``, ``affine=True``, accumulation other than ``StopAtFixedNumberMotifs``, saved
weights, the tables that end in ``_types``, ``NoopSUO``, ``EnforceSparsityPerChannel`` (take 1D on (N, C, 1)),
``SparsityForL1``, ``ChangingSparsityForL1``, ``SparsityForKL``, ``NoiseRatherThanSparsity`` and ``Parallel…``.
"""

from dataclasses import replace
from typing import Any

from torch import Tensor, nn

from sparling.conflict import conflicting_distribution as conflicting_distribution
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.tracker import Mode
from sparling.training.annealing import AnnealingState, Evaluation, Published

_MODES: dict[str, Mode] = {
    "EnforceSparsityPerChannel1D": "per_channel",
    "EnforceSparsityPerChannel2D": "per_channel",
    "EnforceSparsityUniversally": "shared",
}


class SparseLayerWithBatchNorm(SpatialSparsity):
    """BatchNorm, then a threshold: scores (B, L, C) for ``input_dimensions=1``, (B, C, H, W) for 2."""

    def __init__(
        self,
        underlying_sparsity_spec: dict[str, Any],
        *,
        starting_sparsity: float,
        channels: int,
        affine: bool,
        input_dimensions: int = 2,
    ) -> None:
        kind, momentum = underlying_sparsity_spec["type"], underlying_sparsity_spec.get("momentum", 0.1)
        if affine:
            raise ValueError("affine=True has no equivalent: the threshold takes the place of a learned shift")
        if kind not in _MODES:
            raise ValueError(f"underlying layer must be one of {', '.join(_MODES)}; got {kind}")
        expected = _min_expected(underlying_sparsity_spec.get("enforce_sparsity_per_channel_spec"))
        super().__init__(channels, 1.0 - starting_sparsity, _MODES[kind], 1.0 - momentum, expected)
        self.channels_last = input_dimensions == 1

    @property
    def sparsity(self) -> float:
        """The fraction of activations that are zero, 1 − density."""
        return 1.0 - self.density

    @sparsity.setter
    def sparsity(self, value: float) -> None:
        self.density = 1.0 - value

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores → activations of the same shape; ``mask`` as `SpatialSparsity` takes it."""
        if self.channels_last:
            return super().forward(z.transpose(1, 2), mask).transpose(1, 2)
        return super().forward(z, mask)


class EnforceSparsityPerChannel2D(SparseLayerWithBatchNorm):
    """One threshold a channel on scores (B, C, S...) as they are, without BatchNorm."""

    def __init__(
        self,
        starting_sparsity: float,
        channels: int,
        momentum: float = 0.1,
        *,
        enforce_sparsity_per_channel_spec: dict[str, Any] | None = None,
    ) -> None:
        spec = {
            "type": "EnforceSparsityPerChannel2D",
            "momentum": momentum,
            "enforce_sparsity_per_channel_spec": enforce_sparsity_per_channel_spec,
        }
        super().__init__(spec, starting_sparsity=starting_sparsity, channels=channels, affine=False)
        self.normaliser = None


EnforceSparsityPerChannel1D = EnforceSparsityPerChannel2D


class EnforceSparsityUniversally(EnforceSparsityPerChannel2D):
    """One threshold for all scores, of any shape, as they are."""

    def __init__(self, starting_sparsity: float, channels: int | None = None, momentum: float = 0.1) -> None:
        super().__init__(starting_sparsity, 1, momentum)

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores → activations of the same shape; ``mask`` of a shape that expands to theirs."""
        flat = None if mask is None else mask.expand_as(z).reshape(1, 1, -1)
        return super().forward(z.reshape(1, 1, -1), flat).reshape(z.shape)


class NoSparsity(nn.Identity):
    """Lets everything through."""


class LinearThresholdAdaptiveSUO:
    """`sparling.Published` at every ``minimal_update_frequency`` steps, its bar kept between two thresholds."""

    def __init__(
        self,
        optimizer: Any,
        *,
        initial_threshold: float,
        minimal_threshold: float,
        maximal_threshold: float,
        threshold_decrease_per_iter: float,
        minimal_update_frequency: int,
        information_multiplier: float,
        initial_step: int = 0,
    ) -> None:
        self.zero_grad, self.step = optimizer.zero_grad, optimizer.step
        self._limits = minimal_threshold, maximal_threshold
        self._fall, self._every = threshold_decrease_per_iter, minimal_update_frequency
        self._rule = Published(target=1e-300, factor=information_multiplier, fall=0.0)
        self._state = AnnealingState(self._rule.initial, initial_threshold, samples=initial_step)

    def update_sparsity(self, model: Any, step: int, acc_info: dict[str, float]) -> None:
        """Multiply 1 − ``model.sparsity_value`` once ``acc_info["acc"]`` beats the bar."""
        passed = step - self._state.samples
        if passed < self._every:
            return
        bar = min(max(self._state.bar - self._fall * passed, self._limits[0]), self._limits[1])
        before = replace(self._state, bar=bar, density=1.0 - model.sparsity_value)
        self._state = self._rule.step(before, Evaluation(step, acc_info["acc"])).state
        model.sparsity_value = 1.0 - self._state.density


def _min_expected(spec: dict[str, Any] | None) -> int:
    """Activations that must be expected before an update; 0 updates with each batch."""
    if spec is None or spec["type"] == "EnforceSparsityPerChannel":
        return 0
    strategy: dict[str, Any] = spec["accumulation_stop_strategy"]
    if strategy["type"] != "StopAtFixedNumberMotifs":
        raise ValueError(f"only StopAtFixedNumberMotifs has an equivalent; got {strategy['type']}")
    return int(strategy["num_motifs"])
