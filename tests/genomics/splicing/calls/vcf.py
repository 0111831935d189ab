"""VCF files of tests, and records as a run sees them."""

from collections.abc import Sequence
from pathlib import Path

import pysam

from sparling_genomics.files.vcf import open_variants
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.splicing.calls.variants import Looked, SpliceVariants

HEADER = '##fileformat=VCFv4.2\n##contig=<ID=chr1>\n##INFO=<ID=AF,Number=A,Type=Float,Description="f">\n'
COLUMNS = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


def vcf(path: Path, records: Sequence[tuple[str, int, str, str]], info: str = ".") -> Path:
    """Write (chromosome, POS, REF, ALT)."""
    lines = [f"{chrom}\t{at}\t.\t{ref}\t{alt}\t.\tPASS\t{info}\n" for chrom, at, ref, alt in records]
    path.write_text(HEADER + COLUMNS + "".join(lines))
    return path


def reference(genome, start: int, end: int) -> str:
    """Letters [start, end) of chr1."""
    return decode(genome.codes("chr1", start, end))


def other(letter: str) -> str:
    """Another letter."""
    return "CGTA"["ACGT".index(letter)]


def look(splice: SpliceVariants, path: Path) -> list[Looked]:
    """All records of a file."""
    return list(splice.looked(open_variants(path).variants()))


def written(path: Path) -> list[pysam.VariantRecord]:
    """Records of a VCF, read by pysam."""
    with pysam.VariantFile(str(path)) as file:
        return list(file)
