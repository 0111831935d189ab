"""Each reader of users' files, small valid files of its format, and what must hold whatever a file holds."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sparling.errors import InputError
from sparling_genomics.data.labels import read_label_table
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.fasta import places, read_fasta
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import write_jaspar, write_meme, write_transfac
from sparling_genomics.files.tables import (
    read_motifs_tsv,
)
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.splicing.annotation import read_annotation
from sparling_genomics.stored.records import Records


class Reader(NamedTuple):
    """How a format is read to its end, and valid files of it."""

    read: Callable[[Path], object]
    seeds: tuple[bytes, ...]
    words: tuple[str, ...]
    """What the format is written with, for a fuzzer to try."""


FASTA = (
    b">chr1:100-112(+) label=1\nACGTNacgtnRY\n>b range=chr2:5-9 strand=-\nACGT\n",
    b"\xef\xbb\xbf;comment\r\n>a\r\nAC GT\r\n\r\nUU\r\n>a\r\nN\r\n>complement(3..6)\nACGT\n",
    ">a é\nACGT\n>1:101:104:-1\nACGT\n".encode("utf-16"),
    gzip.compress(b">a\nACGT\n", mtime=0),
)
BED = (
    b"track name=x\n#c\nchr1\t0\t100\nchr2\t5\t9\tname\t0.5\t-\n",
    b"chrom start end\nchr1 0 100\nchr2 5 9\n",
    b"chr1\t0\t100\tn\t5\t+\t10\t90\t0,0,0\t2\t10,10\t0,80\n",
    b"chr1\t0\t100\tn\t5\t.\t10.5\t3e1\t-1\n",
)
NARROW = (
    b"chr1\t0\t100\tpeak_1\t1000\t.\t12.5\t-1\t4.2\t50\nchr2\t5\t9\t.\t0\t+\t1e2\t3\t-1\t-1\n",
    gzip.compress(b"chr1\t0\t100\t.\t0\t.\t5\t-1\t-1\t50\n", mtime=0),
)
MEME = (
    b"MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\nBackground letter frequencies\n"
    b"A 0.25 C 0.25 G 0.25 T 0.25\n\n"
    b"MOTIF M1 CTCF\nletter-probability matrix: alength= 4 w= 2 nsites= 20 E= 1e-5\n"
    b"0.5 0.5 0 0\n0.333333 0.333333 0.333334 0\n\nMOTIF M2\n",
    b'MEME version 5.5\nALPHABET "RNA" RNA-LIKE\nBackground letter frequencies (from x):\nA 0.3 C 0.2\nG 0.2 U 0.3\n'
    b"MOTIF x y\nletter-probability matrix: alength= 4\n 1.00 0.00 0.00 0.00\n\nMOTIF z\n"
    b"letter-probability matrix: w= 1 nsites= 1e3\n0 1 0 0\n",
)
JASPAR = (
    b">MA0139.2\tCTCF\nA  [ 87 167 ]\nC  [ 291 145 ]\nG  [ 76 414 ]\nT  [ 459 187 ]\n",
    b">MA1 x\n1 2 3\n0 0 4\n1 1.5 1\n9 9 9\n>MA2\n0 1\n1 0\n0 0\n0 0\n",
    b">ACGT\tCTCF(Zf)/x\t6.05\n0.9\t0.1\t0\t0\n0.25\t0.25\t0.25\t0.25\n",
)
TRANSFAC = (
    b"VV  TRANSFAC\nXX\n//\nAC  M1\nXX\nID  M1\nXX\nNA  CTCF\nXX\nDE  x\nBF  T1; y\nP0       A      C      G      T\n"
    b"01      1      2      3      4      T\n02    0.5    9.5      0      0      C\nXX\n"
    b"CC tax_group:vertebrates\nCC tf_family:A; B\nBA  20 sites\nXX\n//\n",
    b"ID x\nPO A C G T\n1 5 0 0 0\nXX\n//\n",
)
LABELS = (
    b"name\tbound\na\t1\nb\t0\nc\t1\n",
    b"name\tK562\tHepG2\tWeight\na\t1\t0.25\t1\nb\tNA\t-3e2\t0\nc\t0\t7\t2.5\n",
)
LABELLED = b">a\nACGT\n>b\nACGT\n>c\nACGT\n"
VCF = (
    b'##fileformat=VCFv4.2\n##contig=<ID=I,length=1000>\n##INFO=<ID=AC,Number=A,Type=Integer,Description="x">\n'
    b'##FORMAT=<ID=GT,Number=1,Type=String,Description="g">\n##FORMAT=<ID=PS,Number=1,Type=Integer,Description="p">\n'
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\ts2\n"
    b"I\t5\trs1\tA\tG,<DEL>\t.\tPASS\tAC=1,2\tGT:PS\t0|1:5\t1/2:.\nI\t9\t.\tAC\t*\t9.5\t.\t.\tGT\t./.\t1\n",
    b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nI\t5\t.\tA\tG\t.\t.\t.\n",
)
GTF = (
    b'I\tx\tgene\t1\t100\t.\t+\t.\tgene_id "g1"; gene_name "A"; gene_biotype "protein_coding";\n'
    b'I\tx\ttranscript\t1\t100\t.\t+\t.\tgene_id "g1"; transcript_id "t1"; tag "basic"; tag "MANE_Select";\n'
    b'I\tx\texon\t1\t30\t.\t+\t.\tgene_id "g1"; transcript_id "t1";\n'
    b'I\tx\texon\t60\t100\t.\t+\t.\tgene_id "g1"; transcript_id "t1";\n'
    b'I\tx\tCDS\t10\t30\t.\t+\t0\tgene_id "g1"; transcript_id "t1";\n',
    b"##gff-version 3\nI\tx\tgene\t1\t100\t.\t-\t.\tID=g1;Name=a%2Cb;biotype=protein_coding\n"
    b"I\tx\tmRNA\t1\t100\t.\t-\t.\tID=t1;Parent=g1;tag=MANE_Select\nI\tx\texon\t1\t30\t.\t-\t.\tParent=t1\n"
    b"I\tx\texon\t60\t100\t.\t-\t.\tParent=t1\n"
    b"I\tx\tmRNA\t1\t9\t.\t-\t.\tID=t2;Parent=g1;exception=trans-splicing\nI\tx\texon\t1\t9\t.\t-\t.\tParent=t2\n"
    b"##FASTA\n>I\nACGT\n",
    b"I\tx\tCDS\t5\t30\t.\t+\t0\tParent=t1,t2\nI\tx\tCDS\t50\t80\t.\t+\t0\tParent=t1,t2\n",
)
TABLE = (
    b"motif_id\tconsensus\twidth\tn_sites\tbound_fraction\tauroc\tbest_match\tmatch_q\tmatch_name\tmatch_p\tmatch_e\t"
    b"information_bits\tchannels\nM1\tACGT\t4\t20\t0.5\t0.9\tMA1\t0.01\tCTCF\t1e-5\t0.1\t7.5\t0,3\n",
)


def _fasta(path: Path) -> object:
    records = read_fasta(path)
    return records, places(records), [record.place for record in records]


def _regions(path: Path) -> object:
    return [(region, region.middle) for region in read_regions(path)]


def _motifs(path: Path) -> object:
    """Read, and written in all three formats and read again: the same names and widths."""
    database = read_motifs(path)
    database = database._replace(motifs=[replace(m, alt_name="".join(m.alt_name.split())) for m in database.motifs])
    for write, motifs in ((write_meme, _alike(database.motifs)), (write_jaspar, database.motifs)):
        _round(path, write, motifs)
    _round(path, write_transfac, database.motifs)
    return database


def _alike(motifs: list) -> list:
    """Those that one header can stand for."""
    return [m for m in motifs if (m.alphabet, m.background) == (motifs[0].alphabet, motifs[0].background)]


def _round(path: Path, write: Callable[..., None], motifs: list) -> None:
    again = path.with_name("again")
    write(again, motifs)
    back = read_motifs(again).motifs
    assert [(m.name, m.width) for m in back] == [(m.name, m.width) for m in motifs], write.__name__


def _labels(path: Path) -> object:
    fasta = path.with_name("labelled.fa")
    if not fasta.is_file():
        fasta.write_bytes(LABELLED)
    table = read_label_table(path, Records.read(fasta), fasta)
    return table, table.kinds, table.is_presence


def _variants(path: Path) -> object:
    file = open_variants(path)
    return [list(file.variants(sample)) for sample in (None, *file.samples[:1])]


def _annotation(path: Path) -> object:
    found = read_annotation(path)
    return [(gene.start, gene.end, [t.introns() for t in gene.transcripts]) for gene in found.genes]


READERS = {
    "fasta": Reader(_fasta, FASTA, (">", "label=1", "range=", "strand=", "chr1:0-4", "complement(", "::", "|", "(+)")),
    "bed": Reader(_regions, BED, ("\t", "track", "browser", "#", "-1", "1e9", "chr1", "+", ".", "start")),
    "narrowpeak": Reader(_regions, NARROW, ("\t", "-1", "1e400", "nan", "inf", ".", "chr1")),
    "meme": Reader(
        _motifs,
        MEME,
        ("MEME version 4", "ALPHABET=", "MOTIF ", "letter-probability matrix:", "w= ", "nsites= ", "E= ", "alength= 4",
         "Background letter frequencies", "strands: +", "1e999", "nan"),
    ),
    "jaspar": Reader(_motifs, JASPAR, (">", "A  [", "]", "C ", "G ", "T ", "\t", "1e400", "nan", "-1")),
    "transfac": Reader(_motifs, TRANSFAC, ("VV  ", "AC  ", "ID  ", "NA  ", "P0 ", "XX", "//", "CC tf_family:", "BF  ")),
    "labels": Reader(_labels, LABELS, ("\t", "NA", "nan", "weight", "1e39", "-1", "name")),
    "vcf": Reader(
        _variants,
        VCF,
        ("##fileformat=VCFv4.2", "#CHROM\tPOS\tID\tREF\tALT", "##contig=<ID=", "##INFO=<ID=", "GT:PS", "0|1", "<DEL>",
         "Number=A", "Type=Integer", "./.", "BCF\x02\x02"),
    ),
    "gtf": Reader(
        _annotation,
        GTF,
        ("\texon\t", "\tCDS\t", "gene_id \"", "transcript_id \"", "ID=", "Parent=", "%2C", "##FASTA", "exception=",
         "trans-splicing", "tag=", ";"),
    ),
    "motifs_tsv": Reader(lambda path: read_motifs_tsv(path), TABLE, ("\t", "true", "1e999", ",", "nan")),
}  # fmt: skip


def holds(reader: Reader, data: bytes, path: Path) -> bool:
    """Whether a file of these bytes is read, or is refused by an error of one or two lines that names the file.

    Anything else that is raised is a fault of the reader, and goes on.
    """
    path.write_bytes(data)
    try:
        reader.read(path)
    except InputError as error:
        said = str(error)
        assert str(path) in said or "labelled.fa" in said, f"the file is not named: {said[:200]!r}"
        assert said.count("\n") <= 1, f"more than two lines: {said[:200]!r}"
        assert len(said) < 1000, f"an error of {len(said)} letters: {said[:200]!r}"
        return False
    return True
