"""The audit in words and on its page, from figures made by hand."""

from dataclasses import replace

import pytest
from sparling_genomics.audit.page import render_audit, write_audit_page

from sparling_genomics.audit.audit import NullRun, as_json
from sparling_genomics.audit.figures import Transplant
from sparling_genomics.audit.independence import Dependence
from sparling_genomics.audit.words import findings, headline
from tests.genomics.audited import audit, figures
from tests.page import Page

DOUBTFUL = figures(motif_id="M2", consensus="AAAAAAAA<", explained=0.9, rival="M1")
UNKNOWN = figures(
    **dict.fromkeys(
        ("overlap", "overlap_by_chance", "overlap_self", "contested", "alpha", "logit_change", "explained")
    ),
    **dict.fromkeys(("dependence", "found", "runs", "bound_fraction", "swap_kept")),
    transplant=Transplant(0, float("nan"), float("nan")),
)


def answers(result):
    return [finding.answer for finding in findings(result)]


def test_headlines():
    assert headline(audit()) == "The run reports no motif, so there is nothing to audit."
    assert headline(audit(figures())) == "The one motif of this run can be trusted."
    assert headline(audit(DOUBTFUL)) == "The one motif of this run is doubtful."
    assert headline(audit(figures(), DOUBTFUL)) == "1 of 2 motifs can be trusted."
    assert headline(audit(figures(), figures())) == "Both motifs can be trusted."
    assert headline(audit(figures(), figures(), figures())) == "All 3 motifs can be trusted."
    assert headline(audit(DOUBTFUL, DOUBTFUL)) == "Neither motif can be trusted."


def test_a_sound_run_holds_everywhere():
    null = NullRun("null/run", [], [], 10.0)
    found = answers(audit(figures(), figures(motif_id="M2"), null=null))
    assert found == ["holds nearly", "nothing against it", "holds", "mostly", "holds", "holds"]


def test_what_fails_is_said_with_its_numbers():
    null = NullRun("null/run", ["GGGCGG"], [0.004], 10.0)
    poor = figures(
        overlap=0.4,
        dependence=Dependence("strand", 4, 0.31, 0.01, 700),
        alpha=0.01,
        found=1,
        transplant=Transplant(10, 0.2, 0.5),
    )
    result = audit(figures(), replace(poor, motif_id="M2"), null=null)
    found = findings(result)
    assert [f.answer for f in found] == [
        "fails", "fails for 1 of 2", "fails for 1 of 2", "mostly", "fails", "in part",
    ]  # fmt: skip
    text = " ".join(f.text for f in found)
    for words in ("M2: 40%", "letter 4 with strand", "0.01 (M2)", "GGGCGG", "E = 0.004", "M2 in 1 of 3", "cannot fail"):
        assert words in text


def test_what_was_not_measured_is_said():
    assert answers(audit(UNKNOWN)) == ["holds", "not tested", "not tested", "not tested", "not tested", "not tested"]
    assert findings(audit()) == []


@pytest.mark.parametrize("motifs", [(), (figures(),), (figures(), DOUBTFUL), (UNKNOWN,)])
def test_the_page_is_whole_and_offline(motifs):
    page = Page(render_audit(audit(*motifs), {"M1": b"<svg/>"}))
    for tag, name, value in page.attributes:
        assert tag != "script"
        assert name not in ("src", "href") or value.startswith("data:")
    assert headline(audit(*motifs)) in page.text
    assert ("doubtful" in page.text) == (DOUBTFUL in motifs)
    assert "None" not in page.text.replace("None of the", "")
    assert "nan" not in page.text


def test_page_and_json_of_one_run(tmp_path):
    result = audit(figures(), DOUBTFUL, null=NullRun("null/run", [], [], 10.0))
    assert write_audit_page(tmp_path, result).read_text().startswith("<!DOCTYPE html>")
    content = as_json(result)
    assert [motif["verdict"] for motif in content["motifs"]] == [each.text for each in result.verdicts]
    assert content["thresholds"]["alpha_least"] == 0.05
    assert content["motifs"][0]["transplant"] == {"sequences": 100, "found": 0.95, "kept": 0.9}
    assert as_json(audit(UNKNOWN))["motifs"][0]["transplant"]["found"] is None
