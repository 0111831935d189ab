"""Where the marks of a motif lie besides its place at splice sites: in introns and exons, and at decoys; its role."""

from typing import NamedTuple

from sparling_genomics.splicing.genes import ACCEPTOR, DONOR
from sparling_genomics.splicing.maps.places import in_introns, introns
from sparling_genomics.splicing.maps.roles import role
from sparling_genomics.splicing.maps.side import SideMap
from sparling_genomics.splicing.runs.words import share_at


class Surroundings(NamedTuple):
    """Of the test side: marks per 100 nt of introns, and of exons; and at the offset where true sites have most marks,
    the share of decoys with one. ``role`` is donor, acceptor, branch point or empty (`roles.role`), and
    ``branch_offset`` nt from acceptors to a branch point's A."""

    intron_per_100nt: float
    exon_per_100nt: float
    donor_decoy_share: float
    acceptor_decoy_share: float
    role: str
    branch_offset: int | None


def surroundings(side: SideMap, number: int) -> Surroundings:
    """Of a motif by its number. A mark is in an intron where its motif's first letter is."""
    motif = side.motifs[number]
    bounds, firsts = introns(side.data), side.firsts(number)
    within, letters = int(in_introns(bounds, firsts).sum()), int((bounds[:, 1] - bounds[:, 0]).sum())
    marked = int(side.data.inside(firsts).sum())
    pairs = ((within, letters), (marked - within, side.data.positions - letters))
    densities = [100 * float(marks) / max(of, 1) for marks, of in pairs]
    shares = []
    for kind, place in ((DONOR, motif.donor), (ACCEPTOR, motif.acceptor)):
        decoys = side.sites.places[(side.sites.kinds == kind) & ~side.sites.true]
        shares.append(share_at(place.offset, firsts, decoys))
    name, offset = role(motif, shares[1])
    return Surroundings(densities[0], densities[1], shares[0], shares[1], name, offset)
