"""A comparison from run folders to its files: what is read, said, drawn and written, and what faults say."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sparling.errors import InputError, NotWritable
from sparling_genomics.compare.flow import Comparison, compare_runs, write_comparison
from sparling_genomics.compare.groups import groups
from sparling_genomics.compare.page import render_compare
from sparling_genomics.compare.read import read_runs
from sparling_genomics.compare.table import COLUMNS
from sparling_genomics.compare.words import told, what_differs
from sparling_genomics.files.motif_files import read_meme, write_meme
from sparling_genomics.files.rows import Carriers
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv, write_motifs_tsv
from tests.genomics.fake_run import BOUND, UNBOUND, write_fake_run
from tests.page import Page


def fake(folder: Path, *, alphabet="dna", keep=("M1", "M2"), **options) -> Path:
    """A run with some of the motifs of `fake_run`, not checked."""
    write_fake_run(folder, **options)
    (folder / "audit.json").unlink(missing_ok=True)
    (folder / "model").mkdir()
    (folder / "model" / "config.json").write_text(json.dumps({"alphabet": alphabet}))
    rows = [row for row in read_motifs_tsv(folder / "motifs.tsv") if row.motif_id in keep]
    pwms = [pwm for pwm in read_meme(folder / "motifs.meme", allow_empty=True) if pwm.name in keep]
    write_motifs_tsv(folder / "motifs.tsv", rows)
    write_meme(folder / "motifs.meme", pwms)
    return folder


def info(folder: Path, **fields: object) -> None:
    told_before = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(told_before | fields))


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> list[Path]:
    home = tmp_path_factory.mktemp("runs")
    runs = [fake(home / "a"), fake(home / "b", keep=("M1",)), fake(home / "c", matched=False)]
    info(runs[1], seed=1)
    info(runs[2], seed=2)
    audited = [{"motif_id": "M1", "doubts": []}, {"motif_id": "M2", "doubts": ["weak evidence", "a repeat"]}]
    (runs[0] / "audit.json").write_text(json.dumps({"motifs": audited}))
    return runs


def test_every_number_of_the_table_is_that_of_the_runs_files(made, tmp_path):
    write_comparison(compare_runs(made), tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "compare.tsv", sep="\t", keep_default_na=False)
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 5
    for line in table.itertuples():
        folder = next(path for path in made if path.name == line.run)
        row = next(row for row in read_motifs_tsv(folder / "motifs.tsv") if row.motif_id == line.motif_id)
        sites = read_sites_tsv(folder / "sites.tsv.gz")
        own = sites[sites["motif_id"] == line.motif_id]
        bound, unbound = (own[own["label"] == label]["sequence"] for label in (1, 0))
        assert (line.sites, line.bound_with, line.bound) == (len(bound), bound.nunique(), BOUND)
        assert (line.unbound_with, line.unbound) == (unbound.nunique(), UNBOUND)
        assert line.bound_share == pytest.approx(bound.nunique() / BOUND, rel=1e-5)
        assert line.fold == pytest.approx(bound.nunique() / unbound.nunique() * UNBOUND / BOUND, rel=1e-4)
        assert (line.consensus, line.match_name) == (row.consensus, row.match_name)
    assert table.groupby("group")["runs"].first().to_dict() == {"G1": 3, "G2": 2}
    assert dict(zip(table["run"] + table["motif_id"], table["verdict"], strict=True)) == {
        "aM1": "trusted",
        "aM2": "doubtful",
        "bM1": "",
        "cM1": "",
        "cM2": "",
    }
    assert set(table[table["group"] == "G1"]["name"]) == {"CTCF"}


def test_the_page_has_a_row_a_group_and_a_column_a_run(made):
    comparison = compare_runs(made)
    html = render_compare(comparison.groups, comparison.runs)
    page = Page(html)
    assert "Of 2 motifs 1 is in all 3 runs, 1 in 2 of 3." in page.text
    assert "The runs read the same files, with seeds 0, 1 and 2." in page.text
    assert [value for tag, name, value in page.attributes if (tag, name) == ("th", "scope")] == ["col"] * 4 + [
        "row"
    ] * 2
    assert html.count('<svg class="logo"') == 5
    assert page.text.count("not reported") == 1
    assert page.text.count("not checked") == 3
    assert "? doubtful : weak evidence; a repeat" in page.text
    sites = read_sites_tsv(made[0] / "sites.tsv.gz")
    with_it = sites[(sites["motif_id"] == "M1") & (sites["label"] == 1)]["sequence"].nunique()
    assert f"{100 * with_it / BOUND:.0f}% of bound ({with_it:,} of {BOUND:,})" in page.text
    assert render_compare(comparison.groups, comparison.runs) == html


def test_the_page_loads_nothing_and_runs_nothing(made):
    comparison = compare_runs(made)
    page = Page(render_compare(comparison.groups, comparison.runs))
    assert {tag for tag, _, _ in page.attributes} & {"script", "link", "iframe", "img", "object"} == set()
    policy = [value for _, name, value in page.attributes if name == "content" and "default-src" in value]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    links = [value for _, name, value in page.attributes if name in ("href", "src")]
    assert all(link.startswith("#letter-") for link in links)


def test_logos_of_a_row_lie_column_under_column(tmp_path):
    first, second = fake(tmp_path / "a"), fake(tmp_path / "b")
    pwms = read_meme(second / "motifs.meme")
    turned = [pwm.reverse_complement() for pwm in pwms]
    write_meme(second / "motifs.meme", turned)
    comparison = compare_runs([first, second])
    html = render_compare(comparison.groups, comparison.runs)
    drawn = [re.findall(r'<use href="#letter-(\w)" x="(\d+)"', each) for each in html.split('<svg class="logo"')[1:]]
    assert drawn[0] == drawn[1]
    assert drawn[2] == drawn[3]
    assert html.count("the reverse complement") == 2


def test_hostile_names_are_escaped_and_no_cell_breaks(tmp_path):
    runs = [fake(tmp_path / '<b>"x'), fake(tmp_path / "y")]
    for folder in runs:
        text = (folder / "motifs.tsv").read_text().replace("CTCF", '<script>alert("a|b")</script>')
        (folder / "motifs.tsv").write_text(text)
    write_comparison(compare_runs(runs), tmp_path / "out")
    page = Page((tmp_path / "out" / "compare.html").read_text())
    assert '<script>alert("a|b")</script>' in page.text
    assert "script" not in {tag for tag, _, _ in page.attributes}
    lines = (tmp_path / "out" / "compare.tsv").read_text().splitlines()
    assert {line.count("\t") for line in lines} == {len(COLUMNS) - 1}
    assert '<script>alert("a|b")</script>' in lines[1].split("\t")


def test_runs_without_motifs_are_compared_too(tmp_path, made):
    none = fake(tmp_path / "none", motifs=False)
    other = fake(tmp_path / "other", motifs=False)
    assert told([], read_runs([none, other])) == "No motif in either run."
    assert told([], read_runs([none, other, made[0]])) == "No motif in any of 3 runs."
    write_comparison(compare_runs([none, other]), tmp_path / "out")
    assert (tmp_path / "out" / "compare.tsv").read_text() == "\t".join(COLUMNS) + "\n"
    Page((tmp_path / "out" / "compare.html").read_text())


def test_the_sentence_says_what_comes_and_goes(made, tmp_path):
    def said(*paths):
        runs = read_runs(paths)
        return told(groups([[motif.pwm for motif in run.motifs] for run in runs]), runs)

    a, b, c = made
    gata = fake(tmp_path / "gata", keep=("M2",))
    assert said(a, c) == "Of 2 motifs 2 are in both runs."
    assert said(a, b) == "Of 2 motifs 1 is in both runs; in a alone GATA1."
    assert said(b, gata) == "Of 2 motifs none is in both runs; in b alone CTCF; in gata alone GATA1."
    assert said(b, fake(tmp_path / "b", keep=("M1",))) == "One motif: CTCF, in both runs."
    assert said(b, fake(tmp_path / "n", motifs=False)) == "One motif: CTCF, in b alone."


def test_other_files_are_told_from_other_seeds(made, tmp_path):
    other = fake(tmp_path / "other")
    data = json.loads((other / "run.json").read_text())["data"]
    data["fasta"]["sha256"] = "00" * 32
    info(other, data=data)
    assert what_differs(read_runs([made[0], other])) == "The runs read different files."
    assert what_differs(read_runs([made[0], fake(tmp_path / "same")])) == "The runs read the same files."


def test_faults_are_said_with_their_file(made, tmp_path):
    rna = fake(tmp_path / "rna", alphabet="rna")
    with pytest.raises(InputError, match=r"is a run of DNA, .*rna one of RNA"):
        read_runs([made[0], rna])
    with pytest.raises(InputError, match=r"two runs or more are compared, got 1$"):
        read_runs(made[:1])
    with pytest.raises(InputError, match=r"a run is named twice: .*/b/\.\./a"):
        read_runs([made[0], made[1], made[1] / ".." / "a"])
    broken = Path(shutil.copytree(made[0], tmp_path / "broken"))
    (broken / "audit.json").write_text('{"motifs": [{"name": 1}]}')
    with pytest.raises(InputError, match=r"expected motifs with their doubts, .*audit\.json"):
        read_runs([made[1], broken])
    write_meme(broken / "motifs.meme", read_meme(broken / "motifs.meme")[:1])
    with pytest.raises(InputError, match=r"no matrix of M2, which motifs\.tsv has, .*motifs\.meme"):
        read_runs([made[1], broken])
    info(broken, data=None)
    with pytest.raises(InputError, match=r"says nothing of data and metrics, .*run\.json"):
        read_runs([made[1], broken])


def test_of_several_labels_shares_are_told_where_the_table_has_them(tmp_path):
    runs = [fake(tmp_path / name) for name in "ab"]
    for folder in runs:
        data = json.loads((folder / "run.json").read_text())["data"]
        info(folder, data=data | {"columns": [{"name": "CTCF"}]})
    rows = read_motifs_tsv(runs[0] / "motifs.tsv")
    counted = [replace(row.with_carriers(Carriers(30, 20, 80, 1, 40)), label="CTCF") for row in rows]
    write_motifs_tsv(runs[0] / "motifs.tsv", counted)
    comparison = compare_runs(runs)
    text = Page(render_compare(comparison.groups, comparison.runs)).text
    assert text.count("25% of bound (20 of 80)") == 2
    assert text.count("% of bound (") == 2
    write_comparison(comparison, tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "compare.tsv", sep="\t")
    assert table["bound_share"].tolist()[::2] == [0.25, 0.25]
    assert table["bound_share"].isna().tolist() == [False, True, False, True]


def test_seeds_inside_a_run_are_pointed_to(tmp_path):
    (tmp_path / "run" / "seeds").mkdir(parents=True)
    with pytest.raises(InputError, match=r"got 1; runs of its other seeds lie in .*run/seeds"):
        read_runs([tmp_path / "run"])


def test_nothing_is_left_where_it_cannot_be_written(made, tmp_path, monkeypatch):
    comparison = compare_runs(made[:2])
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable):
        write_comparison(comparison, tmp_path / "file" / "out")
    bad = Comparison(comparison.runs, [group._replace(members=[None]) for group in comparison.groups])
    with pytest.raises(AttributeError):
        write_comparison(bad, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_numbers_of_sites_decide_which_way_a_row_faces(tmp_path):
    a, b = fake(tmp_path / "a"), fake(tmp_path / "b")
    pwms = [pwm.reverse_complement() for pwm in read_meme(b / "motifs.meme")]
    counts = [int(n) for n in np.array([pwm.n_sites for pwm in pwms]) * 2]
    write_meme(b / "motifs.meme", [type(p)(p.name, p.counts * 2, n) for p, n in zip(pwms, counts, strict=True)])
    comparison = compare_runs([a, b])
    assert [group.leader.run for group in comparison.groups] == [1, 1]
    assert [group.of_run(0).strand for group in comparison.groups] == ["-", "-"]
