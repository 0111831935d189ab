"""Databases of four formats: what our writers and Biopython write comes back; one test for each fault."""

import gzip
import re

import numpy as np
import pytest
from Bio import motifs as bio

from sparling.errors import InputError
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import read_meme, write_jaspar, write_meme, write_transfac
from sparling_genomics.letters.pwm import Pwm

HOMER = (
    ">ASTTCCTCTT\tELF3(ETS)/PDAC-ELF3-ChIP-Seq/Homer\t7.013438\t-16171.81\t0\tT:12022.0(33.19%)\n"
    "0.703\t0.070\t0.164\t0.063\n0.001\t0.997\t0.001\t0.001\n"
    ">GATA\tGata 4\t6.1\n"
    "0.001\t0.001\t0.997\t0.001\n0.997\t0.001\t0.001\t0.001\n0.001\t0.001\t0.001\t0.997\n0.997\t0.001\t0.001\t0.001\n"
)


def some_motifs():
    rng = np.random.default_rng(5)
    sizes = enumerate([(1, 3), (4, 57), (8, 137), (21, 991)])
    counts = [(i, n, [rng.multinomial(n, rng.dirichlet(np.full(4, 0.3))) for _ in range(w)]) for i, (w, n) in sizes]
    return [Pwm(f"M{i + 1}", np.array(c), n, alt_name="" if i else "Gata") for i, n, c in counts]


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "db"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("writer", "kind"), [(write_meme, "MEME"), (write_jaspar, "JASPAR"), (write_transfac, "TRANSFAC")]
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_our_writers_write_comes_back(tmp_path, writer, kind, packed):
    motifs = some_motifs()
    writer(tmp_path / "m", motifs)
    if packed:
        (tmp_path / "m").write_bytes(gzip.compress((tmp_path / "m").read_bytes()))
    found = read_motifs(tmp_path / "m")
    assert (found.kind, found.without_matrix, found.notice()) == (kind, 0, "")
    for motif, back in zip(motifs, found.motifs, strict=True):
        np.testing.assert_array_equal(back.counts, motif.counts)
        assert (back.name, back.alt_name, back.n_sites) == (motif.name, motif.alt_name, motif.n_sites)


def test_matrices_of_jaspar_without_letters(file):
    found = read_motifs(file(">MA0001.1 AGL3\n0 3 79 40\n94 75 4 3\n1 0 3 4\n2 19 11 50\n\n>MA0002.1\n1\n0\n0\n0\n"))
    first, second = found.motifs
    assert (found.kind, first.name, first.alt_name, second.name, second.alt_name) == (
        "JASPAR",
        "MA0001.1",
        "AGL3",
        "MA0002.1",
        "",
    )
    np.testing.assert_array_equal(first.counts, [[0, 94, 1, 2], [3, 75, 0, 19], [79, 4, 3, 11], [40, 3, 4, 50]])
    assert first.n_sites == 97


def test_homer(file):
    found = read_motifs(file(HOMER))
    first, second = found.motifs
    assert (found.kind, first.name, first.alt_name) == ("HOMER", "ELF3(ETS)/PDAC-ELF3-ChIP-Seq/Homer", "ELF3")
    assert (second.name, second.consensus(), second.n_sites) == ("Gata_4", "GATA", 20)
    np.testing.assert_allclose(first.probabilities(), [[0.703, 0.07, 0.164, 0.063], [0.001, 0.997, 0.001, 0.001]])


def test_transfac_as_others_write_it(tmp_path, file):
    with open(file(">MA1 Gata\n4 0 0\n0 4 0\n0 0 4\n0 0 0\n")) as handle:
        (motif,) = bio.parse(handle, "jaspar")
    text = motif.format("transfac")
    assert read_motifs(file(text.replace("P0", "AC  T00001\nXX\nP0"))).motifs[0].name == "T00001"
    loose = "ID any\nPO A C G T\n1 1 0 0 3 T\n2 0 4 0 0 C\nXX\n"  # no end, one blank, digits
    (back,) = read_motifs(file(loose)).motifs
    np.testing.assert_array_equal(back.counts, [[1, 0, 0, 3], [0, 4, 0, 0]])


def test_motifs_without_matrix_are_left_out_and_counted(file):
    head = "MEME version 4\n\nALPHABET= ACGT\n\n"
    matrix = "letter-probability matrix: alength= 4 w= 1 nsites= 20\n1 0 0 0\n"
    found = read_motifs(file(f"{head}MOTIF a\n\nMOTIF b\n{matrix}MOTIF c\n"))
    assert ([motif.name for motif in found.motifs], found.without_matrix) == (["b"], 2)
    assert found.notice() == "2 motifs of the database are left out: they have no matrix."
    one = read_motifs(file(">a\n>b x\nA [ 1 ]\nC [ 0 ]\nG [ 0 ]\nT [ 0 ]\n"))
    assert one.notice() == "1 motif of the database is left out: it has no matrix."


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n\n", 1, "empty file, expected motifs in the MEME, JASPAR, TRANSFAC or HOMER format"),
        ("\nname\tbound\n", 2, "not a motif file: expected MEME ('MEME version 4' near the top), JASPAR"),
        (">a\nA [ 1 ]\nC [ 0 ]\n>b\nA [ 1 ]\n", 1, "the motif in this JASPAR file cannot be read (expected four rows"),
        (">a\n1 2\n1 2\n1\n1 2\n", 1, "this JASPAR file cannot be read ("),
        (">a\n1 2\n1 2\n1 x\n1 2\n", 1, "cannot be read (could not convert string to float: 'x')"),
        (">a\n1\n1\n-1\n1\n", 1, "counts of motif 'a' must be finite and not negative"),
        (">a\n1\n1\ninf\n1\n", 1, "this JASPAR file cannot be read ("),
        (">a\n0\n0\n0\n0\n", 1, "the matrix is empty"),
        (">a\n>b\n", 1, "no motif in this JASPAR file has a matrix"),
        (">s1\nACGTACGT\n", 1, "cannot be read (could not convert string to float: 'ACGTACGT')"),
        (f">s1\n{'ACGT' * 9000}\n", 1, "cannot be read (could not convert string to float: …), "),
        ("ID a\nP0 A C G\n01 1 1 1\n//\n", 1, "this TRANSFAC file cannot be read ("),
        (HOMER.replace("0.703", "nan"), 1, "this HOMER file cannot be read ("),
    ],
)
def test_faults_say_what_and_where(file, text, line, message):
    path = file(text)
    with pytest.raises(InputError, match=re.escape(message)) as error:
        read_motifs(path)
    assert str(error.value).endswith(f"{path}:{line}")
    assert "\n" not in str(error.value)


def test_databases_of_the_shared_data_are_what_the_meme_reader_reads(shared_data):
    path = shared_data / "motifs" / "rbns_psams_human.meme.gz"
    found = read_motifs(path)
    assert found.kind == "MEME"
    for one, other in zip(found.motifs, read_meme(path), strict=True):
        np.testing.assert_array_equal(one.counts, other.counts)
