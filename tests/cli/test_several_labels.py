"""Several labels and values on the command line: what is said, and every fault in one line with exit code 2."""

import csv

import pytest
from sparling_cli.checks import has_audit

from tests.genomics.several_run import write_set


@pytest.mark.usefixtures("small")
def test_a_table_of_several_columns(sparling, tmp_path):
    fasta, table = write_set(tmp_path)
    out = tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", fasta, "--labels", table, "--width", 11, "--out", out)
    assert result.code == 0
    assert "600 sequences, none of them shuffled" in result.err
    assert "A, B as labels, 0 or 1; value as real values; 60 of 1,800 are NA; sequences have weights" in result.err
    assert "  score  time left" in result.err
    assert "on the test side A AUROC" in result.out
    assert "low value" in result.out
    assert "motifs audit" not in result.out + result.err
    assert (out / "effects.tsv").is_file()
    audit = sparling("motifs", "audit", out)
    assert audit.code == 2
    assert "this run is of A, B, value" in audit.err
    assert "Traceback" not in audit.err
    assert sparling("motifs", "report", out).code == 0
    predicted = sparling("motifs", "predict", out, "--fasta", fasta)
    assert predicted.code == 0
    head, *lines = predicted.out.splitlines()
    assert head.startswith("sequence\tsites\tA\tB\tvalue\tA.logit\tA.empty\tA.M1\t")
    assert len(lines) == 600
    assert {len(line.split("\t")) for line in lines} == {len(head.split("\t"))}
    pairs = tmp_path / "pairs.tsv"
    flanks = "ACTT" * 5, "AGTA" * 5
    letters = [flanks[0] + word + flanks[1] for word in ("CCATCAGTG", "CCGGAAGTG")]
    pairs.write_text("name\treference\talternative\none\t" + "\t".join(letters) + "\n")
    changed = sparling("motifs", "variants", out, "--pairs", pairs, "--out", tmp_path / "changed")
    assert changed.code == 0
    row = next(csv.DictReader((tmp_path / "changed" / "variants.tsv").read_text().splitlines(), delimiter="\t"))
    assert float(row["B.change"]) > 1
    assert (tmp_path / "changed" / "pictures").is_dir()
    scanned = sparling("motifs", "scan", out, "--fasta", fasta, "--out", tmp_path / "hits.bed")
    assert scanned.code == 0
    assert len((tmp_path / "hits.bed").read_text().splitlines()) > 400


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("s0\t1", "s0\thigh", "column 'A' must be 0, 1, another number or NA, got 'high', "),
        ("\tB\t", "\tA\t", "two columns are called 'A', "),
        ("\t2\ns1\t", "\t-2\ns1\t", None),
        ("s1\t", "t1\t", "sequence 't1' is not in "),
    ],
)
def test_a_bad_table_is_refused_and_nothing_is_left(sparling, tmp_path, old, new, said):
    fasta, table = write_set(tmp_path, n=60)
    text = table.read_text()
    if said is None:
        lines = text.splitlines()
        lines[5] = lines[5].rsplit("\t", 1)[0] + "\t-2"
        text, said = "\n".join(lines) + "\n", "a weight must be 0 or more, got -2, "
    else:
        text = text.replace(old, new, 1)
    table.write_text(text)
    out = tmp_path / "run"
    result = sparling("motifs", "train", "--fasta", fasta, "--labels", table, "--out", out)
    assert result.code == 2
    assert said in result.err
    assert f"{table.name}:" in result.err
    assert len(result.err.strip().splitlines()) <= 3
    assert not out.exists()


def test_too_few_sequences_of_a_label(sparling, tmp_path):
    fasta, table = write_set(tmp_path, n=60)
    result = sparling("motifs", "train", "--fasta", fasta, "--labels", table, "--out", tmp_path / "run")
    assert result.code == 2
    assert "expected at least" in result.err
    assert not (tmp_path / "run").exists()


def test_what_cannot_be_audited_is_not_advised_to_be(tmp_path):
    (tmp_path / "motifs.tsv").write_text("motif_id\n")
    assert not has_audit(tmp_path)
    (tmp_path / "motifs.tsv").write_text("motif_id\nM1\n")
    assert has_audit(tmp_path)
    (tmp_path / "effects.tsv").touch()
    assert not has_audit(tmp_path)
