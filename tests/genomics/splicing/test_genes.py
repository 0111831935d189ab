"""Splice sites and labels on a genome: mirrored where the genome is; what does not fit is said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparling.errors import InputError
from sparling_genomics.data.splits import TEST, TRAIN, VALIDATION
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.splicing.annotation import Gene, Transcript, read_annotation
from sparling_genomics.splicing.check import check_annotation, sentences
from sparling_genomics.splicing.genes import (
    ACCEPTOR,
    DONOR,
    MASKED,
    NONE,
    SiteRules,
    SpliceGene,
    sites_of,
    splice_genes,
)
from sparling_genomics.splicing.homology import shared_words
from sparling_genomics.splicing.split import LEFT_OUT, divide_genes
from tests.genomics.splicing.small_genome import GFF3, LETTERS, fasta, written


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def used(tmp_path, features=GFF3, letters=LETTERS, **options):
    genome = open_genome(fasta(tmp_path / "genome.fa", letters))
    return genome, splice_genes(read_annotation(written(tmp_path / "genes.gff3", features)), genome, **options)


def test_sites_can_be_read_by_eye(tmp_path):
    genome, found = used(tmp_path)
    for each in found.genes:
        codes = genome.codes("chr1", each.transcript.start, each.transcript.end)
        letters = decode(codes if each.gene.strand == "+" else reverse_complement(codes))
        labels = each.labels()
        assert {letters[i + 1 : i + 3] for i in np.flatnonzero(labels == DONOR)} == {"GT"}
        assert {letters[i - 2 : i] for i in np.flatnonzero(labels == ACCEPTOR)} == {"AG"}
    assert found.introns == 3
    assert found.ends == {"GT-AG": 3}


def test_a_mirrored_genome_has_mirrored_labels(tmp_path):
    n = len(LETTERS)
    turned = [
        (type, n - end + 1, n - start + 1, {"+": "-", "-": "+"}[strand], said)
        for type, start, end, strand, said in GFF3
    ]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, found = used(tmp_path / "a")
    _, mirrored = used(tmp_path / "b", turned, decode(reverse_complement(encode(LETTERS))))
    ours = {each.gene.name: each.labels().tolist() for each in found.genes}
    assert ours == {each.gene.name: each.labels().tolist() for each in mirrored.genes}


@given(st.lists(st.integers(2, 40), min_size=2, max_size=12), st.sampled_from("+-"))
def test_introns_follow_from_labels(steps, strand):
    ends = np.cumsum([0, 5, *steps[: len(steps) // 2 * 2]]).tolist()
    exons = tuple((ends[i], ends[i + 1]) for i in range(0, len(ends), 2))
    transcript = Transcript("t", exons, 0, frozenset(), 1)
    introns = transcript.introns(1)
    donors, acceptors = sites_of(introns, strand)
    gene = Gene("g", "g", "", "c", strand, (transcript,))
    labels = SpliceGene(gene, transcript, "", introns, donors, acceptors, np.zeros(0, np.int64)).labels()
    if strand == "-":
        labels = labels[::-1]
    left, right = (DONOR, ACCEPTOR) if strand == "+" else (ACCEPTOR, DONOR)
    starts, stops = np.flatnonzero(labels == left) + 1, np.flatnonzero(labels == right)
    assert tuple(zip(starts.tolist(), stops.tolist(), strict=True)) == introns


def test_sites_of_other_transcripts_and_genes_are_masked(tmp_path):
    more = [
        *GFF3,
        ("mRNA", 5, 56, "+", "ID=t3;Parent=g1"),
        ("exon", 5, 10, "+", "Parent=t3"),
        ("exon", 51, 56, "+", "Parent=t3"),
        ("gene", 28, 93, "+", "ID=g9;gene_biotype=lncRNA"),
        ("exon", 28, 30, "+", "Parent=g9"),
        ("exon", 60, 93, "+", "Parent=g9"),
    ]
    _, found = used(tmp_path, more)
    one = next(each for each in found.genes if each.gene.name == "g1")
    assert one.transcript.name == "t1"
    assert one.others.tolist() == [29]
    assert one.labels()[29 - 4] == MASKED
    two = next(each for each in found.genes if each.gene.name == "g2")
    assert len(two.others) == 0


TWO_WAYS = [
    *GFF3,
    ("mRNA", 5, 56, "+", "ID=t3;Parent=g1"),
    ("exon", 5, 10, "+", "Parent=t3"),
    ("exon", 51, 56, "+", "Parent=t3"),
    ("mRNA", 5, 60, "+", "ID=t4;Parent=g1"),
    ("exon", 5, 12, "+", "Parent=t4"),
    ("exon", 28, 60, "+", "Parent=t4"),
]
"""t3 skips the middle exon; t4 has a donor of its own, and ends further behind."""


def by_hand(tmp_path, name="g1", **rules):
    _, found = used(tmp_path, TWO_WAYS, any_ends=True, rules=SiteRules(**rules))
    return found, next(each for each in found.genes if each.gene.name == name)


def test_all_transcripts_are_the_union_of_their_sites(tmp_path):
    _, gene = by_hand(tmp_path, all_transcripts=True)
    assert (gene.transcript.start, gene.transcript.end, gene.rule) == (4, 60, "all together")
    assert gene.introns == ((10, 27), (10, 50), (12, 27), (33, 50))
    labels = dict.fromkeys(range(4, 60), NONE)  # an oracle: each transcript in turn
    for transcript in gene.gene.transcripts:
        for start, end in transcript.introns():
            labels[start - 1], labels[end] = DONOR, ACCEPTOR
    assert gene.labels().tolist() == list(labels.values())
    assert gene.transcript.exons == ((4, 12), (27, 60))
    assert len(gene.others) == 0


def test_one_transcript_is_the_same_alone_and_with_all(tmp_path):
    (tmp_path / "a").mkdir()
    one, all_of_it = by_hand(tmp_path, "g2")[1], by_hand(tmp_path / "a", "g2", all_transcripts=True)[1]
    assert (one.transcript, one.rule) == (all_of_it.transcript, all_of_it.rule)
    assert one.labels().tolist() == all_of_it.labels().tolist()


def test_strict_negatives_are_no_longer_masked(tmp_path):
    (tmp_path / "a").mkdir()
    _, lenient = by_hand(tmp_path)
    found, strict = by_hand(tmp_path / "a", strict_negatives=True)
    assert (lenient.transcript.name, lenient.others.tolist()) == ("t1", [11])
    assert (lenient.labels()[11 - 4], strict.labels()[11 - 4]) == (MASKED, NONE)
    assert np.flatnonzero(lenient.labels() != strict.labels()).tolist() == [11 - 4]
    assert "1 site of transcripts that are not in use is a negative." in found.noticed
    assert found.sites["chr1", "+"].tolist() == [9, 27, 32, 50]


def test_sites_of_a_gene_in_use_stay_masked_in_another_that_overlaps_it(tmp_path):
    more = [
        *GFF3,
        ("gene", 5, 93, "+", "ID=g9;gene_biotype=protein_coding"),
        ("exon", 5, 30, "+", "Parent=g9"),
        ("exon", 60, 93, "+", "Parent=g9"),
    ]
    _, found = used(tmp_path, more, any_ends=True, rules=SiteRules(strict_negatives=True))
    assert [each.others.tolist() for each in found.genes if each.gene.strand == "+"] == [[29], [9, 27, 32, 50]]


def test_introns_of_other_ends_are_dropped_and_their_sites_masked(tmp_path):
    letters = LETTERS.replace("GTATGACTAACATTTAG", "GCATGACTAACATTTAG")  # the second intron of t1
    options = {"letters": letters, "rules": SiteRules(canonical_only=True)}
    _, found = used(tmp_path, **options)
    gene = next(each for each in found.genes if each.gene.name == "g1")
    assert (gene.introns, gene.others.tolist()) == (((10, 27),), [32, 50])
    assert (gene.labels()[[32 - 4, 50 - 4]] == MASKED).all()
    assert found.ends == {"GT-AG": 2, "GC-AG": 1}
    assert "1 intron other than GT-AG is dropped, its sites masked." in found.noticed
    assert gene.counted == 1
    strict = used(tmp_path, letters=letters, rules=SiteRules(strict_negatives=True, canonical_only=True))[1]
    assert [each.labels().tolist() for each in strict.genes] == [each.labels().tolist() for each in found.genes]


def test_where_all_introns_are_dropped_nothing_is_left(tmp_path):
    with pytest.raises(InputError, match=r"no intron GT-AG among 3, and all others are dropped, .*genes.gff3"):
        used(tmp_path, letters="A" + LETTERS, any_ends=True, rules=SiteRules(canonical_only=True))


def test_introns_with_strange_ends_are_refused_unless_forced(tmp_path):
    shifted = "A" + LETTERS
    with pytest.raises(InputError, match=r"only 0% of 3 introns have ends of known ones .*belong together"):
        used(tmp_path, letters=shifted)
    assert used(tmp_path, letters=shifted, any_ends=True)[1].introns == 3


def test_an_exon_beyond_its_chromosome_is_another_assembly(tmp_path):
    with pytest.raises(InputError, match=r"t2 ends at 89, beyond the end of chr1 \(80\): another assembly\?.*:12"):
        used(tmp_path, letters=LETTERS[:80])


def test_chromosomes_that_are_called_otherwise_are_offered(tmp_path):
    genome = open_genome(fasta(tmp_path / "genome.fa", name="1"))
    path = written(tmp_path / "genes.gff3", GFF3)
    with pytest.raises(InputError, match=r"it has chr1; genome.fa has 1: 'chr1' for '1'\?, .*genes.gff3$"):
        splice_genes(read_annotation(path), genome)
    exons = "".join(f"1\there\texon\t{span}\t.\t+\t.\tParent=x\n" for span in ("5\t10", "28\t33"))
    path.write_text(path.read_text() + exons)
    found = splice_genes(read_annotation(path), genome, biotype=None)
    left_out = "1 of 2 sequences of the annotation is not in the genome (chr1): 2 genes are left out"
    assert f"{left_out}; 'chr1': did you mean '1'." in found.noticed


def test_names_of_which_none_is_like_another_are_listed(tmp_path):
    genome = open_genome(fasta(tmp_path / "genome.fa", name="NC_003424.3"))
    path = written(tmp_path / "genes.gff3", GFF3)
    path.write_text(
        path.read_text() + "".join(f"chr{i}\there\texon\t5\t10\t.\t+\t.\tParent=x{i}\n" for i in range(2, 6))
    )
    with pytest.raises(InputError, match=r": it has chr1, chr2, chr3, …; genome.fa has NC_003424.3, .*genes.gff3$"):
        splice_genes(read_annotation(path), genome)


def test_an_unknown_biotype_says_which_there_are(tmp_path):
    with pytest.raises(InputError, match="no gene of biotype 'lncRNA'; there are protein_coding"):
        used(tmp_path, biotype="lncRNA")


def test_no_intron_is_refused(tmp_path):
    with pytest.raises(InputError, match="no intron of 30 bp or more in 2 genes"):
        used(tmp_path, shortest=30)


def test_genes_on_other_sequences_are_offered_the_name_that_is_meant(tmp_path):
    path = written(tmp_path / "genes.gff3", GFF3)
    path.write_text(path.read_text() + "1\there\texon\t5\t10\t.\t+\t.\tParent=x\n")
    genome = open_genome(fasta(tmp_path / "genome.fa", name="1"))
    with pytest.raises(InputError, match="no intron of 15 bp or more in 1 gene; 2 lie on sequences that are not in"):
        splice_genes(read_annotation(path), genome, biotype=None)


def gene_at(chrom, start, end, introns=4):
    transcript = Transcript(f"{chrom}:{start}", ((start, start + 1), (end - 1, end)), 0, frozenset(), 1)
    nothing = np.zeros(0, np.int64)
    gene = Gene(transcript.name, "", "", chrom, "+", (transcript,))
    return SpliceGene(gene, transcript, "", ((start + 1, end - 1),) * introns, nothing, nothing, nothing)


def test_whole_chromosomes_are_held_out_always_the_same():
    genes = [gene_at(f"chr{c}", 10_000 * i, 10_000 * i + 5_000) for c in range(10) for i in range(40)]
    sides = divide_genes(genes, 100)
    held = {each.gene.chrom for each, side in zip(genes, sides, strict=True) if side == TEST}
    assert 2 <= len(held) <= 3
    assert all((side == TEST) == (each.gene.chrom in held) for each, side in zip(genes, sides, strict=True))
    assert 0.04 < (sides == VALIDATION).mean() < 0.12
    backwards = divide_genes(genes[::-1], 100)
    assert (backwards[::-1] == sides).all()


def test_genes_of_a_small_part_of_a_chromosome_have_all_sides():
    genes = [gene_at("chr1", 150_000_000 + 2_000 * i, 150_000_000 + 2_000 * i + 900) for i in range(300)]
    sides = divide_genes(genes, 100)
    assert 0.15 < (sides == TEST).mean() < 0.25
    assert 0.03 < (sides == VALIDATION).mean() < 0.12


def test_one_chromosome_is_divided_in_blocks_with_a_gap():
    genes = [gene_at("chr1", 2_000 * i, 2_000 * i + 1_900) for i in range(600)]
    sides = divide_genes(genes, 400)
    assert 0.15 < (sides == TEST).mean() < 0.25
    assert (sides == LEFT_OUT).any()
    for i, side in enumerate(sides):
        for j in range(max(0, i - 1), min(600, i + 2)):
            assert side == sides[j] or LEFT_OUT in (side, sides[j])
    assert not (divide_genes(genes, 50) == LEFT_OUT).any()


def test_named_chromosomes_are_held_out_and_unknown_ones_refused():
    genes = [gene_at(c, 10_000 * i, 10_000 * i + 5_000) for c in ("I", "II") for i in range(50)]
    sides = divide_genes(genes, 100, ["II"])
    assert all((side == TEST) == (each.gene.chrom == "II") for each, side in zip(genes, sides, strict=True))
    assert (sides == TRAIN).any()
    with pytest.raises(InputError, match="no gene with introns on 'III'; there are some on I, II"):
        divide_genes(genes, 100, ["III"])


def test_named_chromosomes_validate_and_have_one_side():
    genes = [gene_at(c, 10_000 * i, 10_000 * i + 5_000) for c in ("I", "II", "III") for i in range(20)]
    sides = divide_genes(genes, 100, ["II"], ["III"])
    assert [set(sides[i : i + 20]) for i in (0, 20, 40)] == [{TRAIN}, {TEST}, {VALIDATION}]
    free = divide_genes(genes, 100, validation=["III"])
    assert all((side == VALIDATION) == (each.gene.chrom == "III") for each, side in zip(genes, free, strict=True))
    with pytest.raises(InputError, match="'II' is to test and to validate; a chromosome has one side"):
        divide_genes(genes, 100, ["II"], ["II"])
    with pytest.raises(InputError, match="no gene with introns on 'IV'"):
        divide_genes(genes, 100, ["II"], ["IV"])


def test_something_validates_where_most_of_a_genome_tests():
    genes = [gene_at("small", 2_000 * i, 2_000 * i + 500) for i in range(40)]
    genes += [gene_at("large", 100_000 * i, 100_000 * i + 50_000) for i in range(80)]
    sides = divide_genes(genes, 100, ["large"])
    assert 0 < (sides == VALIDATION).sum() < (sides == TRAIN).sum()


def test_relatives_share_words_on_either_strand():
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 4, 2000).astype(np.uint8) for _ in range(2))
    half = np.concatenate([one[:1000], rng.integers(0, 4, 1000).astype(np.uint8)])
    shares = shared_words([one, reverse_complement(one), half, other, other[:20]], [one])
    assert shares[:2].tolist() == [1, 1]
    assert 0.4 < shares[2] < 0.6
    assert shares[3:].tolist() == [0, 0]
    assert shared_words([one], []).tolist() == [0]


def test_words_with_ambiguous_letters_are_not_shared():
    assert shared_words([np.full(200, 4, np.uint8)], [np.full(200, 4, np.uint8)]).tolist() == [0]


def test_fission_yeast(shared_data):
    folder = shared_data / "splicing"
    genome = open_genome(folder / "pombe_genome.fa.gz")
    checked = check_annotation(read_annotation(folder / "pombe_annotation.gff3.gz"), genome, gap=400)
    assert (len(checked.used.genes), checked.used.introns) == (2445, 5187)
    assert checked.used.ends["GT-AG"] / checked.used.introns == pytest.approx(0.997, abs=5e-4)
    said = sentences(checked)
    assert "test: 433 genes, 947 introns (III, MT)." in said
    assert len(checked.related) == 1


@pytest.mark.parametrize("name", ["dmelanogaster_1pct", "celegans_1pct", "athaliana_1pct"])
def test_every_real_site_is_learned_or_masked_or_a_negative_by_the_rules(shared_data, name):
    folder = shared_data / "splicing"
    genome, annotation = open_genome(folder / f"{name}.fa.gz"), read_annotation(folder / f"{name}.gff3.gz")
    every: dict[tuple[str, str], set[int]] = {}  # an oracle: each intron of each transcript in turn
    for gene in annotation.genes:
        for transcript in gene.transcripts:
            for start, end in transcript.introns():
                every.setdefault((gene.chrom, gene.strand), set()).update((start - 1, end))
    for all_transcripts in (False, True):
        lenient, strict = (
            splice_genes(annotation, genome, rules=SiteRules(all_transcripts, strict_negatives))
            for strict_negatives in (False, True)
        )
        in_use = {key: set() for key in every}
        for each in lenient.genes:
            in_use[each.gene.chrom, each.gene.strand].update(each.donors.tolist(), each.acceptors.tolist())
            own = [sites for t in each.gene.transcripts for start, end in t.introns() for sites in (start - 1, end)]
            assert not all_transcripts or set(own) == {*each.donors.tolist(), *each.acceptors.tolist()}
        for found, known in ((lenient, every), (strict, in_use)):
            for each in found.genes:
                labels = each.labels() if each.gene.strand == "+" else each.labels()[::-1]
                told = set((np.flatnonzero(labels != NONE) + each.transcript.start).tolist())
                inside = range(each.transcript.start, each.transcript.end)
                assert told == {at for at in known[each.gene.chrom, each.gene.strand] if at in inside}
