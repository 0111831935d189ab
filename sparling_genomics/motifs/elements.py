"""Pieces of one repeated element: motifs whose sites keep one place beside another's, alike far beyond either."""

from collections import Counter
from collections.abc import Sequence

from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.motifs.motif import Motif, colocation, moved, word
from sparling_genomics.motifs.repeats import is_repeated

ONE_ELEMENT, REACH = 0.5, 100
"""Share of a motif's bound sites that have the same place beside another's, within that many bp and chance apart, from
which on it is a piece of that one if the letters beyond both are alike, too (`repeats.is_repeated`): two factors may
keep a distance."""


def piece_of(data: SequenceDataset, motif: Motif, others: Sequence[Motif]) -> str:
    """Of which of ``others`` a motif is a piece, in words; empty where it is none."""
    if not is_repeated(data, motif, others):
        return ""
    for other in others:
        share = share_at_one_place(data, motif, other)
        if share >= ONE_ELEMENT:
            return f"a piece of one element with {word(other.pwm)}: {share:.0%} of its sites have one place beside it"
    return ""


def share_at_one_place(data: SequenceDataset, motif: Motif, other: Motif) -> float:
    """Share of a motif's bound training and validation sites in the most common place beside sites of ``other``.

    Less what chance makes of it, where either has its place in a sequence: the share that would lie there if their
    sites were those of other sequences.
    """
    seen = (data.labels == 1) & (data.split != TEST)
    own, beside = (m.sites.select(seen[m.sites.sequence]) for m in (motif, other))
    common = colocation(beside, own, REACH)
    if common is None:
        return 0.0
    shift, flip, share = common
    wanted = moved(own, shift, flip)
    at = Counter(zip(beside.position.tolist(), beside.reverse.tolist(), strict=True))
    places = zip(wanted.position.tolist(), wanted.reverse.tolist(), strict=True)
    elsewhere = sum(at[place] for place in places) - share * len(own)
    chance = elsewhere / (len(own) * max(int(seen.sum()) - 1, 1))
    return (share - chance) / (1 - chance) if chance < 1 else 0.0
