"""Planted DNA as the trainer wants it: letters in, one row of answers out."""

from torch import Tensor

from sparling.domains.sequence_task import WorldTask
from sparling.training.task import Batch
from sparling_genomics.letters.one_hot import one_hot
from sparling_genomics.worlds.planted_dna.domain import PlantedDna


class AnswerTask(WorldTask):
    """Sequences of a planted world; loss: cross-entropy of each answer."""

    domain: PlantedDna

    def inputs(self, batch: Batch) -> tuple[Tensor, None]:
        """One-hot (B, 4, L); no mask."""
        return one_hot(batch.x[:, 0]), None
