"""From sites to motifs: one matrix a channel, equal channels merged, oriented, trimmed, and checked on held-out data.

A channel is a detector of the model; a motif is what is reported. One channel may answer to two unlike patterns and is
then two motifs; two channels are one motif when their matrices agree, or when most sites of the one lie at one fixed
place relative to sites of the other.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact, hypergeom

from sparling_genomics.data.dataset import TEST, TRAIN, VALIDATION, SequenceDataset
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.activations import Activations, join, letter_counts, strongest_apart, windows
from sparling_genomics.motifs.splitting import two_patterns
from sparling_genomics.naming.tomtom import similarity

MERGE_CORRELATION = 0.75
MERGE_COLOCATION = 0.5
MIN_SITES = 10
MIN_SHARE = 0.05
MAX_SPLITS = 2
CUTS = 100
MIN_COLUMN_BITS = 0.3
MIN_BITS = 4.0
SIGNIFICANCE = 0.05


@dataclass(frozen=True, eq=False)
class Motif:
    """One reported motif.

    ``pwm`` counts letters around its sites in bound training and validation sequences; ``channels`` of the model that
    were merged into it; ``sites`` in all sequences looked at, bound or not; ``first`` column of the matrix relative to
    the position of a site, so a forward site at p covers [p + first, p + first + W).
    """

    pwm: Pwm
    channels: tuple[int, ...]
    sites: Activations
    first: int

    def intervals(self, data: SequenceDataset) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Start and end of each site in its sequence, 0-based, half-open, cut at the sequence's ends."""
        position, last = self.sites.position, self.first + self.pwm.width - 1
        start = np.where(self.sites.reverse, position - last, position + self.first)
        length = data.lengths[self.sites.sequence]
        return start.clip(0, length), (start + self.pwm.width).clip(0, length)


@dataclass(frozen=True)
class Dropped:
    """What a channel that is not reported looks for, and why it is not."""

    channels: tuple[int, ...]
    consensus: str
    """Empty where the channel has no site in bound sequences, or no column says anything."""
    reason: str


def build_motifs(
    data: SequenceDataset, activations: Activations, receptive_field: int, channels: int
) -> tuple[list[Motif], list[Dropped]]:
    """Motifs in order of their number of bound sites, M1 first, and the channels that are left out.

    ``data`` must hold unbound sequences on the held-out sides; there a motif must lie in more bound than unbound
    sequences (one-sided Fisher exact test, P < 0.05 / ``channels``).
    """
    flank = receptive_field // 2 + receptive_field // 4
    candidates = []
    for channel in range(channels):
        own = activations.select(activations.channel == channel)
        if len(own):
            motif = motif_of(data, strongest_apart(own, receptive_field // 2), flank, (channel,))
            candidates += _split(data, motif, flank, receptive_field // 2)
    merged = _merge_all(data, candidates, flank, receptive_field // 2)
    motifs: list[Motif] = []
    dropped: list[Dropped] = []
    for motif in (_strong_enough(data, motif, flank) for motif in merged):
        reason = fault(data, motif, channels)
        if reason:
            dropped.append(Dropped(motif.channels, word(motif.pwm), reason))
        else:
            motifs.append(oriented(data, motif, flank))
    motifs.sort(key=lambda motif: (-motif.pwm.n_sites, motif.channels))
    return [replace(m, pwm=replace(m.pwm, name=f"M{i}")) for i, m in enumerate(motifs, start=1)], dropped


def alike(a: Pwm, b: Pwm) -> bool:
    """Whether two matrices are one motif."""
    both_strands = a.alphabet.double_stranded
    return similarity(a, b, reverse_complement=both_strands, whole=True).correlation >= MERGE_CORRELATION


def bound_fraction(data: SequenceDataset, sites: Activations) -> float:
    """Share of the sites that lie in bound sequences."""
    return float(data.labels[sites.sequence].mean()) if len(sites) else 0.0


def best_scores(n_sequences: int, sites: Activations) -> NDArray[np.float64]:
    """Score of the strongest site in each sequence, 0 where there is none: (n_sequences,)."""
    best = np.zeros(n_sequences)
    np.maximum.at(best, sites.sequence, sites.score)
    return best


def motif_of(data: SequenceDataset, sites: Activations, flank: int, channels: tuple[int, ...]) -> Motif:
    """The motif of these sites, trimmed by information content."""
    counted = sites.select((data.labels[sites.sequence] == 1) & (data.split[sites.sequence] != TEST))
    pwm = Pwm("motif", letter_counts(windows(data, counted, flank)), len(counted), data.alphabet)
    noise = 3 / (2 * np.log(2) * max(len(counted), 1))
    start, end = pwm.informative_span(MIN_COLUMN_BITS + noise)
    return Motif(replace(pwm, counts=pwm.counts[start:end]), channels, sites, start - flank)


def _split(data: SequenceDataset, motif: Motif, flank: int, radius: int, depth: int = 0) -> list[Motif]:
    """The motif itself, or the two to four unlike motifs that its sites are a mixture of."""
    sites = motif.sites
    counted = (data.labels[sites.sequence] == 1) & (data.split[sites.sequence] != TEST)
    least = max(MIN_SITES, MIN_SHARE * int(counted.sum()))
    if depth == MAX_SPLITS or counted.sum() < 2 * least:
        return [motif]
    second = two_patterns(windows(data, sites, radius), counted, np.random.default_rng(motif.channels[0]))
    parts = [motif_of(data, sites.select(chosen), flank, motif.channels) for chosen in (~second, second)]
    if any(part.pwm.n_sites < least or part.pwm.information().sum() < MIN_BITS for part in parts):
        return [motif]
    if alike(parts[0].pwm, parts[1].pwm):
        return [motif]
    return [leaf for part in parts for leaf in _split(data, part, flank, radius, depth + 1)]


def _strong_enough(data: SequenceDataset, motif: Motif, flank: int) -> Motif:
    """The motif of its sites above the score at which bound and unbound sequences differ most significantly.

    One-sided hypergeometric test of sequences with a site that strong, on the training side; the cut is the one with
    the smallest P, as STREME chooses its match threshold (Bailey 2021, Bioinformatics 37:2834).
    """
    seen = data.split == TRAIN
    best, bound = best_scores(len(data), motif.sites)[seen], data.labels[seen] == 1
    cuts = np.unique(np.quantile(best[best > 0], np.linspace(0, 0.98, CUTS))) if (best > 0).any() else np.zeros(1)
    above = np.array([int((best >= cut).sum()) for cut in cuts])
    above_bound = np.array([int(((best >= cut) & bound).sum()) for cut in cuts])
    log_p = hypergeom.logsf(above_bound - 1, len(bound), int(bound.sum()), above)
    cut = cuts[int(np.argmin(log_p))]
    return motif_of(data, motif.sites.select(motif.sites.score >= cut), flank, motif.channels)


def _merge_all(data: SequenceDataset, motifs: Sequence[Motif], flank: int, distance: int) -> list[Motif]:
    """Merge until no two motifs are equal, the ones with most sites first."""
    left = sorted(motifs, key=lambda motif: (-motif.pwm.n_sites, motif.channels))
    i = 0
    while i < len(left):
        for j in range(i + 1, len(left)):
            placed = _placed_on(data, left[i], left[j], distance)
            if placed is not None:
                moved = replace(placed, channel=np.full_like(placed.channel, left[i].sites.channel[0]))
                union = join([left[i].sites, moved])
                channels = tuple(sorted({*left[i].channels, *left[j].channels}))
                merged = motif_of(data, strongest_apart(union, distance), flank, channels)
                left = [*left[:i], merged, *left[i + 1 : j], *left[j + 1 :]]
                i = -1
                break
        i += 1
    return left


def _placed_on(data: SequenceDataset, a: Motif, b: Motif, distance: int) -> Activations | None:
    """The sites of ``b`` moved to where ``a`` would have placed them, or None where the two are different motifs."""
    both_strands = data.alphabet.double_stranded
    if a.pwm.width and b.pwm.width:
        like = similarity(a.pwm, b.pwm, reverse_complement=both_strands, whole=True)
        if like.correlation >= MERGE_CORRELATION:
            flip = like.strand == "-"
            centre = b.pwm.width - 1 + b.first if flip else -b.first
            return moved(b.sites, shift=-a.first - (like.offset + centre), flip=flip)
    common = colocation(a.sites, b.sites, distance)
    if common is not None:
        shift, flip, share = common
        if share >= MERGE_COLOCATION:
            return moved(b.sites, shift, flip)
    return None


def moved(sites: Activations, shift: int, flip: bool) -> Activations:
    """Sites on the same or (``flip``) the other strand, moved ``shift`` bp along the strand they then lie on."""
    reverse = sites.reverse ^ flip
    position = sites.position + np.where(reverse, -shift, shift)
    return replace(sites, position=position, reverse=reverse)


def colocation(a: Activations, b: Activations, distance: int) -> tuple[int, bool, float] | None:
    """The most common (shift, flip) from sites of ``b`` to sites of ``a`` nearby, and the share of ``b`` with it."""
    places: dict[int, list[int]] = {}
    for index, sequence in enumerate(a.sequence.tolist()):
        places.setdefault(sequence, []).append(index)
    seen: Counter[tuple[int, bool]] = Counter()
    for index, sequence in enumerate(b.sequence.tolist()):
        for other in places.get(sequence, ()):
            apart = int(a.position[other] - b.position[index])
            if abs(apart) < distance:
                reverse = bool(a.reverse[other])
                seen[(-apart if reverse else apart, reverse != bool(b.reverse[index]))] += 1
    if not seen:
        return None
    (shift, flip), count = min(seen.items(), key=lambda item: (-item[1], abs(item[0][0]), item[0]))
    return shift, flip, count / len(b)


def fault(data: SequenceDataset, motif: Motif, tested: int) -> str:
    """Why a motif, one of ``tested``, is not to be reported; empty if it is."""
    if motif.pwm.n_sites < MIN_SITES:
        return f"fewer than {MIN_SITES} sites in bound sequences"
    if motif.pwm.information().sum() < MIN_BITS:
        return f"less than {MIN_BITS:g} bits of information"
    p = enrichment(data, motif)
    if p >= SIGNIFICANCE / tested:
        return f"not enriched in held-out bound sequences (P = {p:.2g})"
    return ""


def enrichment(data: SequenceDataset, motif: Motif) -> float:
    """P of as many bound sequences with a site among those held out, validation and test sides, by chance.

    One-sided Fisher exact test of having a site against being bound.
    """
    held_out = (data.split == VALIDATION) | (data.split == TEST)
    has_site = np.bincount(motif.sites.sequence, minlength=len(data)) > 0
    bound = data.labels == 1
    table = [[int((held_out & side & has).sum()) for has in (has_site, ~has_site)] for side in (bound, ~bound)]
    return float(fisher_exact(table, alternative="greater").pvalue)


def oriented(data: SequenceDataset, motif: Motif, flank: int) -> Motif:
    """The same motif on the strand whose most likely letters come first in the alphabet; RNA is left as it is."""
    if _faces_forward(motif.pwm):
        return motif
    return motif_of(data, moved(motif.sites, shift=0, flip=True), flank, motif.channels)


def word(pwm: Pwm) -> str:
    """Its consensus, on the strand on which motifs are reported."""
    return (pwm if _faces_forward(pwm) else pwm.reverse_complement()).consensus()


def _faces_forward(pwm: Pwm) -> bool:
    if not pwm.alphabet.double_stranded:
        return True
    likely = [np.asarray(each.probabilities()).argmax(1).tolist() for each in (pwm, pwm.reverse_complement())]
    return bool(likely[0] <= likely[1])
