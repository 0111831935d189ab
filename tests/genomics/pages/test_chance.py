"""What chance gives: the null run's motifs as greyed rows below those of the run."""

import re
import shutil
from pathlib import Path

import pytest

from sparling.errors import InputError
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.pages.chance import NULL_RUN, by_chance
from sparling_genomics.pages.report import write_report
from sparling_genomics.runs.companions import NULL
from tests.genomics.fake_run import BOUND, UNBOUND, write_fake_run
from tests.page import Page


@pytest.fixture
def run(tmp_path):
    return write_fake_run(tmp_path / "run")


def body(run: Path) -> str:
    """The rows of chance in the report, as HTML; empty without."""
    html = write_report(run).read_text(encoding="utf-8")
    Page(html)
    found = re.findall(r'<tbody class="chance">.*?</tbody>', html, flags=re.DOTALL)
    return found[0] if found else ""


def test_the_null_run_lies_where_the_audit_leaves_it():
    assert str(NULL_RUN.parent) == NULL


def test_without_a_finished_null_run_there_is_no_row(run):
    assert by_chance(run) is None
    assert body(run) == ""
    write_fake_run(run / NULL_RUN)
    (run / NULL_RUN / "run.json").unlink()
    assert body(run) == ""


def test_motifs_of_the_null_run_are_rows_with_their_shares(run):
    folder = write_fake_run(run / NULL_RUN)
    rows = re.findall(r"<tr>.*?</tr>", body(run), flags=re.DOTALL)[1:]
    sites = read_sites_tsv(folder / "sites.tsv.gz")
    assert len(rows) == 2
    for name, row in zip(("M1", "M2"), rows, strict=True):
        own = sites[sites["motif_id"] == name]
        for label, n in ((1, BOUND), (0, UNBOUND)):
            with_it = own[own["label"] == label]["sequence"].nunique()
            assert f"<small>{with_it:,} of {n:,}</small>" in row
        assert f"Sequence logo of {name}, by chance" in row
    assert "test AUROC 0.95; 0.5 is guessing" in body(run)


def test_its_rows_have_the_columns_of_the_table(run):
    write_fake_run(run / NULL_RUN)
    html = write_report(run).read_text(encoding="utf-8")
    table = re.search(r'<table class="motifs sortable">.*?</table>', html, flags=re.DOTALL)[0]
    columns = len(re.findall(r"<th scope=\"col\"", table))
    assert re.findall(r'colspan="(\d+)"', table) == [str(columns)]
    own, chance = (re.findall(r"<tr>.*?</tr>", part, flags=re.DOTALL) for part in table.split('<tbody class="chance">'))
    cells = [len(re.findall(r"<t[dh]\b", row)) for row in (own[-1], chance[-1])]
    assert cells == [columns, columns]


def test_a_null_run_without_a_motif_says_so(run):
    write_fake_run(run / NULL_RUN, motifs=False)
    text = Page(f"<table>{body(run)}</table>").text
    assert text.startswith("By chance: the same search on shuffled copies of the")
    assert "reports no motif (test AUROC 0.51; 0.5 is guessing)" in text


def test_a_damaged_null_run_is_an_error_with_its_file(run, tmp_path):
    folder = write_fake_run(run / NULL_RUN)
    (folder / "sites.tsv.gz").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"sites\.tsv\.gz"):
        write_report(run)
    shutil.rmtree(folder)
    write_report(run)
