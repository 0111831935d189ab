"""Clusters of records, against comparing all with all."""

from itertools import combinations

import numpy as np
import pytest

from sparling_genomics.data import clusters
from sparling_genomics.data.clusters import (
    FEWEST,
    SHARE,
    K,
    cluster_records,
    connected,
    content_groups,
    overlap_groups,
    word_links,
)
from sparling_genomics.letters.alphabet import DNA, RNA, decode, encode, reverse_complement
from sparling_genomics.letters.intervals import Interval


def joined(records):
    """Codes and offsets of records."""
    return np.concatenate(records), np.concatenate([[0], np.cumsum([len(codes) for codes in records])])


def random_records(rng, n, length=101):
    return [rng.integers(0, 4, length).astype(np.uint8) for _ in range(n)]


def words_of(codes, both_strands):
    """Set of the words of one record, as text."""
    text = decode(codes)
    found = {text[i : i + K] for i in range(len(text) - K + 1)}
    if both_strands:
        found = {min(word, decode(reverse_complement(encode(word)))) for word in found}
    return {word for word in found if "N" not in word} if len(text) >= 2 * K else set()


def naive_links(records, both_strands):
    words = [words_of(codes, both_strands) for codes in records]
    return [
        [i, j]
        for i, j in combinations(range(len(records)), 2)
        if len(words[i] & words[j]) >= max(FEWEST, SHARE * min(len(words[i]), len(words[j])))
    ]


def relatives(rng):
    """Records, some with pieces of others on either strand, of all lengths of overlap, with N, some short."""
    records = random_records(rng, 30)
    for _ in range(60):
        other, length = records[rng.integers(len(records))], int(rng.integers(10, 90))
        piece = other[:length] if rng.random() < 0.5 else reverse_complement(other)[-length:]
        own = rng.integers(0, 4, int(rng.integers(5, 80))).astype(np.uint8)
        codes = np.concatenate([own, piece])
        codes[rng.random(len(codes)) < 0.01 * (rng.random() < 0.3)] = 4
        records.append(codes)
    return records


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("both_strands", [True, False])
def test_links_are_those_of_comparing_all_with_all(seed, both_strands):
    records = relatives(np.random.default_rng(seed))
    expected = naive_links(records, both_strands)
    assert word_links(*joined(records), both_strands).tolist() == expected
    assert len(expected) > 5


def test_blocks_of_records_change_nothing(monkeypatch):
    records = relatives(np.random.default_rng(1))
    expected = word_links(*joined(records), True)
    monkeypatch.setattr(clusters, "BLOCK", 150)
    np.testing.assert_array_equal(word_links(*joined(records), True), expected)


def test_a_part_of_the_words_finds_copies_in_very_many_records(monkeypatch):
    rng = np.random.default_rng(0)
    records = random_records(rng, 60, 300)
    records += [np.concatenate([codes[100:], codes[:20]]) for codes in records[:20]]
    monkeypatch.setattr(clusters, "MOST_LETTERS", 6000)  # one word in four
    assert word_links(*joined(records), True).tolist() == [[i, 60 + i] for i in range(20)]


def test_a_large_family_of_copies_is_one_cluster():
    """Of 300 records with an element each that has changed one letter in 40, no one is compared with all."""
    rng = np.random.default_rng(0)
    element = rng.integers(0, 4, 200).astype(np.uint8)
    records = random_records(rng, 600, 220)
    for codes in records[::2]:
        copy = np.where(rng.random(200) < 1 / 40, rng.integers(0, 4, 200), element)
        codes[10:210] = copy
    found, family = cluster_records(*joined(records), [None] * 600, DNA)
    sizes = np.bincount(found)
    assert family == 0
    assert sizes[0] >= 295
    assert sorted(sizes[sizes > 0])[:-1] == [1] * (len(sizes[sizes > 0]) - 1)


def test_what_all_records_carry_links_none():
    rng = np.random.default_rng(0)
    repeats, motif = encode("CA" * 30), encode("CCGCGNGGNGGCAG")
    records = [np.concatenate([codes, repeats, codes[::-1], motif]) for codes in random_records(rng, 50, 40)]
    assert len(word_links(*joined(records), True)) == 0


def test_short_records_are_compared_by_content_alone():
    rng = np.random.default_rng(0)
    records = random_records(rng, 40, 2 * K - 1)
    records += [records[0].copy(), np.concatenate([records[1][1:], [0]]).astype(np.uint8)]
    found, _ = cluster_records(*joined(records), [None] * 42, RNA)
    assert found.tolist() == [*range(40), 0, 41]


def test_records_without_words_and_no_records():
    assert word_links(np.zeros(0, dtype=np.uint8), np.array([0]), True).shape == (0, 2)
    assert word_links(*joined([np.full(50, 4, dtype=np.uint8)] * 3), True).shape == (0, 2)
    assert cluster_records(*joined([encode("ACGT"), encode("ACGT")]), [None] * 2, DNA)[0].tolist() == [0, 0]


def test_one_unlocated_record_costs_the_others_nothing():
    rng = np.random.default_rng(0)
    places = [Interval("chr1", 60 * i, 60 * i + 101) for i in range(5)]
    found, _ = cluster_records(*joined(random_records(rng, 7)), [*places[:3], None, *places[3:], None], DNA)
    assert found.tolist() == [0, 0, 0, 3, 0, 0, 6]


def test_a_family_of_more_than_half_is_left_out_unless_content_says_the_same():
    rng = np.random.default_rng(0)
    element = rng.integers(0, 4, 60).astype(np.uint8)
    alike = [np.concatenate([element, codes]) for codes in random_records(rng, 6, 20)]
    others = random_records(rng, 5)
    found, family = cluster_records(*joined([*alike, *others]), [None] * 11, DNA)
    assert (found.tolist(), family) == (list(range(11)), 6)
    found, family = cluster_records(*joined([*alike, *others, *random_records(rng, 1)]), [None] * 12, DNA)
    assert (found.tolist(), family) == ([0] * 6 + list(range(6, 12)), 0)
    copies = [alike[0]] * 11
    assert cluster_records(*joined([*copies, *others]), [None] * 16, DNA)[1] == 0


def test_reverse_complements_share_a_group_in_random_dna():
    rng = np.random.default_rng(0)
    sequences = [encode("".join(rng.choice(list("ACGT"), 20))) for _ in range(50)]
    groups = content_groups(*joined([*sequences, *(reverse_complement(s) for s in sequences)]), DNA)
    np.testing.assert_array_equal(groups[:50], groups[50:])
    assert len(set(groups.tolist())) == 50


def test_overlap_groups_agree_with_a_loop():
    rng = np.random.default_rng(0)
    starts, chromosomes = rng.integers(0, 1000, 120), rng.integers(0, 3, 120)
    intervals = [Interval(f"chr{c}", s, s + 12) for c, s in zip(chromosomes.tolist(), starts.tolist(), strict=True)]
    groups = overlap_groups(intervals)
    reach = np.array([[a.overlap(b) > 0 for b in intervals] for a in intervals])
    for _ in range(8):
        reach = reach @ reach
    np.testing.assert_array_equal(groups[:, None] == groups, reach)


def test_connected_groups_are_the_finest_that_both_groupings_agree_with():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 40, 60), rng.integers(0, 40, 60)
    joined = connected(a, b)
    reach = (a[:, None] == a) | (b[:, None] == b)
    for _ in range(8):
        reach = reach @ reach
    np.testing.assert_array_equal(joined[:, None] == joined, reach)
