"""``sparling motifs compare``: what it prints and leaves, and every bad input in at most two lines."""

import pytest

from tests.genomics.compare.test_compare import fake


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Folders a and b of finished runs, rna of one of RNA, beside the working directory's own."""
    monkeypatch.chdir(tmp_path)
    for name, options in (("a", {}), ("b", {"keep": ("M1",)}), ("rna", {"alphabet": "rna"})):
        (fake(tmp_path / name, **options) / "config.toml").touch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.txt").touch()
    return tmp_path


def test_two_runs_side_by_side(sparling, runs):
    result = sparling("motifs", "compare", "a", "b")
    assert result.code == 0
    assert result.out.splitlines() == [
        "Of 2 motifs 1 is in both runs; in a alone GATA1.",
        "  CTCF: a M1, b M1",
        "  GATA1: a M2",
        "Page: compare/compare.html",
    ]
    assert result.err == "Reading 2 runs …\n"
    assert sorted(path.name for path in (runs / "compare").iterdir()) == ["compare.html", "compare.tsv"]


def test_results_are_replaced_only_with_force(sparling, runs):
    assert sparling("motifs", "compare", "a", "b", "--out", "c").code == 0
    (runs / "c" / "compare.html").write_text("old")
    refused = sparling("motifs", "compare", "a", "b", "--out", "c")
    assert (refused.code, refused.err) == (2, "sparling: --out exists already; --force replaces it: c\n")
    assert (runs / "c" / "compare.html").read_text() == "old"
    assert sparling("motifs", "compare", "a", "b", "--out", "c", "--force", "--quiet").err == ""
    assert (runs / "c" / "compare.html").read_text() != "old"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "two runs or more are compared, got 1"),
        (["a", "a"], "a run is named twice: a"),
        (["a", "nowhere"], "no such run folder: nowhere"),
        (["a", "notes"], "not a run folder, config.toml is missing: notes"),
        (["a", "rna"], "a is a run of DNA, rna one of RNA; expected one kind"),
        (["a", "b", "--out", "notes"], "--out exists already"),
        (
            ["a", "b", "--out", "notes", "--force"],
            "--force replaces only folders of such results, with compare.tsv: notes",
        ),
        (["a", "b", "--out", "."], "--out exists already"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(sparling, runs, words, said):
    before = sorted(runs.rglob("*"))
    result = sparling("motifs", "compare", "--quiet", *words)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert len(result.err.splitlines()) <= 2
    assert sorted(runs.rglob("*")) == before


def test_a_damaged_table_is_said_with_its_line(sparling, runs):
    table = runs / "b" / "motifs.tsv"
    table.write_text(table.read_text().replace("\t0.912\t", "\tmuch\t"))
    result = sparling("motifs", "compare", "a", "b")
    assert (result.code, "b/motifs.tsv:2" in result.err) == (2, True)
    assert not (runs / "compare").exists()
