"""What a search says before its trainings begin."""

import numpy as np

from sparling_genomics.discovery.search import _said
from sparling_genomics.discovery.seeds import Seed


def seeds(*words):
    return [Seed(word, -3.0, (30, 2), np.ones((9, 4)), 40, 3, 45) for word in words]


def test_the_first_words_are_told_and_the_number_of_the_others():
    assert _said(seeds("ACTTCCGG"), "to start from") == "1 word to start from: ACTTCCGG"
    assert _said(seeds("AAAA", "CCCC"), "more in what is left") == "2 words more in what is left: AAAA, CCCC"
    assert _said(seeds(*["ACGT"] * 10), "to start from").endswith("ACGT and 2 more")
    assert _said([], "to start from") == "No word is commoner in bound sequences: channels begin at random"
