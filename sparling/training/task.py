"""What the trainer needs to know of a domain, and what it lets others see: data, loss, score, observers, probes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor

from sparling.networks.model import ForwardOutput
from sparling.training.records import EvaluationRecord
from sparling.training.schedule import Progress


class Batch(NamedTuple):
    """Samples as the task keeps them; `Task.inputs` turns them into what the local model reads."""

    x: Tensor
    """(B, ...) in the task's own compact form."""
    y: Tensor
    """(B, ...) targets."""


class Score(NamedTuple):
    """How good the outputs are on held-out data; higher is better."""

    value: float
    noise: float
    """Standard error of ``value``; 0 where unknown."""


class Task(Protocol):
    """What the trainer needs to know of a domain: data, loss and score. Any class with these methods is one.

    Does a row of pixels hold a bright one? `Session(model, BrightPixel())` runs a model on it, a `Trainer` trains it;
    ``examples/custom_task.py`` is a whole one.

    >>> import torch
    >>> class BrightPixel:
    ...     def training_batches(self, epoch):
    ...         return (self.rows(32, seed=1000 + 10 * epoch + i) for i in range(10))
    ...
    ...     def calibration_batches(self):
    ...         return [self.rows(256, seed=0)]
    ...
    ...     def validation_batches(self):
    ...         return [self.rows(256, seed=1)]
    ...
    ...     def inputs(self, batch):
    ...         return batch.x.unsqueeze(1), None  # one channel, no padding
    ...
    ...     def loss(self, output, batch):
    ...         return torch.nn.functional.binary_cross_entropy_with_logits(output[:, 0], batch.y)
    ...
    ...     def score(self, output, target):
    ...         return float(((output[:, 0] > 0) == (target > 0)).float().mean())
    ...
    ...     def rows(self, n, seed):
    ...         x = torch.rand(n, 20, generator=torch.Generator().manual_seed(seed))
    ...         return Batch(x, (x.amax(1) > 0.97).float())
    >>> inputs, mask = BrightPixel().inputs(next(BrightPixel().training_batches(epoch=0)))
    >>> inputs.shape, mask
    (torch.Size([32, 1, 20]), None)
    """

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        """One epoch; the same for the same epoch on every call."""
        ...

    def calibration_batches(self) -> Sequence[Batch]:
        """A fixed sample of training data."""
        ...

    def validation_batches(self) -> Sequence[Batch]:
        """Fixed held-out data."""
        ...

    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """Input of the local model (B, channels, S...); where positions are padding, also their mask (B, 1, S...)."""
        ...

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Mean loss of a batch, a scalar."""
        ...

    def score(self, output: Tensor, target: Tensor) -> Score | float:
        """Score of all held-out samples together; a plain number has no known noise."""
        ...


@runtime_checkable
class Teaching(Protocol):
    """A `Task` whose readout sees something of the target in training (teacher forcing)."""

    def teacher(self, batch: Batch) -> Tensor | None:
        """What the readout sees beside the map, as its second argument; None where it sees nothing."""
        ...


@runtime_checkable
class Telling(Protocol):
    """A `Task` whose output has several parts, and which says how well each is answered."""

    def likelihoods(self, output: Tensor, batch: Batch) -> Tensor:
        """Log-likelihood of the truth by ``output``, by which of V answers it is, 0 for the others: (B, V)."""
        ...


@runtime_checkable
class Guessing(Protocol):
    """A `Task` that knows what guessing scores, above which `Relative` begins to lower the density."""

    def chance(self, target: Tensor) -> float:
        """Score of the best output that is the same for all held-out samples, of these targets (N, ...)."""
        ...


class Observer(Protocol):
    """Whoever wants to watch; nothing it does changes the run. One that subclasses this needs only one of the two."""

    def on_batch(self, progress: Progress) -> None:
        """After each training batch."""
        return

    def on_evaluation(self, record: EvaluationRecord) -> None:
        """After each evaluation."""
        return


class Probe(Protocol):
    """Looks at what the model makes of all held-out samples at each evaluation; its figures go into metrics.jsonl."""

    def add(self, index: int, result: ForwardOutput) -> None:
        """What the model made of held-out batch ``index``."""
        ...

    def figures(self) -> dict[str, float]:
        """What was found since the last call, by name."""
        ...
