"""Regions → windows: where each lies, which are taken, what is said."""

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.regions import record_of, windows_of
from sparling_genomics.files.bed import Region, read_regions
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from sparling_genomics.letters.intervals import Interval, parse_interval

LETTERS = "".join(np.random.default_rng(0).choice(list("ACGT"), 1000))


@pytest.fixture
def genome(tmp_path):
    (tmp_path / "g.fa").write_text(f">chr1\n{LETTERS}\n>tiny\n{LETTERS[:40]}\n")
    return open_genome(tmp_path / "g.fa")


def region(start, end, strand=".", chrom="chr1", **rest):
    return Region(Interval(chrom, start, end, strand), **rest)


def windows(regions, genome, **how):
    return windows_of(regions, genome, "peaks.bed", **how)


def places(found):
    return [str(each) for each in found.intervals]


def test_regions_without_summits_are_taken_as_they_are(genome):
    found = windows([region(5, 30, "-", line=3), region(100, 120, line=4)], genome)
    assert places(found) == ["chr1:5-30(-)", "chr1:100-120"]
    assert found.lines == [3, 4]
    assert found.noticed == ()


def test_around_summits(genome):
    found = windows([region(300, 500, summit=20), region(300, 500, summit=30)], genome)
    assert places(found) == ["chr1:270-371", "chr1:280-381"]
    assert found.noticed == ("101 bp around each summit are read; --size says otherwise.",)
    middle = found.intervals[0].start + found.intervals[0].length // 2
    assert middle == 320  # the summit itself


def test_a_peak_without_a_summit_among_others_is_read_around_its_middle(genome):
    found = windows([region(300, 500, summit=20), region(400, 600)], genome)
    assert places(found)[1] == "chr1:450-551"
    assert "1 region has no summit: its middle is taken." in found.noticed


def test_size_around_the_middle_and_inwards_from_the_ends(genome):
    regions = [region(500, 520), region(0, 10), region(990, 1000), region(5, 25, chrom="tiny")]
    found = windows(regions, genome, size=60)
    assert places(found) == ["chr1:480-540", "chr1:0-60", "chr1:940-1000", "tiny:0-40"]
    assert "2 windows were moved inwards from an end of its chromosome." in found.noticed
    assert "1 window is shorter than 60 bp, as its chromosome is." in found.noticed


def test_every_window_of_a_size_has_it_and_holds_its_middle(genome):
    rng = np.random.default_rng(1)
    for _ in range(200):
        start = int(rng.integers(0, 990))
        each = region(start, int(rng.integers(start + 1, 1001)))
        size = int(rng.integers(8, 400))
        (window,) = windows([each], genome, size=size).intervals
        assert window.length == size
        assert 0 <= window.start <= each.middle < window.end <= 1000


def test_top_by_score_keeps_the_order_of_the_file(genome):
    regions = [region(10 * i, 10 * i + 9, score=score) for i, score in enumerate([3, 9, None, 5, 9])]
    found = windows(regions, genome, top=3)
    assert places(found) == ["chr1:10-19", "chr1:30-39", "chr1:40-49"]
    assert found.noticed == ("The 3 regions of the highest scores, 5 or more, were taken of 5.",)
    assert "no more than --top 9" in windows(regions, genome, top=9).noticed[0]
    same = [region(10 * i, 10 * i + 9, score=1000) for i in range(4)]
    assert places(windows(same, genome, top=2)) == ["chr1:0-9", "chr1:10-19"]
    assert windows(same, genome, top=2).noticed == ("All scores are 1000: the first 2 regions were taken.",)
    with pytest.raises(InputError, match=r"--top needs scores, in column 5 of BED .*peaks\.bed"):
        windows([region(1, 5)], genome, top=1)


def test_duplicates_go_and_are_counted(genome):
    found = windows([region(1, 9), region(1, 9), region(1, 9), region(1, 9, "+")], genome)
    assert places(found) == ["chr1:1-9", "chr1:1-9(+)"]
    assert found.noticed == ("2 regions are duplicates and were left out.",)
    near = windows([region(300, 310), region(299, 311)], genome, size=50)
    assert len(near.intervals) == 1
    assert "1 region has the window of another one, and went." in near.noticed


def test_broad_regions_are_told_of_size(genome):
    assert "--size 200 takes their middles" in windows([region(0, 700)], genome).noticed[0]
    with pytest.raises(InputError, match=r"chr1:0-700 has 700 bp, expected at most 600; --size .*peaks\.bed:7"):
        windows([region(0, 700, line=7)], genome, longest=600)


@pytest.mark.parametrize("strand", ["+", "-", "."])
def test_a_record_is_read_on_its_strand_and_says_its_place(genome, strand):
    record = record_of(Interval("chr1", 10, 40, strand), genome, 3)
    forward = encode(LETTERS[10:40])
    assert decode(record.codes) == decode(reverse_complement(forward) if strand == "-" else forward)
    assert parse_interval(record.name, 30) == Interval("chr1", 10, 40, strand)


def test_regions_without_a_score_come_last_and_are_said(genome):
    regions = [region(1, 5), region(10, 15, score=-3.0), region(20, 25), region(30, 35, score=2.0)]
    found = windows(regions, genome, top=1)
    assert places(found) == ["chr1:30-35"]
    assert found.noticed == ("The 1 region of the highest scores, 2 or more, was taken of 4.",)
    found = windows(regions, genome, top=3)
    assert places(found) == ["chr1:1-5", "chr1:10-15", "chr1:30-35"]
    assert found.noticed == ("The 2 regions that have a score, and the first 1 that has none, were taken of 4.",)
    same = [region(1, 5), region(10, 15, score=7.0)]
    assert places(windows(same, genome, top=1)) == ["chr1:10-15"]


@pytest.mark.parametrize("word", ["nan", "NaN", "NAN", "NA", ".", "N/A"])
def test_a_score_that_is_no_number_is_none(tmp_path, word):
    path = tmp_path / "some.bed"
    path.write_text(f"chr1\t1\t9\ta\t{word}\n")
    assert read_regions(path)[0].score is None
