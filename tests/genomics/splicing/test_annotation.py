"""Genes out of GTF and GFF3: the same for the same genes; every fault with its line."""

import gzip

import pytest

from sparling.errors import InputError
from sparling_genomics.splicing.annotation import Gene, Transcript, read_annotation
from sparling_genomics.splicing.canonical import canonical, how_often
from tests.genomics.splicing.small_genome import GFF3, GTF, MINUS_EXONS, PLUS_EXONS, written


def genes_of(path):
    return {gene.name: gene for gene in read_annotation(path).genes}


@pytest.mark.parametrize("features", [GFF3, GTF], ids=["gff3", "gtf"])
def test_genes_are_read_from_either_format(tmp_path, features):
    genes = genes_of(written(tmp_path / "genes.txt", features))
    assert [(g.symbol, g.strand, g.biotype, g.chrom) for g in genes.values()] == [
        ("one", "+", "protein_coding", "chr1"),
        ("two, too", "-", "protein_coding", "chr1"),
    ]
    assert [g.transcripts[0].exons for g in genes.values()] == [PLUS_EXONS, MINUS_EXONS]
    assert [g.transcripts[0].coding for g in genes.values()] == [18, 0]


def test_the_format_is_told_by_content_not_by_name(tmp_path):
    assert read_annotation(written(tmp_path / "genes.gtf", GFF3)).kind == "GFF3"
    assert read_annotation(written(tmp_path / "genes.gff3", GTF)).kind == "GTF"


def test_windows_line_ends_gzip_and_a_fasta_section(tmp_path):
    plain = written(tmp_path / "plain.gff3", GFF3)
    windows = written(tmp_path / "windows.gff3", GFF3, end="\r\n")
    packed = tmp_path / "packed.gff3.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes() + b"##FASTA\n>chr1\nACGT\n"))
    assert genes_of(plain) == genes_of(windows) == genes_of(packed)


def test_an_exon_of_two_transcripts_belongs_to_both(tmp_path):
    two = [
        ("gene", 1, 100, "+", "ID=g"),
        ("mRNA", 1, 100, "+", "ID=a;Parent=g"),
        ("mRNA", 1, 100, "+", "ID=b;Parent=g"),
        ("exon", 1, 10, "+", "Parent=a,b"),
        ("exon", 50, 60, "+", "Parent=a"),
        ("exon", 90, 100, "+", "Parent=a,b"),
    ]
    (gene,) = read_annotation(written(tmp_path / "g.gff3", two)).genes
    assert [each.introns() for each in gene.transcripts] == [((10, 49), (60, 89)), ((10, 89),)]


def test_a_parent_that_has_no_line_is_a_gene_of_its_own(tmp_path):
    annotation = read_annotation(written(tmp_path / "g.gff3", [("exon", 1, 10, "-", "Parent=FBtr1")]))
    assert annotation.noticed == ("1 transcript has no line that names a gene: it is taken as a gene.",)
    (gene,) = annotation.genes
    assert (gene.name, gene.symbol, gene.strand) == ("FBtr1", "FBtr1", "-")


def test_a_transcript_in_a_transcript_belongs_to_the_gene(tmp_path):
    nested = [
        ("gene", 1, 50, "+", "ID=g;Name=mir"),
        ("primary_transcript", 1, 50, "+", "ID=p;Parent=g"),
        ("miRNA", 1, 20, "+", "ID=m;Parent=p"),
        ("exon", 1, 50, "+", "Parent=p"),
        ("exon", 1, 20, "+", "Parent=m"),
    ]
    (gene,) = read_annotation(written(tmp_path / "g.gff3", nested)).genes
    assert [each.name for each in gene.transcripts] == ["p", "m"]


def test_coding_parts_stand_for_exons_where_there_are_none(tmp_path):
    annotation = read_annotation(written(tmp_path / "g.gff3", [each for each in GFF3 if each[0] != "exon"]))
    assert [gene.transcripts[0].exons for gene in annotation.genes] == [PLUS_EXONS]
    assert "no exons" in annotation.noticed[0]


def test_exons_that_overlap_are_joined_and_said(tmp_path):
    slipped = [("exon", 1, 20, "+", "Parent=t"), ("exon", 20, 40, "+", "Parent=t"), ("exon", 90, 99, "+", "Parent=t")]
    annotation = read_annotation(written(tmp_path / "g.gff3", slipped))
    assert annotation.genes[0].transcripts[0].exons == ((0, 40), (89, 99))
    assert annotation.noticed[0] == "1 transcript has exons that overlap: these are joined."


def test_a_transcript_of_several_molecules_is_left_out(tmp_path):
    trans = [
        ("gene", 1, 10, "+", "ID=rps12;exception=trans-splicing"),
        ("exon", 1, 10, "+", "Parent=rps12"),
        ("exon", 90, 99, "-", "Parent=rps12"),
        ("exon", 200, 220, "-", "Parent=t"),
    ]
    annotation = read_annotation(written(tmp_path / "g.gff3", trans))
    assert [gene.name for gene in annotation.genes] == ["t"]
    assert annotation.noticed[0] == "1 transcript of several molecules is left out."


def test_a_transcript_of_gtf_is_known_by_its_own_name_on_every_line(tmp_path):
    said = ['gene_id "g"; transcript_id "a";', 'orig_transcript_id "b"; gene_id "g";transcript_id "a"; note "x; y"']
    lines = [("exon", 100 * i + 1, 100 * i + 10, "+", said[i % 2]) for i in range(4)]
    lines += [("exon", 101, 120, "+", 'gene_id "g"; transcript_id "b";')]
    (gene,) = read_annotation(written(tmp_path / "g.gtf", lines)).genes
    assert [(each.name, len(each.exons)) for each in gene.transcripts] == [("a", 4), ("b", 1)]
    trans = 'gene_id "g"; transcript_id "a"; exception "trans-splicing";'
    annotation = read_annotation(written(tmp_path / "t.gtf", [*lines, ("exon", 1, 9, "-", trans)]))
    assert [each.name for each in annotation.genes[0].transcripts] == ["b"]


def test_a_line_without_its_last_empty_column_is_read(tmp_path):
    path = written(tmp_path / "g.gff3", GFF3)
    path.write_text(path.read_text() + "chr1\tRNASeq\tintron\t166\t212\t9.0\t+\t.\n")
    assert len(read_annotation(path).genes) == 2


def test_a_first_line_without_attributes_does_not_tell_the_format(tmp_path):
    annotation = read_annotation(written(tmp_path / "g.gff3", [("region", 1, 93, ".", "."), *GFF3]))
    assert (annotation.kind, len(annotation.genes)) == ("GFF3", 2)


def test_an_attribute_whose_name_ends_as_that_of_the_id_is_another(tmp_path):
    path = written(tmp_path / "g.gff3", [*GFF3, ("STS", 1, 20, ".", "geneID=7"), ("region", 1, 9, "+", "orig_ID=x")])
    assert len(read_annotation(path).genes) == 2


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        (("exon", 20, 10, "+", "Parent=t"), "exon starts at 20, behind its end 10"),
        (("exon", 0, 10, "+", "Parent=t"), "start must be 1 or more, got 0"),
        (("exon", "a", 10, "+", "Parent=t"), "start and end must be whole numbers, got 'a' and '10'"),
        (("exon", 1, 10, ".", "Parent=t"), "strand of an exon must be + or -, got '.'"),
        (("exon", 1, 10, "+", "ID=e"), "exon of no transcript, Parent is missing"),
        (("exon", 500, 510, "-", "Parent=t1"), "exons of t1 lie on both strands"),
        (("exon", 1, 10, "+", "Parent=t\tmore"), "10 tab-separated columns, expected the 9 of GTF or GFF3"),
    ],
)
def test_a_fault_says_its_line(tmp_path, feature, message):
    path = written(tmp_path / "g.gff3", [*GFF3, feature])
    with pytest.raises(InputError) as caught:
        read_annotation(path)
    assert str(caught.value) == f"{message}, {path}:{len(GFF3) + 2}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\there\texon\t5\t10\t.\t+\t.", "exon of no transcript, Parent is missing"),
        ("chr1\there\texon\t5\t10\t.\t+", "7 tab-separated columns, expected the 9 of GTF or GFF3"),
        ("chr1 here exon 5 10 . + . Parent=t1", "1 tab-separated column, expected the 9 of GTF or GFF3"),
    ],
)
def test_a_line_of_too_few_columns_is_a_fault(tmp_path, line, message):
    path = written(tmp_path / "g.gff3", GFF3)
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError) as caught:
        read_annotation(path)
    assert str(caught.value) == f"{message}, {path}:{len(GFF3) + 2}"


def test_exons_on_two_chromosomes_are_a_fault(tmp_path):
    path = written(tmp_path / "g.gff3", GFF3)
    path.write_text(path.read_text() + "chr2\there\texon\t500\t510\t.\t+\t.\tParent=t1\n")
    with pytest.raises(InputError, match=r"exons of t1 lie on chr1 and on chr2.*:14"):
        read_annotation(path)


@pytest.mark.parametrize("text", ["", "##gff-version 3\n", "chr1\tx\tgene\t1\t9\t.\t+\t.\tID=g\n"])
def test_a_file_without_a_gene_is_refused(tmp_path, text):
    path = tmp_path / "g.gff3"
    path.write_text(text)
    with pytest.raises(InputError, match=r"no features|no gene with an exon"):
        read_annotation(path)


def transcript(name, exons=((0, 10),), coding=0, tags=()):
    return Transcript(name, exons, coding, frozenset(tags), 1)


@pytest.mark.parametrize(
    ("transcripts", "chosen", "rule"),
    [
        ([transcript("a")], "a", "only one"),
        ([transcript("a", coding=99), transcript("b", tags=["MANE_Select"])], "b", "MANE Select"),
        ([transcript("a", tags=["Ensembl_canonical"]), transcript("b", coding=9)], "a", "Ensembl canonical"),
        ([transcript("a"), transcript("b", tags=["appris_principal_1"])], "b", "APPRIS principal"),
        ([transcript("a", coding=9), transcript("b", coding=12)], "b", "longest coding sequence"),
        ([transcript("a", ((0, 20),)), transcript("b", ((0, 10), (50, 59)))], "a", "longest exons"),
        ([transcript("b"), transcript("a")], "a", "first by name"),
    ],
)
def test_one_transcript_a_gene_by_the_first_rule_that_parts_them(transcripts, chosen, rule):
    for order in (transcripts, transcripts[::-1]):
        found = canonical(Gene("g", "g", "", "chr1", "+", tuple(order)))
        assert (found.transcript.name, found.rule) == (chosen, rule)
    assert how_often([found, found]) == {rule: 2}


INTRONS = {
    "athaliana_1pct": (1537, 2154),
    "celegans_1pct": (986, 2226),
    "celegans_smallgenes": (1424, 1558),
    "dmelanogaster_1pct": (484, 1351),
    "pombe_annotation": (5246, 5279),
}
"""Distinct introns of 15 bp or more, and those of all transcripts, as gffutils 0.13 reads the same files."""


@pytest.mark.parametrize("name", INTRONS)
def test_real_annotations_have_the_introns_that_gffutils_finds(shared_data, name):
    genes = read_annotation(shared_data / "splicing" / f"{name}.gff3.gz").genes
    introns = [(gene.chrom, gene.strand, *span) for gene in genes for t in gene.transcripts for span in t.introns()]
    assert (len(set(introns)), len(introns)) == INTRONS[name]
