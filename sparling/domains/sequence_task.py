"""Worlds with known motifs as the trainer wants them: any world, and one whose output is a sequence of tokens."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from sparling.domains.base import PAD, Domain, SpelledDomain
from sparling.evaluation.motif_errors import MotifCounts, Motifs, count_motifs, motif_errors
from sparling.evaluation.sequences import best_constant, edit_distance, sequence_errors
from sparling.networks.model import ForwardOutput
from sparling.training.task import Batch, Score

TRAIN, CALIBRATION, VALIDATION, TEST = range(4)
EPOCH = 1 << 14
"""Samples of an epoch, which goes on where the last one ended; a run that is resumed draws its last epoch again."""
AHEAD = 8
"""Training batches drawn at once: places are worked out on the CPU, and a GPU is not to wait for them at every step."""

Placement = Callable[[Batch, Tensor], Tensor]
"""(samples, their activations) → the activations where the motifs of their channels lie (`evaluation.placement`)."""


class WorldTask(ABC):
    """Samples of ``domain``, never the same one twice; loss: cross-entropy of each token; score: 1 − E2EE.

    ``cell`` inputs along each axis are one position of the activation map. ``held_out`` samples validate, as many
    others calibrate. Samples are made on ``device``. What the networks read of a sample is left to subclasses.
    """

    def __init__(
        self, domain: Domain, seed: int, cell: int = 1, batch_size: int = 64, held_out: int = 1000, device: str = "cpu"
    ) -> None:
        self.domain, self.seed, self.cell, self.batch_size = domain, seed, cell, batch_size
        self.held_out, self.device = held_out, device

    @abstractmethod
    def inputs(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        """What the local model reads (B, channels, S...); where positions are padding, also their mask."""

    def training_batches(self, epoch: int) -> Iterator[Batch]:
        """`EPOCH` samples in order of their index, which runs on from epoch to epoch."""
        end, step = (epoch + 1) * EPOCH, AHEAD * self.batch_size
        for start in range(epoch * EPOCH, end, step):
            drawn, _ = self.batch(TRAIN, start, min(start + step, end))
            yield from map(Batch, *(torch.split(part, self.batch_size) for part in drawn))

    def calibration_batches(self) -> Sequence[Batch]:
        """Fixed samples, of a side of their own."""
        return [batch for batch, _ in self._calibration]

    def validation_batches(self) -> Sequence[Batch]:
        """Fixed held-out samples."""
        return [batch for batch, _ in self._validation]

    def probe(self) -> "ErrorProbe":
        """Motif and end-to-end errors at each evaluation."""
        return ErrorProbe(self._validation, self.domain)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of logits (B, T, V)."""
        return F.cross_entropy(output.flatten(0, 1), batch.y.flatten(), ignore_index=PAD)

    def likelihoods(self, output: Tensor, batch: Batch) -> Tensor:
        """Log-likelihood of the tokens by logits (B, T, V), of those that are the same together: (B, V)."""
        said = -F.cross_entropy(output.transpose(1, 2), batch.y, ignore_index=PAD, reduction="none")
        return output.new_zeros((len(output), output.shape[2])).scatter_add_(1, batch.y.clamp_min(0), said)

    def score(self, output: Tensor, target: Tensor) -> Score:
        """1 − E2EE of logits (n, T, V), and its standard error: it shows progress long before any sample is exact."""
        end = self.domain.tokens - 1
        pairs = zip(spelled(target, end), spelled(output.argmax(2), end), strict=True)
        alike = 1 - torch.tensor([edit_distance(truth, guess) for truth, guess in pairs], dtype=torch.float64)
        return Score(float(alike.mean()), float(alike.std() / len(alike) ** 0.5))

    def chance(self, target: Tensor) -> float:
        """1 − E2EE of the one sequence that is best for all (`best_constant`)."""
        return 1 - best_constant(spelled(target, self.domain.tokens - 1))[1]

    def batch(self, side: int, start: int, stop: int) -> tuple[Batch, Motifs]:
        """Samples ``start`` to ``stop`` of one side, and their motifs in positions of the activation map.

        In a box are the positions whose middle is in it, and the one that its own middle is in: boxes that hardly
        overlap do so no more here.
        """
        samples = self.drawn_from(side).samples(4 * self.seed + side, torch.arange(start, stop, device=self.device))
        motifs = samples.motifs
        low, high = ((2 * edge + self.cell - 1) // (2 * self.cell) for edge in (motifs.low, motifs.high))
        middle = (motifs.low + motifs.high - 1) // (2 * self.cell)
        return Batch(samples.x, samples.y), motifs._replace(low=low.minimum(middle), high=high.maximum(middle + 1))

    def drawn_from(self, side: int) -> Domain:
        """The domain whose samples are those of one side; a world may keep something apart for the test."""
        return self.domain

    def batches(self, side: int, n: int) -> list[tuple[Batch, Motifs]]:
        """The first ``n`` samples of one side, in batches that fit an evaluation."""
        size = 4 * self.batch_size
        return [self.batch(side, start, min(start + size, n)) for start in range(0, n, size)]

    @cached_property
    def _calibration(self) -> list[tuple[Batch, Motifs]]:
        return self.batches(CALIBRATION, self.held_out)

    @cached_property
    def _validation(self) -> list[tuple[Batch, Motifs]]:
        return self.batches(VALIDATION, self.held_out)


class SequenceTask(WorldTask):
    """Images, and a readout that spells: it sees the tokens before the one to be said.

    ``ink`` is the value of pixels that are dark. They are read as 1, for beyond its edges an image is read as 0.
    """

    domain: SpelledDomain

    def __init__(
        self,
        domain: SpelledDomain,
        seed: int,
        cell: int = 1,
        batch_size: int = 64,
        held_out: int = 1000,
        device: str = "cpu",
        ink: int = 1,
    ) -> None:
        super().__init__(domain, seed, cell, batch_size, held_out, device)
        self.ink = ink

    def inputs(self, batch: Batch) -> tuple[Tensor, None]:
        """Pixels (B, 1, S...), 1 where they are dark; no mask."""
        x = batch.x.float()
        return (x if self.ink else 1 - x).contiguous(memory_format=torch.channels_last), None

    def teacher(self, batch: Batch) -> Tensor:
        """All tokens before the one to be said."""
        return batch.y


class ErrorProbe:
    """Motif errors and end-to-end errors over held-out batches; the batches and their truth are given once.

    With ``place`` the ``counts`` are of the placed marks, ``as_marked`` of the marks as they are.
    """

    def __init__(self, batches: Sequence[tuple[Batch, Motifs]], domain: Domain, place: Placement | None = None) -> None:
        self.batches, self.classes, self.end = batches, len(domain.class_names), domain.tokens - 1
        self.place = place
        self._start()

    def _start(self) -> None:
        self.counts: MotifCounts | None = None
        self.as_marked: MotifCounts | None = None
        self.truths: list[list[int]] = []
        self.guesses: list[list[int]] = []

    def add(self, index: int, result: ForwardOutput) -> None:
        """Count the errors of batch ``index``; the first one starts anew."""
        if index == 0:
            self._start()
        batch, motifs = self.batches[index]
        counts = count_motifs(result.activations, motifs, self.classes)
        self.as_marked = counts if self.as_marked is None else self.as_marked + counts
        if self.place is not None:
            counts = count_motifs(self.place(batch, result.activations), motifs, self.classes)
        self.counts = counts if self.counts is None else self.counts + counts
        self.truths += spelled(batch.y, self.end)
        self.guesses += spelled(result.output.argmax(2), self.end)

    def figures(self) -> dict[str, float]:
        """fpe, fne, ce, ce_many, e2ee and exact_match as fractions, of all batches added."""
        if self.counts is None:
            raise ValueError("there is nothing to count: no batch was added")
        motif, sequence = motif_errors(self.counts), sequence_errors(self.truths, self.guesses)
        return {
            "fpe": motif.fpe,
            "fne": motif.fne,
            "ce": motif.ce,
            "ce_many": motif.ce_many,
            "e2ee": sequence.e2ee,
            "exact_match": 1 - sequence.exact_match,
        }


def matches(output: Tensor, target: Tensor) -> Tensor:
    """Whether the most likely tokens of logits (n, T, V) are those of ``target`` (n, T) up to its end: (n,)."""
    return ((output.argmax(2) == target) | (target == PAD)).all(1)


def spelled(tokens: Tensor, end: int) -> list[list[int]]:
    """Tokens (n, T) of each sample before its first ``end``.

    >>> spelled(torch.tensor([[3, 1, 9], [9, 2, 2]]), end=9)
    [[3, 1], []]
    """
    return [row[: row.index(end)] if end in row else row for row in tokens.tolist()]
