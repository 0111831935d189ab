"""Test genes one by one: which sites were found, which were missed, what was wrongly called a site."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sparling_genomics.splicing.genes import SpliceGene
from sparling_genomics.splicing.maps.places import spans
from sparling_genomics.splicing.maps.side import CALLED, SideMap
from sparling_genomics.splicing.maps.sites import KINDS

DRAWN, WORST = 12, 20
NAMED = 12
"""Missed sites of one gene, or wrongly called ones, that the page names one by one."""


class Verdict(NamedTuple):
    """A site, or what was called one: donor or acceptor, its base on the genome (0-based), its probability."""

    kind: str
    position: int
    probability: float


@dataclass(frozen=True)
class GeneCheck:
    """A gene by its number, with its sites: ``missed`` are those below `CALLED`; ``wrong`` are called and are none."""

    number: int
    gene: SpliceGene
    sites: int
    missed: tuple[Verdict, ...]
    wrong: tuple[Verdict, ...]

    @property
    def errors(self) -> int:
        """Missed and wrong ones."""
        return len(self.missed) + len(self.wrong)


def check_genes(side: SideMap) -> list[GeneCheck]:
    """Every gene of the side, in its order. Masked positions, sites of other transcripts, are neither."""
    sites, calls, data = side.sites, side.calls, side.data
    positions = spans(data, sites.places, 1).starts
    chance = 1 / (1 + np.exp(-side.effects.log_odds.astype(np.float64)))
    wrong = np.flatnonzero((calls.probabilities >= CALLED) & (data.labels[calls.places] != calls.kinds))
    at = spans(data, calls.places[wrong], 1)
    checks = []
    for number, gene in enumerate(data.genes):
        own = np.flatnonzero((sites.genes == number) & sites.true)
        missed = [
            Verdict(KINDS[int(sites.kinds[i])], int(positions[i]), float(chance[i])) for i in own if chance[i] < CALLED
        ]
        called = [
            Verdict(KINDS[int(calls.kinds[wrong[i]])], int(at.starts[i]), float(calls.probabilities[wrong[i]]))
            for i in np.flatnonzero(at.genes == number)
        ]
        checks.append(GeneCheck(number, gene, len(own), tuple(missed), tuple(called)))
    return checks


def worst(checks: list[GeneCheck]) -> list[GeneCheck]:
    """The `WORST` genes with most errors; of equal ones those with fewer sites, then in the order of the genome."""
    wrong = [each for each in checks if each.errors]
    return sorted(wrong, key=lambda each: (-each.errors, each.sites, each.number))[:WORST]


def drawn(checks: list[GeneCheck]) -> list[GeneCheck]:
    """`DRAWN` genes, evenly spread in the order of the genome over those of at most median length."""
    lengths = np.array([each.gene.transcript.end - each.gene.transcript.start for each in checks])
    short = [each for each, length in zip(checks, lengths, strict=True) if length <= np.median(lengths)]
    steps = [int((i + 0.5) * len(short) / DRAWN) for i in range(DRAWN)]
    return [short[i] for i in sorted(set(steps))]
