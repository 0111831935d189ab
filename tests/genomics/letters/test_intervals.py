import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparling_genomics.letters.intervals import Interval, parse_interval, parse_intervals

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
        ("peak0|chr1:100-200(-)", Interval("chr1", 100, 200, "-")),
        ("lcl|peak0|1:100-200", Interval("1", 100, 200)),
        ("gi|568815597|ref|NC_000001.11|:101-200", Interval("NC_000001.11", 100, 200)),
        ("my_peak_0_chr1_100_200", Interval("chr1", 100, 200)),
        ("my-peak-0-chr1-100-200", Interval("chr1", 100, 200)),
        ("my_peak_0_chr1_KI270706v1_random_100_200_+", Interval("chr1_KI270706v1_random", 100, 200, "+")),
        ("chr1:101-200/rc", Interval("chr1", 100, 200, "-")),
        ("chr1:100-200,+", Interval("chr1", 100, 200, "+")),
        ("chr1:1,100-1,200,-", Interval("chr1", 1100, 1200, "-")),
        ("chr1:100-200:-", Interval("chr1", 100, 200, "-")),
        ("chr1:101..200", Interval("chr1", 100, 200)),
        ("chr1:complement(101..200)", Interval("chr1", 100, 200, "-")),
        ("complement(chr1:101..200)", Interval("chr1", 100, 200, "-")),
        ("NC_000001.11:c200-101", Interval("NC_000001.11", 100, 200, "-")),
        ("ref|NC_000001.11|:c200-101", Interval("NC_000001.11", 100, 200, "-")),
        ("chr1:200-101", Interval("chr1", 100, 200, "-")),
        ("chromosome:GRCh38:1:101:200:-1", Interval("1", 100, 200, "-")),
        ("1:101:200:1", Interval("1", 100, 200, "+")),
        ("hg38_chr1:100-200", Interval("hg38_chr1", 100, 200)),
        ("HG002#1#chr1:100-200", Interval("HG002#1#chr1", 100, 200)),
    ],
)
def test_headers_of_windows_of_100_bp(name, expected):
    assert parse_interval(name, 100) == expected


@pytest.mark.parametrize(
    "name", ["seq_1", "chr1", "chr1:100-300", "chr1:300-200", "chr1:0-99", ":100-200", "chr1:100-200(*)", "x:-5-95", ""]
)
def test_names_that_speak_of_no_window_of_100_bp(name):
    assert parse_interval(name, 100) is None


def chromosomes(*names):
    return [None if each is None else each.chrom for each in parse_intervals(names, [100] * len(names))]


def test_what_differs_from_name_to_name_is_no_part_of_the_chromosome():
    assert chromosomes(*(f"my_peak_{i}_chr1_{i}00_{i + 1}00" for i in range(9))) == ["chr1"] * 9
    assert chromosomes(*(f"my_peak_{i}_chr1:{i}00-{i + 1}00" for i in range(9))) == ["chr1"] * 9


@pytest.mark.parametrize("form", ["{}_chr{}:100-200", "{}_chr{}_100_200", "{}.chr{}-100-200"])
def test_two_haplotypes_keep_their_prefix(form):
    names = [form.format(haplotype, i % 4) for haplotype in ("mat", "pat") for i in range(8)]
    joint = form[2]
    assert chromosomes(*names) == [f"{h}{joint}chr{i % 4}" for h in ("mat", "pat") for i in range(8)]


def test_one_assembly_for_all_is_a_part_of_the_chromosome_before_a_colon_only():
    assert chromosomes(*["hg38_chr1_100_200"] * 4) == ["chr1"] * 4
    assert chromosomes(*["hg38_chr1:100-200"] * 4) == ["hg38_chr1"] * 4


def test_a_text_that_differs_from_name_to_name_is_no_chromosome():
    assert chromosomes(*(f"donor_{i}_100_200" for i in range(9))) == [None] * 9
    assert chromosomes(*(f"{i % 3}_100_200" for i in range(9))) == ["0", "1", "2"] * 3
    assert chromosomes(*(f"scaffold_{i}:100-200" for i in range(3))) == ["scaffold_0", "scaffold_1", "scaffold_2"]


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
