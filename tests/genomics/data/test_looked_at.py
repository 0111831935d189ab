"""Which sequences are looked at where there are very many: of each label of each side a part, evenly spaced."""

import numpy as np
import pytest

from sparling_genomics.data import copies
from sparling_genomics.data.copies import looked_at
from tests.genomics.hand_made import dataset, sides
from tests.genomics.sequences import random_sequences


@pytest.fixture
def data():
    return dataset(random_sequences(100, 20), [1] * 70 + [0] * 30, sides(100))


def test_where_there_are_few_all_are_looked_at(data):
    assert looked_at(data) is data


def test_of_very_many_a_part_of_each_label_of_each_side(data, monkeypatch):
    monkeypatch.setattr(copies, "MOST_LOOKED_AT", 5)
    shown = looked_at(data)
    for side in range(3):
        for label in (0, 1):
            whole, part = (int(((each.split == side) & (each.labels == label)).sum()) for each in (data, shown))
            assert part == min(whole, 5)
    places = [data.names.index(name) for name in shown.names]
    assert places == sorted(places)
    first = np.flatnonzero((data.split == 0) & (data.labels == 1))
    assert first[0] in places
    assert first[-1] in places
    assert [shown.sequence(i).tolist() for i in range(len(shown))] == [data.sequence(i).tolist() for i in places]


def test_long_sequences_are_counted_by_their_letters(data, monkeypatch):
    monkeypatch.setattr(copies, "MOST_LETTERS", 60)
    shown = looked_at(data)
    for side in range(3):
        for label in (0, 1):
            assert 1 <= ((shown.split == side) & (shown.labels == label)).sum() <= 3
