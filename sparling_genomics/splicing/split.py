"""Which genes train, which validate and which test: by whole chromosomes, or by blocks where there is only one.

Source of the kind of split: Jaganathan et al. 2019, Cell 176:535 (chromosomes held out).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION, Split
from sparling_genomics.splicing.genes import SpliceGene

LEFT_OUT = 255
"""Side of a training gene that lies too near one of another side."""
GAP = 400
"""bp that genes of different sides lie apart: more than a network sees to either side of a position."""
TEST_SHARE, MOST_TEST = 0.2, 0.3
"""Share of introns to be held out, and the largest that whole chromosomes may make of it."""
BLOCK, BLOCKS = 200_000, 60
"""bp of the blocks of which every twelfth validates and, where there is but one chromosome, every fifth tests; they are
shorter where a genome is, so that there are about sixty."""
EVERY_VALIDATION, EVERY_TEST = 12, 5


def divide_genes(
    genes: Sequence[SpliceGene], gap: int, test: Sequence[str] = (), validation: Sequence[str] = ()
) -> Split:
    """Side of each gene: uint8 (n,), TRAIN, VALIDATION, TEST, or `LEFT_OUT`.

    ``test``: chromosomes to be held out. Without it, chromosomes in the order of a hash of their names, as long as they
    are at most 30 % of all introns together, until they are 20 %; so the same genome is always divided alike.
    ``validation``: chromosomes that validate; without it what is left validates in blocks. A training gene within
    ``gap`` bp of one of another side is left out, for both would see the same letters. Raises ``InputError`` for a
    chromosome without a gene, or one on both sides.
    """
    chroms = [each.gene.chrom for each in genes]
    both = sorted({*test} & {*validation})
    if both:
        raise InputError(f"{both[0]!r} is to test and to validate; a chromosome has one side")
    unknown = [name for name in (*test, *validation) if name not in chroms]
    if unknown:
        raise InputError(f"no gene with introns on {unknown[0]!r}; there are some on {', '.join(sorted(set(chroms)))}")
    block = _blocks(genes)
    sides: Split = np.full(len(genes), TRAIN, dtype=np.uint8)
    held = set(test) or _held_out([gene for gene in genes if gene.gene.chrom not in validation])
    if held:
        sides[[chrom in held for chrom in chroms]] = TEST
    else:
        sides[block % EVERY_TEST == EVERY_TEST - 1] = TEST
    if validation:
        sides[[chrom in validation for chrom in chroms]] = VALIDATION
        return _apart(genes, sides, gap)
    free = sides == TRAIN
    order = np.unique(block[free], return_inverse=True)[1]
    if order.max(initial=-1) < EVERY_VALIDATION // 2:  # most of the genome tests: blocks of what is left
        own = _blocks([gene for gene, kept in zip(genes, free, strict=True) if kept])
        order = np.unique(own, return_inverse=True)[1]
    sides[np.flatnonzero(free)[order % EVERY_VALIDATION == EVERY_VALIDATION // 2]] = VALIDATION
    return _apart(genes, sides, gap)


def _held_out(genes: Sequence[SpliceGene]) -> set[str]:
    introns: dict[str, int] = {}
    for each in genes:
        introns[each.gene.chrom] = introns.get(each.gene.chrom, 0) + len(each.introns)
    total = sum(introns.values())
    held: set[str] = set()
    for chrom in sorted(introns, key=lambda name: hashlib.sha256(name.encode()).digest()):
        so_far = sum(introns[name] for name in held)
        if so_far < TEST_SHARE * total and so_far + introns[chrom] <= MOST_TEST * total:
            held.add(chrom)
    return held


def _blocks(genes: Sequence[SpliceGene]) -> NDArray[np.int64]:
    """Number of the block in which the middle of each gene lies, counted through all chromosomes: (n,)."""
    first, last = _first_and_last(genes)
    whole, covered = sum(last.values()), sum(last.values()) - sum(first.values())
    for length in (whole, covered):  # the second where all genes lie in a small part of their chromosomes
        block = max(min(BLOCK, length // BLOCKS), 1)
        places = [(each.gene.chrom, (each.transcript.start + each.transcript.end) // 2 // block) for each in genes]
        if len(set(places)) >= 2 * EVERY_VALIDATION:
            break
    number = {place: i for i, place in enumerate(sorted(set(places)))}
    return np.array([number[place] for place in places], dtype=np.int64)


def _first_and_last(genes: Sequence[SpliceGene]) -> tuple[dict[str, int], dict[str, int]]:
    """First bp of the genes of each chromosome, and behind their last."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for each in genes:
        chrom = each.gene.chrom
        first[chrom] = min(each.transcript.start, first.get(chrom, each.transcript.start))
        last[chrom] = max(each.transcript.end, last.get(chrom, 0))
    return first, last


def _apart(genes: Sequence[SpliceGene], sides: Split, gap: int) -> Split:
    """The sides, without training genes within ``gap`` bp of others, and validation genes of test ones."""
    sides = sides.copy()
    order = sorted(range(len(genes)), key=lambda i: (genes[i].gene.chrom, genes[i].transcript.start))
    for direction in (order, order[::-1]):
        reach: dict[int, tuple[str, int]] = {}
        for i in direction:
            chrom, span = genes[i].gene.chrom, (genes[i].transcript.start, genes[i].transcript.end)
            near, far = span if direction is order else (-span[1], -span[0])
            for side in (VALIDATION, TEST):
                if sides[i] < side and reach.get(side, ("", 0))[0] == chrom and near < reach[side][1] + gap:
                    sides[i] = LEFT_OUT
            if sides[i] in (VALIDATION, TEST):
                before = reach.get(int(sides[i]), ("", 0))
                reach[int(sides[i])] = (chrom, max(far, before[1]) if before[0] == chrom else far)
    return sides
