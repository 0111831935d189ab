"""Searches on planted sequences in about a second, and their parts."""

import numpy as np

from sparling.training.devices import choose_fabric
from sparling_genomics.data.copies import with_all_shuffled
from sparling_genomics.data.dataset import TRAIN
from sparling_genomics.discovery.config import MotifConfig
from sparling_genomics.discovery.seeds import Seed
from sparling_genomics.discovery.training import Search
from sparling_genomics.letters.alphabet import DNA, encode, reverse_complement
from tests.genomics.hand_made import dataset, sides

COMMON, RARE = "ACCGGATTCA", "AAGTCGCATG"
SMALL = {
    "bases_an_evaluation": 80_000,
    "patience": 1,
    "settle": 1,
    "first_factor": 4.0,
    "filters": 8,
    "units": 0,
    "width": 15,
    "device": "cpu",
    "precision": "float32",
}


def with_words(n=200, n_unbound=0, length=40, words=((COMMON, 0.9), (RARE, 0.4)), seed=0, alphabet=DNA):
    """Bound sequences, each word in its share of them on either strand (DNA) in its own part; unbound ones without."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n + n_unbound, length)).astype(np.uint8)
    part = length // max(len(words), 1)
    for row in codes[:n]:
        for k, (word, share) in enumerate(words):
            letters = encode(word)
            if rng.random() < share:
                start = k * part + int(rng.integers(0, part - len(letters) + 1))
                turned = alphabet.double_stranded and rng.random() < 0.5
                row[start : start + len(letters)] = reverse_complement(letters) if turned else letters
    labels = [1] * n + [0] * n_unbound
    return dataset(list(codes), labels, np.concatenate([sides(n), sides(n_unbound)]), alphabet=alphabet)


def search_of(data, folder, watch=None, **options):
    config = MotifConfig.of({"fasta": folder / "none.fa"} | SMALL | options)
    fabric, precision = choose_fabric(config.device, config.precision)
    return Search(config, data, fabric, precision, folder, watch)


def training_side(search):
    """With shuffled copies, as the search has it."""
    everything = with_all_shuffled(search.data, search.config.seed)
    return everything.subset(everything.indices(TRAIN))


def seed_of(word, marks, width=15, sites=50):
    """A seed of sites that all have this word in the middle, and anything around it."""
    counts = np.full((width, 4), sites / 4)
    first = width // 2 - (len(word) - 1) // 2
    counts[first : first + len(word)] = sites * np.eye(4)[encode(word)]
    return Seed(word, -20.0, (sites, 0), counts, sites, 0, marks)
