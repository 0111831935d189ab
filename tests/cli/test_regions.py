"""``sparling motifs train --bed --genome`` as it is typed: what it says, goes on with, and refuses."""

import json

import pytest

from tests.genomics.genomes import planted_genome


@pytest.fixture
def made(tmp_path):
    return planted_genome(tmp_path)


def test_a_run_from_bed_to_report(sparling, small, made, tmp_path):
    out = tmp_path / "run"
    words = ["motifs", "train", "--narrowpeak", made.narrow, "--genome", made.fasta, "--size", 40, "--top", 200]
    result = sparling(*words, "--test-chroms", "chr2,chr6", "--out", out)
    assert result.code == 0, result.err
    assert "400 sequences, 200 of them bound" in result.err
    assert "The 200 regions of the highest scores, 20 or more, were taken of 240." in result.err
    assert "Unbound are 200 other windows of the genome, alike in length, GC and repeats" in result.err
    info = json.loads((out / "run.json").read_text())
    assert (info["config"]["size"], info["config"]["top"], info["config"]["test_chroms"]) == (40, 200, ["chr2", "chr6"])
    assert info["data"]["n_test"] == 160
    again = sparling("motifs", "train", "--resume", "--out", out, "--genome", made.fasta)
    assert "is finished, and is left as it is" in again.err
    other = sparling("motifs", "train", "--resume", "--out", out, "--size", 60)
    assert other.code == 2
    assert "--size 60 differs from the run to resume, which has 40" in other.err


def test_the_folder_is_named_after_the_regions(sparling, small, made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sparling("motifs", "train", "--bed", made.bed, "--genome", made.fasta, "--background", "shuffle")
    assert (tmp_path / "peaks_motifs" / "run.json").is_file()


WRONG = {
    "no genome": (["--bed", "BED"], "--bed needs --genome, the FASTA file of the genome"),
    "genome alone": (["--genome", "GENOME"], "--fasta is missing, or --bed with --genome"),
    "both": (["--bed", "BED", "--genome", "GENOME", "--fasta", "GENOME"], "--fasta and --bed exclude each other"),
    "no file": (["--bed", "none.bed", "--genome", "GENOME"], "no such file, none.bed"),
    "no genome file": (["--bed", "BED", "--genome", "none.fa"], "no such file, none.fa"),
    "no genome in it": (["--bed", "BED", "--genome", "BED"], "no FASTA header"),
    "no regions in it": (["--bed", "GENOME", "--genome", "GENOME"], "expected columns of chromosome, start and end"),
    "unknown background": (
        ["--bed", "BED", "--genome", "GENOME", "--background", "x"],
        "--background must be genome, flanks, peaks:FILE or shuffle; got x",
    ),
    "peaks of no file": (["--bed", "BED", "--genome", "GENOME", "--background", "peaks:"], "peaks:FILE"),
    "internal background": (["--bed", "BED", "--genome", "GENOME", "--background", "versus"], "got versus"),
    "no test chromosome": (["--bed", "BED", "--genome", "GENOME", "--test-chroms", ","], "has no name of a chromosome"),
    "empty test chromosome": (["--bed", "BED", "--genome", "GENOME", "--test-chroms", ""], "got ''"),
    "no peaks": (["--bed", "BED", "--genome", "GENOME", "--background", "peaks:none"], "no such file, none"),
    "test chromosome": (["--bed", "BED", "--genome", "GENOME", "--test-chroms", "2"], "did you mean 'chr2'?"),
    "small size": (["--bed", "BED", "--genome", "GENOME", "--size", 3], "--size: input should be greater than"),
    "top of none": (["--bed", "BED", "--genome", "GENOME", "--top", 0], "--top: input should be greater than"),
    "negatives": (["--bed", "BED", "--genome", "GENOME", "--negatives", "GENOME"], "--negatives belongs to --fasta"),
    "no track": (["--bed", "BED", "--genome", "GENOME", "--signal", "none.bw"], "--signal: no such file, none.bw"),
    "track that is none": (["--bed", "BED", "--genome", "GENOME", "--signal", "BED"], "not a bigWig file"),
    "signal and background": (
        ["--bed", "BED", "--genome", "GENOME", "--signal", "BED", "--background", "genome"],
        "--background is of bound and unbound ones",
    ),
    "signal of FASTA": (["--fasta", "GENOME", "--signal", "BED"], "--signal needs --bed"),
    "size of FASTA": (["--fasta", "GENOME", "--size", 50], "--size needs --bed"),
    "counted from 1": (["--bed", "ONE", "--genome", "GENOME"], "BED counts from 0"),
    "beyond": (["--bed", "BEYOND", "--genome", "GENOME"], "goes beyond the end of chr1, which has 24,000 bp"),
    "another name": (["--bed", "NAME", "--genome", "GENOME"], "genome.fa has no '1': did you mean 'chr1'?"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_fault_is_one_line_and_leaves_nothing(sparling, made, tmp_path, monkeypatch, fault):
    options, said = WRONG[fault]
    monkeypatch.chdir(tmp_path)
    lines = {"ONE": "chr1\t7\t7\n", "BEYOND": "chr1\t1\t24001\n", "NAME": "1\t1\t90\n"}
    files = {"BED": made.bed, "GENOME": made.fasta} | {name: tmp_path / f"{name}.bed" for name in lines}
    for name, line in lines.items():
        files[name].write_text(line)
    before = sorted(each.name for each in tmp_path.iterdir() if not each.name.endswith(".fai"))
    result = sparling("motifs", "train", *(files.get(word, word) for word in options), "--out", "run")
    assert result.code == 2
    assert said in result.err
    assert len(result.err.strip().splitlines()) <= 2
    assert sorted(each.name for each in tmp_path.iterdir() if not each.name.endswith(".fai")) == before
