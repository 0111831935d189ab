"""Motifs as they lie on a map: which channels mark each, and where its first letter lies from a mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.runs.words import SpliceMotif


@dataclass(frozen=True)
class MappedMotif:
    """A motif; ``shifts`` of each of its channels: nt from a mark to the motif's first letter."""

    pwm: Pwm
    shifts: Mapping[int, int]


def mapped(motifs: Sequence[SpliceMotif]) -> tuple[MappedMotif, ...]:
    """The same motifs, as they lie on the map."""
    return tuple(MappedMotif(motif.pwm, {motif.channel: motif.shift}) for motif in motifs)


def by_channel(motifs: Sequence[MappedMotif], channels: int) -> tuple[Ints, Ints]:
    """Number of each channel's motif, -1 for none, and its shift: both (channels,)."""
    owner, shift = np.full(channels, -1, dtype=np.int64), np.zeros(channels, dtype=np.int64)
    for number, motif in enumerate(motifs):
        for channel, own in motif.shifts.items():
            owner[channel], shift[channel] = number, own
    return owner, shift
