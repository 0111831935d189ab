"""What is said in a sound, with one digit taken out, put in, moved, or exchanged for another.

All other clips keep their places. A result counts where the world may draw it: so many digits, none of which sticks out
or overlaps another; clips and places are of a continuum, so that any such result may be drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from sparling.domains.digit_sequence import DIGITS
from sparling.domains.spoken_digits.domain import SpokenDigits
from sparling.evaluation.identifiability.necessity import Edit

TRIES = 20
"""Random clips and places that are tried before an edit is given up."""


class Said(NamedTuple):
    """One digit of a sound: its first sample, what is said and by which clip of the world."""

    start: int
    digit: int
    clip: int


Sequel = tuple[Said, ...]
"""A layout: digits in order of time."""


@dataclass(frozen=True)
class SpokenLayouts:
    """Layouts of ``world``, and edits of them (`sparling.evaluation.identifiability.necessity.Layouts`)."""

    world: SpokenDigits

    def layouts(self, seed: int, n: int) -> list[Sequel]:
        """Those of the first ``n`` samples of ``seed``."""
        drawn = self.world.layout(seed, torch.arange(n))
        rows = zip(*(part.tolist() for part in drawn), strict=True)
        return [tuple(map(Said, start[:k], digit[:k], clip[:k])) for k, digit, clip, start in rows]

    def answers(self, layouts: Sequence[Sequel]) -> list[tuple[int, ...]]:
        """The digits in order of time."""
        return [tuple(said.digit for said in layout) for layout in layouts]

    def edited(self, layout: Sequel, kind: int, edit: Edit, rng: np.random.Generator) -> Sequel | None:
        """A random edit of digit ``kind``, None where none is possible or none was found in `TRIES` tries."""
        if edit is Edit.REPLACED:
            return self._replaced(layout, kind, rng)
        if edit is Edit.INSERTED:
            return self._put(layout, self._any_clip(kind, rng), rng) if len(layout) < self.world.most else None
        own = [i for i, said in enumerate(layout) if said.digit == kind]
        if not own:
            return None
        i = own[rng.integers(len(own))]
        rest = layout[:i] + layout[i + 1 :]
        if edit is Edit.MOVED:
            return self._put(rest, layout[i].clip, rng)
        return rest if len(rest) >= self.world.fewest else None

    def _replaced(self, layout: Sequel, kind: int, rng: np.random.Generator) -> Sequel | None:
        """A digit of ``kind`` for another or the other way round, about the same middle."""
        pairs = [
            (i, other)
            for i, said in enumerate(layout)
            for other in (range(DIGITS) if said.digit == kind else (kind,))
            if other != said.digit
        ]
        for index in rng.permutation(len(pairs))[:TRIES].tolist():
            i, other = pairs[index]
            clip, old = self._any_clip(other, rng), layout[i]
            start = old.start + (self._length(old.clip) - self._length(clip)) // 2
            changed = (*layout[:i], Said(start, other, clip), *layout[i + 1 :])
            if self._fits(changed):
                return changed
        return None

    def _put(self, layout: Sequel, clip: int, rng: np.random.Generator) -> Sequel | None:
        """One more clip, anywhere it fits: each place is as likely."""
        length, digit = self._length(clip), int(self.world.clips.digit[clip])
        ends = [0, *(said.start + self._length(said.clip) for said in layout)]
        starts = [*(said.start for said in layout), self.world.sound_length]
        room = np.maximum([start - end - length + 1 for end, start in zip(ends, starts, strict=True)], 0)
        if not room.any():
            return None
        gap = int(rng.choice(len(room), p=room / room.sum()))
        new = Said(ends[gap] + int(rng.integers(room[gap])), digit, clip)
        return (*layout[:gap], new, *layout[gap:])

    def _any_clip(self, digit: int, rng: np.random.Generator) -> int:
        """A random clip of a digit."""
        of_digit = torch.nonzero(self.world.clips.digit == digit)[:, 0]
        return int(of_digit[int(rng.integers(len(of_digit)))])

    def _length(self, clip: int) -> int:
        return int(self.world.clips.length[clip])

    def _fits(self, layout: Sequel) -> bool:
        """Whether nothing overlaps or sticks out."""
        ends = [0, *(said.start + self._length(said.clip) for said in layout)]
        starts = [*(said.start for said in layout), self.world.sound_length]
        return all(end <= start for end, start in zip(ends, starts, strict=True))
