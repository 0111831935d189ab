"""A whole validation, made so small that it takes seconds: what it leaves, and that a killed one ends the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from sparling.domains.sequence_task import WorldTask
from sparling.errors import Interrupted
from sparling.training.devices import choose_fabric
from sparling.validation import flow
from sparling.validation.evidence import ARRAYS
from sparling.validation.report import evidence_of, write_report
from sparling.validation.result import RESULT, ValidationResult
from sparling.validation.variants import VARIANTS
from tests.core.validation.killer import Killer, figures_of
from tests.core.worlds.tiny import tiny_preset, tiny_run
from tests.page import Page

FRACTIONS = ("fpe", "fne", "ce", "ce_many", "e2ee", "exact_match", "density", "perturbation_consistency")
PROMISED = {*FRACTIONS, "delta_star", "seconds", "samples", "seed", "preset"}
WORLD = tiny_run().world


def validated(
    folder: Path, variant: str = "sparling", resume: bool = False, kill: int | None = None
) -> ValidationResult:
    """As if all it learns were above chance, so that the density falls: it is too small to learn anything."""
    folder.mkdir(exist_ok=True)
    watch = None if kill is None else lambda *_: Killer(kill)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorldTask, "chance", lambda task, target: float("-inf"))
        return flow.validate(tiny_run(variant), choose_fabric("cpu", "float32")[0], folder, watch, resume)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("validation") / "whole"
    validated(folder)
    return folder


def test_validation_json_has_all_that_others_rely_on(finished: Path) -> None:
    result = json.loads((finished / RESULT).read_text())
    assert result.keys() >= PROMISED | {"variant", "scan", "settings", "versions", "device", "stop_reason", "classes"}
    assert all(result[name] is None or 0 <= result[name] <= 1 for name in FRACTIONS)
    assert (result["seed"], result["preset"], result["variant"]) == (1, "quick", "sparling")
    assert result["delta_star"] == pytest.approx(1.5 / (10 * 20 * 20))
    assert sum(item["motifs"] for item in result["classes"]) > 64


def test_classes_add_up_to_the_errors(finished: Path) -> None:
    result = evidence_of(finished, WORLD).result
    motifs, missed = sum(item.motifs for item in result.classes), sum(item.missed for item in result.classes)
    assert result.errors.fne == pytest.approx(missed / motifs)
    assert result.errors.ce == pytest.approx(sum(item.confused for item in result.classes) / (motifs - missed))


def test_the_scan_goes_from_the_first_density_to_one_step_past_the_last(finished: Path) -> None:
    result = evidence_of(finished, WORLD).result
    densities, target = [point.target_density for point in result.scan], result.density.delta_star
    assert densities == sorted(densities, reverse=True)
    assert densities[0] == tiny_preset().schedule.initial
    assert densities[-2:] == pytest.approx([target, target * tiny_preset().schedule.factor])


def test_a_real_run_has_a_report(finished: Path) -> None:
    page = Page(write_report(finished, WORLD).read_text(encoding="utf-8"))
    assert sum(tag == "img" for tag, _, _ in page.attributes) >= 6
    assert "The published row is for images of 100 × 100 pixels" in page.text


def test_a_run_killed_again_and_again_ends_the_same(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is saved, before the first evaluation, while annealing, while settling, and at each step after
    training. And it says nothing on its own: what is shown is the business of whoever asks for it."""
    folder = tmp_path / "run"

    def killing(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("sparling.training.checkpoint.torch.save", killing)
        with pytest.raises(Interrupted, match="saved in"):
            validated(folder)
    assert not list((folder / "checkpoint").glob("*"))
    for samples in (32, 3 * 256, 5 * 256 + 64):
        with pytest.raises(Interrupted, match="saved in"):
            validated(folder, kill=samples, resume=True)
        assert not (folder / RESULT).exists()
    for moment in ("errors_on_test", "perturbation", "gather", "_one_step_further"):
        with monkeypatch.context() as patch:
            patch.setattr(flow, moment, killing)
            words = f"stopped after training, before all was measured; saved in {tmp_path}"
            with pytest.raises(Interrupted, match=words):
                validated(folder, resume=True)
        assert not (folder / RESULT).exists(), moment
    validated(folder, resume=True)
    assert figures_of(folder) == figures_of(finished)
    assert (folder / ARRAYS).read_bytes() == (finished / ARRAYS).read_bytes()
    assert capsys.readouterr() == ("", "")


QUICK = ("shared", "fixed", "dense", "top-k")
"""Variants that every test run tries; they differ most from each other."""


@pytest.mark.parametrize(
    "variant", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in VARIANTS]
)
def test_every_variant_goes_all_the_way_to_a_report(variant: str, tmp_path: Path) -> None:
    result = validated(tmp_path / "run", variant)
    assert result.chosen["variant"] == variant
    densities = {point.target_density for point in result.scan}
    if VARIANTS[variant].anneals:
        assert len(densities) > 1
    else:
        assert len(densities) == (0 if variant == "supervised" else 1)
    assert write_report(tmp_path / "run", tiny_run(variant).world).is_file()
