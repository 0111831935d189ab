"""Where there are only a few dozen sequences: nothing can be held out and no weights can be learned.

Seeds are looked for in all of them, against many shuffled copies; the network reads their matrices as they are, and its
thresholds are those of all sequences. P of a motif is that of its word among all words in shuffles of the whole set, or
Fisher's, corrected for all words, where that is smaller. What is not proven so is listed all the same, as such.
"""

import math
from dataclasses import replace

import numpy as np

from sparling_genomics.data.dataset import TEST, SequenceDataset, concatenate
from sparling_genomics.discovery.plan import widths
from sparling_genomics.discovery.seeds import Seed, find_seeds, least_e
from sparling_genomics.discovery.training import Search
from sparling_genomics.letters.background import shuffle_joined
from sparling_genomics.letters.streams import Purpose, generator

FEW = 50
"""Bound sequences beside the test side, up to which they are few."""
COPIES = 20
"""Shuffled copies of each, in which words are counted as well."""
MOST = 3
"""Seeds, at most."""
SHUFFLES, LETTERS = 49, 150_000
"""Shuffles of the whole set at most, and letters of all of them together; 19 at least."""


def are_few(data: SequenceDataset) -> bool:
    """Whether the sequences are too few to train on and hold some out."""
    return int(data.labels[data.split != TEST].sum()) <= FEW


def seeds_of_few(search: Search) -> tuple[SequenceDataset, list[Seed]]:
    """All bound sequences with their copies, or with the unbound ones that were given; and seeds, at least one."""
    data, rng = search.data, generator(search.config.seed, Purpose.SEEDS)
    together = data if (data.labels == 0).any() else _with_copies(data, rng)
    field = widths(search.config, data).field
    return together, find_seeds(together, field, triplets=False, most=MOST, least=1)


def p_values(search: Search, seeds: list[Seed]) -> list[float]:
    """P of each seed: its word's E, or how often the best word of a shuffled set is as surprising, if that is less.

    Where unbound sequences were given it is the E alone, for shuffles are others than these.
    """
    by_word = [math.exp(min(seed.log10_e * math.log(10), 0.0)) for seed in seeds]
    if not seeds or (search.data.labels == 0).any():
        return by_word
    bound = search.data.subset(search.data.labels == 1)
    rng = generator(search.config.seed, Purpose.SEEDS, 1)
    number = int(min(max(LETTERS / len(bound.codes), 19), SHUFFLES))
    field = widths(search.config, search.data).field
    null = []
    for _ in range(number):
        shuffled = replace(bound, codes=shuffle_joined(bound.codes, bound.offsets, rng))
        null.append(least_e(_with_copies(shuffled, rng), field))
    rarer = [sum(n <= seed.log10_e * math.log(10) for n in null) for seed in seeds]
    return [min((1 + each) / (number + 1), own) for each, own in zip(rarer, by_word, strict=True)]


def _with_copies(data: SequenceDataset, rng: np.random.Generator) -> SequenceDataset:
    n = len(data)
    copies = [data.joined(shuffle_joined(data.codes, data.offsets, rng), label=0) for _ in range(COPIES)]
    return concatenate([data, *(each.subset(np.arange(n, 2 * n)) for each in copies)])
