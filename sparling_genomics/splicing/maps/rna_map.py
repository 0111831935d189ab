"""RNA maps: how often a motif lies, and what it does, at each distance from splice sites and from decoys.

Source: RNA maps (Witten & Ule 2011, Trends Genet 27:89), here of marks and of knock-outs in place of cross-links.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling_genomics.splicing.maps.places import Ints
from sparling_genomics.splicing.maps.side import SideMap
from sparling_genomics.splicing.maps.sites import KINDS
from sparling_genomics.splicing.runs.words import near
from sparling_genomics.splicing.universes.errors import drawn_anew

REACH = 300
"""nt to either side of a site."""
OFFSETS: Ints = np.arange(-REACH, REACH + 1)
RESAMPLED = 400
"""Times that genes are drawn anew for a band."""
BAND = (2.5, 97.5)
"""Percentiles that bound it."""

Floats = NDArray[np.float64]


class Band(NamedTuple):
    """Means at `OFFSETS`, and the bounds of 95 % of the means of genes drawn anew: (offsets,) each."""

    mean: Floats
    low: Floats
    high: Floats


class RnaMap(NamedTuple):
    """One motif around sites of one kind, or around their decoys.

    ``sites`` that have each offset on their transcript: (offsets,). ``marks``: share of these with the motif's first
    letter there. ``effect``: mean change of their log-odds when it is silenced there, 0 where there is none.
    """

    motif: int
    kind: int
    true: bool
    sites: Ints
    marks: Band
    effect: Band


def rna_maps(side: SideMap, seed: int) -> Iterator[RnaMap]:
    """Maps of all motifs around donors and acceptors, true ones and decoys; genes are drawn anew, seeded."""
    drawn = drawn_anew(len(side.data), seed, RESAMPLED).astype(np.float32)
    counted = {
        (kind, true): _Around(side, np.flatnonzero((side.sites.kinds == kind) & (side.sites.true == true)), drawn)
        for kind in KINDS
        for true in (True, False)
    }
    for motif in range(len(side.motifs)):
        for (kind, true), around in counted.items():
            marks, effect = around.band(*around.marks(motif)), around.band(*around.effects(motif))
            yield RnaMap(motif, kind, true, around.sites, marks, effect)


class _Around:
    """What lies around some of the sites of a side, summed by gene."""

    def __init__(self, side: SideMap, which: Ints, drawn: NDArray[np.float32]) -> None:
        self.side, self.which, self.drawn = side, which, drawn
        self.places, self.genes = side.sites.places[which], side.sites.genes[which]
        first = side.data.offsets[self.genes] + side.data.context
        last = side.data.offsets[self.genes + 1] - side.data.context - 1
        self.low, self.high = np.maximum(first - self.places, -REACH), np.minimum(last - self.places, REACH)
        steps = np.zeros((len(side.data), 2 * REACH + 2), dtype=np.float32)
        np.add.at(steps, (self.genes, self.low + REACH), 1)
        np.add.at(steps, (self.genes, self.high + REACH + 1), -1)
        per_gene = np.cumsum(steps, axis=1)[:, :-1]
        self.sites = np.rint(per_gene.sum(0)).astype(np.int64)
        self.drawn_sites = drawn @ per_gene

    def marks(self, motif: int) -> tuple[Ints, Ints, Floats]:
        """Site, by its number among these, offset and 1, of each occurrence of a motif around them."""
        firsts = self.side.firsts(motif)
        site, first = near(firsts, self.places + self.low, self.places + self.high)
        return site, firsts[first] - self.places[site], np.ones(len(site))

    def effects(self, motif: int) -> tuple[Ints, Ints, Floats]:
        """The same with the change of the site's log-odds."""
        effects = self.side.effects
        number = np.full(len(self.side.sites.places), -1, dtype=np.int64)
        number[self.which] = np.arange(len(self.which))
        own = np.flatnonzero((effects.motifs == motif) & (number[effects.sites] >= 0))
        site, offset = number[effects.sites[own]], effects.distances[own]
        inside = (offset >= self.low[site]) & (offset <= self.high[site])
        return site[inside], offset[inside], effects.changes[own][inside].astype(np.float64)

    def band(self, site: Ints, offset: Ints, values: Floats) -> Band:
        """Means over sites, and their band, of values at offsets of sites, 0 elsewhere."""
        sums = np.zeros((len(self.side.data), 2 * REACH + 1), dtype=np.float32)
        np.add.at(sums, (self.genes[site], offset + REACH), values)
        mean = np.divide(sums.sum(0), self.sites, where=self.sites > 0, out=np.zeros(len(OFFSETS)), dtype=np.float64)
        used = np.flatnonzero(np.any(sums != 0, axis=0))
        low, high = np.zeros(len(OFFSETS)), np.zeros(len(OFFSETS))
        if used.size:
            means = (self.drawn @ sums[:, used]) / np.maximum(self.drawn_sites[:, used], 1)
            low[used], high[used] = np.percentile(means, BAND, axis=0)
        return Band(mean, low, high)
