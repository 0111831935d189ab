"""``sparling validate planted-dna`` end to end, on a network so small that it takes seconds."""

import json
from pathlib import Path

import pytest

from sparling.validation.run import CONFIG
from sparling_genomics.worlds.planted_dna import world
from tests.genomics.worlds.planted_dna.tiny import NETWORK, STARTS, tiny_world

FILES = ("validation.json", CONFIG, "metrics.jsonl", "evidence.npz", "report.html", "model/model.safetensors")
WORLD = ("validate", "planted-dna")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "SCHEDULE", tiny_world().schedule)
    monkeypatch.setattr(world, "Network", lambda: NETWORK)
    monkeypatch.setattr(world, "Starts", lambda: STARTS)


@pytest.fixture
def finished(sparling, tmp_path) -> Path:
    assert sparling(*WORLD, "--device", "cpu", "--out", tmp_path / "run").code == 0
    return tmp_path / "run"


def refused(result, words: str) -> None:
    assert result.code == 2
    assert words in result.err, result.err
    assert "Traceback" not in result.err


def test_a_run_leaves_its_figures_and_says_them(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sparling(*WORLD, "--device", "cpu", "--seed", 2)
    folder = Path("planted-dna_order_2")
    assert result.code == 0
    assert all((folder / name).is_file() for name in FILES)
    known = json.loads((folder / "validation.json").read_text())
    assert (known["grammar"], known["seed"]) == ("order", 2)
    lines = {line.split()[0]: line.split() for line in result.out.splitlines() if line.strip()}
    assert lines["FNE"][1:3] == [f"{100 * known['fne']:.2f}", f"{100 * known['known_matrices']['fne']:.2f}"]
    assert "channel of" in result.out
    assert "Best of 2 starts" in result.out
    assert "Start 2 of 2" in result.err
    assert "does the first motif lie left of the second?" in result.err


def test_a_finished_run_is_kept_and_only_the_same_is_resumed(sparling, finished):
    refused(sparling(*WORLD, "--out", finished), "--out exists already")
    refused(sparling(*WORLD, "--out", finished, "--resume", "--grammar", "count"), "--grammar count differs")
    refused(sparling(*WORLD, "--out", finished, "--resume", "--seed", 4), "--seed 4 differs")
    assert sparling(*WORLD, "--device", "cpu", "--out", finished, "--resume").code == 0


BAD_OPTIONS = {
    "unknown grammar": (["--grammar", "syntax"], "--grammar must be one of presence, count, order"),
    "negative seed": (["--seed", -3], "--seed must be a whole number from 0"),
    "no time": (["--max-minutes", 0], "--max-minutes must be above 0; got 0"),
    "unknown device": (["--device", "tpu"], "--device must be one of auto, cpu, cuda; got tpu"),
    "resume and force": (["--resume", "--force"], "exclude each other"),
    "nothing to resume": (["--resume"], "no run to resume"),
}


@pytest.mark.parametrize("fault", BAD_OPTIONS)
def test_bad_options_are_named_and_nothing_is_written(fault, sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options, words = BAD_OPTIONS[fault]
    refused(sparling(*WORLD, *options), words)
    assert list(tmp_path.iterdir()) == []
