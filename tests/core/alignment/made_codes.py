"""Sparse latents made up at random, and labels in a tree, for measures to be tried on."""

import numpy as np

from sparling.alignment.codes import Codes
from sparling.alignment.measures.labels import Labels, LabelTree

TREE = LabelTree.of({"cat": "mammal", "dog": "mammal", "crow": "bird", "mammal": "animal", "bird": "animal"}, ("car",))
"""Three levels; one label at the top has nothing below it."""


def some_codes(seed: int, samples: int = 40, size: int = 12, active: int = 3, silent: float = 0.3) -> Codes:
    """Random latents; a part of those listed has value 0, and values are few enough to tie."""
    rng = np.random.default_rng(seed)
    index = np.argsort(rng.random((samples, size)), axis=1)[:, :active].astype(np.int32)
    value = rng.integers(1, 6, index.shape) * (rng.random(index.shape) > silent)
    return Codes(index, value.astype(np.float32), size)


def some_labels(seed: int, samples: int = 40, share: float = 0.3) -> Labels:
    """Random labels anywhere in the tree, several a sample."""
    return Labels.of(TREE, np.random.default_rng(seed).random((samples, len(TREE.names))) < share)


def some_absent(seed: int, streams: int, samples: int = 40) -> np.ndarray:
    """(M, N) which samples streams have."""
    return np.random.default_rng(seed).random((streams, samples)) < 0.7
