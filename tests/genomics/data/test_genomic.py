"""Regions and a genome → labelled, divided sequences with a matched background."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.dataset import TEST, SequenceDataset
from sparling_genomics.data.genomic import Regions, load_regions
from sparling_genomics.data.splits import TRAIN
from sparling_genomics.files.bed import read_regions
from sparling_genomics.files.genome import open_genome
from sparling_genomics.files.text_files import numbered_lines
from sparling_genomics.letters.alphabet import DNA, DNA_FORWARD, RNA, decode
from tests.genomics.genomes import CHROMS, EBOX, SPAN, Planted, planted_genome

SPLICING = Path(__file__).resolve().parents[4] / "shared" / "data" / "splicing"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Planted:
    return planted_genome(tmp_path_factory.mktemp("genome"))


def load(made, letters=DNA, seed=0, **asked):
    regions = replace(Regions(made.bed, made.fasta), **asked)
    return load_regions(regions, letters, min_length=8, longest=20_000, seed=seed)


def unbound(data: SequenceDataset):
    return [each for each, label in zip(data.intervals, data.labels.tolist(), strict=True) if label == 0]


def test_bound_windows_are_the_regions_and_unbound_ones_are_like_them(made):
    read = load(made)
    data = read.data
    assert data.intervals[: len(made.regions)] == tuple(made.regions)
    assert all(EBOX in decode(data.sequence(i)) for i in range(len(made.regions)))
    assert data.labels.tolist() == [1.0] * len(made.regions) + [0.0] * len(made.regions)
    assert data.names[0] == str(made.regions[0])
    for each in unbound(data):
        assert each.length == SPAN
        assert not any(each.overlap(region) for region in made.regions)
    assert read.matching is not None
    assert abs(read.matching.gc[0] - read.matching.gc[1]) < 0.01
    assert abs(read.matching.masked[0] - read.matching.masked[1]) < 0.1
    assert (
        sum(read.matching.gc_bars[1]) == sum(read.matching.masked_bars[1]) == read.matching.found == len(made.regions)
    )
    assert "Unbound are 240 other windows of the genome, alike in length, GC and repeats" in read.noticed[-1]


def test_all_regions_are_avoided_not_the_best_alone(made):
    data = load(made, top=60).data
    assert int(data.labels.sum()) == 60
    assert not any(each.overlap(region) for each in unbound(data) for region in made.regions)


def test_sides_by_chromosome_hold_for_both_labels(made):
    data = load(made).data
    sides = {}
    for each, side in zip(data.intervals, data.split.tolist(), strict=True):
        sides.setdefault(each.chrom, set()).add(side)
    assert all(len(own) == 1 for own in sides.values())


def test_test_chromosomes(made):
    data = load(made, test_chroms=("chr2", "chr5")).data
    for label in (0, 1):
        held_out = [each.chrom for each, own in zip(data.intervals, data.labels, strict=True) if own == label]
        sides = data.split[data.labels == label]
        assert {chrom for chrom, side in zip(held_out, sides, strict=True) if side == TEST} == {"chr2", "chr5"}
        assert (sides == TEST).sum() == 80
    assert (data.split == TRAIN).any()


@pytest.mark.parametrize(
    ("chroms", "said"),
    [
        (("2",), "genome.fa has no '2': did you mean 'chr2'\\?, --test-chroms"),
        (CHROMS, "all regions lie on the chromosomes of --test-chroms, chr1,.*peaks.bed"),
    ],
)
def test_wrong_test_chromosomes(made, chroms, said):
    with pytest.raises(InputError, match=said):
        load(made, test_chroms=chroms)


def test_a_test_chromosome_without_regions(made, tmp_path):
    (tmp_path / "few.bed").write_text("".join(f"chr1\t{50 * i}\t{50 * i + 40}\n" for i in range(40)))
    with pytest.raises(InputError, match=r"no region lies on the chromosomes of --test-chroms, chr2: .*few\.bed"):
        load(made, bed=tmp_path / "few.bed", test_chroms=("chr2",))


def test_excluded_regions_are_read_by_neither(made, tmp_path):
    (tmp_path / "black.bed").write_text("chr1\t0\t24000\nchr2\t0\t12000\nchrUn_7\t0\t10\n")
    read = load(made, exclude=tmp_path / "black.bed")
    assert {each.chrom for each in read.data.intervals if each.start < 12_000} == {"chr3", "chr4", "chr5", "chr6"}
    assert not any(each.chrom == "chr1" for each in read.data.intervals)
    assert any("overlap those of --exclude and were left out" in sentence for sentence in read.noticed)
    (tmp_path / "all.bed").write_text("".join(f"{chrom}\t0\t24000\n" for chrom in CHROMS))
    with pytest.raises(InputError, match=r"--exclude .*all\.bed leaves none of the 240 regions"):
        load(made, exclude=tmp_path / "all.bed")


def test_chromosomes_without_regions_give_no_background(made, tmp_path):
    lines = [line for line in made.bed.read_text().splitlines() if not line.startswith(("chr3", "chr6"))]
    (tmp_path / "some.bed").write_text("\n".join(lines))
    assert {each.chrom for each in unbound(load(made, bed=tmp_path / "some.bed").data)} == {
        "chr1",
        "chr2",
        "chr4",
        "chr5",
    }


def test_flanks_peaks_and_shuffles(made, tmp_path):
    flanks = load(made, background="flanks")
    assert flanks.matching.background_said().endswith("windows beside the regions, of the same length")
    assert flanks.matching.found > 200
    others = tmp_path / "others.bed"
    rng = np.random.default_rng(1)
    starts = rng.integers(0, 23_900, 900).tolist()
    others.write_text("".join(f"{CHROMS[i % 6]}\t{start}\t{start + 90}\n" for i, start in enumerate(starts)))
    peaks = load(made, background="peaks", peaks=others)
    middles = {(CHROMS[i % 6], start + 45) for i, start in enumerate(starts)}
    assert {(each.chrom, each.start + SPAN // 2) for each in unbound(peaks.data)} <= middles
    assert not any(each.overlap(region) for each in unbound(peaks.data) for region in made.regions)
    assert abs(peaks.matching.gc[0] - peaks.matching.gc[1]) < 0.02
    shuffled = load(made, background="shuffle")
    assert shuffled.matching is None
    assert shuffled.data.labels.all()


def test_too_few_peaks_of_others_are_said(made, tmp_path):
    (tmp_path / "few.bed").write_text("".join(f"chr{1 + i % 6}\t{600 * i + 500}\t{600 * i + 540}\n" for i in range(36)))
    said = load(made, background="peaks", peaks=tmp_path / "few.bed").noticed[-1]
    assert "regions there was none that is free" in said


def test_the_seed_draws_the_background_and_nothing_else(made):
    one, again, other = (load(made, seed=seed).data for seed in (1, 1, 2))
    assert unbound(one) == unbound(again)
    assert unbound(one) != unbound(other)
    assert one.intervals[:240] == other.intervals[:240]


def test_summits_are_centred(made):
    data = load(made, bed=made.narrow, size=31).data
    for site, window, i in zip(made.sites, data.intervals, range(240), strict=False):
        moved = window.start in (0, 24_000 - 31)
        assert moved or window.start + 15 == site.start + 5
        assert EBOX in decode(data.sequence(i))


def test_strands(made, tmp_path):
    (tmp_path / "s.bed").write_text(
        "".join(f"chr{1 + i % 6}\t{500 * i + 9}\t{500 * i + 49}\tx\t0\t{'-' if i % 2 else '+'}\n" for i in range(46))
    )
    read = load(made, DNA_FORWARD, bed=tmp_path / "s.bed")
    genome = open_genome(made.fasta)
    assert all((read.data.sequence(i) == genome.at(each)).all() for i, each in enumerate(read.data.intervals))
    assert sum(each.strand == "-" for each in unbound(read.data)) == 23
    assert not any("no strand" in sentence for sentence in read.noticed)
    assert load(made, RNA).data.alphabet == RNA
    assert any("240 regions have no strand (column 6)" in sentence for sentence in load(made, RNA).noticed)


@pytest.mark.skipif(not SPLICING.exists(), reason="needs ../shared/data")
def test_a_real_genome_is_matched(tmp_path, monkeypatch):
    """400 donor sites of S. pombe: GC within 0.01 in mean and 0.02 at each decile."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    rows = [line for _, line in numbered_lines(SPLICING / "pombe_introns.tsv.gz")][1:]
    lines = []
    for chrom, start, end, strand, *_ in (row.split("\t") for row in rows[::13]):
        donor = int(start) - 1 if strand == "+" else int(end)
        lines.append(f"{chrom}\t{donor - 50}\t{donor + 50}\t.\t0\t{strand}\n")
    bed = tmp_path / "donors.bed"
    bed.write_text("".join(lines))
    read = load_regions(
        Regions(bed, SPLICING / "pombe_genome.fa.gz"), DNA_FORWARD, min_length=8, longest=20_000, seed=0
    )
    matching = read.matching
    assert matching.found == matching.asked
    assert matching.masked is None
    assert abs(matching.gc[0] - matching.gc[1]) <= 0.01
    assert max(abs(a - b) for a, b in zip(*matching.gc_deciles, strict=True)) <= 0.02
    letters = [decode(read.data.sequence(i))[50:52] for i in np.flatnonzero(read.data.labels == 1)]
    assert np.mean([each == "GT" for each in letters]) > 0.98
    assert len(read_regions(bed)) == len(lines)


def test_against_another_set_without_what_both_share(made, tmp_path):
    lines = made.bed.read_text().splitlines()
    one, other = tmp_path / "one.bed", tmp_path / "other.bed"
    one.write_text("\n".join(lines[:150]))
    shifted = [f"{chrom}\t{int(start) + 20}\t{int(end) + 20}" for chrom, start, end, *_ in map(str.split, lines[:30])]
    other.write_text("\n".join([*shifted, *lines[150:]]))
    read = load(made, bed=one, background="versus", peaks=other)
    bound = [each for each, label in zip(read.data.intervals, read.data.labels, strict=True) if label == 1]
    assert bound == made.regions[30:150]
    assert unbound(read.data) == made.regions[150:]
    assert "30 regions of one.bed and 30 of other.bed overlap each other, and were left out." in read.noticed
    assert read.matching.background_said() == "90 windows of other.bed"
    with pytest.raises(InputError, match=r"every region of .*one\.bed overlaps one of the other set"):
        load(made, bed=one, background="versus", peaks=made.bed)


def narrow(path: Path, *peaks: tuple[str, int, int, int]) -> Path:
    """Chromosome, start, end and summit on the chromosome."""
    lines = (f"{chrom}\t{start}\t{end}\t.\t0\t.\t1\t-1\t-1\t{summit - start}\n" for chrom, start, end, summit in peaks)
    path.write_text("".join(lines))
    return path


def test_what_is_read_is_held_against_excluded_regions(made, tmp_path):
    """Not the region: a wide one whose window is clear stays, a narrow one whose window is not goes."""
    peaks = [(chrom, at, at + 40, at + 20) for chrom in CHROMS for at in range(2000, 20_000, 1000)]
    wide, beside = ("chr1", 1000, 1900, 1100), ("chr2", 1000, 1040, 1020)
    bed = narrow(tmp_path / "some.narrowPeak", wide, beside, *peaks)
    (tmp_path / "black.bed").write_text("chr1\t1500\t1800\nchr2\t1060\t1100\n")
    read = load(made, bed=bed, exclude=tmp_path / "black.bed", background="shuffle")
    windows = {str(each) for each in read.data.intervals}
    assert "chr1:1050-1151" in windows
    assert not any(name.startswith("chr2:970-") for name in windows)
    assert len(windows) == len(peaks) + 1
    assert any("1 region, as it is read, overlaps those of --exclude" in each for each in read.noticed)


def test_windows_of_two_sets_do_not_overlap_either(made, tmp_path):
    apart = [(chrom, at, at + 40, at + 20) for chrom in CHROMS for at in range(2000, 20_000, 1000)]
    one = narrow(tmp_path / "one.narrowPeak", ("chr1", 1000, 1040, 1020), *apart)
    other = narrow(
        tmp_path / "other.narrowPeak",
        ("chr1", 1060, 1100, 1080),  # the regions lie apart, 101 bp around the summits do not
        *((chrom, start + 500, end + 500, summit + 500) for chrom, start, end, summit in apart),
    )
    read = load(made, bed=one, peaks=other, background="versus")
    bound = [each for each, label in zip(read.data.intervals, read.data.labels.tolist(), strict=True) if label == 1]
    assert len(bound) == len(apart)
    assert not any(a.overlap(b) for a in bound for b in unbound(read.data))
    assert any("1 region of one.narrowPeak and 1 of other.narrowPeak overlap each other" in s for s in read.noticed)


def test_windows_that_overlap_though_their_regions_do_not_are_relatives(made, tmp_path):
    """They share a cluster, by which sides are divided and evidence is counted."""
    pairs = [(chrom, at) for chrom in CHROMS for at in range(2000, 20_000, 1000)]
    peaks = [(c, start, start + 20, start + 10) for c, at in pairs for start in (at, at + 60)]
    data = load(made, bed=narrow(tmp_path / "some.narrowPeak", *peaks), background="shuffle").data
    assert len(data) == 2 * len(pairs)
    for i in range(0, len(data), 2):
        first, second = data.intervals[i], data.intervals[i + 1]
        assert first.overlap(second)
        assert data.cluster[i] == data.cluster[i + 1]
        assert data.split[i] == data.split[i + 1]
    assert len(np.unique(data.cluster)) == len(pairs)


@pytest.mark.parametrize("background", ["genome", "flanks"])
def test_a_few_regions_are_told_what_helps(made, tmp_path, background):
    few = tmp_path / "few.bed"
    few.write_text("".join(made.bed.read_text().splitlines(keepends=True)[:8]))
    with pytest.raises(InputError, match=r"to train on, expected 6; --background shuffle compares so few"):
        load(made, bed=few, background=background)
    assert len(load(made, bed=few, background="shuffle").data) == 8
