"""Whether a motif keeps one place beside another's is asked of training and validation sides alone."""

from dataclasses import replace

import numpy as np

from sparling_genomics.data.dataset import TEST
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.elements import share_at_one_place
from sparling_genomics.motifs.motif import Motif
from tests.genomics.hand_made import activations, dataset, sides


def motif(places):
    rows = [(i, 0, place, False, 1.0) for i, place in enumerate(places)]
    return Motif(Pwm("motif", np.full((4, 4), 5.0), 20), (0,), activations(rows), 0)


def test_labels_of_the_test_side_do_not_matter():
    n = 100
    random = np.random.default_rng(0)
    data = dataset(["ACGT" * 20] * n, split=sides(n))
    first = random.integers(0, 40, n)
    away = data.split == TEST
    beside = np.where(away, random.integers(0, 40, n), first + 15)
    turned = replace(data, labels=np.where(away, 0.0, data.labels).astype(np.float32))
    share = share_at_one_place(data, motif(beside), motif(first))
    assert share == share_at_one_place(turned, motif(beside), motif(first)) == 1.0
