"""A random genome whose genes have introns GTAAGT … CTAAC … TAG, in numbers that a training of seconds learns from."""

from pathlib import Path

import numpy as np

from tests.genomics.splicing.small_genome import fasta, written

GENES = 80
INTRON = "GTAAGT" + "{inside}" + "TACTAACTTTTTTCAG"
COMPLEMENT = str.maketrans("ACGT", "TGCA")


def made_genome(folder: Path, genes: int = GENES, seed: int = 0, inside: int = 30) -> tuple[Path, Path]:
    """Genome and annotation: genes of two introns each, 500 bp apart, every other one on the reverse strand.

    ``inside`` letters of each intron are random.
    """
    rng = np.random.default_rng(seed)

    def letters(n: int) -> str:
        return "".join(rng.choice(list("ACGT"), n))

    genome, features = letters(600), []
    for number in range(genes):
        gene, exons = "", []
        for exon in range(3):
            own = letters(60)
            exons.append((len(gene), len(gene) + len(own)))
            gene += own + (INTRON.format(inside=letters(inside)) if exon < 2 else "")
        strand = "+-"[number % 2]
        if strand == "-":
            gene = gene.translate(COMPLEMENT)[::-1]
            exons = [(len(gene) - end, len(gene) - start) for start, end in exons]
        at = len(genome)
        features.append(("gene", at + 1, at + len(gene), strand, f"ID=g{number};gene_biotype=protein_coding"))
        features.append(("mRNA", at + 1, at + len(gene), strand, f"ID=t{number};Parent=g{number}"))
        features += [("exon", at + a + 1, at + b, strand, f"Parent=t{number}") for a, b in exons]
        genome += gene + letters(500)
    return fasta(folder / "genome.fa", genome), written(folder / "genes.gff3", features)
