"""α-MOTIF-NECESSITY: how much probability mass of layouts must change its answer when a class is edited.

The third assumption of the Motif Identifiability Theorem (SPARLING, arXiv 2302.01976): for every class, layouts that
differ by an edit of that class carry a mass of at least α on which the output must change. A reader that takes the two
layouts of such a pair for one is wrong on one of them: that is what makes a class necessary.

An *edit* of class c leaves all other motifs of a layout where they are. It takes a motif of c out, puts one in, moves
one, or exchanges in place a motif of c for one of another class or the other way round. Only edits count whose result
the world itself may draw: where it may not, what was edited follows from the rest, and need not be seen. From each
layout one edit of each kind is drawn, at random among those that are possible; α̂ is the share of layouts in which one
of them changes the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeVar

import numpy as np

from sparling.evaluation.identifiability.shares import Share


class Edit(Enum):
    """What is done to one motif of a class."""

    REMOVED = "removed"
    INSERTED = "added"
    MOVED = "moved"
    REPLACED = "replaced"
    """By one of another class in its place, or put in the place of one."""


L = TypeVar("L")


class Layouts(Protocol[L]):
    """A world in terms of layouts: which motifs a sample has and where, without a single input."""

    def layouts(self, seed: int, n: int) -> Sequence[L]:
        """The layouts of the first ``n`` samples of this seed."""
        ...

    def answers(self, layouts: Sequence[L]) -> Sequence[tuple[int, ...]]:
        """What each demands: the true readout h*."""
        ...

    def edited(self, layout: L, kind: int, edit: Edit, rng: np.random.Generator) -> L | None:
        """A random one of the possible edits of class ``kind``, None where there is none.

        The result is a layout that the world may draw, with all other motifs in their place.
        """
        ...


@dataclass(frozen=True)
class Necessity:
    """How often an edit of one class changes the answer."""

    alpha: Share
    """α̂: layouts in which one of the edits does."""
    by_edit: dict[str, Share]
    """By `Edit`: layouts in which it is possible and does."""


def necessity(world: Layouts[L], classes: int, seed: int, n: int, rng: np.random.Generator) -> tuple[Necessity, ...]:
    """α̂ of each class over the first ``n`` layouts of ``seed``; ``rng`` draws the edits."""
    layouts = world.layouts(seed, n)
    before = world.answers(layouts)
    found = []
    for kind in range(classes):
        changed = {}
        for edit in Edit:
            after = {
                i: new for i, each in enumerate(layouts) if (new := world.edited(each, kind, edit, rng)) is not None
            }
            told = world.answers(list(after.values())) if after else ()
            changed[edit] = np.zeros(len(layouts), dtype=bool)
            for i, answer in zip(after, told, strict=True):
                changed[edit][i] = tuple(answer) != tuple(before[i])
        shares = {edit.value: Share.of(int(each.sum()), len(layouts)) for edit, each in changed.items()}
        any_of = np.any(list(changed.values()), axis=0)
        found.append(Necessity(Share.of(int(any_of.sum()), len(layouts)), shares))
    return tuple(found)
