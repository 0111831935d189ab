"""Groups of motifs of several runs: laws of strand and order, at most one motif a run, alignment against truth."""

from dataclasses import replace

import numpy as np
import pytest

from sparling_genomics.compare.groups import groups
from sparling_genomics.letters.alphabet import DNA, RNA
from sparling_genomics.letters.likeness import MERGE_CORRELATION, similarity
from sparling_genomics.letters.pwm import Pwm

WORDS = ("TGACGTCATT", "CCACCAGGGGGCGC", "AGATAAGA", "GCCGGAAGTG")


def matrix(word, name="M1", sites=500, seed=0, alphabet=DNA):
    """Counts of sites that have most letters of a word."""
    rng = np.random.default_rng([seed, *map(ord, word)])
    p = np.full((len(word), 4), 0.05) + 0.8 * np.eye(4)[["ACGT".index(letter) for letter in word]]
    return Pwm(name, np.array([rng.multinomial(sites, row) for row in p], dtype=float), sites, alphabet=alphabet)


def run(*words, seed=0, alphabet=DNA):
    return [matrix(word, f"M{i + 1}", 500 - 10 * i - seed, seed, alphabet) for i, word in enumerate(words)]


def members(found):
    return {frozenset((each.run, each.motif) for each in group.members) for group in groups(found)}


def test_the_same_words_are_one_group_each_and_others_stand_alone():
    found = [run(*WORDS[:3]), run(WORDS[2], WORDS[0], seed=1), run(WORDS[0], WORDS[3], seed=2)]
    assert members(found) == {
        frozenset({(0, 0), (1, 1), (2, 0)}),
        frozenset({(0, 2), (1, 0)}),
        frozenset({(0, 1)}),
        frozenset({(2, 1)}),
    }
    assert [len(group.members) for group in groups(found)] == [3, 2, 1, 1]


def test_the_order_of_the_runs_changes_nothing_but_their_numbers():
    found = [run(*WORDS), run(*WORDS[1:], seed=1), run(WORDS[3], WORDS[0], seed=2)]
    order = [2, 0, 1]
    turned = {frozenset((order[r], m) for r, m in each) for each in members([found[i] for i in order])}
    assert turned == members(found)


def test_a_matrix_on_the_other_strand_is_the_same_motif_turned():
    found = [run(*WORDS), run(*WORDS, seed=1)]
    other = [found[0], [replace(pwm.reverse_complement(), name=pwm.name) for pwm in found[1]]]
    assert members(other) == members(found)
    for before, after in zip(groups(found), groups(other), strict=True):
        assert (before.of_run(1).strand, after.of_run(1).strand) == ("+", "-")
        assert before.of_run(1).offset == after.of_run(1).offset


def test_of_one_strand_a_matrix_and_its_reverse_complement_are_two_motifs():
    found = [run(WORDS[3], alphabet=RNA), [run(WORDS[3], seed=1, alphabet=RNA)[0].reverse_complement()]]
    assert len(groups(found)) == 2
    assert len(groups([run(WORDS[3], alphabet=RNA), run(WORDS[3], seed=1, alphabet=RNA)])) == 1


@pytest.mark.parametrize(("cut", "offset"), [((2, None), 2), ((0, -2), 0)])
def test_a_shorter_matrix_lies_where_its_columns_are(cut, offset):
    whole = matrix(WORDS[1])
    part = replace(whole, counts=whole.counts[slice(*cut)], n_sites=100)
    (group,) = groups([[whole], [part]])
    assert (group.leader.run, group.of_run(1).offset, group.of_run(1).strand) == (0, offset, "+")
    (turned,) = groups([[whole], [part.reverse_complement()]])
    assert (turned.of_run(1).offset, turned.of_run(1).strand) == (offset, "-")


def test_the_leader_has_most_sites_and_lies_on_itself():
    found = [
        [matrix(WORDS[0], sites=100)],
        [matrix(WORDS[0], sites=900, seed=1)],
        [matrix(WORDS[0], sites=300, seed=2)],
    ]
    (group,) = groups(found)
    assert group.leader == (1, 0, 0, "+", 1.0)
    assert group.leader == group.of_run(1)
    assert group.of_run(3) is None


def test_a_run_has_one_motif_in_a_group_the_one_most_alike():
    near, nearer = matrix("TGACGTCATT", "M1", seed=1), matrix("TGACGTCATT", "M2", 5000, seed=2)
    found = [[matrix("TGACGTCATT", sites=5000)], [near, nearer]]
    closest = max((0, 1), key=lambda i: similarity(found[0][0], found[1][i], whole=True).correlation)
    assert members(found) == {frozenset({(0, 0), (1, closest)}), frozenset({(1, 1 - closest)})}


def test_all_groups_together_hold_every_motif_once_and_are_alike_on_average():
    rng = np.random.default_rng(4)
    found = [
        [Pwm(f"M{i}", rng.dirichlet([0.4] * 4, 6)[rng.integers(0, 6, 6)] * 100, 100) for i in range(6)]
        for _ in range(3)
    ]
    found += [[replace(pwm, n_sites=50) for pwm in found[0][:3]]]
    made = groups(found)
    held = [(each.run, each.motif) for group in made for each in group.members]
    assert sorted(held) == [(r, m) for r, pwms in enumerate(found) for m in range(len(pwms))]
    for group in made:
        assert len({each.run for each in group.members}) == len(group.members)
        pairs = [
            similarity(found[a.run][a.motif], found[b.run][b.motif], whole=True).correlation
            for a in group.members
            for b in group.members
            if a.run < b.run
        ]
        assert not pairs or np.mean(pairs) >= MERGE_CORRELATION - 0.05


def test_runs_without_motifs_have_no_groups():
    assert groups([[], []]) == []
    assert len(groups([[], run(WORDS[0])])) == 1
