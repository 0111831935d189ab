"""Where the marks of a motif lie besides its place at splice sites: in introns and exons, and at decoys."""

from typing import NamedTuple

import numpy as np

from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.maps.places import in_introns
from sparling_genomics.splicing.maps.side import SideMap
from sparling_genomics.splicing.runs.reading import on_transcripts


class Surroundings(NamedTuple):
    """Of the test side: marks per 100 nt of introns, and of exons; and at the offset where true sites have most marks,
    the share of decoys with one."""

    intron_per_100nt: float
    exon_per_100nt: float
    donor_decoy_share: float
    acceptor_decoy_share: float


def surroundings(side: SideMap, motif: int, offsets: tuple[int, int]) -> Surroundings:
    """Of a motif by its number; ``offsets`` from donors and acceptors to its first letter, where it peaks.

    A mark is in an intron where its motif's first letter is.
    """
    introns, firsts = in_introns(side.data), side.firsts(motif)
    exons = on_transcripts(side.data) & ~introns
    densities = [100 * float(where[firsts].sum()) / max(int(where.sum()), 1) for where in (introns, exons)]
    shares = []
    for kind, offset in zip((DONOR, ACCEPTOR), offsets, strict=True):
        decoys = side.sites.places[(side.sites.kinds == kind) & ~side.sites.true]
        shares.append(float(np.isin(decoys + offset, firsts).mean()) if len(decoys) else 0.0)
    return Surroundings(densities[0], densities[1], shares[0], shares[1])
