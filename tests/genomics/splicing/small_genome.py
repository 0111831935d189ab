"""A genome of one chromosome with a gene on each strand, whose introns can be read by eye; as GFF3 and as GTF."""

from pathlib import Path

#            exon      intron (GT...AG)    exon      intron            exon    | the gene on - begins behind it
PLUS = "ACGCAG" + "GTAAGTCTAACTTTCAG" + "GCCAAG" + "GTATGACTAACATTTAG" + "AACTGA"
MINUS = "CCAAGG" + "CTGAAAGTTAGACTTAC" + "CTGGTT"
"""Its only intron, read on its own strand, is GTAAGTCTAACTTTCAG, too."""
LETTERS = "TTTT" + PLUS + "CCCC" + MINUS + "AAAA"
PLUS_EXONS = ((4, 10), (27, 33), (50, 56))
MINUS_EXONS = ((60, 66), (83, 89))

GFF3 = [
    ("gene", 5, 56, "+", "ID=g1;Name=one;gene_biotype=protein_coding"),
    ("mRNA", 5, 56, "+", "ID=t1;Parent=g1"),
    *(("exon", start + 1, end, "+", "Parent=t1") for start, end in PLUS_EXONS),
    *(("CDS", start + 1, end, "+", "ID=c1;Parent=t1") for start, end in PLUS_EXONS),
    ("gene", 61, 89, "-", "ID=g2;Name=two%2C too;gene_biotype=protein_coding"),
    ("mRNA", 61, 89, "-", "ID=t2;Parent=g2"),
    *(("exon", start + 1, end, "-", "Parent=t2") for start, end in reversed(MINUS_EXONS)),
]
OF_G2 = 'gene_id "g2"; transcript_id "t2"; gene_name "two, too"; gene_biotype "protein_coding";'
GTF = [
    ("gene", 5, 56, "+", 'gene_id "g1"; gene_name "one"; gene_biotype "protein_coding";'),
    ("transcript", 5, 56, "+", 'gene_id "g1"; transcript_id "t1"; gene_biotype "protein_coding";'),
    *(("exon", start + 1, end, "+", 'gene_id "g1"; transcript_id "t1";') for start, end in PLUS_EXONS),
    *(("CDS", start + 1, end, "+", 'gene_id "g1"; transcript_id "t1";') for start, end in PLUS_EXONS),
    *(("exon", start + 1, end, "-", OF_G2) for start, end in reversed(MINUS_EXONS)),
]


def written(path: Path, features: list[tuple[str, int, int, str, str]], chrom: str = "chr1", end: str = "\n") -> Path:
    """Write features as nine columns."""
    lines = [f"{chrom}\there\t{type}\t{a}\t{b}\t.\t{strand}\t.\t{said}" for type, a, b, strand, said in features]
    path.write_bytes((end.join(["##gff-version 3", *lines]) + end).encode())
    return path


def fasta(path: Path, letters: str = LETTERS, name: str = "chr1") -> Path:
    """Write the genome."""
    path.write_text(f">{name}\n{letters}\n", encoding="utf-8")
    return path
