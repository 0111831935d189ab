"""Sound as the trainer wants it: mel frames in, digits out; the test is of clips that nothing else is made of."""

from torch import Tensor

from sparling.domains.sequence_task import TEST, SequenceTask
from sparling.domains.spoken_digits.domain import SpokenDigits
from sparling.training.task import Batch

MIDDLE, SPREAD = -40.0, 20.0
"""dB: about what noise alone has, and what is one unit of the input."""


class SoundTask(SequenceTask):
    """Samples of ``domain``, those of the test of ``unseen``."""

    domain: SpokenDigits

    def __init__(
        self, domain: SpokenDigits, unseen: SpokenDigits, seed: int, batch_size: int, held_out: int, device: str
    ) -> None:
        super().__init__(domain, seed, 1, batch_size, held_out, device)
        self.unseen = unseen

    def drawn_from(self, side: int) -> SpokenDigits:
        """The test has clips of its own."""
        return self.unseen if side == TEST else self.domain

    def inputs(self, batch: Batch) -> tuple[Tensor, None]:
        """Decibels (B, 64, frames), noise near 0; no mask."""
        return (batch.x.float() - MIDDLE) / SPREAD, None
