"""What must be true of a map of splicing: a null, the branch point of fission yeast, and what its mutation does.

In fission yeast the branch point is CTRAY, 6-18 nt before the acceptor, and point mutations of its A abolish splicing
(Mertins & Gallwitz 1987, EMBO J 6:1757).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sparling_genomics.files.genome import Genome
from sparling_genomics.letters.alphabet import PAD, Codes, reverse_complement
from sparling_genomics.letters.streams import Purpose, generator
from sparling_genomics.splicing.genes import ACCEPTOR, DONOR, SpliceGene, sites_of
from sparling_genomics.splicing.runs.reading import Marks
from sparling_genomics.splicing.runs.words import SpliceMotif
from sparling_genomics.splicing.universes.introns import introns_on_transcript
from sparling_genomics.splicing.universes.measured import Predictor
from sparling_genomics.splicing.windows import Transcripts

A, C, G, T = range(4)
LAST = 45
"""nt before an acceptor in which a branch point is looked for."""
NEAR = (6, 18)
"""nt from the branch A to the acceptor, where genetics found it."""
PEAK = (-15, -10)
"""nt from the acceptor's base, where the branch motif's marks peak."""
SHORTEST = 15
_TRIES = 200
_FARTHEST = 15
"""nt between a motif's first letter and the first of CTRAY, at most."""


class Branches(NamedTuple):
    """CTRAYs before acceptors: the place of each C in `Transcripts.codes`, and of its acceptor; both int64 (n,)."""

    places: NDArray[np.int64]
    acceptors: NDArray[np.int64]


class BranchFigures(NamedTuple):
    """Of the motif whose marks peak 10-15 nt before acceptors.

    ``offset`` from a CTRAY's C to the motif's first letter, fixed on the validation side; ``recall`` of ``branches`` by
    marks at that offset, and of those whose A lies 6-18 nt before the acceptor; ``right`` the share of its marks in the
    last 45 nt that are at one. ``acceptor_change`` when it is silenced.
    """

    motif: str
    consensus: str
    offset: int
    branches: int
    recall: float
    recall_near: float
    marks: int
    right: float
    acceptor_change: float


class Mutation(NamedTuple):
    """Median change of an acceptor's log-odds in introns with one CTRAY: its A to G; another A of the last 45 nt."""

    introns: int
    branch: float
    other: float


def moved_sites(genes: Sequence[SpliceGene], genome: Genome, seed: int) -> list[SpliceGene | None]:
    """The genes with as many introns at random GT and AG of each, in order; None for a gene where that cannot be.

    Any GT and AG may be chosen, true sites too, so that nothing beside these letters says where an intron is.
    """
    rng = generator(seed, Purpose.NULL)
    return [_moved(gene, genome, rng) for gene in genes]


def _moved(gene: SpliceGene, genome: Genome, rng: np.random.Generator) -> SpliceGene | None:
    start, end = gene.transcript.start, gene.transcript.end
    codes = genome.codes(gene.gene.chrom, start, end)
    codes = reverse_complement(codes) if gene.gene.strand == "-" else codes
    donors = np.flatnonzero((codes[1:-1] == G) & (codes[2:] == T))  # the last base before each GT
    acceptors = np.flatnonzero((codes[:-2] == A) & (codes[1:-1] == G)) + 2
    for _ in range(_TRIES):
        introns = _drawn(donors, acceptors, len(gene.introns), rng)
        if introns is not None:
            first, behind = introns[:, 0] + 1, introns[:, 1]
            if gene.gene.strand == "-":
                first, behind = len(codes) - behind[::-1], len(codes) - first[::-1]
            spans = tuple(zip((first + start).tolist(), (behind + start).tolist(), strict=True))
            sites = sites_of(spans, gene.gene.strand)
            nothing = np.zeros(0, dtype=np.int64)
            return replace(gene, introns=spans, donors=sites[0], acceptors=sites[1], others=nothing)
    return None


def _drawn(
    donors: NDArray[np.int64], acceptors: NDArray[np.int64], number: int, rng: np.random.Generator
) -> NDArray[np.int64] | None:
    """So many donors, and an acceptor between each and the next one; None where this draw has no place for one."""
    if len(donors) < number:
        return None
    chosen = np.sort(rng.choice(donors, number, replace=False))
    found = []
    for donor, limit in zip(chosen, [*chosen[1:], np.inf], strict=True):
        between = acceptors[(acceptors > donor + SHORTEST) & (acceptors < limit)]
        if not len(between):
            return None
        found.append((donor, rng.choice(between)))
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def branches(data: Transcripts) -> Branches:
    """Every CTRAY in the last 45 nt of an intron, whole and within the intron."""
    where = ctray(data.codes)
    found = []
    for donor, acceptor in introns_in(data):
        first = max(acceptor - LAST, donor + 1)
        start, end = np.searchsorted(where, [first, acceptor - 4])
        found += [(place, acceptor) for place in where[start:end].tolist()]
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return Branches(pairs[:, 0], pairs[:, 1])


def introns_in(data: Transcripts) -> NDArray[np.int64]:
    """Places of donor and acceptor of each intron in ``data.codes``: (introns, 2)."""
    parts = [
        introns_on_transcript(gene) + first + data.context
        for gene, first in zip(data.genes, data.offsets[:-1], strict=False)
    ]
    both = np.concatenate(parts)
    return both[(data.labels[both[:, 0]] == DONOR) & (data.labels[both[:, 1]] == ACCEPTOR)]


def ctray(codes: Codes) -> NDArray[np.int64]:
    """Where each CTRAY begins.

    >>> ctray(np.array([0, 1, 3, 0, 0, 1, 1]))
    array([1])
    """
    five = sliding_window_view(codes, 5)
    letters = ([C], [T], [A, G], [A], [C, T])
    return np.flatnonzero(np.all([np.isin(five[:, i], each) for i, each in enumerate(letters)], axis=0))


def branch_motif(motifs: Sequence[SpliceMotif]) -> SpliceMotif | None:
    """The motif whose marks peak 10-15 nt before acceptors, the one at the most acceptors of several."""
    there = [
        motif
        for motif in motifs
        if motif.acceptor.offset <= PEAK[1] and motif.acceptor.offset + motif.pwm.width > PEAK[0]
    ]
    return max(there, key=lambda motif: motif.acceptor.share, default=None)


def first_letters(motif: SpliceMotif, marks: Marks) -> NDArray[np.int64]:
    """Places of the motif's first letter."""
    parts = [marks.of(channel) + shift for channel, shift in zip(motif.channels, motif.shifts, strict=True)]
    return np.unique(np.concatenate(parts))


def branch_figures(
    motif: SpliceMotif, validation: tuple[Transcripts, Marks], test: tuple[Transcripts, Marks]
) -> BranchFigures:
    """Recall and share of right marks of the branch motif, at the offset that is best on the validation side."""
    own, theirs = branches(validation[0]), first_letters(motif, validation[1])
    offsets = np.arange(-_FARTHEST, _FARTHEST + 1)
    offset = int(offsets[np.isin(own.places[:, None] + offsets, theirs).sum(0).argmax()])
    true, firsts = branches(test[0]), first_letters(motif, test[1])
    hit = np.isin(true.places + offset, firsts)
    away = true.acceptors - (true.places + 3)
    near = (away >= NEAR[0]) & (away <= NEAR[1])
    introns = introns_in(test[0])
    acceptors = np.sort(introns[:, 1])
    at = firsts - offset  # where a CTRAY would begin
    following = np.minimum(np.searchsorted(acceptors, at + 5), len(acceptors) - 1)
    before = acceptors[following] - at
    there = at[(before >= 5) & (before <= LAST)]
    right = np.isin(there, true.places)
    return BranchFigures(
        motif.pwm.name,
        motif.pwm.consensus(),
        offset,
        len(hit),
        float(hit.mean()),
        float(hit[near].mean()),
        len(there),
        float(right.mean()) if len(there) else float("nan"),
        motif.acceptor_change,
    )


def ctray_recall(firsts: NDArray[np.int64], data: Transcripts) -> float:
    """Share of CTRAYs in the last 45 nt that marks at one offset find, the best of all offsets."""
    true = branches(data)
    offsets = np.arange(-_FARTHEST, _FARTHEST + 1)
    return float(np.isin(true.places[:, None] + offsets, firsts).mean(0).max())


def mutate_branches(predict: Predictor, data: Transcripts, seed: int) -> Mutation:
    """A to G at the branch point, and at another A of the same 45 nt, in introns with exactly one CTRAY there."""
    rng = generator(seed, Purpose.AUDIT)
    true = branches(data)
    acceptors, number = np.unique(true.acceptors, return_counts=True)
    rows: list[tuple[int, int, int]] = []
    for acceptor in acceptors[number == 1].tolist():
        branch = int(true.places[true.acceptors == acceptor][0]) + 3
        last = np.arange(acceptor - LAST, acceptor - 2)  # not the A of the acceptor's own AG
        others = last[(data.codes[last] == A) & (last != branch)]
        if len(others):
            rows.append((acceptor, branch, int(rng.choice(others))))
    places = np.array(rows, dtype=np.int64).reshape(-1, 3)
    as_is = _odds(predict, data, places[:, 0], None)
    changes = [float(np.median(_odds(predict, data, places[:, 0], places[:, i]) - as_is)) for i in (1, 2)]
    return Mutation(len(places), changes[0], changes[1])


def _odds(
    predict: Predictor, data: Transcripts, acceptors: NDArray[np.int64], mutated: NDArray[np.int64] | None
) -> NDArray[np.float32]:
    """Log-odds of acceptors (n,), with a G at ``mutated`` (n,) places."""
    around = acceptors[:, None] + np.arange(-data.context, data.context + 1)
    inside = (around >= 0) & (around < len(data.codes))
    codes = np.where(inside, data.codes[np.where(inside, around, 0)], PAD).astype(np.uint8)
    if mutated is not None:
        codes[np.arange(len(codes)), mutated - acceptors + data.context] = G
    parts = [predict(codes[at : at + 64])[:, 1, data.context] for at in range(0, len(codes), 64)]
    return np.concatenate(parts)
