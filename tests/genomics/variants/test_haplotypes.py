"""Which alleles of a VCF are looked at, in which windows, and which of them together."""

import pytest

from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.vcf import open_variants
from sparling_genomics.letters.alphabet import decode
from sparling_genomics.variants.haplotypes import Reading
from tests.genomics.variants.made import WINDOW, made_genome, write_vcf


@pytest.fixture
def genome(tmp_path):
    return open_genome(made_genome(tmp_path / "genome.fa"))


def read(genome, path, sample=None):
    reading = Reading(genome, WINDOW, 7, sample)
    return [each for _, told in reading.told(open_variants(path).variants(sample)) for each in told]


def test_a_variant_stands_in_the_middle_of_a_window_of_the_runs_length(genome, tmp_path) -> None:
    (told,) = read(genome, write_vcf(tmp_path / "v.vcf", "I 501 . A G"))
    window = told.alleles.interval
    assert (window.start, window.end) == (470, 530)
    assert (decode(told.alleles.reference)[30], decode(told.alleles.alternative)[30]) == ("A", "G")
    assert told.name == "I:501:A>G"


@pytest.mark.parametrize(("record", "start", "end"), [("I 1 . A G", 0, 60), ("I 1000 . C G", 940, 1000)])
def test_at_an_end_of_a_chromosome_the_window_moves_inwards(genome, tmp_path, record, start, end) -> None:
    (told,) = read(genome, write_vcf(tmp_path / "v.vcf", record))
    assert (told.alleles.interval.start, told.alleles.interval.end) == (start, end)


def test_a_chromosome_shorter_than_the_window_is_the_window(genome, tmp_path) -> None:
    letter = decode(genome.codes("II", 20, 21))
    (told,) = read(genome, write_vcf(tmp_path / "v.vcf", f"II 21 . {letter} G"))
    assert len(told.alleles.reference) == 50


def test_a_wide_variant_has_a_receptive_field_on_either_side(genome, tmp_path) -> None:
    (told,) = read(genome, write_vcf(tmp_path / "v.vcf", f"I 501 . {'AC' * 50} A"))
    assert len(told.alleles.reference) == 99 + 14
    assert len(told.alleles.alternative) == 14


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("I 501 . A <DEL>", "symbolic allele"),
        ("I 501 . A *", "deleted by another variant (*)"),
        ("I 501 . A .", "no alternative allele"),
        ("I 501 . A A[I:5[", "symbolic allele"),
        ("I 501 . C G", "reference differs from the genome"),
        ("I 999 . ACACA G", "beyond the end of its chromosome"),
        ("chrI 501 . A G", "chromosome not in the genome"),
        ("I 501 . A AZ", "letters that are no nucleotides"),
        (f"I 501 . A A{'C' * 1000}", "longer than 1,000 bp"),
        ("I 501 . A a", "as the reference"),
    ],
)
def test_what_cannot_be_looked_at_says_why(genome, tmp_path, record, reason) -> None:
    (told,) = read(genome, write_vcf(tmp_path / "v.vcf", record))
    assert (told.alleles, told.skipped) == (None, reason)


def test_a_chromosome_of_another_name_is_offered(genome, tmp_path) -> None:
    (told,) = read(genome, write_vcf(tmp_path / "v.vcf", "chrI 501 . A G"))
    assert "did you mean 'I'?" in told.detail


def test_each_alternative_allele_is_one_of_its_own(genome, tmp_path) -> None:
    told = read(genome, write_vcf(tmp_path / "v.vcf", "I 501 rs5 A G,<DEL>,AT,T"))
    assert [each.name for each in told] == ["rs5:A>G", "rs5:A><DEL>", "rs5:A>AT", "rs5:A>T"]
    assert [each.alleles is None for each in told] == [False, True, False, False]


def together(told):
    return {each.name: each.beside for each in told if each.alleles is not None}


def test_phased_neighbours_on_one_haplotype_are_looked_at_together(genome, tmp_path) -> None:
    path = write_vcf(
        tmp_path / "v.vcf",
        "I 501 a A G 0|1",
        "I 503 b A G 0|1",
        "I 505 c A G 1|0",  # on the other one
        "I 601 d A G 0|1",  # far away
        "I 605 e A G 0/1",  # not phased
        "I 607 f A G 0|0",  # not carried
        samples=("S",),
    )
    told = read(genome, path, "S")
    assert together(told) == {"a:A>G": ("b:A>G",), "b:A>G": ("a:A>G",), "c:A>G": (), "d:A>G": (), "e:A>G": ()}
    assert told[0].alleles is told[1].alleles
    assert told[0].alleles.name == "a:A>G+b:A>G"
    assert len(told[0].alleles.blocks) == 2
    assert told[5].skipped == "not carried by the sample"


def test_a_homozygous_neighbour_lies_on_both_haplotypes_without_phase(genome, tmp_path) -> None:
    path = write_vcf(tmp_path / "v.vcf", "I 501 a A G 1|0", "I 503 b A G 1/1", "I 505 c A T 0|1", samples=("S",))
    told = read(genome, path, "S")
    assert together(told)["a:A>G"] == ("b:A>G",)
    assert together(told)["c:A>T"] == ("b:A>G",)


def test_other_phase_sets_are_apart(genome, tmp_path) -> None:
    path = write_vcf(tmp_path / "v.vcf", "I 501 a A G 0|1:1", "I 503 b A G 0|1:2", samples=("S",))
    assert together(read(genome, path, "S")) == {"a:A>G": (), "b:A>G": ()}


def test_alleles_that_overlap_cannot_be_together(genome, tmp_path) -> None:
    path = write_vcf(tmp_path / "v.vcf", "I 501 a ACA A 0|1", "I 502 b C G 0|1", samples=("S",))
    assert together(read(genome, path, "S")) == {"a:ACA>A": (), "b:C>G": ()}


def test_without_a_sample_each_is_alone(genome, tmp_path) -> None:
    path = write_vcf(tmp_path / "v.vcf", "I 501 a A G 0|1", "I 503 b A G 0|1", samples=("S",))
    assert together(read(genome, path)) == {"a:A>G": (), "b:A>G": ()}


def test_records_that_are_not_carried_hold_nothing_back(genome, tmp_path) -> None:
    records = [f"I {at} r{at} {letter} T 0|0" for at, letter in between(genome, 501, 541)]
    path = write_vcf(tmp_path / "v.vcf", *records, samples=("S",))
    variants = list(open_variants(path).variants("S"))
    taken = 0

    def given():
        nonlocal taken
        for variant in variants:
            taken += 1
            yield variant

    for number, (variant, told) in enumerate(Reading(genome, WINDOW, 7, "S").told(given()), start=1):
        assert (variant, told[0].skipped) == (variants[number - 1], "not carried by the sample")
        assert taken <= number + 1


def between(genome, first, last):
    """Places from 1 where no T stands, and their letters."""
    letters = decode(genome.codes("I", first - 1, last - 1))
    return [(at, letter) for at, letter in enumerate(letters, start=first) if letter != "T"]
