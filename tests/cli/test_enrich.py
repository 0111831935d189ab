"""``sparling motifs enrich``: a table, a file of matrices to start from, and every fault in words."""

import sys

import numpy as np
import pytest

from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.letters.alphabet import RNA
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.worlds.planted import consensus_motif

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="/proc is of Linux")


@pytest.fixture
def database(tmp_path):
    rng = np.random.default_rng(0)
    others = [Pwm(f"R{i}", rng.integers(0, 20, (8, 4)) + 0.1, 20) for i in range(10)]
    ebox = Pwm("EBOX", consensus_motif("EBOX", "GTCACGTGAC").counts, 20, alt_name="USF1")
    write_meme(tmp_path / "db.meme", [*others, ebox])
    return tmp_path / "db.meme"


def test_it_tells_and_writes_what_is_enriched(sparling, peaks, database, tmp_path):
    out, meme = tmp_path / "e.tsv", tmp_path / "best.meme"
    result = sparling("motifs", "enrich", "--fasta", peaks, "--db", database, "--out", out, "--meme", meme)
    assert result.code == 0
    assert "EBOX" in result.out
    assert " of 11 matrices are enriched (E < 0.05), in 1 family." in result.out
    assert f"--start-from {meme}" in result.err
    assert out.read_text().splitlines()[1].startswith("EBOX\tUSF1\t")
    assert [pwm.name for pwm in read_meme(meme)] == ["EBOX"]
    again = sparling("motifs", "enrich", "--fasta", peaks, "--db", database, "--out", out)
    assert (again.code, "--out exists already; --force replaces it" in again.err) == (2, True)
    before = out.read_bytes()
    assert sparling("motifs", "enrich", "--fasta", peaks, "--db", database, "--out", out, "--force", "-q").code == 0
    assert out.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fasta", "none.fa", "--db", "DB"], "no such file, none.fa"),
        (["--fasta", "PEAKS", "--db", "none.meme"], "no such file, none.meme"),
        (["--fasta", "PEAKS"], "--db"),
        (["--fasta", "PEAKS", "--db", "EMPTY"], "empty file, expected motifs"),
        (["--fasta", "PEAKS", "--db", "PEAKS"], "this JASPAR file cannot be read"),
        (["--fasta", "PEAKS", "--db", "RNA"], "is of RNA and the sequences are DNA"),
        (["--fasta", "PEAKS", "--db", "DB", "--out", "no/folder.tsv"], "--out: no such folder"),
        (["--fasta", "PEAKS", "--db", "DB", "--out", "PEAKS", "--force"], "--out is another file of this command"),
        (["--fasta", "PEAKS", "--db", "DB", "--meme", "x.tsv", "--out", "x.tsv"], "--meme is another file"),
        (["--fasta", "PEAKS", "--db", "DB", "--negatives", "EMPTY"], "empty file, expected FASTA"),
        (["--fasta", "PEAKS", "--db", "DB", "--alphabet", "protein"], "alphabet must be one of dna, rna"),
        (["--fasta", "PEAKS", "--db", "DB", "--seed", -1], "seed"),
        (["--fasta", "PEAKS", "--db", "DB", "--labels", "SEVERAL"], "expected one column of 0 and 1"),
        pytest.param(["--fasta", "PEAKS", "--db", "DB", "--out", "/proc/e.tsv"], "a device or a pipe", marks=ON_LINUX),
    ],
)
def test_every_fault_is_named(words, said, sparling, peaks, database, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rna, empty = tmp_path / "rna.meme", tmp_path / "empty"
    write_meme(rna, [Pwm("R", np.eye(4), 20, alphabet=RNA)])
    empty.touch()
    several = tmp_path / "several.tsv"
    names = [line[1:].split()[0] for line in peaks.read_text().splitlines() if line.startswith(">")]
    several.write_text("name\tA\tB\n" + "".join(f"{name}\t{i % 2}\t{i // 2 % 2}\n" for i, name in enumerate(names)))
    files = {"PEAKS": peaks, "DB": database, "RNA": rna, "EMPTY": empty, "SEVERAL": several}
    before = sorted(path.name for path in tmp_path.iterdir())
    result = sparling("motifs", "enrich", *(files.get(word, word) for word in words))
    assert result.code == 2
    assert said in result.err
    assert "Traceback" not in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before
