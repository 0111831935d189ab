"""How motifs of a concept lie on each other, whom sites follow, and what is said of it all."""

from dataclasses import replace

import numpy as np
import pytest

from sparling_genomics.align.concepts import Channel, Concept, Part
from sparling_genomics.align.layout import laid
from sparling_genomics.align.letters import LetterPair
from sparling_genomics.align.reading import Heard
from sparling_genomics.align.report.words import names_of, told
from sparling_genomics.compare.groups import Group, Member
from sparling_genomics.compare.read import read_runs
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.compare.test_compare import fake

LONG, HALF = consensus_motif("long", "ACCGGAAGTTGCA"), consensus_motif("half", "AGTTGCA")


def heard(*rows: tuple[int, int, bool]) -> Heard:
    """Of place, middle in half letters and strand; one motif."""
    place, middle, reverse = (np.array(each) for each in zip(*rows, strict=True))
    ones = np.ones(len(place), dtype=np.float32)
    return Heard(place, np.zeros_like(place), ones, middle, reverse)


def concept(*parts: tuple[int, list[int]]) -> Concept:
    """Of run and places; motif 0 of each."""
    return Concept(tuple(Part(Channel(run, 0), 1.0, np.array(places), len(places)) for run, places in parts), 1.0)


@pytest.mark.parametrize("flipped", [False, True])
def test_a_half_lies_where_its_sites_lie_on_either_strand(flipped):
    # the half covers columns 6 to 12 of the long one: its middle is 9, that of the long one 6
    other = HALF.reverse_complement() if flipped else HALF
    first = heard((0, 100, False), (1, 100, True), (2, 50, False))
    second = heard((0, 106, flipped), (1, 94, not flipped), (2, 50, False), (3, 7, True))
    group = laid(concept((0, [0, 1, 2, 4]), (1, [0, 1, 2])), [first, second], [[LONG], [other]])
    member = group.of_run(1)
    assert member is not None
    assert (group.leader.run, member.offset, member.strand) == (0, 6, "-" if flipped else "+")
    assert member.correlation > 0.95


def test_motifs_that_share_no_place_lie_as_their_letters_do():
    first, second = heard((0, 100, False)), heard((1, 50, False))
    group = laid(concept((0, [0, 5]), (1, [1])), [first, second], [[LONG], [HALF.reverse_complement()]])
    member = group.of_run(1)
    assert member is not None
    assert (member.offset, member.strand) == (6, "-")


@pytest.mark.parametrize(
    ("q", "shared", "one", "right"),
    [
        (0.001, 8, True, ""),
        (0.2, 8, True, "concept"),
        (0.2, 2, True, "letters"),
        (0.001, 1, False, "concept"),
        (0.001, 7, False, "letters"),
    ],
)
def test_sites_decide_where_letters_and_concepts_differ(q, shared, one, right):
    pair = LetterPair(Channel(0, 0), Channel(1, 0), 0.5, q, (10, 40), shared, one)
    assert pair.share == shared / 10
    assert pair.right == right


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    home = tmp_path_factory.mktemp("runs")
    return read_runs([fake(home / "a"), fake(home / "b"), fake(home / "c")])


def alone(run: int, motif: int) -> tuple[Concept, Group]:
    part = Part(Channel(run, motif), 1.0, np.arange(3), 0)
    return Concept((part,), 1.0), Group(own := Member(run, motif, 0, "+", 1.0), (own,))


def test_the_sentence_counts_what_is_shared_and_names_what_is_not(runs):
    parts = tuple(Part(Channel(run, 0), 1.0, np.arange(3), 3) for run in range(3))
    members = tuple(Member(run, 0, 0, "+", 1.0) for run in range(3))
    both = Concept(parts[:2], 1.0), Group(members[0], members[:2])
    shared = Concept(parts, 1.0), Group(members[0], members)
    concepts, groups = zip(shared, both, alone(2, 1), strict=True)
    assert told(concepts, groups, runs, 1) == (
        "3 concepts; 1 in all runs; 1 in some of them; GATA1 only in c; 1 motif in none."
    )
    assert told((), (), runs, 2) == "0 concepts; none in all runs; 2 motifs in none."


def test_concepts_without_a_name_are_counted(runs):
    nameless = [
        replace(run, motifs=tuple(replace(m, row=replace(m.row, match_name="", best_match="")) for m in run.motifs))
        for run in runs
    ]
    concepts, groups = zip(alone(0, 0), alone(0, 1), strict=True)
    assert told(concepts, groups, nameless, 0) == "2 concepts; none in all runs; 2 without a name only in a."


def test_two_concepts_of_one_name_are_told_apart(runs):
    _, groups = zip(alone(0, 0), alone(1, 0), alone(0, 1), strict=True)
    names = names_of(groups, runs)
    assert len(set(names)) == 3
    assert names[2] == "GATA1"
    assert all(name.startswith("CTCF") for name in names[:2])
