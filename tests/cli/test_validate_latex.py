"""``sparling validate latex-ocr`` end to end, on a world so small that it takes seconds."""

import json
from pathlib import Path

import pytest

from sparling.validation import measure
from sparling.worlds.latex_ocr.presets import MATCHED, PRESETS
from tests.core.worlds.tiny import tiny_formulas
from tests.page import Page


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "quick", tiny_formulas())
    monkeypatch.setattr(measure, "SAMPLES", 128)
    monkeypatch.setattr(measure, "PATCHES", 20)


def test_formulas_go_all_the_way_to_a_report(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sparling("validate", "latex-ocr", "--device", "cpu", "--seed", 1)
    assert result.code == 0, result.err
    folder = Path("latex-ocr_quick_1")
    known = json.loads((folder / "validation.json").read_text())
    lines = {line.split()[0]: line.split() for line in result.out.splitlines() if line.strip()}
    assert lines["FNE"][1:3] == [f"{100 * known['fne']:.2f}", "14.20"]
    assert lines["perturbation"][2] == "86.10"
    assert "formulas of 1–5 tokens" in result.err
    assert len(known["classes"]) == 20
    assert known["settings"]["network"]["channels"] == MATCHED
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    for words in ("LaTeX-OCR", "best one-to-one assignment", "(published: 86.1%)"):
        assert words in page.text
    assert "digit" not in page.text


def test_an_unknown_preset_is_named_before_anything_is_written(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sparling("validate", "latex-ocr", "--preset", "huge")
    assert result.code == 2
    assert "--preset must be one of quick, full, paper; got huge" in result.err
    assert list(tmp_path.iterdir()) == []
