"""The rule: what is trusted, and each doubt by itself."""

import subprocess
import sys

import pytest

from sparling_genomics.audit.checks import NullEvidence, checks
from sparling_genomics.audit.figures import Transplant
from sparling_genomics.audit.independence import Dependence
from sparling_genomics.audit.verdicts import verdict
from tests.genomics.audited import SOUND, figures

DOUBTS = {
    "few sequences": ({"test_bound": 8, "test_unbound": 1}, "only 9 test sequences"),
    "weak evidence": ({"e": 0.02}, "weak evidence on the test side"),
    "composition": ({"explained": 0.5}, "composition"),
    "a repeat": ({"flank": 0.1}, "repeated element"),
    "another's sites": ({"contested": 0.5}, "shares its sites with M2"),
    "not needed": ({"alpha": 0.04}, "hardly depends"),
    "other seeds": ({"found": 1, "runs": 3}, "0 of 2 other seeds"),
    "not reproduced": ({"reproduced": 0.4}, "40%"),
}


def test_a_motif_without_fault_is_trusted():
    assert verdict(SOUND).text == "trusted"
    assert verdict(SOUND).notes == ()
    assert verdict(SOUND, NullEvidence(1e-3)).trusted


@pytest.mark.parametrize("name", DOUBTS)
def test_each_doubt_is_named_alone(name):
    changes, words = DOUBTS[name]
    found = verdict(figures(**changes))
    assert not found.trusted
    assert len(found.doubts) == 1
    assert words in found.text


def test_doubts_add_up():
    changes = {key: value for each, _ in DOUBTS.values() for key, value in each.items()}
    assert len(verdict(figures(**changes)).doubts) == len(DOUBTS)


def test_what_was_not_measured_raises_no_doubt():
    unknown = dict.fromkeys(("alpha", "flank", "contested", "explained", "overlap", "dependence", "found", "runs"))
    assert verdict(figures(**unknown)).trusted
    assert verdict(figures(alpha=0.0, alpha_sequences=9)).trusted


@pytest.mark.parametrize(
    ("overlap", "by_chance", "noted"),
    [(0.25, 0.1, False), (0.26, 0.1, True), (0.74, 0.4, False), (0.76, 0.4, True), (0.05, 0.0, False)],
)
def test_footprints_that_touch_more_than_chance_explains_are_a_note(overlap, by_chance, noted):
    found = verdict(figures(overlap=overlap, overlap_by_chance=by_chance))
    assert found.notes == (("often beside or over M2",) if noted else ())


@pytest.mark.parametrize(("found", "runs", "doubted"), [(1, 2, True), (2, 2, False), (2, 3, False), (2, 4, True)])
def test_only_other_seeds_speak_for_a_motif(found, runs, doubted):
    assert verdict(figures(found=found, runs=runs)).trusted is not doubted


def test_no_better_than_the_null_run_is_doubtful():
    assert "null run" in verdict(figures(e=1e-3), NullEvidence(1e-3)).text
    assert verdict(figures(e=1e-3), NullEvidence(2e-3)).trusted


NAMES = ["held-out", "needed", "more than composition", "no repeat", "no neighbour’s shadow", "null run", "other seeds"]


def states(figures, null=None):
    return {check.name: check.state for check in checks(figures, null)}


def test_a_check_that_was_not_made_is_no_success():
    """Three grades, and a null run that finds nothing is another thing than none."""
    assert states(SOUND) == dict.fromkeys(NAMES, "holds") | {"null run": "not tested"}
    assert states(SOUND, NullEvidence(None)) == dict.fromkeys(NAMES, "holds")
    unknown = figures(**dict.fromkeys(("alpha", "flank", "contested", "explained", "found", "runs")))
    assert states(unknown) == dict.fromkeys(NAMES, "not tested") | {"held-out": "holds"}
    assert verdict(unknown).made == 1


@pytest.mark.parametrize("name", DOUBTS)
def test_each_doubt_is_one_check_with_its_numbers(name):
    changes, words = DOUBTS[name]
    failing = [check for check in checks(figures(**changes)) if check.state == "fails"]
    assert len(failing) == 1
    assert words in failing[0].doubts[0]
    assert any(letter.isdigit() for letter in failing[0].text)


def test_of_few_sequences_the_evidence_is_that_of_the_word():
    found = verdict(figures(held_out=False, e=0.08, p=0.08, test_bound=1, test_unbound=2))
    assert found.doubts == ("too few sequences to hold any out", "weak evidence (E = 0.08)")
    assert "those of its word" in found.checks[0].text


def test_what_the_theorem_asks_and_a_motif_may_lack_is_a_note():
    found = verdict(figures(dependence=Dependence("strand", 4, 0.3, 0.01, 700), overlap=0.4, overlap_by_chance=0.1))
    assert found.trusted
    assert len(found.notes) == 2
    alike = "reads like M1 or a part of it (correlation 0.80)"
    assert verdict(figures(like="M1", likeness=0.8)).notes == (alike,)
    assert verdict(figures(like="M1", likeness=0.79)).notes == ()
    lost = "most of its sites are lost without the letters beside them"
    assert verdict(figures(transplant=Transplant(10, 0.4, 0.9))).notes == (lost,)
    assert verdict(figures(transplant=Transplant(9, 0.4, 0.9))).notes == ()
    weak = (Dependence("strand", 4, 0.3, 0.2, 700), Dependence("strand", 4, 0.05, 0.002, 700))
    assert all(verdict(figures(dependence=each)).notes == () for each in weak)


def test_the_rule_does_not_need_the_trainer():
    code = "import sys, sparling_genomics.audit.verdicts; print('sparling.training.trainer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
