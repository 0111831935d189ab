"""How motifs of a concept lie on each other: by the places that they share, not by their letters.

At a shared place two runs say where the middle of their matrix lies and on which strand. The most common of these is
how the matrices lie, so that a half of a long motif stands below its half of it; where two motifs share no place, how
their letters are most alike.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from sparling_genomics.align.concepts import Channel, Concept
from sparling_genomics.align.reading import Heard
from sparling_genomics.compare.groups import Group, Member
from sparling_genomics.letters.likeness import overlapping, similarity
from sparling_genomics.letters.pwm import Pwm


def laid(concept: Concept, heard: Sequence[Heard], pwms: Sequence[Sequence[Pwm]]) -> Group:
    """The motifs of a concept as a group around its leader, in the order of its parts.

    ``correlation`` is that of the columns that then lie on each other.
    """
    leader = concept.leader.channel
    members = []
    for part in concept.parts:
        channel = part.channel
        if channel == leader:
            members.append(Member(channel.run, channel.motif, 0, "+", 1.0))
            continue
        a, b = pwms[leader.run][leader.motif], pwms[channel.run][channel.motif]
        both = a.alphabet.double_stranded
        lies = _by_places(leader, channel, heard, a.width, b.width)
        if lies is None:
            alike = similarity(a, b, reverse_complement=both, whole=True)
            lies = alike.offset, alike.strand
        offset, strand = lies
        turned = b if strand == "+" else b.reverse_complement()
        members.append(Member(channel.run, channel.motif, offset, strand, overlapping(a, turned, offset)))
    return Group(next(m for m in members if (m.run, m.motif) == leader), tuple(members))


def _by_places(leader: Channel, other: Channel, heard: Sequence[Heard], width: int, own: int) -> tuple[int, str] | None:
    """Column of the leader on which the first column of the other lies, and the strand on which that is read."""
    a, b = heard[leader.run], heard[other.run]
    first, second = np.flatnonzero(a.channel == leader.motif), np.flatnonzero(b.channel == other.motif)
    _, i, j = np.intersect1d(a.place[first], b.place[second], return_indices=True)
    if not len(i):
        return None
    i, j = first[i], second[j]
    apart = np.where(a.reverse[i], a.middle[i] - b.middle[j], b.middle[j] - a.middle[i])
    turned = a.reverse[i] != b.reverse[j]
    seen = Counter(zip(apart.tolist(), turned.tolist(), strict=True))
    (shift, flip), _ = min(seen.items(), key=lambda item: (-item[1], abs(item[0][0]), item[0]))
    return (shift + width - own) // 2, "-" if flip else "+"
