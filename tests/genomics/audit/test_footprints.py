"""Overlap of footprints, against cases that can be counted by eye and a loop over all pairs."""

import numpy as np
import pytest

from sparling_genomics.audit.footprints import overlaps
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import Motif
from tests.genomics.hand_made import activations, dataset


def motif(width, rows, channel=0):
    return Motif(Pwm(f"M{channel + 1}", np.ones((width, 4)), len(rows)), (channel,), activations(rows), first=0)


def at(*places, channel=0):
    """Forward sites from (sequence, start)."""
    return [(sequence, channel, start, False, 1.0) for sequence, start in places]


def test_shares_counted_by_eye():
    data = dataset(["A" * 40] * 3, labels=[1, 1, 0])
    first = motif(10, at((0, 0), (0, 20), (1, 0), (2, 0)))
    second = motif(10, at((0, 9), (1, 5), (2, 0), channel=1), channel=1)
    found = overlaps(data, [first, second], np.random.default_rng(0))
    # (0, 0) and (1, 0) touch a site of the second, only the latter by half; sequence 2 is unbound and does not count
    assert found.pairs[0, 1] == pytest.approx(2 / 3)
    assert found.pairs[1, 0] == 1
    assert found.contested.tolist() == pytest.approx([0, 1 / 2])
    assert np.diag(found.pairs).tolist() == [0, 0]


def test_neighbours_end_to_end_do_not_overlap_and_own_sites_may():
    data = dataset(["A" * 40])
    apart = overlaps(data, [motif(10, at((0, 0))), motif(5, at((0, 10), channel=1), 1)], np.random.default_rng(0))
    assert apart.others.tolist() == [0, 0]
    own = overlaps(data, [motif(10, at((0, 0), (0, 9), (0, 30)))], np.random.default_rng(0))
    assert own.pairs[0, 0] == pytest.approx(2 / 3)
    assert (own.others[0], own.by_chance[0], own.contested[0]) == (0, 0, 0)


def test_a_motif_without_bound_sites_is_unknown():
    data = dataset(["A" * 40] * 2, labels=[1, 0])
    found = overlaps(data, [motif(10, at((1, 0))), motif(10, at((0, 0), channel=1), 1)], np.random.default_rng(0))
    assert np.isnan(found.others[0])
    assert found.others[1] == 0


def test_against_a_loop_over_all_pairs():
    rng = np.random.default_rng(3)
    data = dataset(["A" * int(length) for length in rng.integers(30, 60, 20)])
    widths = (7, 11, 4)
    motifs = []
    for channel, width in enumerate(widths):
        sequence = rng.integers(20, size=30)
        position = rng.integers(data.lengths[sequence] - width + 1)
        reverse = rng.random(30) < 0.5
        position = position + np.where(reverse, width - 1, 0)
        rows = zip(sequence, [channel] * 30, position, reverse, [1.0] * 30, strict=True)
        motifs.append(motif(width, list(rows), channel))
    found = overlaps(data, motifs, rng)
    for i in range(3):
        for j in range(3):
            expected = np.mean([_touches(data, motifs, i, row, j) for row in range(30)])
            assert found.pairs[i, j] == pytest.approx(expected)


def test_chance_is_what_random_places_give():
    rng = np.random.default_rng(1)
    data = dataset(["A" * 100] * 400)
    places = [[(s, int(start)) for s, start in enumerate(rng.integers(91, size=400))] for _ in range(2)]
    found = overlaps(data, [motif(10, at(*places[0])), motif(10, at(*places[1], channel=1), 1)], rng)
    assert found.by_chance[0] == pytest.approx(found.others[0], abs=0.06)


def _touches(data, motifs, i, row, j):
    start, end = motifs[i].intervals(data)
    other_start, other_end = motifs[j].intervals(data)
    return any(
        motifs[j].sites.sequence[k] == motifs[i].sites.sequence[row]
        and min(end[row], other_end[k]) > max(start[row], other_start[k])
        and (i != j or k != row)
        for k in range(len(other_start))
    )
