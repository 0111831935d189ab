"""``sparling validate all``: every world in a folder of its own, gone on with where it was stopped, one table."""

import json
import re
from pathlib import Path

import pytest
from sparling_cli.progress import TrainingDisplay
from sparling_cli.validate.together import MARKER

from sparling.domains.spoken_digits.voice import built_in_voices
from sparling.training.schedule import Progress
from sparling.validation import drawing, measure
from sparling.worlds.digit_circle.presets import PRESETS as CIRCLES
from sparling.worlds.latex_ocr.presets import PRESETS as FORMULAS
from sparling.worlds.spoken_digits import sources
from sparling.worlds.spoken_digits.presets import PRESETS as SOUNDS
from sparling_genomics.worlds.planted_dna import world
from tests.core.worlds import tiny, tiny_audio
from tests.genomics.worlds.planted_dna.tiny import NETWORK, STARTS, tiny_world

ALL = ("validate", "all", "--device", "cpu")
WORLDS = ["digit-circle", "latex-ocr", "audio", "planted-dna"]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CIRCLES, "quick", tiny.tiny_preset())
    monkeypatch.setitem(FORMULAS, "quick", tiny.tiny_formulas())
    monkeypatch.setitem(SOUNDS, "quick", tiny_audio.tiny_preset())
    monkeypatch.setattr(sources, "_built_in", lambda: built_in_voices(voices=2, takes=2))
    monkeypatch.setattr(world, "SCHEDULE", tiny_world().schedule)
    monkeypatch.setattr(world, "Network", lambda: NETWORK)
    monkeypatch.setattr(world, "Starts", lambda: STARTS)
    monkeypatch.setattr(measure, "SAMPLES", 128)
    monkeypatch.setattr(measure, "PATCHES", 20)
    monkeypatch.setattr(drawing, "svg", lambda figure: b"<svg/>")


def interrupting_the_second(display: TrainingDisplay, progress: Progress) -> None:
    if list(Path("validation_quick_3/latex-ocr").glob("*.json")) and progress.samples > 600:
        raise KeyboardInterrupt


def test_all_worlds_are_run_and_what_is_finished_is_not_run_again(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(TrainingDisplay, "on_batch", interrupting_the_second)
        stopped = sparling(*ALL, "--seed", 3)
    folder = Path("validation_quick_3")
    assert stopped.code == 130
    assert "Go on with: sparling validate all --resume --out validation_quick_3" in stopped.err
    assert sorted(path.name for path in folder.iterdir()) == ["digit-circle", "latex-ocr", MARKER]
    first = (folder / "digit-circle" / "validation.json").read_bytes()
    page = (folder / "digit-circle" / "report.html").read_bytes()
    (folder / "digit-circle" / "report.html").unlink()

    for options, words in (
        (("--seed", 4, "--resume", "--out", folder), "--seed 4 differs from the run to resume, which has 3"),
        (("--preset", "full", "--resume", "--out", folder), "--preset full differs"),
        (("--seed", 3), "--out exists already"),
        (("--resume", "--out", folder / "digit-circle"), "no run to resume"),
    ):
        refused = sparling(*ALL, *options)
        assert (refused.code, words in refused.err) == (2, True), refused.err

    done = sparling(*ALL, "--resume", "--out", folder)
    assert done.code == 0, done.err
    assert "digit-circle: finished already" in done.err
    assert (folder / "digit-circle" / "validation.json").read_bytes() == first
    assert (folder / "digit-circle" / "report.html").read_bytes() == page
    table = done.out[done.out.rindex("exact match") :].splitlines()
    rows = {line.split()[0]: re.split(r" {2,}", line.strip()) for line in table[1:] if not line.startswith(" ")}
    assert list(rows)[:4] == WORLDS
    for name in WORLDS:
        known = json.loads((folder / name / "validation.json").read_text())
        assert rows[name][1:3] == [f"{100 * known[error]:.2f}" for error in ("fpe", "fne")]
        assert rows[name][8] == f"{sum(each['guaranteed'] for each in known['theorem']['verdicts'])} of " + str(
            len(known["classes"])
        )
        assert (folder / name / "report.html").is_file()
    assert table[2].split() == ["published", "1.48", "0.42", "1.16", "–", "0.74", "–"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--resume", "--force"), "exclude each other"),
        (("--resume",), "no run to resume"),
        (("--seed", -1), "--seed must be a whole number from 0"),
        (("--max-minutes", 0), "--max-minutes must be above 0"),
        (("--preset", "huge"), "--preset must be one of"),
    ],
)
def test_bad_options_are_named_and_nothing_is_written(options, words, sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = sparling(*ALL, *options)
    assert (refused.code, words in refused.err) == (2, True), refused.err
    assert list(tmp_path.iterdir()) == []
