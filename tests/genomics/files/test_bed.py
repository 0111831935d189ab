"""Regions out of BED, narrowPeak and broadPeak; every fault with its line."""

import gzip
import re

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.files.bed import Region, read_regions, without_duplicates
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.intervals import Interval


def read(tmp_path, text, genome=None):
    path = tmp_path / "peaks.bed"
    path.write_bytes(text.encode())
    return read_regions(path, genome)


@pytest.fixture
def genome(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(">chr1\n" + "ACGT" * 50 + "\n>chr2\n" + "AC" * 20 + "\n")
    return open_genome(path)


@pytest.mark.parametrize(
    ("line", "region"),
    [
        ("chr1\t5\t9", Region(Interval("chr1", 5, 9), line=1)),
        ("chr1\t5\t9\tpeak_1", Region(Interval("chr1", 5, 9), "peak_1", line=1)),
        ("chr1\t5\t9\t.\t7.5", Region(Interval("chr1", 5, 9), score=7.5, line=1)),
        ("chr1\t5\t9\tp\t.\t-", Region(Interval("chr1", 5, 9, "-"), "p", line=1)),
        ("chr1\t5\t9\tp\t0\t+\t5\t9\t0", Region(Interval("chr1", 5, 9, "+"), "p", 0.0, line=1)),
        ("chr1\t5\t9\tp\t0\t.\t3.2\t8.1\t6.0", Region(Interval("chr1", 5, 9), "p", 3.2, line=1)),
        ("chr1\t5\t9\tp\t100\t.\t3.2\t8.1\t6.0\t2", Region(Interval("chr1", 5, 9), "p", 3.2, 2, line=1)),
        ("chr1\t5\t9\tp\t100\t.\t3.2\t-1\t-1\t-1", Region(Interval("chr1", 5, 9), "p", 3.2, None, line=1)),
        ("chr1\t5\t9\tp\t9\t+\t5\t9\t0\t1\t4\t0", Region(Interval("chr1", 5, 9, "+"), "p", 9.0, line=1)),
        ("chr1 5   9 p 7 +", Region(Interval("chr1", 5, 9, "+"), "p", 7.0, line=1)),
        ("chr1\t5\t9\t\t\t", Region(Interval("chr1", 5, 9), line=1)),
        ("chr1\t5\t9\ta name of words\t1", Region(Interval("chr1", 5, 9), "a name of words", 1.0, line=1)),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_what_a_line_says(tmp_path, line, region, end):
    assert read(tmp_path, line + end) == [region]


def test_lines_that_are_no_regions_are_skipped_and_the_file_may_be_gzip(tmp_path):
    text = "browser position chr1:1-9\n# made by hand\ntrack name=x\n\nchr2 7 9\nchr1\t5\t9\n  \nchr1\t1\t3\n"
    (tmp_path / "r.bed.gz").write_bytes(gzip.compress(text.encode()))
    regions = read_regions(tmp_path / "r.bed.gz")
    assert regions == read(tmp_path, text)
    assert [(str(each.interval), each.line) for each in regions] == [("chr2:7-9", 5), ("chr1:5-9", 6), ("chr1:1-3", 8)]


def test_a_first_line_of_headings_is_skipped(tmp_path):
    assert [each.line for each in read(tmp_path, "chrom\tstart\tend\nchr1\t1\t3\n")] == [2]
    with pytest.raises(InputError, match=re.escape("start must be a whole number of bp, got 'start'")):
        read(tmp_path, "chr1\t1\t3\nchrom\tstart\tend\n")


def test_a_chromosome_may_be_called_track(tmp_path):
    assert read(tmp_path, "tracker\t1\t3\nbrowser1\t1\t3\n")[0].interval.chrom == "tracker"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("chr1\t5", "got 'chr1\\t5', expected columns of chromosome, start and end"),
        ("chr1", "got 'chr1', expected"),
        ("chr1\tx\t9", "start must be a whole number of bp, got 'x'"),
        ("chr1\t1,000\t2,000", "start must be a whole number of bp, got '1,000'"),
        ("chr1\t1_0\t20", "got '1_0'"),
        ("chr1\t1\t9.5", "end must be a whole number of bp, got '9.5'"),
        ("chr1\t1e3\t2e3", "got '1e3'"),
        ("chr1\t-4\t9", "start must be 0 or more, got -4"),
        ("chr1\t9\t9", "start and end are both 9: BED counts from 0 and leaves the end out, so 1 bp is 8 to 9"),
        ("chr1\t9\t4", "start 9 lies behind the end 4; the other strand is said in column 6, by -"),
        ("chr1\t1\t9\tp\thigh", "score (column 5) must be a number, got 'high'"),
        ("chr1\t1\t9\tp\t+", "got '+'; the strand is column 6"),
        ("chr1\t1\t9\tp\t1\tplus", "strand (column 6) must be +, - or ., got 'plus'"),
        ("chr 1\t1\t9", "chrom must be one non-empty word"),
        ("chr1\t1\t9\tp\t1\t.\tx\t1\t1\t3", "score (column 7) must be a number, got 'x'"),
        ("chr1\t1\t9\tp\t1\t.\t1\t1\t1\t8", "summit (column 10) is '8', expected 0 to 7 bp from the start, or -1"),
        ("chr1\t1\t9\tp\t1\t.\t1\t1\t1\t-2", "summit (column 10) is '-2'"),
        ("chr1\t1\t9\tp\t1\t.\t1\t1\t1\tx", "summit (column 10) is 'x'"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path, line, said):
    good = "\t".join(["chr1", "1", "9", "p", "1", ".", "1", "1", "1", "3"][: max(3, line.count("\t") + 1)])
    with pytest.raises(InputError, match=re.escape(said) + r".*, .*peaks\.bed:3$"):
        read(tmp_path, f"# header\n{good}\n{line}\n")


def test_a_narrow_peak_that_is_cut_off(tmp_path):
    with pytest.raises(InputError, match=r"8 columns where others have 10 \(narrowPeak\), .*:2$"):
        read(tmp_path, "chr1\t1\t9\tp\t1\t.\t1\t1\t1\t3\nchr1\t1\t9\tp\t1\t.\t1\t1\n")


@pytest.mark.parametrize("text", ["", "\n\n", "track name=x\n# nothing\n"])
def test_a_file_without_regions(tmp_path, text):
    with pytest.raises(InputError, match=r"no regions, expected lines .*peaks\.bed"):
        read(tmp_path, text)


def test_what_the_genome_says(tmp_path, genome):
    assert len(read(tmp_path, "chr1\t0\t200\nchr2\t39\t40\n", genome)) == 2
    with pytest.raises(
        InputError, match=r"chr2:30-41 goes beyond the end of chr2, which has 40 bp in genome\.fa, .*:2$"
    ):
        read(tmp_path, "chr1\t0\t9\nchr2\t30\t41\n", genome)
    with pytest.raises(InputError, match=r"genome\.fa has no '2': did you mean 'chr2'\?, .*:1$"):
        read(tmp_path, "2\t0\t9\n", genome)


def test_no_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_regions(tmp_path / "absent.bed")


def test_duplicates_go_but_several_summits_stay(tmp_path):
    lines = ["chr1\t1\t9\tp\t1\t.\t5\t1\t1\t3", "chr1\t1\t9\tq\t1\t.\t9\t1\t1\t3", "chr1\t1\t9\tq\t1\t.\t9\t1\t1\t4"]
    regions = read(tmp_path, "\n".join(lines))
    assert without_duplicates(regions) == [regions[0], regions[2]]
    assert [each.middle for each in regions] == [4, 4, 5]


def test_the_middle_without_a_summit():
    assert Region(Interval("chr1", 10, 21)).middle == 15


def test_written_and_read_again(tmp_path):
    """A law: whatever is written as BED6 is read back."""
    rng = np.random.default_rng(0)
    regions = []
    for line in range(1, 200):
        start, length = rng.integers(0, 10**9).item(), rng.integers(1, 10**5).item()
        interval = Interval(f"chr{rng.integers(1, 9)}", start, start + length, rng.choice(["+", "-", "."]))
        regions.append(Region(interval, f"r{line}", float(rng.integers(0, 1000)), line=line))
    rows = ((r.interval.chrom, r.interval.start, r.interval.end, r.name, r.score, r.interval.strand) for r in regions)
    assert read(tmp_path, "".join("\t".join(map(str, row)) + "\n" for row in rows)) == regions
