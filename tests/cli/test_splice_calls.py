"""`sparling splice predict` and `variants` from a finished run; a fault is a line or two, exit code 2, no file."""

import json
import os
import shutil
from pathlib import Path

import pytest
from sparling_cli.splice.checks import check_predict, check_splice_variants

from sparling.errors import InputError
from sparling_genomics.files import fasta as fasta_files
from sparling_genomics.files.genome import open_genome
from sparling_genomics.splicing.runs.config import SpliceConfig
from tests.genomics.splicing.calls.random_run import random_run
from tests.genomics.splicing.calls.vcf import other, reference, vcf
from tests.genomics.splicing.small_genome import fasta


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        yield random_run(folder)


@pytest.fixture
def files(made, tmp_path, monkeypatch):
    """Files of every kind in the folder where the command runs."""
    run, genome, annotation = made
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run").symlink_to(run)
    shutil.copy(genome, "g.fa")
    shutil.copy(annotation, "g.gff3")
    (tmp_path / "r.bed").write_text("chr1\t100\t300\ta\t0\t+\nchr1\t200\t400\tb\t0\t.\n")
    opened = open_genome(genome)
    sites = [(at, reference(opened, at - 1, at)) for at in (650, 700, 750)]
    vcf(
        tmp_path / "v.vcf",
        [("chr1", 5, reference(opened, 4, 5), "<DEL>"), *(("chr1", at, ref, other(ref)) for at, ref in sites)],
    )
    (tmp_path / "empty").touch()
    (tmp_path / "not_a_run").mkdir()
    shutil.copytree(run, "other_run")
    (tmp_path / "other_run" / "run.json").write_text(json.dumps({"task": "binding"}))
    shutil.copytree(run, "windows")
    (tmp_path / "windows" / "run.json").write_text(json.dumps({"task": "splice-windows"}))
    shutil.copytree(run, "unfinished")
    (tmp_path / "unfinished" / "run.json").unlink()
    return tmp_path


GENES = ("--genome", "g.fa", "--annotation", "g.gff3")


def test_sites_of_transcripts(sparling, files):
    result = sparling("splice", "predict", "run", *GENES, "--out", "sites.tsv")
    assert result.code == 0
    assert "8 genes with introns, one transcript each." in result.err
    assert "acceptors of P >= 0.1 in" in result.out
    assert (files / "sites.tsv").read_text().startswith("sequence\tposition\tstrand\tkind\tprobability\tcontext\n")
    quiet = sparling("splice", "predict", "run", *GENES, "--quiet", "--force", "--out", "sites.tsv")
    assert (quiet.code, quiet.err) == (0, "")


def test_sites_of_regions_without_a_strand_are_said(sparling, files):
    result = sparling("splice", "predict", "run", "--genome", "g.fa", "--bed", "r.bed", "--out", "sites.bed")
    assert result.code == 0
    assert "1 region has no strand: both are read." in result.err
    assert "in 500 nt: sites.bed" in result.out  # 300 on +, 200 on -
    assert len((files / "sites.bed").read_text().splitlines()[0].split("\t")) == 6


def test_short_empty_and_repeated_sequences_are_said(sparling, files):
    (files / "s.fa").write_text(">a\nACGTACGT\n>a\nACGTACGT\n>b\n\n")
    result = sparling("splice", "predict", "run", "--fasta", "s.fa", "--both-strands", "--out", "s.tsv")
    assert result.code == 0
    assert "2 of 3 sequences are shorter than the 45 nt" in result.err
    assert "1 of 3 sequences is empty" in result.err
    assert "1 sequence has a name that was used before" in result.err
    assert "in 32 nt" in result.out


def test_variants_say_totals_and_what_is_skipped(sparling, files):
    result = sparling("splice", "variants", "run", *GENES, "--vcf", "v.vcf", "--out", "out.vcf.gz")
    assert result.code == 0
    assert "3 effects of an allele on a gene" in result.out
    assert "1 skipped: symbolic allele (chr1:5:" in result.err
    assert (files / "out.vcf.gz.tbi").is_file()


def test_a_table_of_variants_comes_back_with_more_columns(sparling, files):
    lines = [line.split("\t") for line in (files / "v.vcf").read_text().splitlines() if line[0] != "#"]
    rows = "".join("\t".join((line[0], line[1], line[3], line[4])) + "\n" for line in lines)
    (files / "v.tsv").write_text("chrom\tpos\tref\talt\n" + rows)
    result = sparling("splice", "variants", "run", *GENES, "--variants", "v.tsv", "--out", "out.tsv")
    assert result.code == 0
    assert "4 records, 3 effects of an allele on a gene" in result.out
    assert "1 skipped: symbolic allele (chr1:5:" in result.err
    assert (files / "out.tsv").read_text().startswith("chrom\tpos\tref\talt\tallele\tsymbol\tds_ag\t")


def vcf_of_another_assembly(folder):
    letters = (folder / "g.fa").read_text().splitlines()[1]
    return vcf(folder / "w.vcf", [("chr1", at, other(letters[at - 1]), letters[at - 1]) for at in (650, 700, 750)])


PREDICT = ("predict", "run")
VARIANTS = ("variants", "run", *GENES, "--vcf", "v.vcf")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("predict", "absent", "--fasta", "g.fa"), "no such run folder: absent"),
        (("predict", "not_a_run", "--fasta", "g.fa"), "not a run folder, config.toml is missing: not_a_run"),
        (("predict", "unfinished", "--fasta", "g.fa"), "`sparling splice train --resume --out unfinished` ends it"),
        (("predict", "other_run", "--fasta", "g.fa"), "a run of `sparling motifs train`, expected one of"),
        (PREDICT, "give --fasta, or --genome with --bed or --annotation"),
        ((*PREDICT, "--fasta", "g.fa", "--genome", "g.fa"), "got both"),
        ((*PREDICT, "--fasta", "g.fa", "--bed", "r.bed"), "--bed needs --genome in place of --fasta"),
        ((*PREDICT, "--genome", "g.fa"), "--genome needs --bed or --annotation; a whole genome: --fasta FILE"),
        ((*PREDICT, *GENES, "--bed", "r.bed"), "--genome needs --bed or --annotation; got both"),
        ((*PREDICT, *GENES, "--both-strands"), "--both-strands is of --fasta"),
        ((*PREDICT, "--fasta", "g.fa", "--biotype", "all"), "--biotype needs --annotation"),
        ((*PREDICT, "--fasta", "g.fa", "--least", "0"), "--least must be above 0 and at most 1; got 0"),
        ((*PREDICT, "--fasta", "g.fa", "--least", "1.5"), "--least must be above 0 and at most 1; got 1.5"),
        ((*PREDICT, "--fasta", "g.fa", "--least", "nan"), "--least must be above 0 and at most 1; got nan"),
        ((*PREDICT, "--fasta", "g.fa", "--device", "tpu"), "--device must be one of"),
        ((*PREDICT, "--fasta", "empty"), "empty file, expected FASTA, empty:1"),
        ((*PREDICT, "--fasta", "absent.fa"), "no such file, absent.fa"),
        ((*PREDICT, "--fasta", "broken.fa"), "is no nucleotide, broken.fa:4"),
        ((*PREDICT, "--genome", "g.fa", "--bed", "beyond.bed"), "goes beyond the end of chr1"),
        ((*PREDICT, "--genome", "g.fa", "--bed", "names.bed"), "g.fa has no '1': did you mean 'chr1'?, names.bed:1"),
        ((*PREDICT, "--genome", "g.fa", "--bed", "strand.bed"), "strand (column 6) must be +, - or ."),
        ((*PREDICT, "--genome", "g.fa", "--bed", "empty"), "no regions"),
        ((*PREDICT, "--genome", "g.fa", "--annotation", "names.gff3"), "it has 1; g.fa has chr1: '1' for 'chr1'?"),
        ((*PREDICT, *GENES, "--biotype", "lncRNA"), "no gene of biotype 'lncRNA'"),
        (("variants", "run", *GENES), "--vcf is missing, or --variants, a table"),
        ((*VARIANTS, "--variants", "v.vcf"), "give --vcf or --variants, not both"),
        ((*VARIANTS[:-2], "--variants", "absent.tsv"), "no such file, absent.tsv"),
        ((*VARIANTS[:-2], "--variants", "r.bed"), "the table lacks the columns chrom, pos, ref, alt; got chr1, 100"),
        (("variants", "run", "--vcf", "v.vcf", "--genome", "g.fa"), "--annotation is missing"),
        (("variants", "run", "--vcf", "v.vcf", "--annotation", "g.gff3"), "--genome is missing"),
        (("predict", "windows", "--fasta", "g.fa"), "a run of `sparling splice windows`, expected one of"),
        (("variants", "other_run", *VARIANTS[2:]), "a run of `sparling motifs train`, expected one of"),
        ((*VARIANTS, "--distance", "0"), "--distance must be 1 to 10,000 nt; got 0"),
        ((*VARIANTS[:-1], "g.fa"), "no VCF or BCF"),
        ((*VARIANTS[:-1], "absent.vcf"), "--vcf: no such file, absent.vcf"),
        ((*VARIANTS[:-1], "w.vcf"), "REF differs from the genome in 3 of 3 records (chr1:650"),
        (
            (*VARIANTS[:-1], "names.vcf"),
            "no chromosome of the file is in the genome; the first is '1': did you mean 'chr1'?",
        ),
    ],
)
def test_faults_are_a_line_or_two_and_leave_nothing(sparling, files, words, message):
    (files / "broken.fa").write_text(">a\nACGT\n>b\nAC!T\n")
    (files / "beyond.bed").write_text("chr1\t100\t99999999\ta\t0\t+\n")
    (files / "names.bed").write_text("1\t100\t200\ta\t0\t+\n")
    (files / "strand.bed").write_text("chr1\t100\t200\ta\t0\tx\n")
    (files / "names.gff3").write_text((files / "g.gff3").read_text().replace("chr1\t", "1\t"))
    (files / "names.vcf").write_text((files / "v.vcf").read_text().replace("chr1\t", "1\t"))
    vcf_of_another_assembly(files)
    before = sorted(path.name for path in files.iterdir())
    result = sparling("splice", *words, "--quiet", "--out", "out")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("sparling: ")
    assert message in result.err
    assert result.err.count("\n") <= 2
    after = sorted(path.name for path in files.iterdir())
    assert set(after) - set(before) <= {"g.fa.fai"}


@pytest.mark.parametrize(
    ("words", "out", "message"),
    [
        ((*PREDICT, "--fasta", "g.fa"), "r.bed", "--out exists already; --force replaces it: r.bed"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "g.fa", "--out is another file of this command"),
        ((*PREDICT, *GENES, "--force"), "g.gff3", "--out is another file of this command"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "run/motifs.tsv", "--out is another file of this command"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "run/splice_sites.bed", "--out is another file of this command"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "run/rna_map.tsv", "--out is another file of this command"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "run/model/config.json", "--out is another file of this command"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "pipe", "a device or a pipe, expected the name of a file to write"),
        ((*PREDICT, "--fasta", "g.fa"), "absent/sites.tsv", "--out: no such folder"),
        ((*VARIANTS, "--force"), "v.vcf", "--out is another file of this command"),
        (VARIANTS, "not_a_run", "--out is a directory, expected a file"),
        (VARIANTS, "out.bcf", "--out is written as VCF, expected a name in .vcf or .vcf.gz"),
        (VARIANTS, "out.tsv.gz", "--out is written as VCF, expected a name in .vcf or .vcf.gz"),
        ((*VARIANTS, "--force"), "g.fa.fai", "--out is another file of this command"),
        ((*VARIANTS, "--force"), "v.vcf.tbi", "--out is another file of this command"),
        ((*PREDICT, *GENES, "--force"), "g.fa.fai", "--out is another file of this command"),
        ((*PREDICT, "--fasta", "g.fa", "--force"), "g.fa.gzi", "--out is another file of this command"),
        (
            (*VARIANTS[:-2], "--variants", "v.tsv"),
            "out.vcf.gz",
            "--out is a table as --variants is, expected a name in",
        ),
    ],
)
def test_no_file_is_replaced_that_should_not_be(sparling, files, words, out, message):
    os.mkfifo(files / "pipe")
    result = sparling("splice", *words, "--out", out)
    assert result.code == 2
    assert message in result.err
    assert (files / "pipe").is_fifo()


def test_letters_of_an_annotation_that_is_of_another_genome_are_refused(sparling, files):
    fasta(files / "other.fa", "ACGT" * 10_000)
    words = ("--genome", "other.fa", "--annotation", "g.gff3", "--out", "out.tsv")
    result = sparling("splice", "predict", "run", "--quiet", *words)
    assert result.code == 2
    assert "have ends of known ones" in result.err
    assert "belong together? --force-sites goes on" in result.err
    assert not (files / "out.tsv").exists()
    assert sparling("splice", "predict", "run", "--force-sites", *words).code == 0


def test_a_chromosome_is_not_read_to_see_that_a_genome_is_one(files, monkeypatch):
    monkeypatch.setattr(fasta_files, "iter_fasta", None)
    check_predict(Path("run"), None, Path("g.fa"), Path("r.bed"), None, 0.1)
    check_splice_variants(Path("run"), Path("g.fa"), Path("g.gff3"), Path("v.vcf"), Path("out.vcf"), 50)
    with pytest.raises(InputError, match="FASTA"):
        check_predict(Path("run"), None, Path("v.vcf"), Path("r.bed"), None, 0.1)


def test_genes_are_chosen_by_the_rules_of_the_run(sparling, files):
    fasta(files / "other.fa", "ACGT" * 10_000)
    words = ("--genome", "other.fa", "--annotation", "g.gff3", "--force", "--out", "out.tsv")
    with_rules(files, force_sites=True)
    assert "8 genes with introns" in sparling("splice", "predict", "run_by_rules", *words).err
    with_rules(files, force_sites=True, min_intron=1000)
    result = sparling("splice", "predict", "run_by_rules", *words)
    assert (result.code, "no intron of 1000 bp or more" in result.err) == (2, True)
    with_rules(files, force_sites=True, biotype="lncRNA")
    assert "no gene of biotype 'lncRNA'" in sparling("splice", "predict", "run_by_rules", *words).err
    assert sparling("splice", "predict", "run_by_rules", *words, "--biotype", "all").code == 0


def with_rules(folder, **rules):
    """The run with another configuration."""
    shutil.copytree(folder / "run", folder / "run_by_rules", dirs_exist_ok=True)
    path = folder / "run_by_rules" / "config.toml"
    config = SpliceConfig.read(folder / "run" / "config.toml")
    config.model_copy(update=rules).write(path)
