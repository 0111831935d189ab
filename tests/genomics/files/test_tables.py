"""Tables of a run: what is written, that it comes back, and that the bytes depend on the content alone."""

import gzip
import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sparling.errors import InputError
from sparling_genomics.files.rows import SITE_COLUMNS, Carriers, Effect, Family, Match, MotifRow
from sparling_genomics.files.tables import (
    MOTIF_COLUMNS,
    read_motifs_tsv,
    read_sites_tsv,
    write_motifs_tsv,
    write_sites_bed,
    write_sites_tsv,
)
from sparling_genomics.letters.pwm import Pwm

MATCH = Match("M1", "MA0035.5", "GATA1", p=1.5e-9, e=3.5e-6, q=2.25e-6, offset=-1, strand="-", taxon="vertebrates")
FAMILY = Family("GATA", ("GATA1", "Gata3"), 7)


CARRIERS = Carriers(sites=12, bound_with=10, bound=40, unbound_with=2, unbound=80)
EFFECT = Effect(effect=1.5, necessity=0.25, p_value=1e-9, e_value=8e-9, centrality=0.375, central_p=None)


@pytest.fixture
def rows() -> list[MotifRow]:
    first = Pwm("M1", np.array([[8, 0, 0, 0], [0, 4, 4, 0], [0, 0, 0, 8]]), n_sites=8)
    second = Pwm("M2", np.array([[2, 1, 0, 0]]), n_sites=3)
    row = MotifRow.of(first, bound_fraction=0.96875, auroc=0.9375, channels=(3, 5)).with_match(MATCH, FAMILY)
    return [
        replace(row.with_effect(EFFECT), started_from="MA1.1", start_likeness=0.75).with_carriers(CARRIERS),
        MotifRow.of(second, bound_fraction=0.5, auroc=None, channels=[0]),
    ]


@pytest.fixture
def sites() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("M1", "chr2:100-200(-)", 10, 18, "+", 4.0, 1, "train", "chr2", 182, 190, "-", 0, 0.25),
            ("M1", "chr10:5-90", 0, 7, "-", 1.0, 1, "test", "chr10", 5, 12, "-", 1, 0.5),
            ("M2", "peak_7", 3, 9, "+", 0.123456789, 1, "validation", None, None, None, None, 0, 1 / 3),
            ("M2", "chr2:100-200(-)", 0, 6, "+", 0.0, 1, "train", "chr2", 182, 188, "-", 0, None),
            ("M1", "random_7", 30, 38, "+", 8.0, 0, "train", None, None, None, None, 0, 0.0),
        ],
        columns=list(SITE_COLUMNS),
    )


def test_motifs_table_is_as_announced(tmp_path, rows):
    write_motifs_tsv(tmp_path / "motifs.tsv", rows)
    assert (tmp_path / "motifs.tsv").read_text() == (
        "motif_id\tconsensus\twidth\tn_sites\tbound_fraction\tauroc\tbest_match\tmatch_q\tmatch_name\tmatch_p\tmatch_e"
        "\tinformation_bits\tchannels\teffect\tnecessity\tp_value\te_value\tcentrality\tcentral_p"
        "\tmatch_strand\tpalindromic\tstarted_from\tstart_likeness\tlabel"
        "\tsites\tbound_with\tbound\tunbound_with\tunbound\tbound_share\tunbound_share\tfold"
        "\tfamily\tfamily_members\tfamily_size\tmatch_taxon\n"
        "M1\tAST\t3\t8\t0.96875\t0.9375\tMA0035.5\t2.25e-06\tGATA1\t1.5e-09\t3.5e-06\t4.18848\t3,5\t1.5\t0.25\t1e-09\t8e-09\t0.375\t"
        "\t-\ttrue\tMA1.1\t0.75\t\t12\t10\t40\t2\t80\t0.25\t0.025\t10\tGATA\tGATA1,Gata3\t7\tvertebrates\n"
        "M2\tA\t1\t3\t0.5\t\t\t\t\t\t\t0.360357\t0\t\t\t\t\t\t\t\tfalse\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n"
    )


def test_read_of_written_is_the_table(tmp_path, rows):
    write_motifs_tsv(tmp_path / "a.tsv", rows)
    back = read_motifs_tsv(tmp_path / "a.tsv")
    bits = back[0].information_bits
    assert bits == pytest.approx(rows[0].information_bits, rel=1e-5)
    assert back[0] == replace(rows[0], information_bits=bits)
    assert back[1].information_bits == pytest.approx(rows[1].information_bits, rel=1e-5)
    write_motifs_tsv(tmp_path / "b.tsv", back)
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()


def test_a_match_can_be_added_and_taken_away(rows):
    assert rows[1].with_match(MATCH).match_name == "GATA1"
    assert rows[1].with_match(MATCH).with_match(None) == rows[1]


def test_no_motif_is_a_table_with_a_header(tmp_path):
    write_motifs_tsv(tmp_path / "motifs.tsv", [])
    assert (tmp_path / "motifs.tsv").read_text() == "\t".join(MOTIF_COLUMNS) + "\n"
    assert read_motifs_tsv(tmp_path / "motifs.tsv") == []


def test_bed_is_sorted_and_scored_by_motif(tmp_path, sites):
    write_sites_bed(tmp_path / "sites.bed", sites)
    assert (tmp_path / "sites.bed").read_text().splitlines() == [
        "chr10\t5\t12\tM1\t250\t-",
        "chr2\t182\t188\tM2\t0\t-",
        "chr2\t182\t190\tM1\t1000\t-",
        "peak_7\t3\t9\tM2\t1000\t+",
    ]


def test_bed_is_the_same_from_sites_that_were_written_and_read(tmp_path, sites):
    scores = np.random.default_rng(0).gamma(4.0, size=5000)
    many = pd.concat([sites[sites["motif_id"] == "M1"].iloc[:1]] * len(scores), ignore_index=True)
    many["score"], many["label"] = scores, 1
    write_sites_tsv(tmp_path / "sites.tsv.gz", many)
    write_sites_bed(tmp_path / "a.bed", many)
    write_sites_bed(tmp_path / "b.bed", read_sites_tsv(tmp_path / "sites.tsv.gz"))
    assert (tmp_path / "a.bed").read_bytes() == (tmp_path / "b.bed").read_bytes()


def test_names_of_motifs_and_sequences_stand_in_bed_as_they_are(tmp_path, sites):
    hostile = 'a"b"|c, <d>'
    sites["sequence"] = sites["sequence"].replace("peak_7", hostile)
    write_sites_bed(tmp_path / "sites.bed", sites, {"M1": "M1_CTCF"})
    lines = [line.split("\t") for line in (tmp_path / "sites.bed").read_text().splitlines()]
    assert [line[0] for line in lines] == sorted(["chr10", "chr2", "chr2", hostile])
    assert {line[3] for line in lines} == {"M1_CTCF", "M2"}


def test_bed_does_not_depend_on_the_order_of_the_sites(tmp_path, sites):
    write_sites_bed(tmp_path / "a.bed", sites)
    shuffled = sites.iloc[random.Random(0).sample(range(len(sites)), len(sites))]
    write_sites_bed(tmp_path / "b.bed", shuffled)
    assert (tmp_path / "a.bed").read_bytes() == (tmp_path / "b.bed").read_bytes()


def test_sites_table_comes_back(tmp_path, sites):
    write_sites_tsv(tmp_path / "sites.tsv.gz", sites)
    lines = gzip.decompress((tmp_path / "sites.tsv.gz").read_bytes()).decode().splitlines()
    assert lines[0].split("\t") == list(SITE_COLUMNS)
    assert lines[3] == "M2\tpeak_7\t3\t9\t+\t0.123457\t1\tvalidation\t\t\t\t\t0\t0.333333"

    back = read_sites_tsv(tmp_path / "sites.tsv.gz")
    assert back["start"].tolist() == sites["start"].tolist()
    assert back["chrom_start"].isna().tolist() == [False, False, True, False, True]
    assert back["chrom"].tolist() == ["chr2", "chr10", "", "chr2", ""]
    assert back["prediction_without"].isna().tolist() == [False, False, False, True, False]
    write_sites_tsv(tmp_path / "again.tsv.gz", back)
    assert (tmp_path / "again.tsv.gz").read_bytes() == (tmp_path / "sites.tsv.gz").read_bytes()
    write_sites_bed(tmp_path / "a.bed", sites)
    write_sites_bed(tmp_path / "b.bed", back)
    assert (tmp_path / "a.bed").read_bytes() == (tmp_path / "b.bed").read_bytes()


def test_names_that_look_like_numbers_or_nothing_stay_names(tmp_path, sites):
    names = ["001", "NA", "1e5", "nan", ""]
    sites["sequence"] = names
    write_sites_tsv(tmp_path / "s.tsv", sites)
    assert read_sites_tsv(tmp_path / "s.tsv")["sequence"].tolist() == names


def test_names_stand_in_tables_as_they_are_but_for_what_a_spreadsheet_or_a_terminal_would_do(tmp_path, sites):
    names = ['a"b', '"q"', "it's", "=1+1", "<b>[/x]\\\x1b[31m#"]
    sites["sequence"], sites["chrom"] = names, None
    write_sites_tsv(tmp_path / "s.tsv.gz", sites)
    write_sites_bed(tmp_path / "s.bed", sites)
    lines = gzip.decompress((tmp_path / "s.tsv.gz").read_bytes()).decode().splitlines()
    assert [line.split("\t")[1] for line in lines[1:]] == ['a"b', '\'"q"', "it's", "'=1+1", "<b>[/x]\\\\x1b[31m#"]
    assert read_sites_tsv(tmp_path / "s.tsv.gz")["sequence"].tolist() == names
    assert {line.split("\t")[0] for line in (tmp_path / "s.bed").read_text().splitlines()} == set(names[:4])


@pytest.mark.parametrize("lacking", [["prediction_without"], ["beyond_end", "prediction_without"]])
def test_a_table_of_an_earlier_version_does_not_say_what_it_lacks(tmp_path, sites, lacking):
    path = tmp_path / "s.tsv"
    write_sites_tsv(path, sites)
    lines = [line.split("\t")[: -len(lacking)] for line in path.read_text().splitlines()]
    path.write_text("".join("\t".join(line) + "\n" for line in lines))
    assert read_sites_tsv(path)[lacking].isna().all(axis=None)


def test_no_site_gives_valid_files(tmp_path, sites):
    none = sites.iloc[:0]
    write_sites_bed(tmp_path / "sites.bed", none)
    write_sites_tsv(tmp_path / "sites.tsv.gz", none)
    assert (tmp_path / "sites.bed").read_bytes() == b""
    assert len(read_sites_tsv(tmp_path / "sites.tsv.gz")) == 0
    write_sites_bed(tmp_path / "sites.bed", pd.DataFrame(columns=list(SITE_COLUMNS)))
    assert (tmp_path / "sites.bed").read_bytes() == b""


def test_gzip_bytes_carry_neither_time_nor_name(tmp_path, sites):
    write_sites_tsv(tmp_path / "a.tsv.gz", sites)
    write_sites_tsv(tmp_path / "another_name.tsv.gz", sites)
    a, b = (tmp_path / "a.tsv.gz").read_bytes(), (tmp_path / "another_name.tsv.gz").read_bytes()
    assert a == b
    assert a[4:8] == b"\0\0\0\0"


def test_a_table_without_its_columns_is_refused(tmp_path, sites):
    for write in (write_sites_bed, write_sites_tsv):
        with pytest.raises(ValueError, match=r"sites must have the columns .*; score, split missing"):
            write(tmp_path / "s", sites.drop(columns=["score", "split"]))


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("\t3\t8\t", "\tthree\t8\t", 2, "column width must be a number; got 'three'"),
        ("0.9375", "high", 2, "column auroc must be a number; got 'high'"),
        ("\t3,5\t1.5", "\tx\t1.5", 2, "column channels must be whole numbers between commas; got 'x'"),
        ("\tAST\t3\t8\t", "\n", 2, "expected 36 cells; got 1"),
        ("\tn_sites\t", "\tsites\t", 1, "table of motifs lacks the columns n_sites"),
    ],
)
def test_faults_of_a_motifs_table_say_where(tmp_path, rows, old, new, line, message):
    path = tmp_path / "motifs.tsv"
    write_motifs_tsv(path, rows)
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputError, match=message) as error:
        read_motifs_tsv(path)
    assert str(error.value).endswith(f"{path}:{line}")


def test_faults_of_files(tmp_path, sites):
    with pytest.raises(InputError, match=r"no such file, .*motifs\.tsv"):
        read_motifs_tsv(tmp_path / "motifs.tsv")
    (tmp_path / "motifs.tsv").write_text("")
    with pytest.raises(InputError, match=r"lacks the columns motif_id, .*motifs\.tsv:1"):
        read_motifs_tsv(tmp_path / "motifs.tsv")
    with pytest.raises(InputError, match=r"cannot read the table of sites .*sites\.tsv\.gz"):
        read_sites_tsv(tmp_path / "sites.tsv.gz")
    path = tmp_path / "sites.tsv.gz"
    write_sites_tsv(path, sites)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"cannot read the table of sites .*sites\.tsv\.gz"):
        read_sites_tsv(path)
    (tmp_path / "sites.tsv").write_text("motif_id\tstart\n")
    with pytest.raises(InputError, match=r"lacks the columns sequence, .*sites\.tsv:1"):
        read_sites_tsv(tmp_path / "sites.tsv")
