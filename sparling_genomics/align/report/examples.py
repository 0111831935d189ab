"""Example places of a concept: where most runs have a site of it, the strongest first, read like its logos."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sparling_genomics.align.concepts import Concept
from sparling_genomics.align.places import Places
from sparling_genomics.align.reading import Heard
from sparling_genomics.compare.groups import Group
from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.alphabet import decode, reverse_complement
from sparling_genomics.letters.pwm import Pwm

SHOWN = 3
FLANK = 6
"""Letters beside the leader's matrix."""


class Example(NamedTuple):
    """A place of a concept."""

    sequence: str
    start: int
    """Of the leader's matrix, 0-based; it may begin before the sequence."""
    end: int
    strand: str
    """On which the letters stand."""
    before: str
    site: str
    after: str
    said: tuple[tuple[int, int, float], ...]
    """Run, motif and value (1: the median site of the motif) of each that has a site there."""


def examples_of(
    concept: Concept,
    group: Group,
    heard: Sequence[Heard],
    places: Places,
    data: SequenceDataset,
    pwms: Sequence[Sequence[Pwm]],
) -> list[Example]:
    """Up to `SHOWN`, of different sequences."""
    said: dict[int, list[tuple[int, int, float]]] = {}
    for part in concept.parts:
        run, motif = part.channel
        own = heard[run]
        rows = np.flatnonzero(own.channel == motif)
        for place, value in zip(own.place[rows].tolist(), own.value[rows].tolist(), strict=True):
            said.setdefault(place, []).append((run, motif, value))
    order = sorted(said, key=lambda p: (-len({run for run, _, _ in said[p]}), -np.mean([v for _, _, v in said[p]]), p))
    found: list[Example] = []
    for place in order:
        name = data.names[places.sequence[place]]
        if all(example.sequence != name for example in found):
            found.append(_example(place, tuple(said[place]), group, heard, places, data, pwms))
        if len(found) == SHOWN:
            break
    return found


def _example(
    place: int,
    said: tuple[tuple[int, int, float], ...],
    group: Group,
    heard: Sequence[Heard],
    places: Places,
    data: SequenceDataset,
    pwms: Sequence[Sequence[Pwm]],
) -> Example:
    """The place as the leader lies there, or would by the strongest of the others."""
    of = {(member.run, member.motif): member for member in group.members}
    there = [each for each in said if each[:2] == (group.leader.run, group.leader.motif)] or list(said)
    run, motif, _ = max(there, key=lambda each: each[2])
    own, member = heard[run], of[run, motif]
    row = int(np.flatnonzero((own.place == place) & (own.channel == motif))[0])
    width, its = pwms[group.leader.run][group.leader.motif].width, pwms[run][motif].width
    reverse = bool(own.reverse[row]) != (member.strand == "-")
    shift = width - its - 2 * member.offset  # from its middle to the leader's, half letters on the leader's strand
    middle = int(own.middle[row]) + (-shift if reverse else shift)
    start = (middle - width + 1) // 2
    sequence = int(places.sequence[place])
    length = int(data.lengths[sequence])
    codes = data.sequence(sequence)
    first, last = max(0, start - FLANK), min(length, start + width + FLANK)
    parts = [(first, max(first, start)), (max(0, start), min(length, start + width)), (start + width, last)]
    letters = [codes[max(0, a) : max(0, b)] for a, b in parts]
    if reverse:
        letters = [reverse_complement(each) for each in reversed(letters)]
    before, site, after = (decode(each, data.alphabet) for each in letters)
    return Example(data.names[sequence], start, start + width, "-" if reverse else "+", before, site, after, said)
