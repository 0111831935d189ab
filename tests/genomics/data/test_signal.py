"""Values of a signal track: against a loop over positions, and every track that says nothing."""

import math
from pathlib import Path

import numpy as np
import pytest

from sparling.errors import InputError
from sparling_genomics.data.signal import check_track, read_signal
from sparling_genomics.files.genome import open_genome
from sparling_genomics.letters.intervals import Interval

pybigtools = pytest.importorskip("pybigtools")
LENGTHS = {"chr1": 1000, "chr2": 500}


def write_track(path: Path, records, lengths=LENGTHS) -> Path:
    pybigtools.open(str(path), "w").write(dict(lengths), iter(records))
    return path


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text("".join(f">{chrom}\n{'ACGT' * (length // 4)}\n" for chrom, length in LENGTHS.items()))
    return open_genome(path)


def test_values_are_those_of_a_loop_over_positions(tmp_path, genome) -> None:
    rng = np.random.default_rng(0)
    dense = {chrom: np.full(length, np.nan) for chrom, length in LENGTHS.items()}
    records = []
    for chrom, length in LENGTHS.items():
        at = 0
        while at < length - 40:
            start = at + int(rng.integers(0, 30))
            end = start + int(rng.integers(1, 10))
            value = float(np.float32(rng.gamma(2.0)))
            records.append((chrom, start, end, value))
            dense[chrom][start:end] = value
            at = end
    track = write_track(tmp_path / "chip.bw", records)
    regions = [Interval(chrom, start, start + 60) for chrom in LENGTHS for start in range(0, 440, 37)]
    zeros = {chrom: np.nan_to_num(values) for chrom, values in dense.items()}
    for summary, naive in (
        ("mean", np.mean),
        ("max", np.max),
        ("log-mean", lambda values: math.log(1 + values.mean())),
    ):
        found = read_signal(track, regions, genome, summary)
        expected = [naive(zeros[each.chrom][each.start : each.end]) for each in regions]
        np.testing.assert_allclose(found.table.values[:, 0], expected, rtol=1e-5)
        assert found.kept == list(range(len(regions)))
    assert found.table.names == ("chip",)
    assert found.table.kinds == ("value",)
    assert found.noticed == ("The signal of a region is log(1 + mean) of chip.bw over the bp that are read.",)


def test_of_ratios_zero_is_higher_than_what_is_below_it(tmp_path, genome) -> None:
    track = write_track(tmp_path / "ratio.bw", [("chr1", 0, 10, -2.0), ("chr1", 20, 30, -1.0)])
    regions = [Interval("chr1", 0, 10), Interval("chr1", 15, 30), Interval("chr1", 20, 30)]
    assert read_signal(track, regions, genome, "max").table.values[:, 0].tolist() == [-2.0, 0.0, -1.0]
    assert read_signal(track, regions, genome, "mean").table.values[:, 0].tolist() == pytest.approx([-2, -2 / 3, -1])
    with pytest.raises(
        InputError, match=r"chr1:0-10 is -2, and has no log\(1 \+ mean\); --signal-summary mean: .*ratio"
    ):
        read_signal(track, regions, genome, "log-mean")


def test_what_is_not_there_is_said(tmp_path, genome) -> None:
    track = write_track(tmp_path / "some.bw", [("chr1", 0, 10, 2.0)])
    regions = [Interval("chr1", 0, 10), Interval("chr2", 0, 10), Interval("chr1", 50, 60)]
    found = read_signal(track, regions, genome)
    assert found.kept == [0, 2]
    assert found.noticed[:2] == (
        "1 region was left out, for the track has nothing of chr2.",
        "1 region has no value in the track: it counts as 0.",
    )


def test_nan_in_a_track_is_no_value(tmp_path, genome) -> None:
    track = write_track(tmp_path / "some.bw", [("chr1", 0, 5, math.nan), ("chr1", 5, 10, 2.0)])
    found = read_signal(track, [Interval("chr1", 0, 10), Interval("chr1", 20, 30)], genome, "mean")
    assert found.table.values[:, 0].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("records", "lengths", "regions", "message"),
    [
        ([("1", 0, 9, 1.0)], {"1": 1000}, ["chr1"], r"the track has no 'chr1'.*did you mean '1'"),
        (
            [("chr1", 0, 9, 1.0)],
            {"chr1": 900},
            ["chr1"],
            r"chr1 has 900 bp in the track and 1,000 in genome.fa: these are",
        ),
        ([("chr1", 0, 900, 1.0)], LENGTHS, ["chr1"], r"the track is 0.693147 in all 2 regions: nothing to learn from"),
        ([("chr1", 0, 900, math.inf)], LENGTHS, ["chr1"], r"the track is not finite in chr1:0-50"),
    ],
)
def test_a_track_of_no_use(tmp_path, genome, records, lengths, regions, message) -> None:
    track = write_track(tmp_path / "some.bw", records, lengths)
    with pytest.raises(InputError, match=message):
        read_signal(track, [Interval(chrom, at, at + 50) for chrom in regions for at in (0, 100)], genome)


def test_what_is_no_track(tmp_path, genome) -> None:
    text, cut, empty = tmp_path / "text.bw", tmp_path / "cut.bw", tmp_path / "empty.bw"
    text.write_text("chr1\t0\t10\t1\n" * 100)
    whole = write_track(tmp_path / "whole.bw", [("chr1", i, i + 1, float(i)) for i in range(1000)]).read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    empty.write_bytes(b"")
    for path in (text, cut, empty):
        with pytest.raises(InputError, match=rf"not a bigWig file, or one that is damaged: .*{path.name}"):
            check_track(path)
    with pytest.raises(InputError, match="cannot be read"):
        check_track(tmp_path / "none.bw")
    bed = tmp_path / "regions.bb"
    pybigtools.open(str(bed), "w").write(LENGTHS, iter([("chr1", 0, 10, "x")]))
    with pytest.raises(InputError, match="a bigBed file, expected bigWig"):
        check_track(bed)


def test_damage_further_in_is_said(tmp_path, genome) -> None:
    whole = write_track(tmp_path / "some.bw", [("chr1", i, i + 1, float(i)) for i in range(1000)])
    content = bytearray(whole.read_bytes())
    middle = len(content) // 3
    content[middle : middle + 200] = bytes(200)
    whole.write_bytes(bytes(content))
    with pytest.raises(InputError, match="damaged"):
        read_signal(whole, [Interval("chr1", at, at + 50) for at in range(0, 900, 50)], genome)
