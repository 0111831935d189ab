"""Reading and writing motif files: round trips, Biopython and memelite as referees, one test for each fault."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from Bio import motifs as bio

from sparling.errors import InputError
from sparling_genomics.files.motif_files import read_meme, write_jaspar, write_meme, write_transfac
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA
from sparling_genomics.letters.pwm import Pwm

HEADER = """MEME version 4

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

"""
MOTIF = """MOTIF MA1 Gata
letter-probability matrix: alength= 4 w= 2 nsites= 20 E= 0
0.500000 0.500000 0.000000 0.000000
0.333333 0.333333 0.333334 0.000000
"""


def some_motifs(alphabet=DNA) -> list[Pwm]:
    rng = np.random.default_rng(5)
    motifs = []
    for i, (width, n_sites) in enumerate([(1, 3), (8, 137), (21, 99_991)]):
        counts = np.array([rng.multinomial(n_sites, rng.dirichlet(np.full(4, 0.3))) for _ in range(width)])
        motifs.append(Pwm(f"M{i + 1}", counts, n_sites, alphabet, alt_name="" if i else "Gata"))
    return motifs


@pytest.fixture
def meme(tmp_path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "db.meme"
        path.write_text(text)
        return path

    return write


def test_the_smallest_file(meme):
    (motif,) = read_meme(meme(HEADER + MOTIF))
    assert (motif.name, motif.alt_name, motif.n_sites, motif.alphabet) == ("MA1", "Gata", 20, DNA)
    np.testing.assert_array_equal(motif.counts[0], [10, 10, 0, 0])
    np.testing.assert_allclose(motif.probabilities()[1], [1 / 3, 1 / 3, 1 / 3, 0], atol=1e-6)


@pytest.mark.parametrize("alphabet", [DNA, DNA_FORWARD, RNA])
def test_read_of_written_is_the_motif(tmp_path, alphabet):
    motifs = some_motifs(alphabet)
    write_meme(tmp_path / "m.meme", motifs)
    for motif, back in zip(motifs, read_meme(tmp_path / "m.meme"), strict=True):
        np.testing.assert_array_equal(back.counts, motif.counts)
        for field in ("name", "alt_name", "n_sites", "alphabet", "background"):
            assert getattr(back, field) == getattr(motif, field)


@pytest.mark.parametrize("e_value", [None, 1.5e-17, 3.0])
def test_the_e_value_is_written_and_read_back(tmp_path, e_value):
    motif = Pwm("M1", [[5.0, 0, 0, 1]], 6, e_value=e_value, alt_name="GATA1")
    write_meme(tmp_path / "m.meme", [motif])
    (back,) = read_meme(tmp_path / "m.meme")
    assert (back.e_value, back.alt_name, back.n_sites) == (e_value, "GATA1", 6)
    with open(tmp_path / "m.meme") as handle:
        assert bio.parse(handle, "minimal")[0].evalue == (e_value or 0)


def test_an_e_value_too_small_for_a_number_is_not_written_as_none(tmp_path):
    write_meme(tmp_path / "m.meme", [Pwm("M1", [[5.0, 0, 0, 1]], 6, e_value=0.0)])
    assert read_meme(tmp_path / "m.meme")[0].e_value == 1e-300


@pytest.mark.parametrize("stated", ["0", "x", "nan", "inf", "-1"])
def test_an_e_value_that_is_none_is_not_stated(meme, stated):
    assert read_meme(meme((HEADER + MOTIF).replace("E= 0", f"E= {stated}")))[0].e_value is None


def test_a_background_of_the_input_comes_back(tmp_path):
    background = (0.4, 0.1, 0.1, 0.4)
    write_meme(tmp_path / "m.meme", [Pwm("M1", np.eye(4)[[0, 1]] * 9, 9, background=background)])
    (back,) = read_meme(tmp_path / "m.meme")
    assert back.background == pytest.approx(background)
    write_meme(tmp_path / "again.meme", [back])
    assert (tmp_path / "again.meme").read_bytes() == (tmp_path / "m.meme").read_bytes()


def test_gzip_is_read_like_plain_text(tmp_path, meme):
    path = meme(HEADER + MOTIF)
    packed = tmp_path / "packed"  # by content, not by name
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_array_equal(read_meme(packed)[0].counts, read_meme(path)[0].counts)


def test_windows_line_ends(meme):
    np.testing.assert_array_equal(
        read_meme(meme((HEADER + MOTIF).replace("\n", "\r\n")))[0].counts, read_meme(meme(HEADER + MOTIF))[0].counts
    )


def test_background_is_read_and_written(tmp_path, meme):
    text = (HEADER + MOTIF).replace("A 0.25 C 0.25 G 0.25 T 0.25", "A 0.3 C 0.2\nG 0.2 T 0.3")
    motifs = read_meme(meme(text))
    assert motifs[0].background == pytest.approx((0.3, 0.2, 0.2, 0.3))
    write_meme(tmp_path / "again.meme", motifs)
    assert read_meme(tmp_path / "again.meme")[0].background == pytest.approx((0.3, 0.2, 0.2, 0.3))


def test_width_sites_and_background_may_be_absent(meme):
    (motif,) = read_meme(meme("MEME version 5.5.8\n\nMOTIF x\nletter-probability matrix:\n1 0 0 0\n0 1 0 0\n\nURL a\n"))
    assert (motif.width, motif.n_sites, motif.consensus()) == (2, 20, "AC")


@pytest.mark.parametrize("rows", ["0.33 0.33 0.33 0.00", "0.26 0.25 0.25 0.25", "0.34 0.34 0.34 0.00"])
def test_rows_of_two_decimals_are_rounded(meme, rows):
    (motif,) = read_meme(meme(HEADER + MOTIF.replace("0.500000 0.500000 0.000000 0.000000", rows)))
    np.testing.assert_allclose(motif.probabilities().sum(1), 1, atol=1e-12)


def test_a_database_of_two_decimals(shared_inputs):
    for motif in read_meme(shared_inputs / "db_two_decimals.meme"):
        np.testing.assert_allclose(motif.probabilities().sum(1), 1, atol=1e-12)


@pytest.mark.parametrize("stated", ["0", "-3", "0.2", "inf", "nan", "-inf"])
def test_a_number_of_sites_that_says_nothing_is_not_stated(meme, stated):
    (motif,) = read_meme(meme(HEADER + MOTIF.replace("nsites= 20", f"nsites= {stated}")))
    assert motif.n_sites == 20


def test_output_of_meme_and_streme(meme):
    """Full output: an alphabet with its symbols, other matrices, and remarks behind a motif's name."""
    text = """MEME version 5.5.8 (Release date: Thu May 15 14:52:05 2025 -0700)

ALPHABET "RNA" RNA-LIKE
A "Adenine" CC0000 ~ U "Uracil" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
END ALPHABET

Background letter frequencies (from file `x.fa' with -bfile):
A 0.250 C 0.250 G 0.250 U 0.250

MOTIF UGUA MEME-1\twidth =   2  sites =  17  llr = 222  E-value = 1.9e-010
\tMotif UGUA MEME-1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 2 n= 99 bayes= 4.7 E= 1.9e-010
  -195   -156   -235    127
   112   -227     33   -235
letter-probability matrix: alength= 4 w= 2 nsites= 17 E= 1.9e-010
 0.000000  0.000000  0.000000  1.000000
 0.882353  0.117647  0.000000  0.000000
MOTIF  2 width = 1 sites = 4
letter-probability matrix: alength= 4 w= 1 nsites= 4 E= 0
 0.000000  0.250000  0.500000  0.250000
"""
    first, second = read_meme(meme(text))
    assert (first.name, first.alt_name, first.alphabet, first.consensus()) == ("UGUA", "MEME-1", RNA, "UA")
    np.testing.assert_array_equal(first.counts, [[0, 0, 0, 17], [15, 2, 0, 0]])
    assert (second.name, second.alt_name) == ("2", "")


@pytest.mark.parametrize("alphabet", [DNA, RNA])
def test_biopython_reads_the_same_counts_from_meme(tmp_path, alphabet):
    motifs = some_motifs(alphabet)
    write_meme(tmp_path / "m.meme", motifs)
    with open(tmp_path / "m.meme") as handle:
        record = bio.parse(handle, "minimal")
    assert record.background == dict.fromkeys(alphabet.letters, 0.25)
    for motif, referee in zip(motifs, record, strict=True):
        assert (referee.name, referee.num_occurrences) == (motif.name, motif.n_sites)
        np.testing.assert_array_equal(np.array([referee.counts[x] for x in alphabet.letters]).T, motif.counts)


def test_memelite_reads_the_same_probabilities(tmp_path):
    from memelite.io import read_meme as referee

    motifs = some_motifs()
    write_meme(tmp_path / "m.meme", motifs)
    read = referee(str(tmp_path / "m.meme"))
    assert list(read) == ["M1 Gata", "M2", "M3"]
    for motif, matrix in zip(motifs, read.values(), strict=True):
        np.testing.assert_allclose(matrix.T, motif.probabilities(), atol=1e-9)


@pytest.mark.parametrize(("writer", "kind"), [(write_jaspar, "jaspar"), (write_transfac, "transfac")])
@pytest.mark.parametrize("alphabet", [DNA, RNA])
def test_biopython_reads_the_same_counts_from(tmp_path, writer, kind, alphabet):
    motifs = some_motifs(alphabet)
    writer(tmp_path / "m", motifs)
    with open(tmp_path / "m") as handle:
        record = bio.parse(handle, kind)
    assert len(record) == len(motifs)
    for motif, referee in zip(motifs, record, strict=True):
        np.testing.assert_array_equal(np.array([referee.counts[x] for x in "ACGT"]).T, motif.counts)
        name = (referee.matrix_id, referee.name) if kind == "jaspar" else (referee["ID"], referee["NA"])
        assert name == (motif.name, motif.alt_name or motif.name)


def test_no_motif_gives_files_that_others_read_as_empty(tmp_path):
    for writer, kind in ((write_meme, "minimal"), (write_jaspar, "jaspar"), (write_transfac, "transfac")):
        writer(tmp_path / kind, [])
        with open(tmp_path / kind) as handle:
            assert len(bio.parse(handle, kind)) == 0
    assert read_meme(tmp_path / "minimal", allow_empty=True) == []


def test_written_bytes_depend_on_the_motifs_alone(tmp_path):
    for writer in (write_meme, write_jaspar, write_transfac):
        writer(tmp_path / "a", some_motifs())
        writer(tmp_path / "b", some_motifs())
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(
    ("name", "number", "alphabet"),
    [
        ("jaspar2024_core_nonredundant", 2346, DNA),
        ("hocomoco_v12_core", 1443, DNA),
        ("flyfactorsurvey", 556, DNA),
        ("cisbp_rna_ray2013", 102, RNA),
        ("rbns_psams_human", 511, RNA),
    ],
)
def test_databases_survive_a_round_trip(shared_data, tmp_path, name, number, alphabet):
    from memelite.io import read_meme as referee

    source = shared_data / "motifs" / f"{name}.meme.gz"
    motifs = read_meme(source)
    assert len(motifs) == number
    assert {motif.alphabet for motif in motifs} == {alphabet}

    (tmp_path / "plain").write_bytes(gzip.decompress(source.read_bytes()))
    theirs = referee(str(tmp_path / "plain"))
    for motif in motifs:  # rows of HOCOMOCO and JASPAR are rounded, and ours are scaled to sum to 1
        matrix = theirs[f"{motif.name} {motif.alt_name}".strip()]
        np.testing.assert_allclose(motif.probabilities(), matrix.T, atol=2e-5)

    write_meme(tmp_path / "once", motifs)
    write_meme(tmp_path / "twice", read_meme(tmp_path / "once"))
    assert (tmp_path / "once").read_bytes() == (tmp_path / "twice").read_bytes()


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\n\n", 1, "empty file"),
        (">MA0004.1 Arnt\nA [ 1 2 ]\n", 1, "not a MEME motif file: expected 'MEME version 4' near the top"),
        ("MOTIF a\n", 1, "not a MEME motif file"),
        (HEADER, 9, "no motif in this MEME file"),
        (HEADER.replace("ACGT", "ACDEFGHIKLMNPQRSTVWY") + MOTIF, 3, "alphabet must be ACGT or ACGU; got ACDEF"),
        (HEADER.replace("A 0.25", "A x") + MOTIF, 8, "background must be four letters"),
        (HEADER.replace("T 0.25", "") + MOTIF, 8, "background must be four letters"),
        (HEADER.replace("T 0.25", "T 0.99") + MOTIF, 8, "background frequencies must sum to 1; got 1.74"),
        (HEADER + "MOTIF\n", 10, "motif without a name"),
        (HEADER + "MOTIF a\n\nMOTIF b\n", 10, "no motif in this MEME file has a letter-probability matrix"),
        (HEADER + "MOTIF a\n\n" + MOTIF, 10, "motif a has no letter-probability matrix"),
        (HEADER + MOTIF.replace("0.333334", "inf"), 13, "probabilities must lie in 0 to 1"),
        (HEADER + MOTIF.replace("0.500000 0.500000", "0.4 0.5"), 12, "probabilities must sum to 1; got 0.9"),
        (HEADER + MOTIF + "MOTIF c\n", 14, "motif c has no letter-probability matrix"),
        (HEADER + MOTIF.replace("alength= 4", "alength= 20"), 11, "motif MA1: alength must be 4; got 20"),
        (HEADER + MOTIF.replace("w= 2", "w= two"), 11, "motif MA1: w and nsites must be numbers"),
        (HEADER + MOTIF.replace("w= 2", "w= 0"), 11, "at least one row"),
        (
            HEADER + MOTIF.replace("w= 2", "w= 3"),
            14,
            "expected four probabilities a row; got the end after 2 of 3 rows",
        ),
        (HEADER + MOTIF.replace("w= 2", "w= 3") + "\n" + MOTIF, 14, "got the end after 2 of 3 rows"),
        (HEADER + MOTIF.replace(" 0.333334", ""), 13, "expected four probabilities a row; got 3 in '0.333333 0.333333"),
        (HEADER + MOTIF.replace("0.333334", "x"), 13, "expected four probabilities a row"),
        (HEADER + MOTIF.replace("0.333334", "nan"), 13, "probabilities must sum to 1; got nan"),
        (HEADER + MOTIF.replace("0.333334", "0.9"), 13, "probabilities must sum to 1; got 1.56667"),
        (HEADER + MOTIF.replace("0.500000 0.500000", "1.5 -0.5"), 12, "probabilities must lie in 0 to 1"),
    ],
)
def test_faults_say_what_and_where(meme, text, line, message):
    path = meme(text)
    with pytest.raises(InputError, match=re.escape(message)) as error:
        read_meme(path)
    assert str(error.value).endswith(f"{path}:{line}")
    assert "\n" not in str(error.value)


def test_files_that_cannot_be_read_say_so(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_meme(tmp_path / "absent.meme")
    with pytest.raises(InputError, match="directory"):
        read_meme(tmp_path)
    cut = tmp_path / "cut.meme.gz"
    cut.write_bytes(gzip.compress((HEADER + MOTIF).encode())[:-12])
    with pytest.raises(InputError, match=r"gzip .*cut\.meme\.gz:\d+"):
        read_meme(cut)


@pytest.mark.parametrize(
    ("pwm", "message"),
    [
        (Pwm("a b", np.ones((1, 4)), 4), "names of motifs must be one word; got 'a b'"),
        (Pwm("", np.ones((1, 4)), 4), "names of motifs must be one word; got ''"),
        (Pwm("a", np.ones((0, 4)), 4), "motif a has no column"),
    ],
)
def test_what_no_file_can_hold_is_refused(tmp_path, pwm, message):
    for writer in (write_meme, write_jaspar, write_transfac):
        with pytest.raises(ValueError, match=message):
            writer(tmp_path / "m", [pwm])
        assert not (tmp_path / "m").exists()


def test_one_meme_file_has_one_alphabet(tmp_path):
    with pytest.raises(ValueError, match="motif M1 has another alphabet or background than motif M0"):
        write_meme(tmp_path / "m", [Pwm("M0", np.ones((1, 4)), 4, DNA), Pwm("M1", np.ones((1, 4)), 4, RNA)])
