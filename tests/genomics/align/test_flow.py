"""From run folders to a folder of results: a run of an E-box beside one of an E-box and GATA, and every bad input."""

import csv
import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling.errors import InputError, NotWritable
from sparling_genomics.align import shared
from sparling_genomics.align.concepts import Channel
from sparling_genomics.align.flow import read_aligned, run_and_write
from sparling_genomics.align.table import CONCEPT_COLUMNS, LETTER_COLUMNS
from sparling_genomics.compare.read import read_runs
from sparling_genomics.files.tables import write_motifs_tsv
from sparling_genomics.letters.alphabet import decode, encode, reverse_complement
from tests.page import Page

FILES = ["align.html", "alignment.json", "concepts.tsv", "letters.tsv", "places.tsv.gz"]


@pytest.fixture(scope="module")
def runs(small_run, both_run, tmp_path_factory) -> Path:
    """Folders one (E-box) and two (E-box and GATA)."""
    home = tmp_path_factory.mktemp("aligned")
    shutil.copytree(small_run, home / "one")
    shutil.copytree(both_run, home / "two")
    return home


@pytest.fixture(scope="module")
def made(runs):
    """The alignment of both, in the folder out beside them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared, "ALIGNMENTS", 2)
        patch.setattr(shared, "STEPS", 400)
        return run_and_write(*read_aligned([runs / "one", runs / "two"], "cpu"), runs / "out")


def test_the_motif_of_both_runs_is_one_concept_and_the_other_is_of_one_alone(made, runs):
    by_name = {motif.row.consensus: motif.row.motif_id for motif in read_runs([runs / "one", runs / "two"])[1].motifs}
    ebox, gata = (next(i for c, i in by_name.items() if word in c) for word in ("CACGTG", "GATAA"))
    found = [
        sorted((made.runs[p.channel.run].name, f"M{p.channel.motif + 1}") for p in each.concept.parts)
        for each in made.shown
    ]
    assert found == [[("one", "M1"), ("two", ebox)], [("two", gata)]]
    assert made.shown[0].concept.agreement == 1
    assert "2 concepts; 1 in both runs; " in made.headline
    assert made.headline.endswith(" only in two.")
    assert made.without == []


def test_the_folder_holds_all_results_and_nothing_else(made, runs):
    assert sorted(path.name for path in (runs / "out").iterdir()) == FILES
    assert sorted(path.name for path in runs.iterdir()) == ["one", "out", "two"]


def test_concepts_tsv_has_a_line_a_motif(made, runs):
    table = pd.read_csv(runs / "out" / "concepts.tsv", sep="\t", keep_default_na=False)
    assert list(table.columns) == list(CONCEPT_COLUMNS)
    assert table["concept"].tolist() == ["C1", "C1", "C2"]
    assert table["runs"].tolist() == [2, 2, 1]
    shared_by, alone = table[table["concept"] == "C1"], table[table["concept"] == "C2"].iloc[0]
    assert (shared_by["strength"] > 0.8).all()
    assert (
        shared_by["common"].tolist()
        == [len(np.intersect1d(*(part.places for part in made.shown[0].concept.parts)))] * 2
    )
    assert (alone["common"], alone["motif_places"] > 10) == (0, True)


def test_places_tsv_lists_every_place_with_a_site(made, runs):
    with gzip.open(runs / "out" / "places.tsv.gz", "rt") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == int(made.places.marked.sum())
    index = {name: i for i, name in enumerate(made.sample.data.names)}
    for row in rows:
        assert 0 <= int(row["start"]) < int(row["end"]) <= made.sample.data.lengths[index[row["sequence"]]]
    concepts = [set(filter(None, row["concepts"].split(","))) for row in rows]
    assert sum("C1" in each for each in concepts) == len(made.shown[0].concept.places)
    assert sum("C2" in each for each in concepts) == len(made.shown[1].concept.places)


def test_alignment_json_says_the_same(made, runs):
    told = json.loads((runs / "out" / "alignment.json").read_text())
    assert told["headline"] == made.headline
    assert [concept["runs"] for concept in told["concepts"]] == [["one", "two"], ["two"]]
    assert told["places"] == {"number": len(made.places.sequence), "marked": int(made.places.marked.sum())}
    assert np.array(told["errors"]).shape == (2, 2, 2)


def test_places_of_a_concept_in_the_sequences_of_each_run_are_counted(made):
    assert made.own_places.sum(1).tolist() == [len(each.concept.places) for each in made.shown]
    gata = made.own_places[1]
    assert gata[1] > 5 * max(gata[0], 1)


def test_the_page_shows_matrix_logos_and_examples_and_loads_nothing(made, runs):
    html = (runs / "out" / "align.html").read_text()
    page = Page(html)
    assert made.headline in page.text
    assert html.count('<svg class="logo"') == 3
    assert {tag for tag, _, _ in page.attributes} & {"script", "link", "iframe", "img", "object"} == set()
    policy = [value for _, name, value in page.attributes if name == "content" and "default-src" in value]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "Only in two" in page.text


def test_examples_stand_in_the_orientation_of_the_logos(made):
    data = made.sample.data
    index = {name: i for i, name in enumerate(data.names)}
    for each in made.shown:
        leader = made.runs[each.group.leader.run].motifs[each.group.leader.motif].pwm
        for example in each.examples:
            codes = data.sequence(index[example.sequence])[max(example.start, 0) : example.end]
            letters = decode(codes if example.strand == "+" else reverse_complement(codes))
            assert letters == example.site
            core = leader.consensus()
            agree = sum(a == b for a, b in zip(example.site, core, strict=False)) / len(core)
            assert len(example.site) < len(core) or agree > 0.6


def test_letters_tsv_calls_the_shared_motif_one_by_letters_sites_and_concept(made, runs):
    table = pd.read_csv(runs / "out" / "letters.tsv", sep="\t", keep_default_na=False)
    assert list(table.columns) == list(LETTER_COLUMNS)
    assert len(table) == 1
    row = table.iloc[0]
    assert (row["one_concept"], row["one_by_sites"]) == (1, 1)
    assert row["right"] == ("" if row["one_by_tomtom"] else "concept")


def test_a_run_and_its_reverse_complemented_input_share_all(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(shared, "ALIGNMENTS", 1)
    monkeypatch.setattr(shared, "STEPS", 300)
    turned = tmp_path / "turned.fa"
    lines = (runs.parent / "x").parent.glob("both*/both.fa")
    text = next(lines).read_text().split()
    turned.write_text(
        "\n".join(word if word[0] == ">" else decode(reverse_complement(encode(word))) for word in text) + "\n"
    )
    shutil.copytree(runs / "two", tmp_path / "again")
    made = run_and_write(*read_aligned([runs / "two", tmp_path / "again"], "cpu"), tmp_path / "out", fasta=turned)
    assert [len(each.concept.parts) for each in made.shown] == [2, 2]
    assert (made.own_places == -1).all()
    for each in made.shown:
        first, second = each.concept.parts
        assert (first.channel, second.channel) == (Channel(0, first.channel.motif), Channel(1, first.channel.motif))
        assert np.array_equal(first.places, second.places)


@pytest.mark.parametrize("what", ["rna", "norc", "empty", "moved", "few"])
def test_bad_runs_and_sequences_are_one_line_and_nothing_is_left(runs, tmp_path, what):
    shutil.copytree(runs / "two", tmp_path / "bad")
    bad, fasta = tmp_path / "bad", None
    config = json.loads((bad / "model" / "config.json").read_text())
    if what in ("rna", "norc"):
        alphabet = "rna" if what == "rna" else "dna, forward strand"
        (bad / "model" / "config.json").write_text(json.dumps(config | {"alphabet": alphabet}))
    elif what == "empty":
        write_motifs_tsv(bad / "motifs.tsv", [])
        (bad / "motifs.meme").write_text("MEME version 4\n\nALPHABET= ACGT\n")
        result = json.loads((bad / "run.json").read_text())
        result["metrics"]["motifs"] = []
        (bad / "run.json").write_text(json.dumps(result))
    elif what == "moved":
        told = (bad / "config.toml").read_text()
        (bad / "config.toml").write_text(told.replace("both.fa", "gone.fa"))
    else:
        fasta = tmp_path / "few.fa"
        fasta.write_text(">a\nACCCTTTTACCACCACCACACCACTTAC\n")
    expected = {
        "rna": r"one is a run of DNA, .*bad one of RNA",
        "norc": r"expected one alphabet|model description does not fit",
        "empty": "a run without motifs has nothing to align",
        "moved": "--fasta gives other sequences",
        "few": "no motif has 10 sites in these sequences",
    }
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=expected[what]) as caught:
        run_and_write(*read_aligned([runs / "one", bad], "cpu"), tmp_path / "out", fasta=fasta)
    assert len(str(caught.value).splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_cannot_be_written_says_so(runs, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable):
        run_and_write(*read_aligned([runs / "one", runs / "two"], "cpu"), tmp_path / "file" / "out")
