"""Activations that a perfect detector would give on planted sequences, and the datasets under them."""

import numpy as np

from sparling_genomics.discovery.choice import Candidate, named
from sparling_genomics.letters.alphabet import reverse_complement
from sparling_genomics.motifs.motif import motif_of
from sparling_genomics.worlds.planted import consensus_motif, plant
from tests.genomics.hand_made import activations, dataset, sides

RECEPTIVE_FIELD = 21

# none is its own reverse complement, none is like another, and all say on which strand they are written
FIRST = consensus_motif("FIRST", "ACCGGATT", purity=1)
SECOND = consensus_motif("SECOND", "AAGTCGCA", purity=1)


def planted(pwms=(FIRST,), n_bound=200, n_unbound=200, length=60, seed=0, **options):
    """Planted sequences and their dataset; sides go round within the bound and within the unbound ones."""
    options = {"sites_per_sequence": (1, 1)} | options
    truth = plant(list(pwms), n_bound, n_unbound, length, np.random.default_rng(seed), **options)
    split = np.concatenate([sides(n_bound), sides(n_unbound)])
    data = dataset(list(truth.codes), truth.labels, split, names=truth.names, alphabet=truth.alphabet)
    return truth, data


def detected(truth, motif, channel=0, *, place=3, opposite=False, score=1.0):
    """Rows of activations: ``channel`` fires at column ``place`` of each site of ``motif`` on the site's strand.

    ``opposite``: the channel has learned the other strand, so it says the reverse of where the site lies.
    """
    index = {name: i for i, name in enumerate(truth.names)}
    found = []
    for site in truth.sites:
        if site.motif == motif:
            reverse = site.strand == "-"
            position = site.end - 1 - place if reverse else site.start + place
            found.append((index[site.sequence], channel, position, reverse != opposite, score))
    return found


def motifs_of(data, rows, channels):
    """The motifs of the first ``channels`` of these activations, as a search names them."""
    found, flank = activations(rows), RECEPTIVE_FIELD // 2 + RECEPTIVE_FIELD // 4
    own = [found.select(found.channel == channel) for channel in range(channels)]
    return named([Candidate(c, motif_of(data, own[c], flank, (c,)), 1.0, 0.0, 1.0) for c in range(channels)])


def mirrored(data, found):
    """The same on reverse complements: the sequences, and the activations where a symmetric model has them."""
    codes = [reverse_complement(data.sequence(i)) for i in range(len(data))]
    there = dataset(codes, data.labels, data.split, names=data.names, alphabet=data.alphabet)
    return there, [(i, c, int(data.lengths[i]) - 1 - p, not reverse, s) for i, c, p, reverse, s in found]


def true_places(truth, motif):
    """(sequence, start, end) of each planted site."""
    index = {name: i for i, name in enumerate(truth.names)}
    return sorted((index[site.sequence], site.start, site.end) for site in truth.sites if site.motif == motif)


def sites_of(motif, data):
    """(sequence, start, end) of each site of an exported motif."""
    start, end = motif.intervals(data)
    return sorted(zip(motif.sites.sequence.tolist(), start.tolist(), end.tolist(), strict=True))
