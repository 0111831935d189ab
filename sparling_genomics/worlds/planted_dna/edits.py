"""Layouts of planted DNA one by one, with a site taken out, put in, moved, or exchanged for another.

All other sites stay where they are, distractors as well. A result counts where the grammar may draw it: so many of each
motif, at least `APART` bp between two, and gaps as the grammar asks for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

from sparling.evaluation.identifiability.necessity import Edit
from sparling_genomics.worlds.planted_dna.domain import PlantedDna
from sparling_genomics.worlds.planted_dna.grammars import FAR, MOST_COPIES, NEAR
from sparling_genomics.worlds.planted_dna.layouts import APART, NONE, Layout

COPIES = {"presence": (0, 1), "count": (0, MOST_COPIES), "and-not": (0, 1)}
"""Fewest and most sites of a class in a sequence, by grammar; elsewhere each is there once."""
TRIES = 50
"""Random places or partners that are tried before an edit is given up."""


class Placed(NamedTuple):
    """One site: ``start`` in bp, ``kind`` a motif, ``reverse`` its strand."""

    start: int
    kind: int
    reverse: bool


Sites = tuple[Placed, ...]
"""A layout: sites from left to right."""


@dataclass(frozen=True)
class PlantedLayouts:
    """Layouts of ``world``, and edits of them (`sparling.evaluation.identifiability.necessity.Layouts`)."""

    world: PlantedDna

    def layouts(self, seed: int, n: int) -> list[Sites]:
        """Those of the first ``n`` samples of ``seed``."""
        drawn = self.world.layout(seed, torch.arange(n))
        rows = zip(drawn.start.tolist(), drawn.kind.tolist(), drawn.reverse.tolist(), strict=True)
        return [
            tuple(Placed(*site) for site in zip(start, kind, reverse, strict=True) if site[1] != NONE)
            for start, kind, reverse in rows
        ]

    def answers(self, layouts: Sequence[Sites]) -> list[tuple[int, ...]]:
        """What the grammar reads."""
        slots = max(map(len, layouts), default=0) or 1
        start, kind, end = (torch.zeros(len(layouts), slots, dtype=torch.int64) for _ in range(3))
        reverse = torch.zeros(len(layouts), slots, dtype=torch.bool)
        kind.fill_(NONE)
        for i, sites in enumerate(layouts):
            for j, site in enumerate(sites):
                start[i, j], kind[i, j], reverse[i, j] = site
                end[i, j] = site.start + self._width(site.kind)
        return [tuple(row) for row in self.world.grammar.read(Layout(kind, reverse, start, end)).tolist()]

    def edited(self, layout: Sites, kind: int, edit: Edit, rng: np.random.Generator) -> Sites | None:
        """A random edit of class ``kind``, None where none is possible or none was found in `TRIES` tries."""
        own = [site for site in layout if self._class(site) == kind]
        if edit is Edit.REPLACED:
            return self._replaced(layout, kind, rng)
        if edit is Edit.INSERTED:
            return self._put(layout, kind, rng)
        if not own:
            return None
        rest = list(layout)
        rest.remove(own[rng.integers(len(own))])
        return self._checked(rest) if edit is Edit.REMOVED else self._put(rest, kind, rng)

    def _class(self, site: Placed) -> int:
        """The class of a site; a distractor has one past all of them."""
        factors, classes = len(self.world.grammar.classes), len(self.world.class_names)
        if site.kind >= factors:
            return classes
        return site.kind + factors * site.reverse if self.world.grammar.by_strand else site.kind

    def _width(self, kind: int) -> int:
        return self.world.motifs[kind].width

    def _put(self, sites: Sequence[Placed], kind: int, rng: np.random.Generator) -> Sites | None:
        """One more site of a class, at a random place."""
        factors = len(self.world.grammar.classes)
        motif = kind % factors
        for _ in range(TRIES):
            reverse = kind >= factors if self.world.grammar.by_strand else bool(rng.integers(2))
            start = int(rng.integers(self.world.length - self._width(motif) + 1))
            if (changed := self._checked([*sites, Placed(start, motif, reverse)])) is not None:
                return changed
        return None

    def _replaced(self, layout: Sites, kind: int, rng: np.random.Generator) -> Sites | None:
        """A site of the class for one of another class or the other way round, about the same middle."""
        factors, classes = len(self.world.grammar.classes), len(self.world.class_names)
        changes = []
        for i, site in enumerate(layout):
            own = self._class(site)
            others = [k for k in range(classes) if k != own] if own == kind else [kind] if own < classes else []
            changes += [(i, other) for other in others]
        for index in rng.permutation(len(changes))[:TRIES].tolist():
            i, other = changes[index]
            old, motif = layout[i], other % factors
            reverse = other >= factors if self.world.grammar.by_strand else old.reverse
            start = old.start + (self._width(old.kind) - self._width(motif)) // 2
            changed = [*layout[:i], Placed(start, motif, reverse), *layout[i + 1 :]]
            if (possible := self._checked(changed)) is not None:
                return possible
        return None

    def _checked(self, sites: Sequence[Placed]) -> Sites | None:
        """The layout, from left to right; None where the grammar does not draw it."""
        grammar = self.world.grammar
        ordered = tuple(sorted(sites))
        fewest, most = COPIES.get(grammar.name, (1, 1))
        counts = [sum(site.kind == kind for site in ordered) for kind in range(len(grammar.classes))]
        if not all(fewest <= count <= most for count in counts):
            return None
        if ordered and (ordered[0].start < 0 or self._end(ordered[-1]) > self.world.length):
            return None
        gaps = [after.start - self._end(site) for site, after in pairwise(ordered)]
        if any(gap < APART for gap in gaps):
            return None
        return ordered if grammar.name != "spacing" or self._spaced(ordered, gaps) else None

    def _spaced(self, ordered: Sites, gaps: list[int]) -> bool:
        """Whether the two classes are neighbours, near each other or, in their order, far."""
        places = [i for i, site in enumerate(ordered) if site.kind < len(self.world.grammar.classes)]
        first, second = places
        gap, forward = gaps[first], ordered[first].kind == 0
        near, far = (low <= gap <= high for low, high in (NEAR, FAR))
        return second == first + 1 and (near or (far and forward))

    def _end(self, site: Placed) -> int:
        return site.start + self._width(site.kind)
