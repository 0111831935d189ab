"""``sparling validate`` end to end, on a world so small that it takes seconds."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sparling_cli.progress import TrainingDisplay

from sparling.training.schedule import Progress
from sparling.validation import report
from sparling.validation.run import CONFIG
from sparling.worlds.digit_circle.presets import PRESETS
from tests.core.worlds.tiny import tiny_preset

FILES = ("validation.json", CONFIG, "metrics.jsonl", "evidence.npz", "report.html", "model/model.safetensors")
WORLD = ("validate", "digit-circle")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "quick", tiny_preset())


@pytest.fixture
def finished(sparling, tmp_path) -> Path:
    assert sparling(*WORLD, "--device", "cpu", "--out", tmp_path / "run").code == 0
    return tmp_path / "run"


def interrupting(samples: int) -> Callable[[TrainingDisplay, Progress], None]:
    def on_batch(display: TrainingDisplay, progress: Progress) -> None:
        if progress.samples >= samples:
            raise KeyboardInterrupt

    return on_batch


def test_at_the_first_batch_the_time_that_it_may_take_is_known(sparling, tmp_path, monkeypatch) -> None:
    seen = []

    def on_batch(display: TrainingDisplay, progress: Progress) -> None:
        display.progress = progress
        seen.append(display.left())
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainingDisplay, "on_batch", on_batch)
    out = ("--device", "cpu", "--out", tmp_path / "run")
    assert sparling(*WORLD, *out, "--max-minutes", "7").code == 130
    assert seen == ["up to 7 min"]


def figures(folder: Path) -> dict[str, object]:
    result = json.loads((folder / "validation.json").read_text())
    result.pop("seconds")
    return result


def refused(result, *words: str) -> None:
    assert result.code == 2
    assert any(word in result.err for word in words), result.err
    assert "Traceback" not in result.err
    if result.err.startswith("sparling:"):
        assert len(result.err.splitlines()) <= 2


def test_prints_the_figures_beside_the_published_ones(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sparling(*WORLD, "--device", "cpu", "--seed", 2)
    folder = Path("digit-circle_quick_2")
    assert result.code == 0
    assert all((folder / name).is_file() for name in FILES)
    assert not list(folder.rglob("*.partial"))
    known = json.loads((folder / "validation.json").read_text())
    lines = {line.split()[0]: line.split() for line in result.out.splitlines() if line.strip()}
    assert lines["FPE"][1:3] == [f"{100 * known['fpe']:.2f}", "1.48"]
    assert lines["FNE"][1:3] == [f"{100 * known['fne']:.2f}", "0.42"]
    assert lines["CE"][1:3] == [f"{100 * known['ce']:.2f}", "1.16"]
    assert lines["E2EE"][1:3] == [f"{100 * known['e2ee']:.2f}", "0.74"]
    assert lines["perturbation"][2] == "99.30"
    for words in ("100 × 100", "6 million", "smaller world", "× δ*", f"{known['samples']:,} samples"):
        assert words in result.out, words
    assert str(folder / "report.html") in result.out
    assert "channel of" in result.out
    assert "exact match" not in result.err
    assert "in float32; results in" in result.err or "in bf16; results in" in result.err
    rows = [line for line in result.err.splitlines() if re.match(r" +[\d,]+ +\d\.\d{4} ", line)]
    assert len(rows) == len((folder / "metrics.jsonl").read_text().splitlines())


def test_an_existing_run_is_kept_unless_forced(sparling, finished):
    before = figures(finished)
    refused(sparling(*WORLD, "--out", finished), "--out exists already")
    assert figures(finished) == before
    assert sparling(*WORLD, "--device", "cpu", "--out", finished, "--force", "--seed", 5).code == 0
    assert figures(finished)["seed"] == 5


def test_force_replaces_nothing_but_a_validation(sparling, tmp_path):
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "config.toml").write_text("a run of another kind")
    refused(sparling(*WORLD, "--out", folder, "--force"), f"this has no {CONFIG}")
    assert [path.name for path in folder.iterdir()] == ["config.toml"]


def test_interrupted_and_resumed_is_as_if_it_had_not_been(sparling, finished, tmp_path, monkeypatch):
    out = tmp_path / "killed"
    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", interrupting(700))
        result = sparling(*WORLD, "--device", "cpu", "--out", out)
    assert result.code == 130
    assert "saved in" in result.err
    assert "Traceback" not in result.err
    assert not (out / "validation.json").exists()
    assert sparling(*WORLD, "--device", "cpu", "--out", out, "--resume").code == 0
    assert figures(out) == figures(finished)


def test_a_report_that_was_interrupted_is_drawn_on_resuming(sparling, tmp_path, monkeypatch):
    def interrupt(*_: object) -> Path:
        raise KeyboardInterrupt

    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(report, "write_report", interrupt)
        result = sparling(*WORLD, "--device", "cpu", "--out", out)
    assert (result.code, "all else is in" in result.err) == (130, True)
    assert sparling(*WORLD, "--device", "cpu", "--out", out, "--resume").code == 0
    assert (out / "report.html").is_file()


def test_a_variant_is_told_apart_in_name_and_result(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sparling(*WORLD, "--device", "cpu", "--variant", "fixed", "--max-minutes", 3).code == 0
    result = figures(Path("digit-circle_quick_0_fixed"))
    assert result["variant"] == "fixed"
    assert result["settings"]["schedule"]["max_minutes"] == 3
    config = json.loads(Path("digit-circle_quick_0_fixed", CONFIG).read_text())
    assert (config["preset"], config["variant"], config["seed"]) == ("quick", "fixed", 0)


def test_figures_that_a_variant_does_not_have_are_dashes(sparling, tmp_path):
    result = sparling(*WORLD, "--device", "cpu", "--variant", "supervised", "--out", tmp_path / "run")
    assert result.code == 0
    lines = {line.split()[0]: line.split() for line in result.out.splitlines() if line.strip()}
    assert lines["E2EE"][1] == lines["perturbation"][1] == "–"
    assert "lie on no digit." in result.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", 7], "--seed 7 differs from the run to resume, which has 0"),
        (["--preset", "full"], "--preset full differs"),
        (["--variant", "shared"], "--variant shared differs"),
        (["--force"], "exclude each other"),
        (["--max-minutes", -1], "--max-minutes must be above 0"),
    ],
)
def test_only_the_same_run_is_resumed(sparling, tmp_path, monkeypatch, options, words):
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", interrupting(1))
        sparling(*WORLD, "--device", "cpu", "--out", out)
    before = (out / CONFIG).read_text()
    refused(sparling(*WORLD, "--out", out, "--resume", *options), words)
    assert (out / CONFIG).read_text() == before


def test_a_damaged_checkpoint_is_not_resumed(sparling, finished):
    (finished / "checkpoint" / "state.pt").write_bytes(b"PK\x03\x04 nothing")
    refused(sparling(*WORLD, "--device", "cpu", "--out", finished, "--resume"), "checkpoint is damaged")


BAD_OPTIONS = {
    "unknown preset": (["--preset", "huge"], "--preset must be one of quick, full, paper; got huge"),
    "empty preset": (["--preset", ""], "--preset must be one of"),
    "unknown variant": (["--variant", "l3"], "--variant must be one of sparling, shared"),
    "negative seed": (["--seed", -3], "--seed must be a whole number from 0"),
    "enormous seed": (["--seed", 10**19], "--seed must be a whole number from 0"),
    "text for a seed": (["--seed", "x"], "--seed"),
    "no time": (["--max-minutes", 0], "--max-minutes must be above 0; got 0"),
    "no number of minutes": (["--max-minutes", "nan"], "--max-minutes must be above 0; got nan"),
    "unknown device": (["--device", "tpu"], "--device must be one of auto, cpu, cuda; got tpu"),
    "unknown option": (["--colour", "red"], "--colour"),
    "resume and force": (["--resume", "--force"], "exclude each other"),
    "nothing to resume": (["--resume"], "no run to resume"),
}


@pytest.mark.parametrize("fault", BAD_OPTIONS)
def test_bad_options_are_named_and_nothing_is_written(fault, sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options, words = BAD_OPTIONS[fault]
    refused(sparling(*WORLD, *options), words)
    refused(sparling(*WORLD, "--out", tmp_path / "run", *options), words)
    assert list(tmp_path.iterdir()) == []


def test_bad_places_are_named_and_left_alone(sparling, tmp_path):
    file = tmp_path / "file"
    file.write_text("precious")
    for out, words in ((file, "--out is a file"), (file / "run", "--out cannot be written")):
        refused(sparling(*WORLD, "--out", out), words)
        refused(sparling(*WORLD, "--out", out, "--force"), words)
    assert file.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_unknown_world_is_refused(sparling):
    refused(sparling("validate", "letters"), "letters")


def test_cuda_without_a_gpu_is_refused(sparling, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    refused(sparling(*WORLD, "--device", "cuda", "--out", tmp_path / "run"), "GPU")
    assert list(tmp_path.iterdir()) == []
