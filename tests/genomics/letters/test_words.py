"""Words in sequences, against counting with strings."""

import math
from collections import Counter

import numpy as np
import pytest

from sparling_genomics.letters.alphabet import AMBIGUOUS, DNA, DNA_FORWARD, RNA, decode, encode, reverse_complement
from sparling_genomics.letters.words import (
    Pattern,
    Text,
    Words,
    expected_by_triplets,
    pair_shares,
    reverse_complements,
)
from tests.genomics.hand_made import dataset

PATTERNS = [Pattern(3), Pattern(6), Pattern(4, gap=1), Pattern(4, gap=5), Pattern(6, gap=2)]


def ragged(n=30, seed=0, unknown=0.03, alphabet=DNA):
    """Sequences of 1 to 40 letters, some N, two bound for one unbound."""
    rng = np.random.default_rng(seed)
    chances = [(1 - unknown) / 4] * 4 + [unknown]
    codes = [rng.choice(5, rng.integers(1, 41), p=chances).astype(np.uint8) for _ in range(n)]
    return dataset(codes, [float(i % 3 > 0) for i in range(n)], alphabet=alphabet)


def text_of(data, apart=8):
    return Text(data.codes, data.offsets, data.labels == 1, data.alphabet, apart)


def number(letters):
    """A word as a number, two bits a letter."""
    return int("".join(str("ACGT".index(letter)) for letter in letters), 4)


def turned(letters):
    return letters[::-1].translate(str.maketrans("ACGT", "TGCA"))


def words_in(sequence, pattern, both_strands):
    """(place, word without its gap) for each place where all letters looked at are known."""
    half = pattern.letters // 2
    for start in range(len(sequence) - pattern.span + 1):
        piece = sequence[start : start + pattern.span]
        seen = piece[:half] + piece[half + pattern.gap :]
        if "N" not in seen:
            yield start, min(seen, turned(seen)) if both_strands else seen


# Patterns


def test_a_pattern_spells_words_with_n_in_the_gap():
    assert Pattern(4).spell(number("GATC"), "ACGT") == "GATC"
    assert Pattern(4, gap=3).spell(number("GATC"), "ACGU") == "GANNNUC"
    assert (Pattern(4, gap=3).span, Pattern(4, gap=3).number) == (7, 256)


@pytest.mark.parametrize("letters", ["GATC", "AAAA", "TTTT"])
def test_neighbours_have_one_other_letter_at_most(letters):
    pattern = Pattern(4)
    expected = {letters[:i] + letter + letters[i + 1 :] for i in range(4) for letter in "ACGT"}
    near = [pattern.spell(word, "ACGT") for word in pattern.neighbours(number(letters))]
    assert set(near) == expected
    assert len(near) == 16  # the word itself once for each place


@pytest.mark.parametrize("letters", [1, 2, 5])
def test_reverse_complements_are_those_of_strings(letters):
    found = reverse_complements(letters)
    assert found.shape == (4**letters,)
    for word in range(4**letters):
        spelled = Pattern(letters).spell(word, "ACGT")
        assert Pattern(letters).spell(int(found[word]), "ACGT") == turned(spelled)


# Texts


def test_a_text_holds_the_sequences_with_n_between_before_and_behind():
    data = dataset(["ACG", "TTTTN", "G"], [1, 0, 1])
    text = text_of(data, apart=2)
    assert decode(text.codes) == "NNACGNNTTTTNNNGNN"
    assert text.owner.tolist() == [0] * 7 + [1] * 7 + [2] * 3
    assert (len(text), text.odds, text.both_strands) == (3, 2.0, True)
    assert text_of(dataset(["ACG"], alphabet=RNA)).both_strands is False
    assert text_of(dataset(["ACG", "ACG"])).odds == 2.0  # as if there were one unbound


@pytest.mark.parametrize("alphabet", [DNA, RNA, DNA_FORWARD])
def test_background_is_that_of_the_strands_that_are_read(alphabet):
    data = dataset([encode("AAAAACCG"), encode("NNT")], alphabet=alphabet)
    counts = np.array([5, 2, 1, 1]) + 1.0
    if alphabet is DNA:
        counts += counts[::-1]
    np.testing.assert_allclose(text_of(data).background(), counts / counts.sum())


# Words


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("alphabet", [DNA, RNA])
@pytest.mark.parametrize("apart", [9, 21])
def test_words_are_counted_once_a_sequence(pattern, alphabet, apart):
    data = ragged(alphabet=alphabet)
    counted = {0.0: Counter(), 1.0: Counter()}
    for i, label in enumerate(data.labels.tolist()):
        sequence = decode(data.sequence(i))
        counted[label].update({word for _, word in words_in(sequence, pattern, alphabet is DNA)})
    text = text_of(data, apart)
    bound, unbound = Words(text, pattern).in_sequences(text)
    assert len(bound) == len(unbound) == pattern.number
    for found, expected in ((bound, counted[1.0]), (unbound, counted[0.0])):
        assert found.sum() > 0
        assert {int(word): int(found[word]) for word in np.flatnonzero(found)} == {
            number(word): n for word, n in expected.items()
        }


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("alphabet", [DNA, RNA])
def test_places_of_words_are_where_strings_have_them(pattern, alphabet):
    data, apart = ragged(alphabet=alphabet), 10
    text = text_of(data, apart)
    places = {}
    for i in range(len(data)):
        offset = int(data.offsets[i]) + apart * (i + 1)
        for place, word in words_in(decode(data.sequence(i)), pattern, alphabet is DNA):
            places.setdefault(word, []).append(offset + place)
    words = Words(text, pattern)
    common = sorted(places, key=lambda word: -len(places[word]))[:20]
    for word in common:
        assert words.places([number(word)]).tolist() == places[word]
    assert words.places([number(word) for word in common]).tolist() == sorted(p for w in common for p in places[w])


def test_what_is_overwritten_with_n_is_gone():
    data = dataset(["AAACGTAAA", "ACGT"], [1, 1])
    text = text_of(data, apart=6)
    assert Words(text, Pattern(4)).in_sequences(text)[0][number("ACGT")] == 2
    text.codes[6 + 4] = AMBIGUOUS
    assert Words(text, Pattern(4)).in_sequences(text)[0][number("ACGT")] == 1
    assert Words(text, Pattern(2, gap=2)).in_sequences(text)[0][number("AT")] == 2  # N in the gap is no letter


@pytest.mark.parametrize("pattern", PATTERNS)
def test_both_strands_say_the_same(pattern):
    data = ragged()
    other = dataset([reverse_complement(data.sequence(i)) for i in range(len(data))], data.labels)
    one, two = (Words(text_of(each), pattern).in_sequences(text_of(each)) for each in (data, other))
    np.testing.assert_array_equal(one, two)


# What triplets let expect


def by_triplets(data, letters):
    """Share of bound sequences with each word, by multiplying conditional chances of triplets."""
    both = data.alphabet is DNA
    seen = Counter()
    bound = [decode(data.sequence(i)) for i in np.flatnonzero(data.labels == 1)]
    for sequence in bound:
        seen.update(piece for _, piece in words_in(sequence, Pattern(3), False))
    triplets = [a + b + c for a in "ACGT" for b in "ACGT" for c in "ACGT"]
    counts = {each: seen[each] + 0.5 for each in triplets}
    if both:
        counts = {each: counts[each] + counts[turned(each)] for each in triplets}
    total = sum(counts.values())

    def chance(word):
        p = counts[word[:3]] / total
        for j in range(1, letters - 2):
            three = word[j : j + 3]
            p *= counts[three] / sum(counts[three[:2] + letter] for letter in "ACGT")
        return p

    places = sum(len(list(words_in(sequence, Pattern(letters), False))) for sequence in bound) / len(bound)
    expected = []
    for word in range(4**letters):
        spelled = Pattern(letters).spell(word, "ACGT")
        p = chance(spelled)
        if both and turned(spelled) != spelled:
            p += chance(turned(spelled))
        expected.append(1 - math.exp(-p * places))
    return expected


@pytest.mark.parametrize("letters", [3, 4, 5])
@pytest.mark.parametrize("alphabet", [DNA, RNA])
def test_expected_by_triplets_against_multiplying_by_hand(letters, alphabet):
    data = ragged(alphabet=alphabet)
    found = expected_by_triplets(text_of(data), letters)
    np.testing.assert_allclose(found, by_triplets(data, letters), rtol=1e-9)


def test_words_of_sequences_that_triplets_describe_are_expected():
    """Of sequences drawn letter for letter, the words there are are as many as expected, on average."""
    rng = np.random.default_rng(0)
    data = dataset(list(rng.choice(4, (400, 60), p=[0.4, 0.1, 0.2, 0.3]).astype(np.uint8)))
    text = text_of(data)
    bound, _ = Words(text, Pattern(5)).in_sequences(text)
    expected = expected_by_triplets(text, 5) * 400
    canonical = np.arange(4**5) <= reverse_complements(5)
    z = (bound - expected)[canonical] / np.sqrt(expected[canonical])
    assert abs(z.mean()) < 0.1
    assert 0.8 < z.std() < 1.2


@pytest.mark.parametrize("both_strands", [False, True])
def test_shares_of_pairs_against_counting_by_hand(both_strands):
    sequences = ["ACGTTNAC", "", "A", "NN", "GGGA", "TC"]
    codes = np.concatenate([encode(each) for each in sequences])
    offsets = np.concatenate([[0], np.cumsum([len(each) for each in sequences])])
    shares = pair_shares(codes, offsets, both_strands=both_strands)
    spelled = [one + two for one in "ACGT" for two in "ACGT"]
    kinds = list(dict.fromkeys(min(pair, turned(pair)) if both_strands else pair for pair in spelled))
    assert shares.shape == (6, 10 if both_strands else 16)
    for row, sequence in zip(shares, sequences, strict=True):
        pairs = [sequence[i : i + 2] for i in range(len(sequence) - 1)]
        known = [pair for pair in pairs if "N" not in pair]
        counts = [sum(kind in (pair, turned(pair) if both_strands else pair) for pair in known) for kind in kinds]
        np.testing.assert_allclose(row, np.array(counts) / max(len(known), 1))
