"""Predicted sites as files: each place once, in order, the same from sequences, regions and transcripts."""

import gzip
from pathlib import Path

import numpy as np
import pysam
import pytest

from sparling.errors import InputError
from sparling_genomics.files import bgzip
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.letters.intervals import Interval
from sparling_genomics.splicing.calls import predict, stretches
from sparling_genomics.splicing.calls.predict import COLUMNS, write_predictions
from sparling_genomics.splicing.calls.stretches import FastaStretches, GenomeStretches, of_genes, of_regions
from tests.genomics.splicing.calls.random_run import by_words, genes_of
from tests.genomics.splicing.small_genome import GFF3, LETTERS, MINUS_EXONS, PLUS_EXONS, fasta, written


def rows(path: Path) -> list[list[str]]:
    header, *lines = path.read_text().splitlines()
    assert tuple(header.split("\t")) == COLUMNS
    return [line.split("\t") for line in lines]


def table(predictor, source, path: Path, least: float = 0.35) -> dict[tuple[str, int, str, str], tuple[float, float]]:
    write_predictions(predictor, source, path, least)
    found = rows(path)
    keys = [(name, int(position), strand, kind) for name, position, strand, kind, *_ in found]
    assert len(set(keys)) == len(keys)
    assert keys == sorted(keys)
    return {key: (float(row[4]), float(row[5])) for key, row in zip(keys, found, strict=True)}


def same(a, b, atol=1e-5):
    assert a.keys() == b.keys()
    np.testing.assert_allclose(list(a.values()), [b[key] for key in a], atol=atol)


def whole(made) -> GenomeStretches:
    return GenomeStretches(made.genome, [Interval("chr1", 0, made.genome.lengths["chr1"])], made.predictor.context)


@pytest.fixture(scope="session")
def everything(made, tmp_path_factory):
    return table(made.predictor, whole(made), tmp_path_factory.mktemp("all") / "all.tsv")


def test_a_genome_with_introns_that_can_be_read_by_eye(made, tmp_path):
    genome = open_genome(fasta(tmp_path / "small.fa"))
    genes = genes_of(written(tmp_path / "genes.gff3", GFF3), genome)
    predictor = by_words(made.predictor)
    predictor.__dict__["acceptor"], predictor.__dict__["donor"] = "AG", "GTA"
    found = table(predictor, of_genes(genes, genome, predictor.context), tmp_path / "out.tsv")
    sites = {(position, strand, kind) for _, position, strand, kind in found}
    donors = {(end, "+", "donor") for _, end in PLUS_EXONS[:-1]} | {(MINUS_EXONS[1][0] + 1, "-", "donor")}
    acceptors = {(start + 1, "+", "acceptor") for start, _ in PLUS_EXONS[1:]} | {(MINUS_EXONS[0][1], "-", "acceptor")}
    assert donors | acceptors <= sites
    write_predictions(predictor, of_genes(genes, genome, predictor.context), tmp_path / "out.bed")
    for line in (tmp_path / "out.bed").read_text().splitlines():
        chrom, start, end, kind, score, strand = line.split("\t")
        letters = encode(LETTERS[int(start) : int(end)])
        seen = decode(reverse_complement(letters) if strand == "-" else letters)
        assert (chrom, seen, score) == ("chr1", {"donor": "GT", "acceptor": "AG"}[kind], "1000")


def test_a_contig_that_is_reversed_mirrors_its_sites(made, everything, tmp_path):
    length = made.genome.lengths["chr1"]
    letters = decode(reverse_complement(made.genome.codes("chr1", 0, length)))
    source = FastaStretches(fasta(tmp_path / "r.fa", letters), made.predictor.context, both_strands=True)
    found = table(made.predictor, source, tmp_path / "r.tsv")
    turned = {
        (chrom, length + 1 - at, {"+": "-", "-": "+"}[strand], kind): value
        for (chrom, at, strand, kind), value in found.items()
    }
    same(turned, everything)
    assert {strand for _, _, strand, _ in found} == {"+", "-"}


@pytest.mark.parametrize("window", [100, 777])
def test_pieces_change_nothing(made, everything, tmp_path, monkeypatch, window):
    monkeypatch.setattr(stretches, "WINDOW", window)
    monkeypatch.setattr(predict, "WINDOW", 3 * window)
    same(table(made.predictor, whole(made), tmp_path / "p.tsv"), everything)
    both = FastaStretches(made.path, made.predictor.context, both_strands=True)
    same(table(made.predictor, both, tmp_path / "f.tsv"), everything)


def test_regions_say_what_the_whole_says_and_each_place_once(made, everything, tmp_path):
    lines = ["chr1 100 400 a 0 +", "chr1 300 500 b 0 +", "chr1 100 400 a 0 +", "chr1 0 50 c 0 -", "chr1 700 720 d"]
    bed = tmp_path / "regions.bed"
    bed.write_text("".join(line.replace(" ", "\t") + "\n" for line in lines))
    source, without = of_regions(bed, made.genome, made.predictor.context)
    assert without == 1
    found = table(made.predictor, source, tmp_path / "out.tsv")

    def asked(at: int, strand: str) -> bool:
        return (strand == "+" and 100 < at <= 500) or (strand == "-" and at <= 50) or 700 < at <= 720

    same(found, {key: value for key, value in everything.items() if asked(key[1], key[2])})


def test_transcripts_are_read_on_their_strand(made, everything, tmp_path):
    found = table(made.predictor, of_genes(made.genes, made.genome, made.predictor.context), tmp_path / "genes.tsv")
    inside = {
        (at + 1, gene.gene.strand) for gene in made.genes for at in range(gene.transcript.start, gene.transcript.end)
    }
    same(found, {key: value for key, value in everything.items() if (key[1], key[2]) in inside})


def test_the_context_is_the_share_of_letters_that_are_known(made, tmp_path):
    short = made.genome.codes("chr1", 0, 10)
    source = FastaStretches(fasta(tmp_path / "s.fa", "NNNNN" + decode(short)), made.predictor.context)
    found = table(made.predictor, source, tmp_path / "s.tsv", least=1e-6)
    assert {context for _, context in found.values()} == {round(10 / (2 * made.predictor.context + 1), 3)}
    assert (source.noticed.sequences, source.noticed.short) == (1, 1)


def test_a_sequence_is_short_where_no_position_has_its_context(made, tmp_path):
    reach = 2 * made.predictor.context + 1
    for n in (reach - 1, reach):
        source = FastaStretches(fasta(tmp_path / "s.fa", "A" * n), made.predictor.context)
        write_predictions(made.predictor, source, tmp_path / "s.tsv")
        assert source.noticed.short == (n < reach)


def test_sequences_without_letters_and_names_that_come_twice(made, tmp_path):
    path = tmp_path / "twice.fa"
    path.write_text(">a one\nACGTACGT\n>a two\nACGTACGT\n>b\n\n>a\nACGTACGT\n")
    source = FastaStretches(path, made.predictor.context)
    write_predictions(made.predictor, source, tmp_path / "out.tsv", 1e-6)
    assert list(dict.fromkeys(row[0] for row in rows(tmp_path / "out.tsv"))) == ["a", "a_2", "a_3"]
    assert (source.noticed.sequences, source.noticed.empty, source.noticed.renamed) == (4, 1, 2)


def test_sequences_are_read_one_after_the_other(made, tmp_path):
    path = tmp_path / "broken.fa"
    path.write_text(">a\nACGT\n>b\nAC!T\n")
    groups = FastaStretches(path, made.predictor.context).groups()
    assert next(groups)[0].name == "a"
    with pytest.raises(InputError, match=r"broken\.fa:4"):
        next(groups)
    with pytest.raises(InputError, match=r"broken\.fa:4"):
        write_predictions(made.predictor, FastaStretches(path, made.predictor.context), tmp_path / "out.tsv")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["broken.fa"]


def test_bed_is_in_order_and_has_an_index(made, everything, tmp_path):
    out = tmp_path / "sites.bed.gz"
    summary = write_predictions(made.predictor, whole(made), out, 0.35)
    lines = [line.split("\t") for line in gzip.decompress(out.read_bytes()).decode().splitlines()]
    assert len(lines) + summary.outside == len(everything) == summary.found.total()
    assert [int(line[1]) for line in lines] == sorted(int(line[1]) for line in lines)
    bases = {
        (chrom, (int(start) if (kind == "donor") == (strand == "+") else int(end) + 1), strand, kind): int(score)
        for chrom, start, end, kind, score, strand in lines
    }
    assert all(abs(score - 1000 * everything[key][0]) <= 0.501 for key, score in bases.items())
    with pysam.TabixFile(str(out)) as file:
        assert len(list(file.fetch("chr1", 0, 200))) == sum(int(line[1]) < 200 for line in lines)


@pytest.mark.parametrize(("reach", "suffix"), [(1200, "tbi"), (1199, "csi")])
def test_the_index_reaches_the_end_of_the_longest_sequence(made, tmp_path, monkeypatch, reach, suffix):
    monkeypatch.setattr(bgzip, "TBI_REACH", reach)
    (tmp_path / "s.fa").write_text(f">a\n{'ACGT' * 50}\n>b\n{'ACGT' * 300}\n>c\n{'ACGT' * 50}\n")
    out = tmp_path / "out.bed.gz"
    write_predictions(made.predictor, FastaStretches(tmp_path / "s.fa", made.predictor.context, True), out, 0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.bed.gz", f"out.bed.gz.{suffix}", "s.fa"]
