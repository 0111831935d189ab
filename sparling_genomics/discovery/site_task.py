"""A task whose truth is where each motif's sites are: what one network with a channel a motif is first taught."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from sparling.layer.baselines import Unthresholded
from sparling.training.task import Batch, Score
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.motifs.activations import Activations
from sparling_genomics.tasks.binary import BinaryTask
from sparling_genomics.tasks.ranking import average_precision

SITE, UNSAID = 1, 2
HELD_OUT = 512
"""Validation sequences that are looked at."""


class SiteTask(BinaryTask):
    """Sequences as in `BinaryTask`; targets are maps uint8 (B, C, L), L the longest but for the test side.

    SITE where a site of channel c lies, UNSAID within ``radius`` of one and behind a sequence's end, 0 elsewhere. Sites
    index ``dataset``; shuffled copies have none. Output: log odds (B, C, L). Loss: binary cross-entropy, summed over a
    sequence, mean over sequences. Score: average precision over all positions.
    """

    def __init__(
        self, dataset: SequenceDataset, sites: Activations, channels: int, radius: int, seed: int, letter_dropout: float
    ) -> None:
        super().__init__(dataset, seed, letter_dropout)
        self.channels, self.radius, self.longest = channels, radius, int(dataset.lengths[dataset.split != TEST].max())
        self._sites: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for sequence, channel, position in zip(sites.sequence, sites.channel, sites.position, strict=True):
            self._sites[dataset.names[sequence]].append((int(channel), int(position)))

    def targets(self, data: SequenceDataset, chosen: NDArray[np.int64]) -> Tensor:
        """The maps of these sequences."""
        target = np.zeros((len(chosen), self.channels, self.longest), dtype=np.uint8)
        for row, index in zip(target, chosen, strict=True):
            length = int(data.lengths[index])
            row[:, length:] = UNSAID
            own = [(channel, p) for channel, p in self._sites.get(data.names[index], ()) if 0 <= p < length]
            for channel, position in own:
                row[channel, max(0, position - self.radius) : position + self.radius + 1] = UNSAID
            for channel, position in own:
                row[channel, position] = SITE
        return torch.from_numpy(target)

    def loss(self, output: Tensor, batch: Batch) -> Tensor:
        """Binary cross-entropy of log odds (B, C, L)."""
        each = F.binary_cross_entropy_with_logits(output, (batch.y == SITE).float(), reduction="none")
        return (each * (batch.y != UNSAID)).sum() / len(batch.y)

    def score(self, output: Tensor, target: Tensor) -> Score:
        """Average precision of the sites among all positions, 0 without any site."""
        said = target != UNSAID
        is_site = (target[said] == SITE).numpy()
        return Score(average_precision(is_site, output[said].numpy()) if is_site.any() else 0.0, 0.0)

    @cached_property
    def _validation(self) -> list[Batch]:
        order = generator(self.seed, Purpose.SITES).permutation(len(self.validation))[:HELD_OUT]
        return list(self._batches(self.validation, order, 2 * self.batch_size))


class Open(Unthresholded):
    """Lets all scores through as they are, negative ones too."""

    def forward(self, z: Tensor, mask: Tensor | None = None) -> Tensor:
        """Scores (B, C, S...), the same."""
        return z.float()


class Padded(nn.Module):
    """Maps (B, C, L) with zeros behind them up to ``length``."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def forward(self, scores: Tensor) -> Tensor:
        """(B, C, L) → (B, C, length)."""
        return F.pad(scores, (0, self.length - scores.shape[2]))


def joined_sites(parts: Sequence[Activations]) -> Activations:
    """The sites of several motifs, each under the number of its part as channel."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in ("sequence", "position")]
    channel = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    reverse = np.concatenate([part.reverse for part in parts])
    score = np.concatenate([part.score for part in parts])
    return Activations(columns[0], channel, columns[1], reverse, score)
