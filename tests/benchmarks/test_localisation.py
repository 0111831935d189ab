"""Where the strongest site lies, by eye; and crops that keep the site and say nothing of where it is."""

import gzip
import json

import numpy as np
import pytest
from localisation import COLUMNS, Annotated, Place, best_places, crop, localisation, read_annotated, run_factor, summary

from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.letters.pwm import Pwm
from sparling_genomics.motifs.motif import Motif
from tests.genomics.fake_run import write_fake_run
from tests.genomics.hand_made import activations, dataset, finished_run, word_model

SITE = Annotated("s", "A" * 45 + "CGATCGATCG" + "A" * 45, 45, 55)


def place(start, end, score=1.0, sequence="s", motif="M1"):
    return Place(sequence, start, end, motif, score)


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ([], (0, 0, 0)),
        ([place(45, 55)], (1, 1, 1)),
        ([place(50, 60)], (1, 1, 1)),
        ([place(51, 61)], (1, 1, 0)),
        ([place(54, 64)], (1, 1, 0)),
        ([place(55, 65)], (1, 0, 0)),
        ([place(0, 10, 2.0), place(45, 55, 1.0)], (1, 0, 0)),
        ([place(0, 10, 1.0), place(45, 55, 2.0, motif="M2")], (1, 1, 1)),
        ([place(45, 55, sequence="other")], (0, 0, 0)),
    ],
)
def test_the_strongest_site_decides(places, expected):
    assert localisation([SITE], places) == expected


def test_a_sequence_without_a_site_is_a_miss():
    two = [SITE, SITE._replace(name="t")]
    assert localisation(two, [place(45, 55)]) == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match="no sequence"):
        localisation([], [])


def test_a_crop_holds_the_site_at_any_place():
    rng = np.random.default_rng(0)
    crops = [crop(SITE, rng) for _ in range(2000)]
    assert all(c.letters[c.start : c.end] == "CGATCGATCG" for c in crops)
    assert {len(c.letters) for c in crops} == set(range(60, 81))
    assert min(c.start for c in crops) == 5  # 60 bp behind it at most, 45 are there
    sixty = [c.start for c in crops if len(c.letters) == 60]
    assert abs(np.mean(sixty) - 25) < 4


def test_a_crop_of_a_short_sequence_is_the_whole_of_it():
    short = Annotated("s", "ACGTACGT", 2, 6)
    assert crop(short, np.random.default_rng(0)) == short


def write(path, *lines):
    path.write_bytes(gzip.compress("\n".join(["motif_id\ttf\tseq\tsite_start\tsite_end", *lines]).encode()))
    return path


def test_sequences_are_read_by_factor_and_cut_by_the_seed(tmp_path):
    path = write(
        tmp_path / "x.gz", f"M\tA\t{SITE.letters}\t45\t55", "M\tB\tACGT\t1\t3", f"M\tA\t{SITE.letters}\t45\t55"
    )
    whole = read_annotated(path, None)
    assert {factor: [s.name for s in own] for factor, own in whole.items()} == {
        "A": ["s00000", "s00001"],
        "B": ["s00000"],
    }
    assert whole["B"] == [Annotated("s00000", "ACGT", 1, 3)]
    assert read_annotated(path, 0) == read_annotated(path, 0) != read_annotated(path, 1)


@pytest.mark.parametrize(
    "line", ["M\tA\tACGT\t2\t5", "M\tA\tACGT\t2\t2", "M\tA\tACGT\tx\t3", "M\tA\tAC?T\t1\t3", "M\tA"]
)
def test_a_site_that_cannot_be_is_refused_with_its_line(tmp_path, line):
    with pytest.raises(ValueError, match=r"x\.gz, line 2"):
        read_annotated(write(tmp_path / "x.gz", line), None)


def test_the_best_place_of_a_motif_need_not_be_a_site(tmp_path):
    """Listed is the whole word alone, on either strand; of the broken ones the better counts."""
    word, part, less = "GATTACA", "GATTGCA", "GACTGCA"
    letters = ["T" * 9 + word + "T" * 9, "T" * 5 + "TGTAATC" + "T" * 13, less + "T" * 9 + part + "TT", "T" * 25]
    data = dataset(letters)
    sites = activations([(0, 0, 12, False, 0.5), (1, 0, 8, True, 0.5)])
    motif = Motif(Pwm("M1", np.ones((7, 4)), 2), (0,), sites, -3)
    run = finished_run(tmp_path, data, [motif], word_model(word, threshold=6.5), firsts=[-3])
    found = {place.sequence: (place.start, place.end) for place in best_places(run)}
    assert [found[name] for name in ("s0", "s1", "s2")] == [(9, 16), (5, 12), (16, 23)]


def test_a_finished_run_is_held_against_the_annotated_sites(tmp_path, monkeypatch):
    monkeypatch.setattr("localisation.load_finished", lambda out: out)
    monkeypatch.setattr("localisation.best_places", lambda run: [])
    run = write_fake_run(tmp_path / "run")
    (tmp_path / "cost.json").write_text(json.dumps({"wall_s": 61.0, "peak_MiB": 500.0}))
    table = read_sites_tsv(run / "sites.tsv.gz")
    bound = table[table["label"] == 1]
    strongest = bound.loc[bound.groupby("sequence")["score"].idxmax()]
    annotated = [Annotated(s.sequence, "A" * 201, s.start, s.end) for s in strongest.itertuples()]
    far = [a._replace(start=0, end=4) for a in annotated]
    row = run_factor(annotated, tmp_path, 0, 60)
    assert (row["with_site"], row["overlap"], row["half"], row["n_motifs"]) == (1.0, 1.0, 1.0, 2)
    assert row["sites_per_sequence"] == len(bound) / len(annotated)
    assert 0.5 < row["first_motif_half"] <= row["first_motif_overlap"] < 1.0
    assert row["first_motif_anywhere"] == 0.0
    assert run_factor(far, tmp_path, 0, 60)["half"] < 0.1


def test_the_summary_has_a_mean_for_each_source(tmp_path):
    keys = [column for column in COLUMNS if column not in ("factor", "source", "status")]
    rows = [
        ["A", "peaks", "ok", *["0.5"] * len(keys)],
        ["B", "peaks", "ok", *["1.0"] * len(keys)],
        ["C", "flank50", "failed", *[""] * len(keys)],
    ]
    text = "\n".join("\t".join(row) for row in [["factor", "source", "status", *keys], *rows])
    (tmp_path / "x.tsv").write_text(text + "\n")
    assert "| mean of 2 | peaks | 0.750 | 0.750 |" in summary(tmp_path / "x.tsv")
