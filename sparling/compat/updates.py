"""When sparsity is raised: an optimizer that also looks at accuracy. `sparling.Published` is the same rule, as a value.

The model has an attribute ``sparsity_value``, which sets the sparsity of all its layers.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from sparling.compat.tables import Table


class SparsityUpdateOptimizer(ABC):
    """A PyTorch optimizer, as far as ``zero_grad`` and ``step`` go, that also updates the sparsity of a model."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    def zero_grad(self) -> Any:
        """Of the optimizer."""
        return self._optimizer.zero_grad()

    def step(self) -> Any:
        """Of the optimizer."""
        return self._optimizer.step()

    @abstractmethod
    def update_sparsity(self, model: Any, step: int, acc_info: Mapping[str, float]) -> None:
        """Set ``model.sparsity_value`` after ``step``, as ``acc_info["acc"]``, the accuracy in [0, 1], suggests."""


class NoopSUO(SparsityUpdateOptimizer):
    """Leaves sparsity as it is."""

    def update_sparsity(self, model: Any, step: int, acc_info: Mapping[str, float]) -> None:
        """Nothing."""


class LinearThresholdAdaptiveSUO(SparsityUpdateOptimizer):
    """Adaptive sparsity annealing (SPARLING, arXiv 2302.01976): a bar falls with every step, and accuracy raises it.

    Every ``minimal_update_frequency`` steps, counted from ``initial_step``, the bar, ``initial_threshold`` at first,
    falls by ``threshold_decrease_per_iter`` for each step and is kept in ``minimal_threshold`` to
    ``maximal_threshold``; accuracy above it multiplies 1 − sparsity by ``information_multiplier`` and becomes the bar.
    """

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
        super().__init__(optimizer)
        self._threshold = initial_threshold
        self._minimal_threshold = minimal_threshold
        self._maximal_threshold = maximal_threshold
        self._threshold_decrease_per_iter = threshold_decrease_per_iter
        self._step = initial_step
        self._minimal_update_frequency = minimal_update_frequency
        self._information_multiplier = information_multiplier

    def update_sparsity(self, model: Any, step: int, acc_info: Mapping[str, float]) -> None:
        """Raise ``model.sparsity_value`` where accuracy beats the bar. Raises ``ValueError`` for a step gone by."""
        passed = step - self._step
        if passed < 0:
            raise ValueError(f"step must not fall; got {step} after {self._step}")
        if passed < self._minimal_update_frequency:
            return
        self._step = step
        fallen = self._threshold - self._threshold_decrease_per_iter * passed
        bar = min(max(fallen, self._minimal_threshold), self._maximal_threshold)
        accuracy = acc_info["acc"]
        if accuracy > bar:
            model.sparsity_value = 1 - (1 - model.sparsity_value) * self._information_multiplier
        self._threshold = max(bar, accuracy)


def suo_types() -> Table:
    """When sparsity is raised, by name."""
    return {"NoopSUO": NoopSUO, "LinearThresholdAdaptiveSUO": LinearThresholdAdaptiveSUO}
