"""Pairs on the page: what is drawn, where its bars stand, and what is said of each."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from sparling.errors import InputError
from sparling_genomics.files.rows import MotifRow, Pair, Spacing
from sparling_genomics.files.tables import (
    write_motifs_tsv,
    write_pairs_tsv,
    write_spacings_tsv,
)
from sparling_genomics.pages.parts.pairs import MOST_DRAWN, PairsShown, pairs_shown
from sparling_genomics.pages.report import write_report
from sparling_genomics.pages.run_files import read_run
from sparling_genomics.worlds.planted import consensus_motif
from tests.genomics.fake_run import write_fake_run
from tests.page import Page

MOTIFS = [
    MotifRow.of(consensus_motif(f"M{i}", word), bound_fraction=1.0, auroc=0.9)
    for i, word in enumerate(("ACGTAC", "GATAAG", "CCGGAA"), start=1)
]
SPACINGS = tuple(
    Spacing(gap, order, 30 if (gap, order) == (4, "A> <B") else int(gap == 9), 0.5)
    for order in ("A> B>", "A> <B", "B> A>", "<B A>")
    for gap in range(12)
)


def pair(a: str, b: str, **changed: object) -> Pair:
    fields = {"first": 200, "second": 100, "both": 55, "expected": 100.0, "expected_either": 40.0, "p_both": 1.0}
    fields |= {"spacing": 4, "order": "A> <B", "with_spacing": 30, "p_spacing": 1e-9, "factor": 0.55}
    return Pair(a, b, **(fields | {"factor_low": 0.5, "factor_high": 0.61, "spacings": SPACINGS} | changed))


def shown(tmp_path, pairs: Sequence[Pair]) -> PairsShown:
    """As the files of a run say it."""
    folder = write_fake_run(tmp_path / "run")
    write_motifs_tsv(folder / "motifs.tsv", MOTIFS)
    write_pairs_tsv(folder / "pairs.tsv", pairs)
    write_spacings_tsv(folder / "spacings.tsv.gz", pairs)
    read = read_run(folder)
    assert read.spacings == {(each.motif_a, each.motif_b): list(each.spacings) for each in pairs if each.spacings}
    return pairs_shown(read, {"M2": "GATA1"})


@pytest.fixture
def run(tmp_path) -> Path:
    return write_fake_run(tmp_path / "run")


def page_of(run: Path) -> Page:
    return Page(write_report(run).read_text(encoding="utf-8"))


def test_pairs_that_keep_a_gap_or_are_together_more_often_are_drawn_the_clearest_first(tmp_path):
    rows = [
        pair("M1", "M2", p_spacing=None, spacing=None, order=""),
        pair("M1", "M3", p_spacing=1e-5),
        pair("M2", "M3", both=150, p_both=1e-20, factor=1.5, factor_low=1.3, factor_high=1.7),
    ]
    result = shown(tmp_path, rows)
    assert [(each.a, each.b) for each in result.drawn] == [("M2 GATA1", "M3"), ("M1", "M3")]
    assert result.clear == 2
    assert [each.colour for each in result.pairs] == ["fewer", "fewer", "more"]
    assert result.drawn[1].p_spacing == pytest.approx(3e-5)
    assert result.of("M3", "M1") is result.pairs[1]
    assert result.of("M1", "M3") is None


def test_no_more_are_drawn_than_have_room(tmp_path):
    rows = [pair("M1", "M2", p_spacing=10.0 ** -(20 + i), spacings=()) for i in range(MOST_DRAWN + 3)]
    rows[-1] = rows[-1]._replace(spacings=SPACINGS)
    result = shown(tmp_path, rows)
    assert (len(result.drawn), result.clear) == (MOST_DRAWN, MOST_DRAWN + 3)
    assert sum(each.picture is not None for each in result.pairs) == MOST_DRAWN


def test_arrows_and_bars_are_to_scale(tmp_path):
    """A of 6 bp, and B of 6 bp 4 bp behind it: all in units of one bp."""
    picture = str(shown(tmp_path, [pair("M1", "M2")]).drawn[0].picture)
    arrows = [
        [float(point.split(",")[0]) for point in points.split()]
        for points in re.findall(r'class="m\d pair-arrow" points="([^"]+)"', picture)
    ]
    (a_left, a_right), (b_left, b_right) = ((min(points), max(points)) for points in arrows)
    bp = (a_right - a_left) / 6
    assert b_right - b_left == pytest.approx(6 * bp, abs=0.1)
    assert b_left - a_right == pytest.approx(4 * bp, abs=0.1)
    assert arrows[1].count(pytest.approx(b_left)) == 1  # its point: B reads to the left
    rect = re.search(r'class="pair-gap" x="([^"]+)" y="[^"]+" width="([^"]+)"', picture)
    peak, width = (float(each) for each in rect.groups())
    assert peak == pytest.approx(b_left, abs=0.1)
    assert width == pytest.approx(bp, abs=0.1)
    assert "4 bp: 30 of 55, 0.5 by chance" in picture


@pytest.mark.parametrize(("order", "left"), [("B> A>", True), ("<B A>", True), ("A> B>", False)])
def test_the_other_motif_lies_on_its_side(tmp_path, order, left):
    picture = str(shown(tmp_path, [pair("M1", "M2", order=order, with_spacing=0)]).drawn[0].picture)
    a, b = (
        [float(point.split(",")[0]) for point in points.split()]
        for points in re.findall(r'class="m\d pair-arrow" points="([^"]+)"', picture)
    )
    assert (max(b) < min(a)) is left


def test_one_strand_has_bars_upwards_alone(tmp_path):
    spacings = tuple(each for each in SPACINGS if each.order in ("A> B>", "B> A>"))
    picture = str(shown(tmp_path, [pair("M1", "M2", order="A> B>", spacings=spacings)]).drawn[0].picture)
    assert "same strand" in picture
    assert "other strand" not in picture


def test_the_page_says_factor_interval_and_arrangement(run):
    write_pairs_tsv(run / "pairs.tsv", [pair("M1", "M2")])
    write_spacings_tsv(run / "spacings.tsv.gz", [pair("M1", "M2")])
    text = page_of(run).text
    assert "×0.55 (0.50–0.61): 55 bound sequences have both, 100 if independent" in text
    assert "selection alone would make ×0.40 to ×1" in text
    assert "30 of them 4 bp apart , M2 GATA1 behind M1 CTCF on the other strand; 0.5 by chance" in text


def test_tables_of_earlier_versions_are_shown_without_interval_and_drawing(run):
    columns = ("motif_a", "motif_b", "first", "second", "both", "expected", "expected_either")
    columns += ("p_both", "spacing", "order", "with_spacing", "p_spacing")
    line = ("M1", "M2", "200", "100", "150", "100", "40", "1e-9", "", "", "0", "")
    (run / "pairs.tsv").write_text("\t".join(columns) + "\n" + "\t".join(line) + "\n")
    text = page_of(run).text
    assert "×1.50 : 150 bound sequences have both" in text
    assert "more than selection explains" in text


@pytest.mark.parametrize("line", ["M1\tM2\t3\tA> B>\t1", "M1\tM2\tx\tA> B>\t1\t0.5"])
def test_a_damaged_table_of_spacings_is_named_with_its_line(run, line):
    (run / "spacings.tsv.gz").write_text("motif_a\tmotif_b\tgap\torder\tobserved\texpected\n" + line + "\n")
    with pytest.raises(InputError, match=r"spacings\.tsv\.gz:2$"):
        page_of(run)


def test_without_pairs_nothing_is_said(run):
    assert pairs_shown(read_run(run), {}) is None
    assert "Motifs together" not in page_of(run).text
