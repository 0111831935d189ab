"""The report: what it shows, that it loads nothing, that files alone decide its bytes, and what faults say."""

import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from sparling.errors import InputError
from sparling_genomics.files.tables import read_motifs_tsv, read_sites_tsv, write_motifs_tsv
from sparling_genomics.pages.charts import Drawing, Scale, TrainingPoint, places_chart, sites_chart, training_chart
from sparling_genomics.pages.report import write_report
from tests.genomics.fake_run import BOUND, LENGTH, UNBOUND, write_fake_run
from tests.page import Page


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


def test_says_what_was_found(run):
    text = page_of(run).text
    for expected in (
        "2 motifs found; the most common is NGGCCACCAGGGGGCGCT (1,463 sites, CTCF); test AUROC 0.953 ± 0.012.",
        "Test AUROC 0.953",
        "± 0.012 standard error",
        "Density δ 0.214%",
        "Sequences 3,700 1,850 bound, 1,850 unbound; 201 bp",
        "Time 1 min 14 s on cpu, bf16, seed 0",
        "98.1%",
        "CTCF MA0139.2 q = 7.3 × 10 −16 E = 7.3 × 10 −16",
        "q = 0.0052 E = 0.01",
        "Shorter than 21 bp 3",
        "With ambiguous letters (kept) 7",
        "GCGGCGGC not enriched in held-out bound sequences (P = 0.38)",
        "sparling motifs train --fasta data/ctcf_k562_peaks.fa.gz",
        "fasta: data/ctcf_k562_peaks.fa.gz " + "9f2c" * 16,
        "torch 2.9.1",
        "Training ended: density 0.0018 did not recover.",
        "MEME version 4",
    ):
        assert expected in text, expected


def test_shows_each_motif_with_its_logo(run):
    page = page_of(run)
    rows = read_motifs_tsv(run / "motifs.tsv")
    images = [value for tag, name, value in page.attributes if (tag, name) == ("img", "src")]
    assert len(images) == len(rows) == 2
    for row, source in zip(rows, images, strict=True):
        kind, _, content = source.partition(",")
        assert kind == "data:image/svg+xml;base64"
        assert base64.b64decode(content) == (run / "logos" / f"{row.motif_id}.svg").read_bytes()
        assert row.consensus in page.text


def test_loads_nothing_and_runs_nothing_of_others(run):
    page = page_of(run)
    tags = {tag for tag, _, _ in page.attributes}
    assert not tags & {"link", "iframe", "object", "embed"}
    for tag, name, value in page.attributes:
        assert not name.startswith("on"), (tag, name)
        if name in ("src", "href", "xlink:href", "srcset"):
            assert value.startswith(("data:", "#")), (tag, name, value)
    style = re.search(r"<style>(.*?)</style>", (run / "report.html").read_text(), re.S)[1]
    assert "url(" not in style
    assert "@import" not in style
    assert ("meta", "http-equiv", "Content-Security-Policy") in page.attributes


def test_is_a_function_of_the_files(run, tmp_path):
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first
    elsewhere = Path(shutil.copytree(run, tmp_path / "elsewhere" / "copy"))
    assert write_report(elsewhere).read_bytes() == first


def test_a_match_added_later_is_shown(tmp_path):
    run = write_fake_run(tmp_path / "run", matched=False)
    before = page_of(run)
    assert "Best database match" not in before.text
    assert "sparling motifs match adds names to this page" in before.text
    rows = read_motifs_tsv(run / "motifs.tsv")
    matched = read_motifs_tsv(write_fake_run(tmp_path / "matched") / "motifs.tsv")[0]
    fields = {name: getattr(matched, name) for name in ("best_match", "match_name", "match_q", "match_p", "match_e")}
    write_motifs_tsv(run / "motifs.tsv", [type(rows[0])(**(vars(rows[0]) | fields)), rows[1]])
    after = page_of(run)
    assert "Best database match" in after.text
    assert "CTCF MA0139.2" in after.text


def test_no_motif_says_why(tmp_path):
    text = page_of(write_fake_run(tmp_path / "run", motifs=False, matched=False)).text
    assert "No motif: bound and unbound sequences cannot be told apart" in text
    assert "No motif is reported." in text
    assert "Where the sites are" not in text
    assert "GCGGCGGC not enriched" in text
    assert "Training sequences seen" in text


def test_what_a_user_named_is_escaped(run):
    evil = '<script>alert("x")</script>'
    rows = read_motifs_tsv(run / "motifs.tsv")
    write_motifs_tsv(run / "motifs.tsv", [type(rows[0])(**(vars(rows[0]) | {"match_name": evil})), rows[1]])
    change(run, command=f"sparling --fasta '{evil}'", message=evil, stop_reason=evil, config={evil: evil})
    (run / "logos" / "M1.svg").write_text(f"<svg>{evil}</svg>")
    html = write_report(run).read_text(encoding="utf-8")
    assert html.count("<script") == html.count("</script") == 1  # the page's own, the only one its policy allows
    assert html.count("&lt;script&gt;") >= 5
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
    """Older or foreign folders: no metrics, logos or matrices, and hardly anything in run.json."""
    shutil.rmtree(run / "logos")
    (run / "metrics.jsonl").unlink()
    (run / "motifs.meme").unlink()
    (run / "run.json").write_text("{}")
    text = page_of(run).text
    assert "2 motifs were found." in text
    assert "Test AUROC –" in text
    assert "How sparse it could be made" not in text


def test_metrics_without_a_bar_and_with_one_evaluation(run):
    first = (run / "metrics.jsonl").read_text().splitlines()[0]
    (run / "metrics.jsonl").write_text(first + "\n")
    assert "one of 1 evaluation" in page_of(run).text


def test_the_contracts_name_for_the_score_is_read_too(run):
    write_report(run)
    before = (run / "report.html").read_bytes()
    (run / "metrics.jsonl").write_text((run / "metrics.jsonl").read_text().replace('"score"', '"auroc"'))
    write_report(run)
    assert (run / "report.html").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("run.json", '{"seed": 0,\n"device": }', 2, "not JSON (Expecting value)"),
        ("run.json", "[]", 1, "expected a JSON object"),
        ("metrics.jsonl", '{"samples": 1, "density": 0.1, "target_density": 0.1}\n{"samples"', 2, "not valid JSON"),
        ("metrics.jsonl", '{"samples": 1}\n', 1, "the evaluation lacks density, target_density"),
        ("metrics.jsonl", "3\n", 1, "expected a JSON object"),
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


@pytest.mark.parametrize("points", [1, 2, 30])
def test_training_chart_has_a_dot_for_each_evaluation(points):
    line = [TrainingPoint(1000.0 * i, 0.1 / (i + 1), 0.1 / (i + 1), 0.5, None, i > 20) for i in range(points)]
    svg = training_chart(line, points - 1)
    assert svg.count('class="point"') == 2 * points
    assert svg.count('class="chosen"') == 2
    assert "nan" not in svg
    assert ('class="settling"' in svg) == (points > 21)


def test_charts_of_nothing_are_drawn():
    for svg in (
        training_chart([TrainingPoint(0, 0.0, 0.0, 1.0, 1.0, False)], 0),
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
