"""The report: what it shows, that it loads nothing, that files alone decide its bytes, and what faults say."""

import base64
import hashlib
import itertools
import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest

from sparling.errors import InputError
from sparling_genomics.files.motif_databases import read_motifs
from sparling_genomics.files.motif_files import read_meme
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv, write_motifs_tsv
from sparling_genomics.pages.charts import DensityPoint, Drawing, Scale, density_chart, places_chart, sites_chart
from sparling_genomics.pages.report import write_report
from tests.genomics.fake_run import BOUND, LENGTH, NOT_ENRICHED, UNBOUND, write_fake_run
from tests.page import Page

KINDS = ("jaspar", "meme")


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    return write_fake_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


def page_of(run: Path) -> Page:
    return Page(write_report(run).read_text(encoding="utf-8"))


def change(run: Path, **fields: object) -> None:
    info = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(info | fields))


def test_says_how_the_run_came_about(run):
    text = page_of(run).text
    for expected in (
        "Test AUROC 0.953",
        "95 % interval 0.927 to 0.971",
        "Density δ 0.214% of positions are active, 2.0 for each site; test set",
        "Sequences 3,700 1,850 bound, 1,850 unbound; 201 bp",
        "Time 1 min 14 s on cpu, bf16, seed 0",
        "Best match: CTCF (MA0139.2), q = 7.3 × 10 −16 , E = 7.3 × 10 −16",
        "q = 0.0052, E = 0.01",
        "Shorter than 21 bp 3",
        "With ambiguous letters (kept) 7",
        "CCACTAGG 1,201 14 < 10 −300 1,310 → 1,428 0.24% M1 ",
        "AGATAAGA 402 77 6.3 × 10 −32 455 → 482 0.081% M2 ",
        f"GCGGCGGC 120 51 3.2 × 10 −4 133 {NOT_ENRICHED} ",
        "CCANNNNGGC * 88 30 0.025 91 like NGGCCACCAGGGGGCGCT, which explains more",
        "* Found in what the first training had left without a site.",
        "3 channels, in which the density fell as long as accuracy allowed (target density reached).",
        "sparling motifs train --fasta data/ctcf_k562_peaks.fa.gz",
        "fasta: data/ctcf_k562_peaks.fa.gz 9f2c9f2c9f2c9f2c…",
        "torch 2.9.1",
        "MEME version 4",
        "Motifs were discovered with Sparling 0.1.0",
        "Footprints of motifs do not overlap holds There is one motif.",
    ):
        assert expected in text, expected


def test_words_of_the_method_stand_under_method_alone(run):
    before, _, _ = write_report(run).read_text().partition('id="rejected"')
    told = Page(re.sub(r"<style>.*</style>", "", before, flags=re.DOTALL) + "</main></body></html>", whole=False).text
    for word in ("δ", "density", "settle", "anneal", " nat ", "channel", "bf16"):
        assert word not in told.lower(), word


def test_each_motif_has_a_card_with_its_logo_on_both_strands(run):
    page = page_of(run)
    for row in read_motifs_tsv(run / "motifs.tsv"):
        assert ("article", "id", row.motif_id) in page.attributes
        assert ("a", "href", f"#{row.motif_id}") in page.attributes
        assert f"Sequence logo of {row.motif_id}, {row.match_name}: " in page.text
    assert page.text.count("the reverse complement") == 2


def test_every_number_of_a_card_is_that_of_the_files(run):
    """With pandas alone: shares and sites from the table of sites, everything else from motifs.tsv."""
    text = page_of(run).text
    sites = pd.read_csv(run / "sites.tsv.gz", sep="\t")
    for row in read_motifs_tsv(run / "motifs.tsv"):
        own = sites[sites["motif_id"] == row.motif_id]
        bound, unbound = (own[own["label"] == label] for label in (1, 0))
        with_it, without = bound["sequence"].nunique(), unbound["sequence"].nunique()
        assert f"{with_it:,} of {BOUND:,}, {len(bound):,} sites" in text
        times = with_it / without
        assert f"{without:,} of {UNBOUND:,}, {times:.{times < 9.95:d}f}-fold fewer" in text
        assert f"the matrix is counted from {row.n_sites:,} sites" in text
        middle = (bound["start"] + bound["end"]) / 2 - LENGTH / 2
        assert f"half of them within {middle.abs().median():.0f} bp of the centre" in text
    none = BOUND - sites[sites["label"] == 1]["sequence"].nunique()
    assert f"{none / BOUND:.0%} have none of them." in text
    assert f"Without any: {none / BOUND:.0%} of the bound sequences, " in text


def test_each_check_opens_its_evidence_in_place(run):
    page = page_of(run)
    text = page.text
    assert "1 of 2 motifs can be trusted." in text
    assert text.count("✓ trusted") == text.count("? doubtful") == 2  # in the table and on the card
    assert "✗ needed · fails Of 150 held-out bound sequences 74% are not without it." in text
    assert "– null run · not made sparling motifs audit makes it." in text
    assert "Doubtful: hardly needed." in text
    assert "Note: often beside or over M2." in text
    (run / "audit.json").unlink()
    again = page_of(run)
    bare = again.text
    assert "The 2 motifs of this run have not been checked yet: sparling motifs audit does it." in bare
    assert again.attributes.count(("span", "class", "verdict not-checked")) == 4


def test_what_can_be_taken_from_a_card_is_what_the_files_hold(run):
    links = {}
    page = page_of(run)
    for (_, _, uri), (_, name, file) in itertools.pairwise(page.attributes):
        if name == "download":
            links[file] = uri
    assert sorted(links) == [f"M{i}_{name}.{kind}" for i, name in ((1, "CTCF"), (2, "GATA1")) for kind in KINDS]
    meme = unquote(links["M2_GATA1.meme"].partition(",")[2])
    (run / "one.meme").write_text(meme)
    (pwm,) = read_meme(run / "one.meme")
    assert (pwm.name, pwm.width) == ("M2", 8)
    (run / "one.jaspar").write_text(unquote(links["M2_GATA1.jaspar"].partition(",")[2]))
    assert read_motifs(run / "one.jaspar").motifs[0].counts.sum() == pytest.approx(8 * 702)
    assert page.text.count("its sites: sites.bed") == 2
    assert meme in "".join(page.texts)


def test_loads_nothing_and_runs_nothing_of_others(run):
    page = page_of(run)
    tags = {tag for tag, _, _ in page.attributes}
    assert not tags & {"link", "iframe", "object", "embed"}
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "srcset"):
            assert value.startswith(("data:", "#")), (tag, name, value)
    html = (run / "report.html").read_text()
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts]
    assert policy == (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src "
        + " ".join(f"'sha256-{each}'" for each in hashes)
    )


def test_links_within_the_page_lead_somewhere(run):
    page = page_of(run)
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = {value[1:] for tag, name, value in page.attributes if tag == "a" and name == "href" and value[0] == "#"}
    assert targets <= set(ids)
    assert {"motifs", "positions", "rejected", "method", "M1", "M2"} <= targets
    copied = {value for _, name, value in page.attributes if name in ("data-copy", "data-of")}
    assert copied <= set(ids)
    assert len(copied) == 8


def test_tables_are_named_and_their_heads_have_a_scope(run):
    html = write_report(run).read_text()
    for table in re.findall(r"<table.*?</table>", html, re.DOTALL):
        assert "<th>" not in table
        assert "<caption" in table or 'class="details"' in table
        for head in re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", table, re.DOTALL):
            assert head.strip()


def test_is_a_function_of_the_files(run, tmp_path):
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first
    elsewhere = Path(shutil.copytree(run, tmp_path / "elsewhere" / "copy"))
    assert write_report(elsewhere).read_bytes() == first


def test_a_match_added_later_is_shown(tmp_path):
    run = write_fake_run(tmp_path / "run", matched=False)
    before = page_of(run)
    assert "Best match" not in before.text
    assert "sparling motifs match adds names" in before.text
    rows = read_motifs_tsv(run / "motifs.tsv")
    assert f"; beside it {rows[1].consensus} in " in before.text
    matched = read_motifs_tsv(write_fake_run(tmp_path / "matched") / "motifs.tsv")[0]
    fields = {name: getattr(matched, name) for name in ("best_match", "match_name", "match_q", "match_p", "match_e")}
    write_motifs_tsv(run / "motifs.tsv", [type(rows[0])(**(vars(rows[0]) | fields)), rows[1]])
    after = page_of(run)
    assert "Best match: CTCF (MA0139.2)" in after.text
    assert f"CTCF ({rows[0].consensus}) in " in after.text


def test_no_motif_says_why(tmp_path):
    text = page_of(write_fake_run(tmp_path / "run", motifs=False, matched=False)).text
    assert "No motif: bound and unbound sequences cannot be told apart" in text
    assert "No motif is reported." in text
    assert "± 0.012 standard error" in text
    assert "Where the sites are" not in text
    assert "No word is significantly commoner in bound than in unbound training sequences." in text
    assert f"GCG {NOT_ENRICHED}" in text
    assert "1 more had no sites to speak of." in text
    assert "Accuracy against density" in text


def test_what_a_user_named_is_escaped(run):
    evil = '<script>alert("x")</script>'
    rows = read_motifs_tsv(run / "motifs.tsv")
    write_motifs_tsv(run / "motifs.tsv", [type(rows[0])(**(vars(rows[0]) | {"match_name": evil})), rows[1]])
    metrics = json.loads((run / "run.json").read_text())["metrics"]
    metrics["trainings"][0]["stop_reason"] = metrics["seeds"][0]["became"] = evil
    change(run, command=f"sparling --fasta '{evil}'", message=evil, metrics=metrics, config={evil: evil})
    audit = json.loads((run / "audit.json").read_text())
    (run / "audit.json").write_text(json.dumps(audit | {"headline": evil}))
    html = write_report(run).read_text(encoding="utf-8")
    assert html.count("<script") == html.count("</script") == 3  # the page's own: two, and figures as JSON
    assert html.count("&lt;script&gt;") >= 6
    Page(html)


def test_histogram_counts_sequences_without_sites(run):
    """By hand: the share of bound sequences without a site is what the table of sites does not name."""
    write_report(run)
    html = (run / "report.html").read_text(encoding="utf-8")
    sites = read_sites_tsv(run / "sites.tsv.gz")
    for side, label, number in (("bound", 1, BOUND), ("unbound", 0, UNBOUND)):
        found = sites.loc[sites["label"] == label, "sequence"].nunique()
        assert f"<title>0 sites: {100 * (number - found) / number:.1f}% of {side} sequences</title>" in html


def test_places_are_measured_from_the_centre_where_lengths_are_equal(run):
    assert "bp from the centre" in page_of(run).text
    info = json.loads((run / "run.json").read_text())
    for lengths in (None, {"min": 80, "median": 150, "max": LENGTH}):
        change(run, data=info["data"] | {"lengths": lengths})
        text = page_of(run).text
        assert "bp from the start" in text
        assert "bp from the centre" not in text
        assert ("The sequences differ in length" in text) == (lengths is not None)


def test_a_bare_run_still_has_a_report(run):
    """Older or foreign folders: no logos or matrices, and hardly anything in run.json."""
    shutil.rmtree(run / "logos")
    (run / "motifs.meme").unlink()
    (run / "sites.bed").unlink()
    (run / "audit.json").unlink()
    (run / "run.json").write_text("{}")
    text = page_of(run).text
    assert "0 of 0" not in text
    assert "Test AUROC –" in text
    assert "Accuracy against density" not in text
    assert "words looked at" not in text


def test_a_run_that_says_no_budgets_has_none_in_its_report(run):
    metrics = json.loads((run / "run.json").read_text())["metrics"]
    assert "Budget training" in page_of(run).text
    for each in (*metrics["seeds"], *metrics["motifs"]):
        each.pop("marks", None)
        each.pop("budget", None)
    change(run, metrics=metrics)
    text = page_of(run).text
    assert "Budget" not in text
    assert "CCACTAGG 1,201 14 < 10 −300 M1 " in text


def test_a_run_that_began_at_random_shows_candidates_in_the_seeds_place(run):
    metrics = json.loads((run / "run.json").read_text())["metrics"]
    change(run, metrics=metrics | {"seeds": []})
    text = page_of(run).text
    assert f"GCG {NOT_ENRICHED} 1 more had no sites to speak of. Channels began at random;" in text
    assert "Words that bound" not in text


def test_a_run_on_too_few_sequences_to_train_on_names_no_sides(run):
    metrics = json.loads((run / "run.json").read_text())["metrics"]
    change(run, metrics=metrics | {"trainings": []})
    text = page_of(run).text
    assert "Too few sequences to train on or hold out (1,850 bound): CTCF " in text
    assert "E of the word" in text or "Test of its word" not in text
    assert "Each gave the network a channel" not in text
    assert "Budget" not in text
    assert "Accuracy against density" not in text


def test_a_motif_without_evidence_is_said_to_be_unproven(run):
    rows = read_motifs_tsv(run / "motifs.tsv")
    numbers = {"p_value": 0.02, "effect": 0.1, "necessity": 0.0}
    given = [type(row)(**(vars(row) | numbers | {"e_value": e})) for row, e in zip(rows, (0.04, 0.05), strict=True)]
    write_motifs_tsv(run / "motifs.tsv", given)
    assert page_of(run).text.count("· not proven") == 1


def test_a_third_training_is_spoken_of_where_there_was_one(run):
    metrics = json.loads((run / "run.json").read_text())["metrics"]
    said = "and a third without the channels that went"
    assert said not in page_of(run).text
    change(run, metrics=metrics | {"trainings": [*metrics["trainings"], metrics["trainings"][1]]})
    assert said in page_of(run).text


def test_a_run_of_one_training_speaks_of_no_second(run):
    metrics = json.loads((run / "run.json").read_text())["metrics"]
    change(run, metrics=metrics | {"trainings": metrics["trainings"][:1]})
    text = page_of(run).text
    assert "Accuracy against density" in text
    assert "the second" not in text


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("run.json", '{"seed": 0,\n"device": }', 2, "not JSON (Expecting value)"),
        ("run.json", "[]", 1, "expected a JSON object"),
        ("motifs.tsv", "motif_id\n", 1, "the table of motifs lacks the columns consensus"),
    ],
)
def test_faults_of_a_run_folder_say_where(run, name, content, line, message):
    (run / name).write_text(content)
    with pytest.raises(InputError, match=re.escape(message)) as error:
        write_report(run)
    assert str(error.value).endswith(f"{run / name}:{line}")
    assert not (run / "report.html").exists()


@pytest.mark.parametrize("name", ["run.json", "motifs.tsv", "sites.tsv.gz"])
def test_a_folder_that_is_no_run_is_refused(run, name):
    (run / name).unlink()
    with pytest.raises(InputError, match=re.escape(str(run / name))):
        write_report(run)


# --- charts


def test_scales_are_monotone_and_their_ticks_lie_inside():
    for scale in (
        Scale(0, 7, 0, 100),
        Scale(0.001, 0.25, 100, 0, log=True),
        Scale(-50, 50, 0, 10),
        Scale(0.6, 0.61, 0, 9),
    ):
        ticks = scale.ticks()
        assert len(ticks) >= 2
        assert all(scale.low <= tick <= scale.high for tick in ticks)
        places = [scale(tick) for tick in ticks]
        assert places == sorted(places, reverse=scale.end < scale.start)
        assert (scale(scale.low), scale(scale.high)) == (scale.start, scale.end)


def test_numbers_outside_a_scale_are_drawn_at_its_end():
    assert Scale(0.01, 1, 0, 100, log=True)(0.0) == 0
    assert Scale(0, 1, 0, 100)(7) == 100
    assert (Scale(10, 1, 0, 100)(0), Scale(10, 1, 0, 100)(99), Scale(10, 1, 0, 100)(5.5)) == (100, 0, 50)


def test_density_chart_has_a_dot_for_each_evaluation_and_marks_the_last():
    falling = [DensityPoint(8.0, 0.90), DensityPoint(4.0, 0.93), DensityPoint(2.0, 0.92)]
    resting = [DensityPoint(2.0, 0.91), DensityPoint(2.0, 0.94)]
    svg = density_chart(falling, resting)
    assert (svg.count('class="point"'), svg.count('class="resting"'), svg.count('class="chosen"')) == (3, 2, 1)
    places = re.findall(r'class="(\w+)" cx="([\d.]+)" cy="([\d.]+)"', svg)
    across = [float(x) for _, x, _ in places]
    assert across == sorted(across)  # sparser to the right
    up = [-float(y) for _, _, y in places]
    assert sorted(range(5), key=up.__getitem__) == [0, 3, 2, 1, 4]
    assert places[-1][1:] == places[-2][1:]  # the last of those that rest is the one that is marked
    assert re.findall(r'text-anchor="middle">([\d.]+)<', svg) == ["2", "4", "8"]
    assert "AUROC 0.940" in svg


@pytest.mark.parametrize("points", [1, 2, 30])
def test_density_chart_of_one_training_and_of_many_densities(points):
    falling = [DensityPoint(64.0 * 0.9**i, 0.5) for i in range(points)]
    svg = density_chart(falling, [])
    assert svg.count('class="point"') == points
    assert len(re.findall(r'text-anchor="middle">([\d.]+)<', svg)) <= 9
    assert "nan" not in svg


def test_charts_of_nothing_are_drawn():
    for svg in (
        density_chart([DensityPoint(2.0, 1.0)], []),
        sites_chart([1.0, 0.0], [], or_more=False),
        places_chart([0.0, 1.0], [0.0], [0.0], "bp from the start"),
    ):
        Page(svg)
        assert "nan" not in svg
        assert "inf" not in svg


def test_text_in_charts_is_escaped():
    drawing = Drawing(10, 10, '"<b>')
    drawing.text("tick", 1, 2, "<b>")
    assert "<b>" not in drawing.svg()
