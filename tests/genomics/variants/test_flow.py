"""A made VCF on a small genome with known sites: every sign, file and fault."""

import csv
import gzip
from pathlib import Path

import pysam
import pytest

from sparling.errors import InputError
from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.variants import flow
from sparling_genomics.variants.flow import from_pairs, from_vcf, write_variants
from tests.genomics.variants.made import made_genome, made_run, other_strand, write_vcf

PLANTED = (
    (100, "GATTAGA"),  # six of seven: a site that one letter takes
    (200, "GATTGGA"),  # five of seven: a site that one letter makes
    (300, other_strand("GATTACA")),
    (400, "CTTCGTC"),
    (500, "GATTGGA"),
)
RECORDS = (
    "I 105 broken A G",  # GATTAGA → GATTGGA
    "I 205 made G A,C,T",  # GATTGGA → GATTAGA, and two that make none
    "I 304 minus A C",  # TGTAATC → TGTCATC: weaker
    "I 310 indel C CGATTACA",
    "I 402 gone TTCG T",
    "I 505 wrong C A",  # the genome has G there
    "I 601 symbol A <DEL>,*",
    "I 701 nothing A C",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    return open_genome(made_genome(tmp_path_factory.mktemp("genome") / "genome.fa", *PLANTED))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as handle:
        return list(csv.DictReader(handle, delimiter="\t"))


@pytest.fixture(scope="module")
def results(run, genome, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    vcf = open_variants(write_vcf(folder / "v.vcf.gz", *RECORDS))
    summary = write_variants(run, from_vcf(run, vcf, genome), folder / "out", pictures=2, named=["indel"])
    return summary, folder / "out"


def test_every_sign_is_right(results) -> None:
    summary, folder = results
    table = {(row["name"], row["alternative"]): row for row in rows(folder / "variants.tsv")}
    change = {key: float(row["logit_change"] or "nan") for key, row in table.items()}
    assert change["broken:A>G", "G"] < 0
    assert change["made:G>A", "A"] > 0
    assert (change["made:G>C", "C"], change["made:G>T", "T"], change["nothing:A>C", "C"]) == (0, 0, 0)
    assert change["minus:A>C", "C"] < 0
    assert change["indel:C>CGATTACA", "CGATTACA"] > 0
    assert change["gone:TTCG>T", "T"] < 0
    told = {key[0]: (row["gained"], row["lost"], row["changed"]) for key, row in table.items()}
    assert told["broken:A>G"] == ("", "M1", "")
    assert told["made:G>A"] == ("M1", "", "")
    assert told["minus:A>C"] == ("", "", "M1")
    assert told["indel:C>CGATTACA"] == ("M1", "", "")
    assert told["gone:TTCG>T"] == ("", "M2", "")
    assert (summary.scored, summary.moved, dict(summary.sites)) == (8, 5, {"lost": 2, "gained": 2, "changed": 1})
    for row in table.values():
        if row["logit_change"]:
            parts = [float(row[name]) for name in ("M1", "M2")]
            assert sum(parts) == pytest.approx(float(row["logit_change"]), abs=1e-4)


def test_sites_lie_where_they_are_on_the_genome(results, genome) -> None:
    _, folder = results
    table = rows(folder / "sites.tsv")
    places = {row["haplotype"].partition(":")[0]: row for row in table}
    assert [
        (places[n]["start"], places[n]["end"], places[n]["strand"]) for n in ("broken", "made", "minus", "gone")
    ] == [
        ("100", "107", "+"),
        ("200", "207", "+"),
        ("300", "307", "-"),
        ("400", "407", "+"),
    ]
    assert (places["minus"]["reference_letters"], places["minus"]["alternative_letters"]) == ("GATTACA", "GATGACA")
    assert (places["minus"]["reference_score"], places["minus"]["alternative_score"]) == ("2", "1")
    assert all(row["chrom"] == "I" for row in table)
    assert 309 <= int(places["indel"]["start"]) <= 311


def test_what_is_skipped_is_counted_and_stays_in_the_tables(results) -> None:
    summary, folder = results
    assert dict(summary.skipped) == {
        "reference differs from the genome": 1,
        "symbolic allele": 1,
        "deleted by another variant (*)": 1,
    }
    detail, line = summary.first_skipped["reference differs from the genome"]
    assert (detail, line) == ("I:505 C, the genome has G", 13)
    skipped = {row["name"]: row["skipped"] for row in rows(folder / "variants.tsv") if row["skipped"]}
    assert list(skipped) == ["wrong:C>A", "symbol:A><DEL>", "symbol:A>*"]


def test_the_vcf_is_one_with_fields_for_each_allele(results) -> None:
    _, folder = results
    table = {(row["name"].partition(":")[0], row["alternative"]): row for row in rows(folder / "variants.tsv")}
    with pysam.VariantFile(str(folder / "variants.vcf.gz")) as file:
        assert {name for name in file.header.info if name.startswith("SPL_")} > {"SPL_REF_P", "SPL_LOST"}
        records = list(file)
        assert [record.id for record in records] == [record.split()[2] for record in RECORDS]
        assert all(record.info["DP"] == 7 and list(record.filter) == ["PASS"] for record in records)
        for record in records:
            for i, alternative in enumerate(record.alts):
                row = table[record.id, alternative]
                if row["skipped"]:
                    assert record.info["SPL_SKIPPED"][i] == row["skipped"].replace(" ", "_")
                    assert "SPL_CHANGE" not in record.info
                else:
                    assert record.info["SPL_CHANGE"][i] == pytest.approx(float(row["logit_change"]), rel=1e-4)
                    assert record.info["SPL_ALT_P"][i] == pytest.approx(float(row["alternative_probability"]), rel=1e-4)
        broken, made = records[0], records[1]
        assert broken.info["SPL_LOST"] == ("M1:+:100-107:1:0",)
        assert made.info["SPL_GAINED"] == ("M1:+:200-207:0:1", ".", ".")
        assert "SPL_HAPLOTYPE" not in broken.info
        assert [record.id for record in file.fetch("I", 300, 305)] == ["minus"]


def test_pictures_are_drawn_of_the_largest_changes_and_of_those_that_are_named(results) -> None:
    summary, folder = results
    drawn = sorted(path.name for path in (folder / "pictures").iterdir())
    assert len(drawn) == 2 * len(summary.drawn)
    assert drawn[0] == "001_indel_C_CGATTACA.png"
    assert len(summary.drawn) in (2, 3)
    assert (folder / "pictures" / "001_indel_C_CGATTACA.svg").read_text().count("<path") > 50


def test_a_haplotype_has_one_change_and_its_lines_say_so(run, genome, tmp_path) -> None:
    """Each of two variants takes a letter of a site; together they take the site."""
    vcf = write_vcf(tmp_path / "v.vcf", "I 304 a A C 0|1", "I 306 b T G 0|1", samples=("S",))
    alone = write_variants(run, from_vcf(run, open_variants(vcf), genome), tmp_path / "alone")
    assert dict(alone.sites) == {"changed": 2}
    both = write_variants(run, from_vcf(run, open_variants(vcf), genome, "S"), tmp_path / "both")
    assert dict(both.sites) == {"lost": 1}
    table = rows(tmp_path / "both" / "variants.tsv")
    assert [row["haplotype"] for row in table] == ["a:A>C+b:T>G"] * 2
    assert len({row["logit_change"] for row in table}) == 1
    with pysam.VariantFile(str(tmp_path / "both" / "variants.vcf.gz")) as file:
        assert [record.info["SPL_HAPLOTYPE"] for record in file] == [("a:A>C&b:T>G",)] * 2


def test_bcf_bgzip_and_plain_text_give_the_same(run, genome, tmp_path) -> None:
    plain = write_vcf(tmp_path / "v.vcf", *(record for record in RECORDS if "<" not in record))
    packed = write_vcf(tmp_path / "v.vcf.gz", *(record for record in RECORDS if "<" not in record))
    with (
        pysam.VariantFile(str(plain)) as given,
        pysam.VariantFile(str(tmp_path / "v.bcf"), "wb", header=given.header) as bcf,
    ):
        for record in given:
            bcf.write(record)
    said = []
    for path in (plain, packed, tmp_path / "v.bcf"):
        out = tmp_path / f"out_{path.suffix}"
        write_variants(run, from_vcf(run, open_variants(path), genome), out)
        said.append([(out / name).read_bytes() for name in ("variants.tsv", "sites.tsv")])
    assert said[0] == said[1] == said[2]


def test_many_are_looked_at_in_parts_alike(run, genome, tmp_path, results, monkeypatch) -> None:
    monkeypatch.setattr(flow, "AT_ONCE", 1)
    vcf = open_variants(write_vcf(tmp_path / "v.vcf", *RECORDS))
    write_variants(run, from_vcf(run, vcf, genome), tmp_path / "out")
    assert (tmp_path / "out" / "variants.tsv").read_bytes() == (results[1] / "variants.tsv").read_bytes()


def test_records_that_are_not_sorted_have_no_index(run, genome, tmp_path) -> None:
    vcf = open_variants(write_vcf(tmp_path / "v.vcf", RECORDS[0], RECORDS[-1], RECORDS[2]))
    summary = write_variants(run, from_vcf(run, vcf, genome), tmp_path / "out")
    assert not summary.indexed
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "sites.tsv",
        "variants.tsv",
        "variants.vcf.gz",
    ]


def test_a_file_without_records_gives_tables_without_lines(run, genome, tmp_path) -> None:
    summary = write_variants(run, from_vcf(run, open_variants(write_vcf(tmp_path / "v.vcf")), genome), tmp_path / "out")
    assert summary.scored == 0
    assert len((tmp_path / "out" / "variants.tsv").read_text().splitlines()) == 1


def fails(run, genome, tmp_path, vcf, said, *, strict=False, named=(), sample=None) -> None:
    out = tmp_path / "out"
    with pytest.raises(InputError, match=said):
        write_variants(run, from_vcf(run, open_variants(vcf), genome, sample), out, strict=strict, named=named)
    assert not out.exists()
    assert not list(tmp_path.glob(".*"))


def test_faults_say_where_and_leave_nothing(run, genome, tmp_path) -> None:
    wrong = write_vcf(tmp_path / "wrong.vcf", "I 501 . G A", "I 505 . C A")
    fails(run, genome, tmp_path, wrong, rf"I:505 C, the genome has G, {wrong}:9", strict=True)
    strange = write_vcf(tmp_path / "strange.vcf", "chrI 501 . A G", "chrII 5 . A G")
    fails(run, genome, tmp_path, strange, rf"the first is 'chrI': did you mean 'I'\?, {strange}:8")
    good = write_vcf(tmp_path / "good.vcf", "I 501 rs1 G A")
    fails(run, genome, tmp_path, good, "no variant 'rs2' that was looked at", named=["rs1", "rs2"])
    fails(run, genome, tmp_path, good, "no sample 'S'; there are: none", sample="S")
    broken = tmp_path / "broken.vcf"
    broken.write_text(good.read_text() + "I\tx\t.\tA\tG\t.\t.\t.\n")
    fails(run, genome, tmp_path, broken, rf"no VCF .*{broken}:9")
    packed = tmp_path / "ordinary.vcf.gz"
    packed.write_bytes(gzip.compress(good.read_bytes()))
    fails(run, genome, tmp_path, packed, "ordinary gzip, expected a plain file or bgzip")
    many = write_vcf(tmp_path / "many.vcf.gz", *(f"I {i} . {'CA'[i % 2]} G" for i in range(1, 900)))
    many.write_bytes(many.read_bytes()[:-40])
    fails(run, genome, tmp_path, many, "cut off")
    fasta = tmp_path / "some.fa"
    fasta.write_text(">s\nACGT\n")
    fails(run, genome, tmp_path, fasta, "no VCF or BCF")
    fails(run, genome, tmp_path, tmp_path / "none.vcf", "no such file")


def test_pairs_need_no_genome(run, tmp_path) -> None:
    left, right = "AC" * 12, "CA" * 12
    table = tmp_path / "pairs.tsv"
    table.write_text(
        "name\treference\talternative\tnote\n"
        f"down\t{left}GATTAGA{right}\t{left}GATTGGA{right}\tx\n"
        f"same\t{left}GATTAGA{right}\t{left}gattaga{right}\t\n"
        f"in\t{left}{right}\t{left}CTTCGTC{right}\t\n"
    )
    summary = write_variants(run, from_pairs(table), tmp_path / "out", pictures=5)
    said = rows(tmp_path / "out" / "variants.tsv")
    assert [(row["name"], row["pos"], row["lost"], row["gained"], row["skipped"]) for row in said] == [
        ("down", "29", "M1", "", ""),
        ("same", "", "", "", "as the reference"),
        ("in", said[2]["pos"], "", "M2", ""),
    ]
    assert float(said[0]["logit_change"]) < 0 < float(said[2]["logit_change"])
    assert len(summary.drawn) == 2
    assert not (tmp_path / "out" / "variants.vcf.gz").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\treference\nx\tACGT\n", "lacks the columns alternative.*:1"),
        ("name\treference\talternative\nx\tACGT\n", "expected 3 cells, got 2.*:2"),
        ("name\treference\talternative\nx\tACGT\t\n", "column alternative is empty.*:2"),
        ("name\treference\talternative\n\nx\tAC?T\tA\n", "column reference: letter '[?]'.*:3"),
        ("name\treference\talternative\n", "no pair of alleles.*:1"),
        ("", "no pair of alleles"),
    ],
)
def test_faults_of_a_table_of_pairs(run, tmp_path, text, said) -> None:
    table = tmp_path / "pairs.tsv"
    table.write_text(text)
    with pytest.raises(InputError, match=said):
        write_variants(run, from_pairs(table), tmp_path / "out")
    assert not (tmp_path / "out").exists()
