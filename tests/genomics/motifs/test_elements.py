"""Pieces of one repeated element: the share at one place, less chance, and the letters beyond both."""

import numpy as np
import pytest

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION
from sparling_genomics.letters.alphabet import encode
from sparling_genomics.motifs.elements import ONE_ELEMENT, REACH, piece_of, share_at_one_place
from sparling_genomics.motifs.motif import Motif, motif_of, word
from tests.genomics.hand_made import activations, dataset, plain_motif, plain_sequences

LENGTH = 200


def motif(rows):
    return Motif(plain_motif("M", [], "ACGTAC").pwm, (0,), activations(rows), first=0)


def beside(shifts, seed=0, n=100, flip=False):
    """Sites of one motif, and for each shift (None: none) one of another that lies so many bp on along its strand."""
    rng = np.random.default_rng(seed)
    own = [(i, 0, int(rng.integers(60, 140)), bool(rng.random() < 0.5), 1.0) for i in range(n)]
    other = [
        (i, 0, p - shift if reverse else p + shift, reverse != flip, 1.0)
        for (i, _, p, reverse, _), shift in zip(own, shifts, strict=True)
        if shift is not None
    ]
    return motif(own), motif(other)


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("share", [1.0, 0.6, 0.2])
def test_the_share_is_that_of_the_commonest_place(share, flip):
    data = dataset(["A" * LENGTH] * 100)
    own, other = beside([20 if i < 100 * share else None for i in range(100)], flip=flip)
    assert share_at_one_place(data, own, other) == pytest.approx(share, abs=0.02)
    assert share_at_one_place(data, other, own) == pytest.approx(1.0, abs=0.02)


def test_places_that_differ_are_not_one():
    data = dataset(["A" * LENGTH] * 100)
    own, other = beside([10 + i % 50 for i in range(100)])
    assert share_at_one_place(data, own, other) < 0.05


def test_a_place_far_off_is_none():
    data = dataset(["A" * 500] * 100)
    for shift, near in ((REACH - 1, True), (REACH + 1, False)):
        own, other = beside([shift] * 100)
        assert (share_at_one_place(data, own, other) > 0.9) == near
    assert share_at_one_place(data, own, motif([])) == 0.0


def test_unbound_sequences_have_no_say():
    labels = [1] * 50 + [0] * 50
    own, other = beside([20 if i < 25 else None if i < 50 else 33 for i in range(100)])
    assert share_at_one_place(plain_like(labels), own, other) == pytest.approx(0.5, abs=0.02)


def test_the_test_side_has_no_say():
    own, other = beside([20 if i < 25 else None if i < 50 else 33 for i in range(100)])
    data = dataset(["A" * LENGTH] * 100, split=[TRAIN] * 25 + [VALIDATION] * 25 + [TEST] * 50)
    assert share_at_one_place(data, own, other) == pytest.approx(0.5, abs=0.02)


def plain_like(labels):
    return dataset(["A" * LENGTH] * len(labels), labels)


def test_motifs_that_each_have_their_place_in_all_sequences_are_not_beside_each_other():
    """As in promoters, read from one fixed point: each at its place in its own half of the sequences."""
    data = plain_sequences(400)
    rng = np.random.default_rng(0)
    has_own, has_other = rng.random(400) < 0.7, rng.random(400) < 0.7
    own = motif([(i, 0, 10, False, 1.0) for i in np.flatnonzero(has_own)])
    other = motif([(i, 0, 30, False, 1.0) for i in np.flatnonzero(has_other)])
    assert (has_own & has_other).sum() / has_own.sum() > 0.6
    assert abs(share_at_one_place(data, own, other)) < 0.1


def copies(kept, share=1.0, apart=24, n=200):
    """Two words, the other in a share of the sequences, within a copy of one element that keeps so many letters."""
    rng = np.random.default_rng(0)
    element = rng.integers(0, 4, 120).astype(np.uint8)
    codes, rows = [], []
    for i in range(n):
        row = rng.integers(0, 4, LENGTH).astype(np.uint8)
        middle = int(rng.integers(70, 110))
        inside = rng.random(120) < kept
        row[middle - 60 : middle + 60][inside] = element[inside]
        row[middle : middle + 8] = encode("ACCGGATT")
        if rng.random() < share:
            row[middle + apart : middle + apart + 8] = encode("AAGTCGCA")
            rows.append((i, 0, middle + apart, False, 1.0))
        codes.append(row)
        rows.append((i, 1, middle, False, 1.0))
    data, found = dataset(codes), activations(rows)
    return data, *(motif_of(data, found.select(found.channel == c), 10, (c,)) for c in (1, 0))


def test_a_piece_of_an_element_is_said_to_be_one():
    data, first, second = copies(0.8)
    said = f"a piece of one element with {word(first.pwm)}: 100% of its sites have one place beside it"
    assert piece_of(data, second, [first]) == said
    assert piece_of(data, second, []) == ""


def test_two_factors_at_one_distance_are_no_element():
    data, first, second = copies(0.0)
    assert share_at_one_place(data, second, first) > 0.9
    assert piece_of(data, second, [first]) == ""


def test_a_motif_with_few_of_its_sites_in_one_place_is_no_piece():
    data, first, second = copies(0.8, share=0.3)
    assert share_at_one_place(data, first, second) < ONE_ELEMENT
    assert piece_of(data, first, [second]) == ""
