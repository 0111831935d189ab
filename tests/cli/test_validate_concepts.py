"""``sparling validate concepts`` end to end, on a world so small that it takes seconds."""

import json
from pathlib import Path

import pytest
from sparling_cli.progress import TrainingDisplay
from sparling_cli.validate.options import SIZES

from sparling.training.schedule import Progress
from sparling.validation.run import CONFIG
from sparling.worlds.concepts.presets import PRESETS
from tests.core.worlds.tiny_concepts import tiny_preset

WORLD = ("validate", "concepts")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "quick", tiny_preset())


def refused(result, words: str) -> None:
    assert result.code == 2
    assert words in result.err
    assert "Traceback" not in result.err


def test_prints_every_training_beside_the_published_one(sparling, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = sparling(*WORLD, "--device", "cpu", "--seed", 3)
    folder = Path("concepts_quick_3")
    assert result.code == 0, result.err
    assert all((folder / name).is_file() for name in ("validation.json", CONFIG, "report.html"))
    assert not list(folder.rglob("*.partial"))
    known = json.loads((folder / "validation.json").read_text())
    lines = [line for line in result.out.splitlines() if line.startswith(("Global TopK, λ", "Local TopK, λ"))]
    assert len(lines) == 4
    assert f"{100 * known['found'][1]['alive']:.1f}" in lines[1]
    assert sum(line.strip().startswith("published") for line in result.out.splitlines()) == 4
    assert "84.4" in result.out
    assert str(folder / "report.html") in result.out
    for title in ("1 of 4: Global TopK, λ = 0, k = 3", "4 of 4: Local TopK, λ = 1, k = 3"):
        assert title in result.err
    refused(sparling(*WORLD, "--out", folder), "--out exists already")
    refused(sparling(*WORLD, "--out", folder, "--resume", "--seed", 4), "seed")


def test_stopped_and_resumed_ends_as_if_it_had_not_been(sparling, tmp_path, monkeypatch) -> None:
    def on_batch(display: TrainingDisplay, progress: Progress) -> None:
        if "2 of 4" in display.outlook.stage.title and progress.samples > 4_000:
            raise KeyboardInterrupt

    out, whole = tmp_path / "killed", tmp_path / "whole"
    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", on_batch)
        result = sparling(*WORLD, "--device", "cpu", "--out", out)
    assert result.code == 130
    assert f"sparling validate concepts --resume --out {out}" in result.err
    assert sparling(*WORLD, "--device", "cpu", "--out", out, "--resume").code == 0
    assert sparling(*WORLD, "--device", "cpu", "--out", whole).code == 0

    def found(folder: Path) -> list:
        rows = json.loads((folder / "validation.json").read_text())["found"]
        return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]

    assert found(out) == found(whole)


def test_bad_options_are_told(sparling, tmp_path) -> None:
    refused(sparling(*WORLD, "--preset", "paper"), "--preset")
    refused(sparling(*WORLD, "--seed", -1), "seed")
    refused(sparling(*WORLD, "--max-minutes", 0), "max")
    refused(sparling(*WORLD, "--resume", "--out", tmp_path / "nothing"), "nothing")


def test_sizes_are_the_presets() -> None:
    assert set(SIZES) == set(PRESETS)
