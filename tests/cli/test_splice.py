"""`sparling splice check` says what would be used, and writes nothing; faults are one line, exit code 2."""

import pytest

from tests.genomics.splicing.small_genome import GFF3, fasta, written


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return "--genome", fasta(tmp_path / "genome.fa"), "--annotation", written(tmp_path / "genes.gff3", GFF3)


def test_what_would_be_used_is_said(sparling, files):
    result = sparling("splice", "check", *files)
    assert result.code == 0
    assert "2 of 2 protein_coding genes have introns: 3, of 17 bp (median)." in result.out
    assert "Ends of introns: GT-AG 100.0%." in result.out
    assert "too few, 50 are needed" in result.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--test-chroms", "chr9"), "no gene with introns on 'chr9'; there are some on chr1"),
        (("--test-chroms", ""), "--test-chroms has no name of a chromosome"),
        (("--min-intron", "0"), "--min-intron must be 1 or more, got 0"),
        (("--biotype", "lncRNA"), "no gene of biotype 'lncRNA'"),
        (("--annotation", "absent.gtf"), "no such file, absent.gtf"),
        (("--genome", "absent.fa"), "no such file, absent.fa"),
    ],
)
def test_faults_are_one_line(sparling, files, words, message):
    result = sparling("splice", "check", "--quiet", *files, *words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("sparling: ")
    assert message in result.err
    assert result.err.count("\n") == 1
