"""A VCF with splicing in INFO: every record keeps its line, fields are SpliceAI's, what is skipped says why."""

from dataclasses import replace

import numpy as np
import pysam
import pytest

from sparling.errors import InputError
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.splicing.calls import variants
from sparling_genomics.splicing.calls.variants import FIELDS, NO_GENE, SpliceVariants, info, write_splice_variants
from tests.genomics.splicing.calls.random_run import by_words
from tests.genomics.splicing.calls.vcf import look, other, reference, vcf, written


def records_of(made, number: int = 30) -> list[tuple[str, int, str, str]]:
    """Substitutions, insertions, deletions and several alleles, in order, all over the genome."""
    whole = reference(made.genome, 0, made.genome.lengths["chr1"])
    records = []
    for i, at in enumerate(np.linspace(50, len(whole) - 50, number).astype(int).tolist()):
        ref, alt = [
            (whole[at], other(whole[at])),
            (whole[at : at + 4], whole[at]),
            (whole[at], whole[at] + "GTAAGT"),
            (whole[at : at + 3], "".join(map(other, whole[at : at + 3]))),
            (whole[at], f"{other(whole[at])},{whole[at]}AG,<DEL>"),
            (whole[at : at + 3], "".join(map(other, whole[at : at + 3])) + "ACGT"),
        ][i % 6]
        records.append(("chr1", at + 1, ref, alt))
    return records


@pytest.fixture
def splice(made):
    return SpliceVariants(made.predictor, made.genome, made.genes)


def test_every_record_keeps_its_line_and_gets_its_fields(made, splice, tmp_path):
    path = vcf(tmp_path / "in.vcf", records_of(made), info="AF=0.5")
    out = tmp_path / "out.vcf"
    summary = write_splice_variants(splice, open_variants(path), out)
    before = [line.split("\t") for line in path.read_text().splitlines() if line[0] != "#"]
    after = [line.split("\t") for line in out.read_text().splitlines() if line[0] != "#"]
    assert [line[:7] for line in after] == [line[:7] for line in before]
    assert all(line[7].split(";")[0] == "AF=0.5" for line in after)
    records = written(out)
    assert (summary.records, len(records)) == (30, 30)
    assert summary.effects == sum(len(record.info.get("Sparling", ())) for record in records) > 10
    for record in records:
        skipped = record.info.get("SparlingSkipped", (".",) * len(record.alts))
        assert len(skipped) == len(record.alts)
        if "<DEL>" in record.alts and skipped[0] == ".":
            assert skipped[2] == "symbolic_allele"
        for entry in record.info.get("Sparling", ()):
            allele, symbol, *numbers = entry.split("|")
            assert (allele in record.alts, symbol[0], len(numbers)) == (True, "g", 8)
            assert all(0 <= float(score) <= 1 for score in numbers[:4])
            assert all(-60 <= int(place) <= 60 for place in numbers[4:])
        for name in ("SparlingGained", "SparlingLost"):
            assert len(record.info.get(name, ())) in (0, len(record.info.get("Sparling", ())))
    assert any("SparlingGained" in record.info for record in records)


def test_the_header_says_what_the_fields_are(made, splice, tmp_path):
    out = tmp_path / "out.vcf"
    write_splice_variants(splice, open_variants(vcf(tmp_path / "in.vcf", records_of(made))), out)
    with pysam.VariantFile(str(out)) as file:
        assert {each.name for each in FIELDS} <= set(file.header.info)
        assert "AF" in file.header.info
        order = "ALLELE|SYMBOL|DS_AG|DS_AL|DS_DG|DS_DL|DP_AG|DP_AL|DP_DG|DP_DL"
        assert order in file.header.info["Sparling"].description
    with pytest.raises(InputError, match=r"has INFO fields Sparling, .* already"):
        write_splice_variants(splice, open_variants(out), tmp_path / "again.vcf")
    assert not (tmp_path / "again.vcf").exists()


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_what_is_read_together_changes_nothing(made, splice, tmp_path, monkeypatch, at_once):
    path = vcf(tmp_path / "in.vcf", records_of(made))
    expected = look(splice, path)
    monkeypatch.setattr(variants, "AT_ONCE", at_once)
    found = look(splice, path)
    assert [each.variant for each in found] == [each.variant for each in expected]
    for one, two in zip(found, expected, strict=True):
        assert [effect[:2] for effect in one.effects] == [effect[:2] for effect in two.effects]
        for a, b in zip(one.effects, two.effects, strict=True):
            assert [d.change for d in a.change.deltas] == pytest.approx([d.change for d in b.change.deltas], abs=1e-5)
            assert (a.change.gained, a.change.lost) == (b.change.gained, b.change.lost)


def test_each_allele_and_each_gene_is_told_in_order(made, tmp_path):
    first = made.genes[0]
    twice = (*made.genes, first)
    at = first.transcript.start + 30
    letter = reference(made.genome, at, at + 1)
    one, two = [each for each in "ACGT" if each != letter][:2]
    splice = SpliceVariants(made.predictor, made.genome, twice)
    (looked,) = look(splice, vcf(tmp_path / "in.vcf", [("chr1", at + 1, letter, f"{one},{two}")]))
    assert [(effect.alternative, effect.gene.gene.symbol) for effect in looked.effects] == [
        (allele, first.gene.symbol) for allele in (one, two) for _ in range(2)
    ]
    alone = [
        look(splice, vcf(tmp_path / "one.vcf", [("chr1", at + 1, letter, allele)]))[0].effects[0].change.deltas
        for allele in (one, two)
    ]
    for effect, deltas in zip(looked.effects[::2], alone, strict=True):
        assert [d.change for d in effect.change.deltas] == pytest.approx([d.change for d in deltas], abs=1e-5)


def test_genes_on_both_strands_over_one_variant_are_told_apart(made, tmp_path):
    first = made.genes[0]
    antisense = replace(first, gene=replace(first.gene, strand="-", symbol="anti"))
    at = first.transcript.start + 30
    letter = reference(made.genome, at, at + 1)
    path = vcf(tmp_path / "in.vcf", [("chr1", at + 1, letter, other(letter))])
    (both,) = look(SpliceVariants(made.predictor, made.genome, [first, antisense]), path)
    assert [effect.gene.gene.symbol for effect in both.effects] == [first.gene.symbol, "anti"]
    for gene, effect in zip((first, antisense), both.effects, strict=True):
        (alone,) = look(SpliceVariants(made.predictor, made.genome, [gene]), path)[0].effects
        scores = [delta.change for delta in alone.change.deltas]
        assert [delta.change for delta in effect.change.deltas] == pytest.approx(scores, abs=1e-5)
    assert both.effects[0].change != both.effects[1].change


def test_letters_that_both_alleles_share_change_nothing(made, splice, tmp_path):
    at = made.genes[0].transcript.start + 30
    ref = reference(made.genome, at - 2, at + 3)
    alt = other(ref[2])
    path = vcf(tmp_path / "in.vcf", [("chr1", at - 1, ref, ref[:2] + alt + ref[3:]), ("chr1", at + 1, ref[2], alt)])
    written_long, short = look(splice, path)
    assert written_long.effects[0].change == short.effects[0].change
    places = [info(looked)["Sparling"].split("|")[6:] for looked in (written_long, short)]
    assert [at + int(place) for place in places[1]] == [delta.position for delta in short.effects[0].change.deltas]
    assert [int(a) - 2 for a in places[0]] == [int(b) for b in places[1]]  # each counts from its own POS


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (("chr1", 5, None, "N"), NO_GENE),
        (("chr9", 5, "A", "G"), "chromosome not in the genome"),
        (("chr1", 10**7, "A", "G"), "beyond the end of its chromosome"),
        (("chr1", 700, None, "<DUP>"), "symbolic allele"),
        (("chr1", 700, None, "*"), "deleted by another variant (*)"),
        (("chr1", 700, None, "."), "no alternative allele"),
        (("chr1", 700, None, "A" * 1001), "longer than 1,000 bp"),
        (("chr1", 700, "other", "T"), "reference differs from the genome"),
    ],
)
def test_what_is_skipped_keeps_its_line_and_says_why(made, splice, tmp_path, record, reason):
    chrom, at, ref, alt = record
    if ref is None or ref == "other":
        ref = reference(made.genome, at - 1, at) if ref is None else other(reference(made.genome, at - 1, at))
    good = records_of(made)[8:11]
    path = vcf(tmp_path / "in.vcf", [*good, (chrom, at, ref, alt)])
    out = tmp_path / "out.vcf"
    summary = write_splice_variants(splice, open_variants(path), out)
    assert summary.skipped[reason] >= 1
    *_, last = out.read_text().splitlines()
    assert last.split("\t")[:5] == [chrom, str(at), ".", ref, alt]
    assert "Sparling=" not in last
    skipped = last.split("SparlingSkipped=")[1]
    assert skipped.replace("_", " ") == reason.replace(",", " ")
    assert summary.shown[reason]


def test_a_file_of_another_assembly_is_refused(made, splice, tmp_path):
    good = [record for record in records_of(made) if len(record[2]) == 1][:3]
    bad = [("chr1", at, other(ref), ref) for _, at, ref, _ in good]
    out = tmp_path / "out.vcf"
    summary = write_splice_variants(splice, open_variants(vcf(tmp_path / "half.vcf", good + bad)), out)
    assert summary.other_reference == 3
    out.unlink()
    with pytest.raises(InputError, match=r"REF differs from the genome in 3 of 5 records \(chr1:.*another assembly"):
        write_splice_variants(splice, open_variants(vcf(tmp_path / "in.vcf", good[:2] + bad)), out)
    names = [("1", at, ref, alt) for _, at, ref, alt in good]
    with pytest.raises(InputError, match=r"no chromosome of the file is in the genome.*did you mean 'chr1'"):
        write_splice_variants(splice, open_variants(vcf(tmp_path / "names.vcf", names)), out)
    assert not [file for file in tmp_path.iterdir() if "out" in file.name]


def test_a_packed_file_has_an_index_where_its_records_are_sorted(made, splice, tmp_path):
    records = records_of(made)
    out = tmp_path / "out.vcf.gz"
    assert write_splice_variants(splice, open_variants(vcf(tmp_path / "in.vcf", records)), out).indexed
    with pysam.VariantFile(str(out)) as file:
        assert len(list(file.fetch("chr1", 0, 500))) == sum(record[1] <= 500 for record in records)
    mixed = tmp_path / "mixed.vcf.gz"
    path = vcf(tmp_path / "in.vcf", [*records[::-1]])
    assert not write_splice_variants(splice, open_variants(path), mixed).indexed
    assert len(written(mixed)) == 30


def test_a_file_without_records_is_a_file_without_records(splice, tmp_path):
    out = tmp_path / "out.vcf"
    summary = write_splice_variants(splice, open_variants(vcf(tmp_path / "in.vcf", [])), out)
    assert (summary.records, summary.effects, written(out)) == (0, 0, [])


def test_variants_at_the_ends_of_a_chromosome_and_of_a_gene(made, tmp_path):
    gene = made.genes[0]
    start, end = gene.transcript.start, gene.transcript.end
    splice = SpliceVariants(by_words(made.predictor), made.genome, made.genes)
    places = [start - 1, start, end - 1, end]
    records = [
        ("chr1", at + 1, reference(made.genome, at, at + 1), other(reference(made.genome, at, at + 1))) for at in places
    ]
    assert [len(looked.effects) for looked in look(splice, vcf(tmp_path / "in.vcf", records))] == [0, 1, 1, 0]
