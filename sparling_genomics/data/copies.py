"""Unbound sequences where there are none: dinucleotide-shuffled copies of the bound ones, side by side."""

import numpy as np

from sparling_genomics.data.dataset import SequenceDataset, concatenate
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.streams import Purpose, generator


def with_shuffled(dataset: SequenceDataset, split: int, seed: int) -> SequenceDataset:
    """The sequences of one side and, if none of them is unbound, a dinucleotide-shuffled copy of each.

    Copies come behind the sequences, have label 0, "_shuffled" behind their names, and no interval. The same seed gives
    the same copies.
    """
    real = dataset.subset(dataset.indices(split))
    if dataset.has_negatives(split):
        return real
    copies = shuffle_joined(real.codes, real.offsets, generator(seed, Purpose.COPIES, split))
    return real.joined(copies, label=0)


def with_all_shuffled(dataset: SequenceDataset, seed: int) -> SequenceDataset:
    """All sequences in their order, and behind them the shuffled copies that `with_shuffled` makes for each side."""
    parts = [dataset]
    for side in (TRAIN, VALIDATION, TEST):
        n = len(dataset.indices(side))
        both = with_shuffled(dataset, side, seed)
        parts.append(both.subset(np.arange(n, len(both))))
    return concatenate(parts)
