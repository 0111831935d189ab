"""Motifs of several runs that are one motif: groups with at most one motif a run, and how they lie on each other."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.likeness import MERGE_CORRELATION, similarity
from sparling_genomics.letters.pwm import Pwm


class Member(NamedTuple):
    """A motif in a group.

    Fields: ``run`` and ``motif``, indices; its first column, read on ``strand``, lies on column ``offset`` of the
    group's leader; ``correlation`` with the leader.
    """

    run: int
    motif: int
    offset: int
    strand: str
    correlation: float


class Group(NamedTuple):
    """Motifs that are one: ``leader``, the one of most sites, to which the others are aligned, is a member."""

    leader: Member
    members: tuple[Member, ...]
    """In the order of the runs."""

    def of_run(self, run: int) -> Member | None:
        """The member of a run; None where it has none."""
        return next((member for member in self.members if member.run == run), None)


def groups(found: Sequence[Sequence[Pwm]]) -> list[Group]:
    """Groups of the motifs ``found`` in each run, those of most runs first, then those that the runs list first.

    Two groups become one where their motifs are alike on average, as two matrices are (`likeness.alike`), the most
    alike first, and no run has a motif in both. Which run stands first changes nothing.
    """
    places = [(run, motif) for run, pwms in enumerate(found) for motif in range(len(pwms))]
    likeness = _likeness(found, places)
    made = [[i] for i in range(len(places))]
    while pair := _nearest(made, likeness):
        first, second = pair
        made[first] += made.pop(second)
    whole = [_aligned(found, [places[i] for i in sorted(each)]) for each in made]
    return sorted(whole, key=_order)


def _likeness(found: Sequence[Sequence[Pwm]], places: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Correlation of every two motifs, -inf of two in one run: (n, n)."""
    likeness = np.full((len(places), len(places)), -np.inf)
    for i, (run, motif) in enumerate(places):
        for j, (other, its) in enumerate(places[:i]):
            if run != other:
                a, b = found[run][motif], found[other][its]
                both = a.alphabet.double_stranded and b.alphabet.double_stranded
                value = similarity(a, b, reverse_complement=both, whole=True).correlation
                likeness[i, j] = likeness[j, i] = value
    return likeness


def _nearest(made: Sequence[list[int]], likeness: NDArray[np.float64]) -> tuple[int, int] | None:
    """The two groups most alike on average, the earlier one first; None where none are alike."""
    best, pair = MERGE_CORRELATION, None
    for j in range(len(made)):
        for i in range(j):
            mean = float(likeness[np.ix_(made[i], made[j])].mean())
            if mean > best or (mean == best and pair is None):
                best, pair = mean, (i, j)
    return pair


def _aligned(found: Sequence[Sequence[Pwm]], places: Sequence[tuple[int, int]]) -> Group:
    leading = max(places, key=lambda place: (found[place[0]][place[1]].n_sites, -place[0]))
    leader = found[leading[0]][leading[1]]
    members = []
    for run, motif in places:
        if (run, motif) == leading:
            members.append(Member(run, motif, 0, "+", 1.0))
            continue
        own = found[run][motif]
        both = leader.alphabet.double_stranded and own.alphabet.double_stranded
        lies = similarity(leader, own, reverse_complement=both, whole=True)
        members.append(Member(run, motif, lies.offset, lies.strand, lies.correlation))
    return Group(next(each for each in members if (each.run, each.motif) == leading), tuple(members))


def _order(group: Group) -> tuple[float, ...]:
    places = [member.motif for member in group.members]
    return -len(places), sum(places) / len(places), min(member.run for member in group.members)
