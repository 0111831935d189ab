"""``sparling validate audio`` end to end, on a world so small that it takes seconds."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from sparling.domains.spoken_digits.voice import built_in_voices
from sparling.validation import drawing, measure
from sparling.validation.run import CONFIG
from sparling.worlds.spoken_digits import sources
from sparling.worlds.spoken_digits.presets import PRESETS
from tests.core.worlds.tiny_audio import tiny_preset

WORLD = ("validate", "audio", "--device", "cpu")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "SAMPLES", 128)
    monkeypatch.setattr(measure, "PATCHES", 20)
    monkeypatch.setattr(drawing, "svg", lambda figure: b"<svg/>")
    monkeypatch.setitem(PRESETS, "quick", tiny_preset())
    monkeypatch.setattr(sources, "_built_in", lambda: built_in_voices(voices=2, takes=2))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Two speakers' recordings as a folder of WAV files."""
    folder, clips = tmp_path / "recorded", built_in_voices(voices=2, takes=2)
    folder.mkdir()
    for i in range(len(clips)):
        name = f"{int(clips.digit[i])}_{('ann', 'bob')[int(clips.speaker[i])]}_{int(clips.take[i])}.wav"
        wavfile.write(folder / name, 8000, clips.of_clip(i).numpy())
    return folder


def refused(result, *words: str) -> None:
    assert result.code == 2
    for word in words:
        assert word in result.err, result.err
    assert "Traceback" not in result.err
    assert len(result.err.removeprefix("Preparing spoken digits …\n").splitlines()) <= 2


def test_on_a_fresh_machine_it_speaks_itself(sparling, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = sparling(*WORLD, "--seed", 2)
    assert result.code == 0
    folder = Path("audio_quick_2")
    known = json.loads((folder / "validation.json").read_text())
    lines = {line.split("  ")[0]: line.split() for line in result.out.splitlines() if line.strip()}
    assert lines["FNE"][1:3] == [f"{100 * known['fne']:.2f}", "4.46"]
    assert lines["CE many"][2:4] == [f"{100 * known['ce_many']:.2f}", "5.47"]
    assert lines["perturbation"][2] == "93.40"
    assert "built-in voice, 20 clips, tested on 20 of takes not heard in training" in " ".join(result.err.split())
    assert "of the clips were read without a fault" in result.out
    assert (folder / "report.html").is_file()


def test_recordings_and_a_speaker_held_out(sparling, recorded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sparling(*WORLD, "--clips", "recorded", "--held-out", "bob", "--variant", "fixed").code == 0
    folder = Path("audio_quick_0_fixed_recorded_bob")
    config = json.loads((folder / CONFIG).read_text())
    assert (config["clips"], config["held_out"]) == (str(recorded), "bob")
    assert "--held-out bob" in (folder / "report.html").read_text()
    refused(sparling(*WORLD, "--out", folder, "--resume", "--held-out", "ann"), "--held-out ann differs")
    (recorded / "3_ann_0.wav").write_bytes((recorded / "4_ann_0.wav").read_bytes())
    refused(sparling(*WORLD, "--out", folder, "--resume"), "the settings are not what they were")
    (recorded / "3_ann_0.wav").unlink()
    (recorded / "3_ann_1.wav").unlink()
    refused(sparling(*WORLD, "--out", folder, "--resume"), "no clip left to train on of digit 3")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--clips", "nowhere"), "--clips: no such file or folder, nowhere"),
        (("--clips", "empty"), "no WAV file in this folder"),
        (("--clips", "spoken-digits"), "'spoken-digits' is not here yet; `sparling data get spoken-digits` fetches it"),
        (("--clips", "jaspar"), "'jaspar' is a recipe of kind motifs, expected sounds"),
        (("--clips", "text.npz"), "neither a folder nor an npz file of clips"),
        (
            ("--clips", "recorded", "--held-out", "carl"),
            "must be speakers of the clips, which are ann, bob",
        ),
        (("--clips", "recorded", "--held-out", "ann,bob"), "no clip left to train on of digit 0"),
        (("--held-out", ""), "--held-out: must be speakers of the clips"),
        (("--preset", "huge"), "--preset must be one of quick, full, paper; got huge"),
        (("--clips", "recorded", "--out", ".", "--force"), "--clips lies in --out"),
    ],
)
def test_bad_options_are_named_and_nothing_is_written(options, words, sparling, recorded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARLING_DATA", str(tmp_path / "data"))
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.npz").write_text("text")
    before = sorted(tmp_path.rglob("*"))
    refused(sparling(*WORLD, *options), words)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_broken_recording_is_named(sparling, recorded, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    wavfile.write(recorded / "5_ann_0.wav", 8000, np.zeros(500, np.int16))
    refused(sparling(*WORLD, "--clips", "recorded"), "nothing to be heard", "5_ann_0.wav")
    (recorded / "5_ann_0.wav").rename(recorded / "five.wav")
    refused(sparling(*WORLD, "--clips", "recorded"), "must be named DIGIT_SPEAKER_TAKE.wav", "five.wav")
