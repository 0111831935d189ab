"""Copies of a repeated element are told from sites of a factor by the letters beyond them."""

import math

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.motifs.motif import motif_of
from sparling_genomics.motifs.repeats import FEWEST, GAP, REACH, flank_information, is_repeated
from tests.genomics.hand_made import activations, dataset
from tests.genomics.planted_activations import detected, planted

LENGTH, AROUND = 160, 60


def copies(kept, share=1.0, length=LENGTH, seed=0):
    """FIRST in each of 200 bound sequences, in that share within a copy of one element that keeps so many letters."""
    truth, data = planted(length=length)
    rng = np.random.default_rng(seed)
    element = rng.integers(0, 4, 2 * AROUND, dtype=np.uint8)
    codes = [data.sequence(i).copy() for i in range(len(data))]
    rows = detected(truth, "FIRST", place=4)
    for i, _, p, reverse, _ in rows:
        letters = np.where(rng.random(2 * AROUND) < kept, element, rng.integers(0, 4, 2 * AROUND, dtype=np.uint8))
        if rng.random() >= share:
            continue
        for step, letter in enumerate(letters.tolist(), start=-AROUND):
            place = p - step if reverse else p + step
            if 0 <= place < length and not -4 <= step < 4:
                codes[i][place] = 3 - letter if reverse else letter
    changed = dataset(codes, data.labels, data.split, names=data.names)
    return changed, motif_of(changed, activations(rows), 6, (0,))


def by_loops(data, motif):
    """Letter by letter."""
    columns = {}
    for i, p, reverse in zip(motif.sites.sequence, motif.sites.position, motif.sites.reverse, strict=True):
        if data.labels[i] != 1 or data.split[i] == TEST:
            continue
        letters = data.sequence(i).tolist()
        end = motif.first + motif.pwm.width
        before = range(motif.first - GAP - REACH, motif.first - GAP)
        for step in (*before, *range(end + GAP, end + GAP + REACH)):
            place = p - step if reverse else p + step
            if 0 <= place < len(letters):
                columns.setdefault(step, []).append(3 - letters[place] if reverse else letters[place])
    columns = [column for column in columns.values() if len(column) >= FEWEST]
    usual = [sum(column.count(k) for column in columns) / sum(map(len, columns)) for k in range(4)]
    bits = []
    for column in columns:
        shares = [column.count(k) / len(column) for k in range(4)]
        told = sum(s * math.log2(s / u) for s, u in zip(shares, usual, strict=True) if s)
        bits.append(told - 3 / (2 * math.log(2) * len(column)))
    return sum(bits) / len(bits)


@pytest.mark.parametrize(("kept", "share"), [(0.0, 1.0), (0.8, 1.0), (0.9, 0.3)])
def test_it_is_what_loops_over_letters_give(kept, share):
    data, motif = copies(kept, share)
    assert flank_information(data, motif) == pytest.approx(by_loops(data, motif), abs=1e-9)


def test_letters_beyond_a_motif_say_nothing_and_those_of_copies_do():
    for seed in range(5):
        assert abs(flank_information(*copies(0.0, seed=seed))) < 0.02
        assert flank_information(*copies(0.7, seed=seed)) > 0.3
        assert is_repeated(*copies(0.7, seed=seed))
        assert not is_repeated(*copies(0.0, seed=seed))


def test_where_sequences_end_before_nothing_is_said():
    data, motif = copies(0.0, length=16)
    assert math.isnan(flank_information(data, motif))
    assert not is_repeated(data, motif)


def test_letters_in_sites_of_others_are_left_out():
    data, motif = copies(0.0)
    rows = [(i, 0, p, reverse, 1.0) for i, p, reverse in sites_at(motif, 20)]
    codes = [data.sequence(i).copy() for i in range(len(data))]
    for i, _, p, reverse, _ in rows:
        if p >= 4 and p <= LENGTH - 5:
            codes[i][p - 4 : p + 5] = encode("GAAGACTGA" if reverse else "TCAGTCTTC")
    data = dataset(codes, data.labels, data.split, names=data.names)
    other = motif_of(data, activations([row for row in rows if 0 <= row[2] < LENGTH]), 6, (1,))
    assert is_repeated(data, motif)  # nine of sixty columns with two bits
    assert abs(flank_information(data, motif, [other])) < 0.02
    assert not is_repeated(data, motif, [other])


@pytest.mark.parametrize("seen", [1.0, 0.6, 0.3])
def test_sites_of_the_other_that_were_missed_make_no_element(seen):
    data, motif = copies(0.0)
    rows = [(i, 0, p, reverse, 1.0) for i, p, reverse in sites_at(motif, 21) if 4 <= p <= LENGTH - 5]
    codes = [data.sequence(i).copy() for i in range(len(data))]
    for i, _, p, reverse, _ in rows:
        codes[i][p - 4 : p + 5] = encode("GAAGACTGA" if reverse else "TCAGTCTTC")
    data = dataset(codes, data.labels, data.split, names=data.names)
    rng = np.random.default_rng(0)
    other = motif_of(data, activations([row for row in rows if rng.random() < seen]), 6, (1,))
    assert not is_repeated(data, motif, [other])
    assert abs(flank_information(data, motif, [other])) < 0.02


def test_letters_of_an_element_are_alike_beside_sites_of_others_too():
    data, motif = copies(0.7)
    rows = [(i, 0, p, reverse, 1.0) for shift in (-24, 14, 28) for i, p, reverse in sites_at(motif, shift)]
    other = motif_of(data, activations([row for row in rows if 0 <= row[2] < LENGTH]), 6, (1,))
    assert is_repeated(data, motif, [other, other])
    assert flank_information(data, motif, [other]) == pytest.approx(flank_information(data, motif), rel=0.3)


def sites_at(motif, shift):
    """Places so many bp behind a motif's sites."""
    sites = motif.sites
    places = np.where(sites.reverse, sites.position - shift, sites.position + shift)
    return list(zip(sites.sequence.tolist(), places.tolist(), sites.reverse.tolist(), strict=True))


def test_unbound_sequences_and_the_test_side_have_no_say():
    data, motif = copies(0.8)
    unseen = (data.labels != 1) | (data.split == TEST)
    codes = [np.zeros_like(data.sequence(i)) if unseen[i] else data.sequence(i) for i in range(len(data))]
    blank = dataset(codes, data.labels, data.split, names=data.names)
    assert flank_information(blank, motif) == flank_information(data, motif)
