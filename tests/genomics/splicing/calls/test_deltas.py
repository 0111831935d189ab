"""Sites gained and lost by a variant: those that predictions of the edited sequence show, however it is written."""

import tracemalloc

import numpy as np
import pytest

from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.splicing.calls.deltas import BothRead, window_of
from sparling_genomics.splicing.calls.placing import Placing
from sparling_genomics.splicing.calls.predictor import Profile
from sparling_genomics.splicing.calls.variants import SpliceVariants
from sparling_genomics.variants.alleles import Edit
from tests.genomics.splicing.calls.random_run import by_words, genes_of
from tests.genomics.splicing.calls.vcf import look, other, reference, vcf
from tests.genomics.splicing.small_genome import GFF3, LETTERS, fasta, written

KINDS = ((1, 1), (1, -1), (0, 1), (0, -1))
"""Row of probabilities and sign of each of AG, AL, DG, DL."""


def along(made, letters: str, strand: str) -> np.ndarray:
    """Probabilities (2, L) along the forward strand."""
    if strand == "+":
        return made.predictor.probabilities(letters)
    return made.predictor.probabilities(decode(reverse_complement(encode(letters))))[:, ::-1]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("distance", [1, 50, 200])
def test_the_scores_of_a_substitution_are_those_of_the_edited_sequence(made, tmp_path, number, distance):
    gene = made.genes[number]
    whole = reference(made.genome, 0, made.genome.lengths["chr1"])
    places = range(gene.transcript.start, gene.transcript.end, 41)
    records = [("chr1", at + 1, whole[at], other(whole[at])) for at in places]
    splice = SpliceVariants(made.predictor, made.genome, made.genes, distance)
    before = along(made, whole, gene.gene.strand)
    moved = 0
    for at, looked in zip(places, look(splice, vcf(tmp_path / "v.vcf", records)), strict=True):
        (effect,) = looked.effects
        change = along(made, whole[:at] + other(whole[at]) + whole[at + 1 :], gene.gene.strand) - before
        first, last = max(at - distance, gene.transcript.start), min(at + distance + 1, gene.transcript.end)
        for delta, (row, sign) in zip(effect.change.deltas, KINDS, strict=True):
            largest = max((sign * change[row, first:last]).max(), 0)
            assert delta.change == pytest.approx(largest, abs=1e-5)
            assert max(sign * change[row, delta.position], 0) == pytest.approx(largest, abs=1e-5)
            moved += largest > 0.05
    assert moved > 5


@pytest.fixture
def small(made, tmp_path):
    """A genome whose introns can be read by eye, and sites where words stand."""
    genome = open_genome(fasta(tmp_path / "small.fa"))
    genes = genes_of(written(tmp_path / "genes.gff3", GFF3), genome)

    def effects(*records: tuple[int, str, str], masked: bool = False, distance: int = 50):
        splice = SpliceVariants(by_words(made.predictor), genome, genes, distance, masked)
        path = vcf(tmp_path / "v.vcf", [("chr1", at + 1, ref, alt) for at, ref, alt in records])
        for at, ref, _ in records:
            assert LETTERS[at : at + len(ref)] == ref
        return [effect for looked in look(splice, path) for effect in looked.effects]

    return effects


def said(effect):
    return [(round(delta.change, 6), delta.position) for delta in effect.change.deltas if delta.change]


def test_a_lost_donor_and_a_lost_acceptor_lie_where_they_were(small):
    (donor,) = small((10, "G", "C"))  # of GTAAG behind the first exon
    assert said(donor) == [(1, 9)]
    assert donor.change.donor_loss.change == 1
    (acceptor,) = small((26, "G", "C"))
    assert acceptor.change.acceptor_loss == (1, 27)
    minus = LETTERS.index("CTTAC", 60)  # GTAAG of the gene on -
    (reverse,) = small((minus + 4, "C", "A"))
    assert reverse.change.donor_loss == (1, minus + 5)
    assert reverse.gene.gene.strand == "-"


def test_a_gained_site_lies_where_it_is_new(small):
    at = LETTERS.index("GTATG", 30)  # the second donor lacks one letter of GTAAG
    (effect,) = small((at + 3, "T", "A"))
    assert effect.change.donor_gain == (1, at - 1)


@pytest.mark.parametrize(("ref", "alt"), [("C", "CAG"), ("CA", "CAGA"), ("CAG", "CAGAG"), ("CAG", "CAGTTT")])
def test_what_is_put_in_front_of_an_exon_moves_no_acceptor(small, ref, alt):
    (effect,) = small((24, ref, alt))  # TTTCAG|GCC becomes TTTCAG|AGGCC
    assert LETTERS[22:30] == "TTCAGGCC"
    assert said(effect) == []


def test_what_repeats_the_end_of_an_exon_moves_no_donor(small):
    assert LETTERS[4:12] == "ACGCAGGT"
    for at, ref, alt in ((5, "C", "CGC"), (9, "G", "GG"), (9, "G", "GTT"), (8, "A", "AG"), (10, "G", "GG")):
        (effect,) = small((at, ref, alt))  # ACGCAG|GTAAG becomes ACGCAGG|GTAAG
        assert said(effect) == []


def test_a_repeat_that_makes_a_site_gains_it(small):
    (effect,) = small((26, "G", "GTTTCAG"))  # CTTTCAG becomes CTTTCAGTTTCAG: behind both, and one of them is new
    assert [change for change, _ in said(effect)] == [1]
    assert effect.change.acceptor_gain.change == 1


@pytest.mark.parametrize("seed", range(12))
def test_an_indel_in_a_repeat_says_the_same_wherever_it_is_written(made, tmp_path, seed):
    rng = np.random.default_rng(seed)
    gene = made.genes[seed % 2]
    n = made.genome.lengths["chr1"]
    letters = list(reference(made.genome, 0, n))
    at = int(rng.integers(gene.transcript.start + 20, gene.transcript.end - 40))
    letters[at : at + 12] = "CACACACACACA"
    genome = open_genome(fasta(tmp_path / "g.fa", "".join(letters)))
    whole = "".join(letters)
    insert = seed % 3
    records = [
        ("chr1", at + 2 * k + 1, whole[at + 2 * k], whole[at + 2 * k] + "AC")
        if insert
        else ("chr1", at + 2 * k + 1, whole[at + 2 * k : at + 2 * k + 3], whole[at + 2 * k])
        for k in range(5)
    ]
    found = look(SpliceVariants(made.predictor, genome, made.genes), vcf(tmp_path / "v.vcf", records))
    first, *others = (looked.effects[0].change for looked in found)
    for change in others:
        assert [delta.position for delta in change.deltas] == [delta.position for delta in first.deltas]
        assert [delta.change for delta in change.deltas] == pytest.approx(
            [delta.change for delta in first.deltas], abs=1e-5
        )
        assert (change.gained, change.lost) == (first.gained, first.lost)


def test_masks_leave_losses_of_annotated_sites_and_gains_of_others(small):
    gain = (LETTERS.index("GTATG", 30) + 3, "T", "A")  # gains an annotated donor
    assert said(small(gain, masked=True)[0]) == []
    assert said(small((10, "G", "C"), masked=True)[0]) == [(1, 9)]


def test_sites_further_away_are_not_looked_at(small):
    assert said(small((10, "G", "C"), distance=1)[0]) == [(1, 9)]
    assert said(small((14, "G", "C"), distance=4)[0]) == []
    assert said(small((14, "G", "C"), distance=5)[0]) == [(1, 9)]


def test_a_long_deletion_is_looked_at_to_both_sides(small):
    (effect,) = small((12, LETTERS[12:29], LETTERS[12]), distance=4)  # the acceptor at 27 goes, and the donor at 9
    assert effect.change.acceptor_loss == (1, 27)
    assert effect.change.donor_loss == (1, 9)


def test_marks_gained_and_lost_are_told_with_their_place(small):
    at = LETTERS.index("AACT", 10)  # of the plus gene; the motif's first letter is the mark, the second of AACT
    (lost,) = small((at + 2, "C", "G"))
    assert (lost.change.lost, lost.change.gained) == ((("M2", -1),), ())
    (deleted,) = small((at + 1, LETTERS[at + 1 : at + 4], LETTERS[at + 1]))
    assert deleted.change.lost == (("M2", -1),)
    (shifted,) = small((at - 1, LETTERS[at - 1], LETTERS[at - 1] + "GG"))
    assert (shifted.change.lost, shifted.change.gained) == ((), ())
    second = LETTERS.index("AACA", 30)
    (gained,) = small((second + 3, "A", "T"))
    assert (gained.change.gained, gained.change.lost) == ((("M2", -2),), ())
    minus = LETTERS.index("AGTT", 60)  # AACT of the gene on -
    (other_strand,) = small((minus + 1, "G", "A"))
    assert other_strand.change.lost == (("M2", -1),)


def test_an_offset_is_counted_on_the_transcript_from_the_first_letter_of_the_variant(small):
    minus = LETTERS.index("AGTT", 60)  # AACT of the gene on -; its second letter is the mark
    (deleted,) = small((minus + 1, "GTT", "G"))  # of the transcript the first two letters go
    assert deleted.change.lost == (("M2", 1),)
    plus = LETTERS.index("AACT", 10)
    (put_in,) = small((plus - 1, LETTERS[plus - 1], LETTERS[plus - 1] + "GGAACTGG"))
    assert put_in.change.gained == (("M2", 3),)
    (other_strand,) = small((minus - 1, LETTERS[minus - 1], LETTERS[minus - 1] + "CCAGTTCC"))
    assert other_strand.change.gained == (("M2", 3),)


def test_all_marks_that_can_change_are_looked_at():
    window = window_of(Placing(Edit(500, 502, encode("")), 3), "chr1", 1000, distance=5, local=10)
    assert window.marks == (480, 525)
    assert window.sites == (494, 507)
    assert (window.start, window.end) == (480, 525)
    assert window_of(Placing(Edit(2, 3, encode("A")), 0), "chr1", 9, distance=5, local=10).marks == (0, 9)


def test_a_variant_of_a_long_repeat_is_held_in_one_placement_at_a_time(made):
    placing = Placing(Edit(2000, 2000, encode("ACACAC")), 400)
    window = window_of(placing, "chr1", 10_000, distance=2000, local=10)
    length = window.end - window.start
    said, nothing = np.zeros((2, length), dtype=np.float32), np.zeros((4, 0), dtype=np.bool_)
    longer = np.zeros((2, length + placing.inserted), dtype=np.float32)
    both = BothRead(window, "+", Profile(said, nothing), Profile(longer, nothing), {})
    tracemalloc.start()
    both.change(made.genes[0])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(both.placements) == 802
    assert most < 50 * said.nbytes


@pytest.mark.parametrize("number", [0, 1])
def test_copies_of_a_motif_are_one_mark(made, tmp_path, number):
    """Channels 0 and 2 both mark M1, one letter before and behind its first: a mark that one of them keeps stays."""
    splice = SpliceVariants(made.predictor, made.genome, made.genes)
    gene = made.genes[number]
    places = range(gene.transcript.start, gene.transcript.end, 7)
    whole = reference(made.genome, 0, made.genome.lengths["chr1"])
    path = vcf(tmp_path / "v.vcf", [("chr1", at + 1, whole[at], other(whole[at])) for at in places])

    def marks(letters: str) -> set[tuple[str, int]]:
        """Motifs and where they begin, on the strand of the gene and from its end of the chromosome."""
        codes = encode(letters) if gene.gene.strand == "+" else reverse_complement(encode(letters))
        around = encode("A" * made.predictor.context)
        (said,) = made.predictor.read([np.concatenate([around, codes, around])], marks=True)
        shifts = {0: ("M1", -1), 2: ("M1", 1), 3: ("M2", 0)}
        return {(shifts[c][0], at + shifts[c][1]) for c, at in np.argwhere(said.marks).tolist() if c in shifts}

    before, seen = marks(whole), 0
    for at, looked in zip(places, look(splice, path), strict=True):
        after = marks(whole[:at] + other(whole[at]) + whole[at + 1 :])
        origin = at if gene.gene.strand == "+" else len(whole) - 1 - at
        (effect,) = looked.effects
        assert set(effect.change.gained) == {(motif, place - origin) for motif, place in after - before}
        assert set(effect.change.lost) == {(motif, place - origin) for motif, place in before - after}
        seen += len(effect.change.gained)
    assert seen
