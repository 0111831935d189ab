"""From the channels of a map to candidate motifs: patterns told apart, equal ones merged, weak sites cut off.

One channel may answer to two unlike patterns and is then two motifs; two channels are one motif when their matrices
agree, or when most sites of the one lie at one fixed place relative to sites of the other.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import scipy

from sparling_genomics.data.dataset import TEST, TRAIN, SequenceDataset
from sparling_genomics.letters.likeness import MERGE_CORRELATION, alike, similarity
from sparling_genomics.motifs.activations import Activations, join, strongest_apart, windows
from sparling_genomics.motifs.evidence import MIN_BITS, MIN_SITES, fault
from sparling_genomics.motifs.motif import Dropped, Motif, best_scores, colocation, motif_of, moved, oriented, word
from sparling_genomics.motifs.splitting import two_patterns

MERGE_COLOCATION = 0.5
MIN_SHARE = 0.05
MAX_SPLITS = 2
CUTS = 100


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
    log_p = scipy.stats.hypergeom.logsf(above_bound - 1, len(bound), int(bound.sum()), above)
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
