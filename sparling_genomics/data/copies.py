"""Which sequences are looked at, and unbound ones where there are none: shuffled copies of the bound ones."""

import numpy as np

from sparling_genomics.data.dataset import SequenceDataset, concatenate
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.streams import Purpose, generator

MOST_LOOKED_AT, MOST_LETTERS = 50_000, 2**25
"""Sequences of each label of a side, and letters of them, that are looked at for all that is not training."""


def looked_at(dataset: SequenceDataset) -> SequenceDataset:
    """The sequences that seeds, motifs, sites and figures are of: all, or where there are very many a part of them.

    Of each label of each side `MOST_LOOKED_AT` and `MOST_LETTERS` at most, evenly spaced, in their order.
    """
    chosen = []
    for side in (TRAIN, VALIDATION, TEST):
        for label in (0, 1):
            own = np.flatnonzero((dataset.split == side) & (dataset.labels == label))
            most = min(len(own), MOST_LOOKED_AT)
            if most and (letters := int(dataset.lengths[own].sum())) > MOST_LETTERS:
                most = min(most, max(1, int(MOST_LETTERS / letters * len(own))))
            chosen.append(own[np.linspace(0, len(own) - 1, most).astype(np.intp)])
    kept = np.sort(np.concatenate(chosen))
    return dataset if len(kept) == len(dataset) else dataset.subset(kept)


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
