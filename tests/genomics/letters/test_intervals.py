import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparling_genomics.letters.intervals import Interval, parse_interval

quick = settings(max_examples=80, deadline=None, derandomize=True)
intervals = st.builds(
    lambda chrom, start, length, strand: Interval(chrom, start, start + length, strand),
    st.sampled_from(["chr1", "X", "chr1_KI270706v1_random", "NC_000001.11", "HLA-A*01:01"]),
    st.integers(0, 10**9),
    st.integers(0, 1000),
    st.sampled_from("+-."),
)


@given(intervals)
@quick
def test_parsing_inverts_writing(interval):
    assert parse_interval(str(interval), interval.length) == interval


@given(intervals)
@quick
def test_one_based_names_come_out_the_same(interval):
    if interval.length:
        name = f"{interval.chrom}:{interval.start + 1}-{interval.end}({interval.strand})"
        assert parse_interval(name, interval.length) == interval


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("chr1:100-200", Interval("chr1", 100, 200)),
        ("chr1:100-200(+)", Interval("chr1", 100, 200, "+")),
        ("chr1:100-200(.)", Interval("chr1", 100, 200)),
        ("chr1:1,100-1,200", Interval("chr1", 1100, 1200)),
        ("chr1_100_200_+", Interval("chr1", 100, 200, "+")),
        ("chr1_100_200", Interval("chr1", 100, 200)),
        ("chr1-100-200", Interval("chr1", 100, 200)),
        ("sacCer3_chrI_48232_48332_+", Interval("chrI", 48232, 48332, "+")),
        ("chr1_KI270706v1_random_100_200_-", Interval("chr1_KI270706v1_random", 100, 200, "-")),
        ("peak7::chr1:100-200(-)", Interval("chr1", 100, 200, "-")),
        ("a::b::chr1:100-200", Interval("chr1", 100, 200)),
        ("chr1:101-200(-)", Interval("chr1", 100, 200, "-")),
        ("2L:1-100", Interval("2L", 0, 100)),
    ],
)
def test_headers_of_windows_of_100_bp(name, expected):
    assert parse_interval(name, 100) == expected


@pytest.mark.parametrize(
    "name", ["seq_1", "chr1", "chr1:100-300", "chr1:300-200", "chr1:0-99", ":100-200", "chr1:100-200(*)", "x:-5-95", ""]
)
def test_names_that_speak_of_no_window_of_100_bp(name):
    assert parse_interval(name, 100) is None


def test_a_real_clip_window_counts_from_one(shared_data):
    from sparling_genomics.files.fasta import iter_fasta

    record = next(iter_fasta(shared_data / "rbp_clip" / "PUM2_parclip_101nt.fa.gz"))
    assert record.name == "chr1:34765-34865(-)"
    assert parse_interval(record.name, len(record.codes)) == Interval("chr1", 34764, 34865, "-")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("", 0, 1), "chrom must be one non-empty word; got ''"),
        (("chr 1", 0, 1), "chrom must be one non-empty word; got 'chr 1'"),
        (("chr1", -1, 1), "start -1, end 1"),
        (("chr1", 5, 4), "start 5, end 4"),
        (("chr1", 0, 1, "*"), r"strand must be '\+', '-' or '\.'; got '\*'"),
    ],
)
def test_what_is_no_interval_cannot_be_made(arguments, message):
    with pytest.raises(ValueError, match=message):
        Interval(*arguments)


def test_overlap_is_symmetric_and_counts_bp():
    a, b = Interval("chr1", 0, 10, "+"), Interval("chr1", 7, 20, "-")
    assert a.overlap(b) == b.overlap(a) == 3
    assert a.overlap(Interval("chr1", 10, 20)) == 0
    assert a.overlap(Interval("chr2", 0, 10)) == 0


def test_project_places_a_site_on_both_strands():
    # GGGAC read from [10, 15): on "+" GGG are bases 10-12, on "-" they are bases 12-14 of the forward strand
    assert Interval("c", 10, 15, "+").project(0, 3, "+") == Interval("c", 10, 13, "+")
    assert Interval("c", 10, 15, "-").project(0, 3, "+") == Interval("c", 12, 15, "-")
    assert Interval("c", 10, 15, "-").project(0, 3, "-") == Interval("c", 12, 15, "+")
    assert Interval("c", 10, 15, ".").project(0, 3, ".") == Interval("c", 10, 13, ".")


@given(intervals, st.integers(0, 1000), st.integers(0, 1000))
@quick
def test_projecting_back_from_the_projected_frame_gives_the_place(interval, a, b):
    start, end = sorted((a % (interval.length + 1), b % (interval.length + 1)))
    place = interval.project(start, end, "+")
    assert place.length == end - start
    assert place.overlap(interval) == end - start
    offset = interval.end - place.end if interval.strand == "-" else place.start - interval.start
    assert offset == start


def test_project_refuses_what_leaves_the_sequence():
    with pytest.raises(ValueError, match=r"must lie in a sequence of 5 bp; got \[3, 6\)"):
        Interval("c", 10, 15).project(3, 6)
