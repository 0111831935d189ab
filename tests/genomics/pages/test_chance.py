"""What chance gives: the null run's motifs as rows of the same table, and the sentence on the smallest share."""

import json

import pytest

from sparling.errors import InputError
from sparling.pages import page_environment
from sparling_genomics.files.tables import read_sites_tsv
from sparling_genomics.pages.chance import NULL_RUN, by_chance, could_show_said
from sparling_genomics.pages.page_logo import page_logo
from sparling_genomics.pages.report import scientific
from sparling_genomics.runs.companions import NULL
from tests.genomics.fake_run import BOUND, UNBOUND, write_fake_run
from tests.page import Page


def rows(chance, columns=8):
    environment = page_environment("sparling_genomics.pages")
    environment.filters["scientific"] = scientific
    environment.globals["page_logo"] = page_logo
    source = (
        '{% from "chance.html.j2" import chance_rows with context %}<table>{{ chance_rows(chance, columns) }}</table>'
    )
    return environment.from_string(source).render(chance=chance, columns=columns)


def test_the_null_run_lies_where_the_audit_leaves_it():
    assert str(NULL_RUN.parent) == NULL
    assert by_chance(NULL_RUN) is None
    assert rows(None) == "<table></table>"


def test_motifs_of_the_null_run_are_rows_with_their_shares(tmp_path):
    folder = write_fake_run(tmp_path / NULL_RUN)
    chance = by_chance(tmp_path)
    sites = read_sites_tsv(folder / "sites.tsv.gz")
    assert [motif.pwm.name for motif in chance.motifs] == ["M1", "M2"]
    text = Page(rows(chance)).text
    for motif in chance.motifs:
        own = sites[sites["motif_id"] == motif.row.motif_id]
        shares = [own[own["label"] == label]["sequence"].nunique() / n for label, n in ((1, BOUND), (0, UNBOUND))]
        assert f"in {100 * shares[0]:.3g}% of these and {100 * shares[1]:.3g}% of further shuffles" in text
        assert f"Sequence logo of {motif.pwm.name}, by chance" in text
    assert "test AUROC of 0.95" in text


def test_every_row_is_as_wide_as_the_table_and_no_script_sorts_it(tmp_path):
    write_fake_run(tmp_path / NULL_RUN)
    page = Page(rows(by_chance(tmp_path), columns=7))
    assert [value for tag, name, value in page.attributes if name == "colspan"] == ["7", "5", "5"]
    assert ("tbody", "class", "chance") in page.attributes


def test_a_null_run_without_a_motif_says_so(tmp_path):
    write_fake_run(tmp_path / NULL_RUN, motifs=False)
    assert "No motif." in Page(rows(by_chance(tmp_path))).text


def test_a_null_run_that_is_not_finished_is_none_and_a_damaged_one_an_error(tmp_path):
    folder = write_fake_run(tmp_path / NULL_RUN)
    (folder / "sites.tsv.gz").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"sites\.tsv\.gz"):
        by_chance(tmp_path)
    (folder / "run.json").unlink()
    assert by_chance(tmp_path) is None


def test_the_sentence_says_what_is_compared_and_that_nothing_could_be_seen():
    told = {"share": 0.0204, "unbound_share": 0.01, "power": 0.9}
    assert could_show_said(told, "the unbound sequences given") == (
        "A motif with one core word in 2.1 % of bound sequences and 1 % of unbound ones would have been seen with 90 % "
        "chance."
    )
    assert could_show_said(json.loads(json.dumps(told | {"share": None})), None) == (
        "So few sequences show no motif with 90 % chance, not even one that all bound ones have."
    )
    assert could_show_said(None, None) == ""
