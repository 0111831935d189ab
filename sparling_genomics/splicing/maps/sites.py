"""Splice sites of transcripts, and beside them decoys: places with the same two letters that no annotation knows."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, NONE
from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.windows import Transcripts

KINDS = {DONOR: "donor", ACCEPTOR: "acceptor"}
INTRON_LETTERS = {DONOR: (1, (2, 3)), ACCEPTOR: (-2, (0, 2))}
"""Of each kind: where the two letters of the intron begin, from the site's base on, and their codes, GT and AG."""


class Sites(NamedTuple):
    """Sites and decoys in the order of their places, all (n,): ``kinds`` DONOR or ACCEPTOR, ``genes`` by number."""

    places: Ints
    kinds: Ints
    genes: Ints
    true: NDArray[np.bool_]


def sites_and_decoys(data: Transcripts, seed: int) -> Sites:
    """All sites, and for each gene as many decoys of each kind, at random; fewer where a gene has no more.

    A decoy has GT behind it, or AG before it, and is no site of any transcript.
    """
    places, kinds, genes, true = [], [], [], []
    for number in range(len(data)):
        rng = generator(seed, Purpose.DECOYS, number)
        part = data.part(number)
        for kind in KINDS:
            known = part.start + np.flatnonzero(data.labels[part] == kind)
            drawn = rng.permutation(decoys(data, part, kind))[: len(known)]
            for own, is_true in ((known, True), (drawn, False)):
                places.append(own)
                kinds.append(np.full(len(own), kind))
                genes.append(np.full(len(own), number))
                true.append(np.full(len(own), is_true))
    found = Sites(np.concatenate(places), np.concatenate(kinds), np.concatenate(genes), np.concatenate(true))
    order = np.lexsort((found.kinds, found.places))
    return Sites(found.places[order], found.kinds[order], found.genes[order], found.true[order])


def decoys(data: Transcripts, part: slice, kind: int) -> Ints:
    """All places of a part that have the two letters of an intron of this kind and are no site, in order."""
    shift, (one, two) = INTRON_LETTERS[kind]
    places = part.start + np.flatnonzero(data.labels[part] == NONE)
    first, second = (data.codes[places + shift + i] for i in (0, 1))
    found: Ints = places[(first == one) & (second == two)]
    return found
