"""Which places sites.bed holds, as a fact and in words."""

import pytest

from sparling_genomics.letters.intervals import Interval
from sparling_genomics.motifs.places import bed_places
from tests.genomics.hand_made import dataset
from tests.genomics.sequences import load

PLACES = [Interval(f"chr{i}", 0, 4) for i in (2, 1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("intervals", "holds", "said"),
    [
        (PLACES, "genome", "its first column is a chromosome (chr2, chr1, chr3 and 1 more)."),
        ([None] * 5, "sequences", "its first column is the name of a sequence."),
        (
            [None, *PLACES[1:]],
            "both",
            "(chr1, chr2, chr3 and 1 more) for 4 of 5 bound sequences; the names of the others say none, and the first "
            "column is the name of the sequence.",
        ),
    ],
)
def test_bound_sequences_decide(intervals, holds, said):
    data = dataset(["ACGT"] * 7, [1] * 5 + [0] * 2, intervals=[*intervals, None, Interval("chr9", 0, 4)])
    found = bed_places(data)
    assert found.holds == holds
    assert found.sentence().startswith("sites.bed holds places ")
    assert found.sentence().endswith(said)


@pytest.mark.parametrize(
    ("name", "chromosomes"),
    [
        ("coords_60_peaks", tuple(f"chr{i}" for i in range(1, 7))),
        ("name_pipe_chrom", tuple(f"chr{i}" for i in range(1, 7))),
        ("macs_peak_underscore", tuple(f"chr{i}" for i in range(1, 7))),
        ("samtools_rc", tuple(f"chr{i}" for i in range(1, 7))),
        ("odd_names", ()),
        ("nbsp_in_sequence", ()),
        ("x_masked", ()),
    ],
)
def test_inputs_that_once_failed(shared_inputs, name, chromosomes):
    assert bed_places(load(shared_inputs / f"{name}.fa")).chromosomes == chromosomes


def test_random_negatives_without_places(shared_inputs):
    peaks = shared_inputs / "coords_60_peaks.fa"
    both = load(peaks, negatives=shared_inputs / "coords_200_random_negatives.fa")
    assert bed_places(both) == bed_places(load(peaks))
    assert both.intervals[:60] == load(peaks).intervals
