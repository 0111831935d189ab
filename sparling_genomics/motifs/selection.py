"""Which motifs are reported: those that hold by themselves, each once.

Where two sites overlap the likelier one stands, as letters can be explained only once. A motif is then judged
by the sites that are left to it; one that is like another, a piece of it, or does not hold goes, and its places are
free again.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.data.dataset import SequenceDataset
from sparling_genomics.letters.likeness import alike
from sparling_genomics.motifs.activations import Activations, join
from sparling_genomics.motifs.cuts import above_chance, dense_cut
from sparling_genomics.motifs.evidence import enrichment, fault
from sparling_genomics.motifs.motif import Dropped, Motif, colocation, motif_of, moved, oriented, word
from sparling_genomics.motifs.repeats import is_repeated

OVERLAP, OWN_OVERLAP = 0.5, 0.25
"""Share of the narrower of two sites from which on they explain the same letters: sites of two motifs, and of one. Half
of a p53 site and a random other half are 8 of 18 bp away from it."""
ONE_ELEMENT, REACH = 0.5, 100
"""Share of a motif's bound sites that have the same place beside another's, within that many bp and chance apart, from
which on it is a piece of that one if the letters beyond both are alike, too (`repeats.is_repeated`): two factors may
keep a distance."""
COMPOSED = "composition: most of its sites could be chance where triplets are kept"


class Selection(NamedTuple):
    """Motifs in order of their number of bound sites, the channel of the model that each is, and where it was cut."""

    motifs: list[Motif]
    channels: list[int]
    cuts: list[float]
    dropped: list[Dropped]


def select_motifs(
    data: SequenceDataset,
    detected: Sequence[Activations],
    cuts: Sequence[float],
    composed: Sequence[bool],
    flank: int,
    tested: int,
    most: int | None = None,
    wanted: float | None = None,
) -> Selection:
    """The motifs of channels with sites ``detected``, scored by their log odds, of which those above ``cuts`` count.

    Those that are ``composed`` (`cuts.is_composition`) go first. ``flank`` letters either side of a site are counted;
    at most ``most`` motifs stay, of ``tested`` that were looked at. Where ``wanted`` sites a bound sequence are asked
    for, those that stay get one cut for all, which leaves so many. The scores of sites are what is above the cut.
    """
    left: dict[int, Motif] = {}
    dropped = []
    for k, (sites, cut, is_composed) in enumerate(zip(detected, cuts, composed, strict=True)):
        above = sites.select(sites.score > cut)
        motif = motif_of(data, above if len(above) else sites, flank, (k,))
        if not len(above):
            reason = "in bound sequences no more than by chance" if math.isinf(cut) else "no site above its threshold"
            dropped.append(Dropped((k,), word(motif.pwm), reason))
        elif is_composed:
            dropped.append(Dropped((k,), word(motif.pwm), COMPOSED))
        else:
            left[k] = motif
    while left:
        standing = compete(data, left)
        judged = {k: motif_of(data, left[k].sites.select(standing[k]), flank, (k,)) for k in left}
        worst = _worst(data, judged, left, tested)
        if worst is None and most is not None and len(left) > most:
            worst = min(judged, key=lambda k: judged[k].pwm.n_sites), f"{most} others have more sites"
        cut_of = dict(enumerate(cuts))
        if worst is None and wanted is not None:
            whole = judged
            judged, common = _at_density(data, whole, detected, flank, wanted)
            cut_of = dict.fromkeys(judged, common)
            worst = _worst_of_few(data, judged, whole, tested)
        if worst is None:
            order = sorted(judged, key=lambda k: (-judged[k].pwm.n_sites, k))
            motifs = [_named(judged[k], cut_of[k], i) for i, k in enumerate(order)]
            return Selection(motifs, order, [cut_of[k] for k in order], dropped)
        channel, reason = worst
        dropped.append(Dropped((channel,), word(left.pop(channel).pwm), reason))
    return Selection([], [], [], dropped)


def _at_density(
    data: SequenceDataset, motifs: dict[int, Motif], detected: Sequence[Activations], flank: int, wanted: float
) -> tuple[dict[int, Motif], float]:
    """The motifs that have ``wanted`` sites a bound sequence, all together, and the one cut that leaves them."""
    standing = compete(data, {k: replace(motif, sites=detected[k]) for k, motif in motifs.items()})
    sites = {k: detected[k].select(standing[k]) for k in motifs}
    cut = dense_cut(data, join(list(sites.values())), wanted)
    above = {k: own.select(own.score > cut) for k, own in sites.items()}
    return {k: motif_of(data, own, flank, (k,)) for k, own in above.items() if len(own)}, cut


def _worst_of_few(
    data: SequenceDataset, few: dict[int, Motif], whole: dict[int, Motif], tested: int
) -> tuple[int, str] | None:
    """The motif that does not hold by the sites that were asked for, and why; the one with the fewest goes first."""
    faults = {k: fault(data, few[k], tested) if k in few else "no site among the few asked for" for k in whole}
    failing = [k for k in whole if faults[k]]
    if not failing:
        return None
    k = min(failing, key=lambda k: (few[k].pwm.n_sites if k in few else 0, k))
    return k, faults[k]


def _named(motif: Motif, cut: float, number: int) -> Motif:
    """The motif of channel ``number`` of the network that stays."""
    motif = oriented(replace(motif, channels=(number,)))
    sites = replace(motif.sites, score=motif.sites.score - cut, channel=np.full_like(motif.sites.channel, number))
    return replace(motif, sites=sites, pwm=replace(motif.pwm, name=f"M{number + 1}"))


def compete(data: SequenceDataset, motifs: dict[int, Motif]) -> dict[int, NDArray[np.bool_]]:
    """Which sites of each motif stand: none that overlaps a likelier site too much, see `OVERLAP`."""
    rows = []
    for k, motif in motifs.items():
        start, end = motif.intervals(data)
        sites = motif.sites
        places = zip(sites.score.tolist(), sites.sequence.tolist(), start.tolist(), end.tolist(), strict=True)
        rows += [(-score, k, i, *place) for i, (score, *place) in enumerate(places)]
    standing = {k: np.ones(len(motif.sites), dtype=bool) for k, motif in motifs.items()}
    taken: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for _, k, i, sequence, begin, stop in sorted(rows):
        for other, first, last in taken[sequence]:
            common = min(stop, last) - max(begin, first)
            share = OVERLAP if other != k else OWN_OVERLAP
            if common >= max(1, share * min(stop - begin, last - first)):
                standing[k][i] = False
                break
        else:
            taken[sequence].append((k, begin, stop))
    return standing


def _worst(
    data: SequenceDataset, motifs: dict[int, Motif], whole: dict[int, Motif], tested: int
) -> tuple[int, str] | None:
    """The motif that has to go first, and why; None where all may stay. ``whole``: with the sites that others took."""
    faults = {
        k: fault(data, motif, tested) or ("" if above_chance(data, motif.sites) else "hardly more sites than by chance")
        for k, motif in motifs.items()
    }
    failing = [k for k in motifs if faults[k]]
    if failing:
        k = max(failing, key=lambda k: (enrichment(data, motifs[k]), k))
        return k, faults[k]
    order = sorted(motifs, key=lambda k: (motifs[k].pwm.n_sites, -k))
    for i, k in enumerate(order):
        like = next((other for other in order[i + 1 :] if alike(motifs[k].pwm, motifs[other].pwm)), None)
        if like is not None:
            return k, f"like {word(motifs[like].pwm)}, which has more sites"
    repeated = [k for k in order[:-1] if is_repeated(data, motifs[k], [motifs[other] for other in order if other != k])]
    for k in repeated:
        for other in order[order.index(k) + 1 :]:
            share = _share_at_one_place(data, motifs[k], motifs[other])
            if share >= ONE_ELEMENT:
                beside = word(motifs[other].pwm)
                return k, f"a piece of one element with {beside}: {share:.0%} of its sites have one place beside it"
    for k in repeated:
        for other in reversed(order[order.index(k) + 1 :]):
            share = _share_at_one_place(data, motifs[k], whole[other])
            if share >= ONE_ELEMENT:
                inside = word(motifs[other].pwm)
                return k, f"{inside} in copies of a repeated element: {share:.0%} of its sites have it at one place"
    return None


def _share_at_one_place(data: SequenceDataset, motif: Motif, other: Motif) -> float:
    """Share of the bound sites of ``motif`` that lie in the most common place beside sites of ``other``.

    Less what chance makes of it, where either has its place in a sequence: the share that would lie there if their
    sites were those of other sequences.
    """
    own, beside = (m.sites.select(data.labels[m.sites.sequence] == 1) for m in (motif, other))
    common = colocation(beside, own, REACH)
    if common is None:
        return 0.0
    shift, flip, share = common
    wanted = moved(own, shift, flip)
    at = Counter(zip(beside.position.tolist(), beside.reverse.tolist(), strict=True))
    places = zip(wanted.position.tolist(), wanted.reverse.tolist(), strict=True)
    elsewhere = sum(at[place] for place in places) - share * len(own)
    chance = elsewhere / (len(own) * max(int(data.labels.sum()) - 1, 1))
    return (share - chance) / (1 - chance) if chance < 1 else 0.0
