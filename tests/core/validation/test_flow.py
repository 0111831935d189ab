"""A whole validation, made so small that it takes seconds: what it leaves, and that a killed one ends the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sparling.errors import Interrupted
from sparling.training.devices import choose_fabric
from sparling.validation import flow
from sparling.validation.evidence import read_evidence
from sparling.validation.report import write_report
from sparling.validation.run import Run
from sparling.validation.variants import VARIANTS
from tests.core.validation.killer import Killer, figures_of
from tests.core.validation.tiny import tiny_preset
from tests.page import Page

FRACTIONS = ("fpe", "fne", "ce", "ce_many", "e2ee", "exact_match", "density", "perturbation_consistency")
PROMISED = {*FRACTIONS, "delta_star", "seconds", "samples", "seed", "preset"}


def validated(folder: Path, variant: str = "sparling", resume: bool = False, kill: int | None = None) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    observer = None if kill is None else Killer(kill)
    return flow.validate(
        Run(tiny_preset(), variant, 1), choose_fabric("cpu", "float32")[0], folder, observer, resume=resume
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("validation") / "whole"
    validated(folder)
    return folder


def test_validation_json_has_all_that_others_rely_on(finished: Path) -> None:
    result = json.loads((finished / "validation.json").read_text())
    assert result.keys() >= PROMISED | {"variant", "scan", "settings", "versions", "device", "stop_reason", "classes"}
    assert all(result[name] is None or 0 <= result[name] <= 1 for name in FRACTIONS)
    assert (result["seed"], result["preset"], result["variant"]) == (1, "quick", "sparling")
    assert result["delta_star"] == pytest.approx(1.5 / (10 * 20 * 20))
    assert sum(item["motifs"] for item in result["classes"]) > 64


def test_classes_add_up_to_the_errors(finished: Path) -> None:
    evidence = read_evidence(finished)
    classes, result = evidence.result["classes"], evidence.result
    motifs, missed = (sum(item[name] for item in classes) for name in ("motifs", "missed"))
    assert result["fne"] == pytest.approx(missed / motifs)
    assert result["ce"] == pytest.approx(sum(item["confused"] for item in classes) / (motifs - missed))


def test_the_scan_goes_from_the_first_density_to_one_step_past_the_last(finished: Path) -> None:
    result = json.loads((finished / "validation.json").read_text())
    densities = [point["target_density"] for point in result["scan"]]
    assert densities == sorted(densities, reverse=True)
    assert densities[0] == tiny_preset().schedule.initial
    assert densities[-2:] == pytest.approx([result["delta_star"], result["delta_star"] * tiny_preset().schedule.factor])


def test_a_real_run_has_a_report(finished: Path) -> None:
    page = Page(write_report(finished).read_text(encoding="utf-8"))
    assert sum(tag == "img" for tag, _, _ in page.attributes) >= 6
    assert "The published row is for images of 100 × 100 pixels" in page.text


@pytest.mark.parametrize("kill", [32, 3 * 256, 5 * 256 + 64])
def test_a_killed_run_that_is_resumed_ends_the_same(
    finished: Path, tmp_path: Path, kill: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says nothing on its own: what is shown is the business of whoever asks for it."""
    with pytest.raises(Interrupted, match="saved in"):
        validated(tmp_path / "run", kill=kill)
    assert not (tmp_path / "run" / "validation.json").exists()
    validated(tmp_path / "run", resume=True)
    assert figures_of(tmp_path / "run") == figures_of(finished)
    whole, resumed = (read_evidence(folder).arrays for folder in (finished, tmp_path / "run"))
    assert all(whole[name].tobytes() == resumed[name].tobytes() for name in whole)
    assert capsys.readouterr() == ("", "")


def test_a_run_killed_before_anything_is_saved_starts_anew(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killing(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sparling.training.checkpoint.torch.save", killing)
        with pytest.raises(Interrupted):
            validated(tmp_path / "run")
    assert list((tmp_path / "run" / "checkpoint").iterdir()) == []
    validated(tmp_path / "run", resume=True)
    assert figures_of(tmp_path / "run") == figures_of(finished)


@pytest.mark.parametrize("moment", ["measure", "gather_evidence", "_one_step_further"])
def test_a_run_killed_after_training_is_measured_again(
    finished: Path, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killing(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(flow, moment, killing)
        with pytest.raises(Interrupted, match=f"stopped after training, before all was measured; saved in {tmp_path}"):
            validated(tmp_path / "run")
    validated(tmp_path / "run", resume=True)
    assert figures_of(tmp_path / "run") == figures_of(finished)


QUICK = ("shared", "fixed", "dense", "top-k")
"""Variants that every test run tries; they differ most from each other."""


@pytest.mark.parametrize(
    "variant", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in VARIANTS]
)
def test_every_variant_goes_all_the_way_to_a_report(variant: str, tmp_path: Path) -> None:
    result = validated(tmp_path / "run", variant)
    assert result["variant"] == variant
    densities = {point["target_density"] for point in result["scan"]}
    if VARIANTS[variant].anneals:
        assert len(densities) > 1
    else:
        assert len(densities) == (0 if variant == "supervised" else 1)
    assert write_report(tmp_path / "run").is_file()


def test_figures_that_cannot_be_told_are_null(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original: Callable[..., Any] = flow.measure

    def without(*arguments: Any) -> Any:
        figures, counts = original(*arguments)
        return figures | {"ce": float("nan")}, counts

    monkeypatch.setattr(flow, "measure", without)
    assert validated(tmp_path / "run")["ce"] is None
    assert '"ce": null' in (tmp_path / "run" / "validation.json").read_text()
