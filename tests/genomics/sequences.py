"""Random sequences, FASTA files of them, and their datasets, for tests."""

import numpy as np

from sparling_genomics.data.dataset import load_dataset
from sparling_genomics.letters.alphabet import decode


def random_sequences(n, length=30, seed=0):
    return [decode(row) for row in np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8)]


def fasta(path, sequences, header="s{i}"):
    path.write_text("".join(f">{header.format(i=i)}\n{sequence}\n" for i, sequence in enumerate(sequences)))
    return path


def load(path, *, min_length=10, seed=0, **options):
    return load_dataset(path, min_length=min_length, seed=seed, **options)
