"""The audit in words and as audit.json, from figures made by hand."""

from dataclasses import replace

from sparling_genomics.audit.audit import NullRun
from sparling_genomics.audit.figures import Transplant
from sparling_genomics.audit.independence import Dependence
from sparling_genomics.audit.running import as_json
from sparling_genomics.audit.words import findings, headline
from tests.genomics.audited import audit, figures

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
    left = "on the 6 checks made (not made: null run)."
    assert headline(audit()) == "The run reports no motif, so there is nothing to audit."
    assert headline(audit(figures())) == f"The one motif of this run can be trusted {left}"
    assert headline(audit(DOUBTFUL)) == f"The one motif of this run is doubtful {left}"
    assert headline(audit(figures(), DOUBTFUL)) == f"1 of 2 motifs can be trusted {left}"
    assert headline(audit(figures(), figures())) == f"Both motifs can be trusted {left}"
    assert headline(audit(figures(), figures(), figures())) == f"All 3 motifs can be trusted {left}"
    assert headline(audit(DOUBTFUL, DOUBTFUL)) == f"Neither motif can be trusted {left}"
    every = audit(figures(), null=NullRun("null/run", [], [], 10.0))
    assert headline(every) == "The one motif of this run can be trusted on all 7 checks."


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
    for words in ("M2: 40%", "letter 4 with strand", "0.01 (M2)", "GGGCGG", "E = 0.004", "M2 in 1 of 3"):
        assert words in text


def test_what_was_not_measured_is_said():
    assert answers(audit(UNKNOWN)) == ["holds", "not tested", "not tested", "not tested", "not tested", "not tested"]
    assert findings(audit()) == []


def test_the_json_holds_figures_checks_words_and_the_rule():
    result = audit(figures(), DOUBTFUL, null=NullRun("null/run", [], [], 10.0))
    content = as_json(result)
    assert content["headline"] == headline(result)
    assert [finding["answer"] for finding in content["findings"]] == answers(result)
    assert [motif["verdict"] for motif in content["motifs"]] == [each.text for each in result.verdicts]
    assert content["thresholds"]["alpha_least"] == 0.05
    assert content["thresholds"]["e_most"] == 0.01
    assert content["motifs"][0]["transplant"] == {"sequences": 100, "found": 0.95, "kept": 0.9}
    assert as_json(audit(UNKNOWN))["motifs"][0]["transplant"]["found"] is None
    states = {check["name"]: check["state"] for check in content["motifs"][1]["checks"]}
    assert states.pop("more than composition") == "fails"
    assert set(states.values()) == {"holds"}
