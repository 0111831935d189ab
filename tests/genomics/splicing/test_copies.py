"""Channels that mark one word are put together, by letters and place; others are not."""

import numpy as np

from sparling_genomics.letters.alphabet import encode
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, MASKED
from sparling_genomics.splicing.runs.copies import merged
from sparling_genomics.splicing.runs.reading import Marks
from sparling_genomics.splicing.runs.words import channel_words
from sparling_genomics.splicing.windows import Transcripts

SITES, STEP, HALF = 60, 200, 10


def made(first="GTACGT", second="CTAAC", third="CTAAC"):
    """Letters at random with a word behind each donor, and two before each acceptor, 30 and 60 letters away."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, SITES * STEP + 2 * STEP).astype(np.uint8)
    labels = np.full(len(codes), MASKED, dtype=np.int8)
    donors = STEP + np.arange(SITES) * STEP
    acceptors = donors + 100
    labels[STEP:-STEP] = 0
    labels[donors], labels[acceptors] = DONOR, ACCEPTOR
    for places, word in ((donors + 1, first), (acceptors - 30, second), (acceptors - 60, third)):
        for place in places:
            codes[place : place + len(word)] = encode(word)
    return Transcripts((None,), codes, labels, np.array([0, len(codes)]), STEP), donors, acceptors


def found(data, *places):
    channels = np.repeat(np.arange(len(places)), [len(each) for each in places])
    marks = Marks(channels, np.concatenate(places))
    words, left_out = channel_words(data, marks, len(places), HALF)
    assert not left_out
    return merged(words, data, marks), marks


def test_copies_at_one_place_are_one_motif_whatever_position_they_mark():
    data, donors, acceptors = made()
    words, marks = found(data, donors + 2, donors[:40] + 4, acceptors - 28)
    donor, branch = sorted(words, key=lambda word: word.channels)
    assert (donor.channels, branch.channels) == ((0, 1), (2,))
    assert (donor.pwm.consensus(), branch.pwm.consensus()) == ("GTACGT", "CTAAC")
    assert donor.firsts(marks).tolist() == (donors + 1).tolist()  # a place that both mark counts once
    assert donor.marks == donor.pwm.n_sites == SITES


def test_marks_that_two_channels_share_out_are_joined():
    data, donors, _ = made()
    words, marks = found(data, donors[:30] + 2, donors[30:] + 5)
    (donor,) = words
    assert donor.firsts(marks).tolist() == (donors + 1).tolist()
    assert donor.pwm.counts.sum(1).tolist() == [SITES] * 6


def test_the_same_letters_at_two_places_are_two_motifs():
    data, _, acceptors = made()
    words, _ = found(data, acceptors - 28, acceptors - 58)
    assert sorted(word.channels for word in words) == [(0,), (1,)]


def test_marks_beside_sites_and_nowhere_near_them_are_two_motifs():
    data, donors, _ = made()
    far = donors[:-1] + 150
    for place in far:
        data.codes[place : place + 6] = encode("GTACGT")
    words, _ = found(data, donors + 2, far + 1)
    assert sorted(word.channels for word in words) == [(0,), (1,)]


def test_a_word_that_stands_at_changing_distances_is_one_motif():
    data, _, acceptors = made(second="GATTG", third="CTAAC")
    rng = np.random.default_rng(1)
    places = acceptors - 40 + rng.integers(0, 6, len(acceptors))
    for place in places:
        data.codes[place : place + 5] = encode("CTAAC")
    words, _ = found(data, places[:25], places[25:] + 2)
    assert [word.channels for word in words] in ([(0, 1)], [(1, 0)])


def test_other_letters_are_another_motif():
    data, donors, acceptors = made(third="GGAGG")
    words, _ = found(data, donors + 2, acceptors - 28, acceptors - 58)
    assert sorted(word.channels for word in words) == [(0,), (1,), (2,)]


def written_at(data, *words):
    """Letters of words put at places."""
    for place, word in words:
        data.codes[place : place + len(word)] = encode(word)


def test_a_word_that_channels_share_out_by_the_letter_behind_it_is_one():
    data, _, acceptors = made()
    rng = np.random.default_rng(2)
    behind = np.array(list("AACCGGT"))[np.arange(SITES) % 7]
    decoys = rng.permutation(np.arange(STEP + 20, len(data.codes) - STEP, 50))
    decoys = decoys[np.abs(decoys[:, None] - np.concatenate([acceptors, acceptors - 100])).min(1) > 15][:100]
    for place, letter in zip([*(acceptors - 2), *decoys], [*behind, *np.tile(list("ACGT"), 25)], strict=True):
        written_at(data, (place, f"AG{letter}"))
    places = np.concatenate([acceptors - 2, decoys])
    own = [np.sort(places[data.codes[places + 2] == letter]) for letter in range(4)]
    words, marks = found(data, own[0], own[1] + 1, own[2] - 1, own[3])
    (acceptor,) = words
    assert acceptor.pwm.consensus().startswith("AG")
    assert acceptor.firsts(marks).tolist() == np.sort(places).tolist()


def test_two_halves_of_a_word_are_one_whole():
    data, donors, _ = made()
    written_at(data, *((place - 1, "AGGTAAGT") for place in donors))
    rng = np.random.default_rng(3)
    rest = rng.permutation(np.arange(STEP + 30, len(data.codes) - STEP, 50))[:40]
    written_at(data, *((place, "AGGTA") for place in rest[:20]), *((place, "GTAAGT") for place in rest[20:]))
    first = np.sort(np.concatenate([donors[::2] - 1, rest[:20]]))
    second = np.sort(np.concatenate([donors[1::2] + 1, rest[20:]]))
    words, marks = found(data, first, second + 2)
    (donor,) = words
    assert donor.pwm.consensus() == "AGGTAAGT"
    assert set(donors - 1) <= set(donor.firsts(marks).tolist())


def test_other_letters_at_the_same_place_are_another_motif():
    data, _, acceptors = made(second="CTAAC")
    written_at(data, *((place - 30, "GGTCG") for place in acceptors[::2]))
    words, _ = found(data, acceptors[1::2] - 28, acceptors[::2] - 28)
    assert sorted(word.channels for word in words) == [(0,), (1,)]


def test_a_word_that_stands_at_donors_too_is_another_motif():
    data, donors, acceptors = made(first="AGGGT")
    written_at(
        data, *((place - 2, "AGGGT") for place in acceptors[::2]), *((place - 2, "AGCCT") for place in acceptors[1::2])
    )
    both = np.sort(np.concatenate([donors + 1, acceptors[::2] - 2]))
    words, _ = found(data, both, acceptors[1::2] - 2)
    assert sorted(word.channels for word in words) == [(0,), (1,)]


def test_words_that_meet_in_a_few_letters_are_two_motifs():
    data, donors, _ = made(first="")
    written_at(data, *((place - 6, "CCCCCGTA") for place in donors[::2]))
    written_at(data, *((place - 1, "GTATTTTT") for place in donors[1::2]))
    words, _ = found(data, donors[::2] - 2, donors[1::2] + 2)
    assert sorted(word.channels for word in words) == [(0,), (1,)]
    written_at(data, *((place - 6, "CCCCCGTATTTTT") for place in donors))
    (whole,) = found(data, donors[::2] - 2, donors[1::2] + 2)[0]
    assert whole.pwm.consensus() == "CCCCCGTATTTTT"
