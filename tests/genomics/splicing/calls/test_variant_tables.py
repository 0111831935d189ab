"""A table of variants says the same as a VCF of them; its faults are told by line; another assembly ends it early."""

import gzip
from dataclasses import replace

import pytest

from sparling.errors import InputError
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.splicing.calls import variants
from sparling_genomics.splicing.calls.variant_tables import ADDED, open_variant_table, write_variant_table
from sparling_genomics.splicing.calls.variants import SpliceVariants, write_splice_variants
from tests.genomics.splicing.calls.test_variants import records_of
from tests.genomics.splicing.calls.vcf import other, reference, vcf, written


@pytest.fixture
def splice(made):
    return SpliceVariants(made.predictor, made.genome, made.genes)


def table(path, rows, header="id\tCHROM\tPos\tref\talt\tnote", end="\n"):
    lines = [header, *(f"v{i}\t{c}\t{at}\t{ref}\t{alt}\tn {i}" for i, (c, at, ref, alt) in enumerate(rows))]
    path.write_bytes(("##made by hand" + end + end.join(lines) + end).encode())
    return path


def rows_of(path):
    header, *rows = [line.split("\t") for line in path.read_text().splitlines()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_table_says_what_a_vcf_of_the_same_records_says(made, splice, tmp_path):
    records = [*records_of(made), ("chr9", 5, "A", "G")]
    one, two = tmp_path / "out.vcf", tmp_path / "out.tsv"
    by_vcf = write_splice_variants(splice, open_variants(vcf(tmp_path / "in.vcf", records)), one)
    by_table = write_variant_table(splice, open_variant_table(table(tmp_path / "in.tsv", records)), two)
    assert replace(by_table, shown={}) == replace(by_vcf, shown={})
    found = rows_of(two)
    assert tuple(found[0])[:6] == ("id", "CHROM", "Pos", "ref", "alt", "note")
    assert tuple(found[0])[6:] == ADDED
    assert list(dict.fromkeys(row["note"] for row in found)) == [f"n {i}" for i in range(31)]
    for record, at in zip(written(one), range(31), strict=True):
        own = [row for row in found if row["id"] == f"v{at}"]
        said = [list(row.values())[6:16] for row in own if row["ds_ag"] != "."]
        assert ["|".join(cells) for cells in said] == list(record.info.get("Sparling", ()))
        marks = [row["gained"] for row in own if row["ds_ag"] != "."]
        assert marks == list(record.info.get("SparlingGained", ("." for _ in marks)))
        assert {row["allele"] for row in own} == set(record.alts)
        skipped = [word for word in record.info.get("SparlingSkipped", ()) if word != "."]
        assert [row["skipped"].replace(" ", "_").replace(",", "_") for row in own if row["skipped"] != "."] == skipped


def test_windows_line_ends_packed_files_and_tables_without_ids(made, splice, tmp_path):
    plain = table(tmp_path / "in.tsv", records_of(made)[:6])
    write_variant_table(splice, open_variant_table(plain), tmp_path / "a.tsv")
    other_ends = table(tmp_path / "dos.tsv", records_of(made)[:6], end="\r\n")
    packed = tmp_path / "in.tsv.gz"
    packed.write_bytes(gzip.compress(other_ends.read_bytes()))
    write_variant_table(splice, open_variant_table(packed), tmp_path / "b.tsv.gz")
    assert gzip.decompress((tmp_path / "b.tsv.gz").read_bytes()) == (tmp_path / "a.tsv").read_bytes()
    bare = tmp_path / "bare.tsv"
    bare.write_text(
        "#chrom\tpos\tref\talt\n" + "".join(f"{c}\t{at}\t{r}\t{a}\n" for c, at, r, a in records_of(made)[:6])
    )
    write_variant_table(splice, open_variant_table(bare), tmp_path / "c.tsv")
    assert [row["ds_al"] for row in rows_of(tmp_path / "c.tsv")] == [
        row["ds_al"] for row in rows_of(tmp_path / "a.tsv")
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no line of column names, expected chrom, pos, ref, alt, .*in.tsv$"),
        ("chrom\tpos\tref\n", r"lacks the columns alt; got chrom, pos, ref, .*in.tsv:1"),
        ("chr1\t5\tA\tG\n", r"lacks the columns chrom, pos, ref, alt; got chr1, 5, A, G, .*in.tsv:1"),
        ("chrom\tpos\tref\talt\tPOS\n", r"has the column pos already: twice, .*in.tsv:1"),
        ("chrom\tpos\tref\talt\tds_ag\n", r"has the column ds_ag already: of an earlier run\?, .*in.tsv:1"),
        ("chrom\tpos\tref\talt\nchr1\t5\tA\n", r"expected 4 cells, got 3, .*in.tsv:2"),
        ("chrom\tpos\tref\talt\n\nchr1\t0\tA\tG\n", r"pos must be a whole number from 1, got '0', .*in.tsv:3"),
        ("chrom\tpos\tref\talt\nchr1\t1,5\tA\tG\n", r"pos must be a whole number from 1, got '1,5', .*in.tsv:2"),
        ("chrom\tpos\tref\talt\nchr1\t5\tA\t\n", r"column alt is empty, .*in.tsv:2"),
        ("chrom\tpos\tref\talt\n\t5\tA\tG\n", r"column chrom is empty, .*in.tsv:2"),
    ],
)
def test_faults_of_a_table_are_told_by_line(splice, tmp_path, text, message):
    path = tmp_path / "in.tsv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        write_variant_table(splice, open_variant_table(path), tmp_path / "out.tsv")
    assert [file.name for file in tmp_path.iterdir()] == ["in.tsv"]


class Endless:
    """A file whose records never end; more than ``most`` of them are not to be asked for."""

    def __init__(self, path, variant, most):
        self.path, self.variant, self.most = path, variant, most

    def variants(self):
        for _ in range(self.most):
            yield self.variant
        pytest.fail("the whole file is read")


def one_record(tmp_path, chrom, at, ref, alt):
    return next(open_variants(vcf(tmp_path / "one.vcf", [(chrom, at, ref, alt)])).variants())


def test_another_assembly_is_told_after_the_first_thousand_records(made, splice, tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "AT_ONCE", 10)
    letter = reference(made.genome, 699, 700)
    endless = Endless(tmp_path / "in.vcf", one_record(tmp_path, "chr1", 700, other(letter), letter), 2000)
    message = r"REF differs from the genome in 1,000 of the first 1,000 records \(chr1:700 .*another assembly\?"
    with pytest.raises(InputError, match=message):
        variants.write_looked(splice, endless, tmp_path / "out", "", lambda looked: "x")
    named = Endless(tmp_path / "in.vcf", one_record(tmp_path, "1", 700, letter, other(letter)), 2000)
    with pytest.raises(
        InputError, match=r"no chromosome of the first 1,000 records is in the genome; .*did you mean 'chr1'"
    ):
        variants.write_looked(splice, named, tmp_path / "out", "", lambda looked: "x")
    assert [file.name for file in tmp_path.iterdir()] == ["one.vcf"]


def test_sequences_that_the_genome_has_not_may_come_first(made, splice, tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "EARLY", 5)
    letter = reference(made.genome, 699, 700)
    path = vcf(tmp_path / "in.vcf", [("chr9", 5, "A", "G")] * 6 + [("chr1", 700, letter, other(letter))])
    summary = write_splice_variants(splice, open_variants(path), tmp_path / "out.vcf")
    assert (summary.records, summary.skipped["chromosome not in the genome"]) == (7, 6)
