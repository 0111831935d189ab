"""A small genome with E-boxes at places that are known, and regions around them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from sparling_genomics.letters.intervals import Interval

EBOX = "GTCACGTGAC"
CHROMS = ("chr1", "chr2", "chr3", "chr4", "chr5", "chr6")
LENGTH = 24_000
SPAN = 40
"""bp of a region."""


class Planted(NamedTuple):
    """Files, and where the E-boxes lie."""

    fasta: Path
    bed: Path
    narrow: Path
    sites: list[Interval]
    regions: list[Interval]


def planted_genome(folder: Path, per_chrom: int = 40, seed: int = 0) -> Planted:
    """Each region holds one E-box, anywhere in it; half of the genome is soft-masked, between the regions too."""
    rng = np.random.default_rng(seed)
    fasta, bed, narrow = folder / "genome.fa", folder / "peaks.bed", folder / "peaks.narrowPeak"
    text, sites, regions = [], [], []
    for chrom in CHROMS:
        letters = rng.choice(list("ACGT"), LENGTH, p=[0.3, 0.2, 0.2, 0.3])
        letters[(np.arange(LENGTH) // 90) % 2 == 1] = np.char.lower(letters[(np.arange(LENGTH) // 90) % 2 == 1])
        for start in (np.arange(per_chrom) * (LENGTH // per_chrom) + rng.integers(0, 400, per_chrom)).tolist():
            at = start + int(rng.integers(0, SPAN - len(EBOX) + 1))
            letters[at : at + len(EBOX)] = list(EBOX)
            sites.append(Interval(chrom, at, at + len(EBOX)))
            regions.append(Interval(chrom, start, start + SPAN))
        text.append(f">{chrom}\n{''.join(letters)}\n")
    fasta.write_text("".join(text))
    bed.write_text("".join(f"{r.chrom}\t{r.start}\t{r.end}\tr{i}\t{i}\n" for i, r in enumerate(regions)))
    lines = (
        f"{r.chrom}\t{r.start}\t{r.end}\tr{i}\t100\t.\t{i / 2}\t-1\t-1\t{s.start + 5 - r.start}\n"
        for i, (r, s) in enumerate(zip(regions, sites, strict=True))
    )
    narrow.write_text("".join(lines))
    return Planted(fasta, bed, narrow, sites, regions)
