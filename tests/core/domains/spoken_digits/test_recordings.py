"""Recordings from WAV files of any kind and from arrays; every fault in one line that names its file."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from sparling.domains.spoken_digits.recordings import fingerprint, read_clips, read_wav
from sparling.errors import InputError

TONE = 0.5 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)


def write(path: Path, rate: int = 8000, sound: np.ndarray | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate, (TONE * 2**15).astype(np.int16) if sound is None else sound)
    return path


def arrays(**changes: object) -> dict[str, object]:
    digits = np.repeat(np.arange(10), 2)
    plain: dict[str, object] = {
        "samples": np.arange(1, 2001, dtype=np.int16),
        "offsets": np.arange(0, 2001, 100),
        "digit": digits,
        "speaker": np.zeros(20, int),
        "take": np.tile([0, 1], 10),
        "rate": np.array(8000),
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


def test_a_folder_is_read_with_its_folders(tmp_path: Path) -> None:
    for name in ("7_jackson_0.wav", "sub/7_jackson_1.WAV", "sub/0_52_13.wav"):
        write(tmp_path / name)
    (tmp_path / "README.md").write_text("not a sound")
    clips = read_clips(tmp_path)
    assert clips.speakers == ("52", "jackson")
    assert (clips.digit.tolist(), clips.take.tolist()) == ([0, 7, 7], [13, 0, 1])
    assert np.abs(clips.of_clip(1).numpy() / 2**15 - TONE).max() < 1e-4


@pytest.mark.parametrize("kind", [np.int16, np.int32, np.float32, np.float64, np.uint8], ids=lambda kind: kind.__name__)
def test_every_kind_of_sample_says_the_same(kind: type, tmp_path: Path) -> None:
    if kind is np.uint8:
        sound = np.round(TONE * 127 + 128).astype(kind)
    else:
        sound = (TONE if kind in (np.float32, np.float64) else TONE * -float(np.iinfo(kind).min)).astype(kind)
    found = read_wav(write(tmp_path / "x.wav", 8000, sound)) / 2**15
    assert np.abs(found - TONE).max() < (0.01 if kind is np.uint8 else 1e-4)


@pytest.mark.parametrize("rate", [16000, 44100, 48000, 6000])
def test_other_rates_are_resampled(rate: int, tmp_path: Path) -> None:
    sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    found = read_wav(write(tmp_path / "x.wav", rate, sound.astype(np.float32))) / 2**15
    assert len(found) == 8000
    assert np.abs(found[400:-400] - TONE[400:-400]).max() < 5e-3


def test_two_channels_are_averaged(tmp_path: Path) -> None:
    both = np.stack([TONE, 0 * TONE], 1).astype(np.float32)
    assert np.abs(read_wav(write(tmp_path / "x.wav", 8000, both)) / 2**15 - TONE / 2).max() < 1e-4


def test_arrays_are_read_and_resampled(tmp_path: Path) -> None:
    path = tmp_path / "clips.npz"
    np.savez(path, **arrays())
    clips = read_clips(path)
    assert len(clips) == 20
    assert clips.of_clip(3).tolist() == list(range(301, 401))
    np.savez(path, **arrays(rate=np.array(16000)))
    assert set(read_clips(path).length.tolist()) == {50}
    assert fingerprint(clips) != fingerprint(read_clips(path))
    assert fingerprint(clips) == fingerprint(clips)


def test_the_recordings_at_hand(shared_data: Path) -> None:
    clips = read_clips(shared_data / "audio" / "spoken_digits_8khz.npz")
    assert (len(clips), len(clips.speakers), clips.missing()) == (3000, 6, [])
    assert clips.digit.bincount().tolist() == [300] * 10
    content = np.load(shared_data / "audio" / "spoken_digits_8khz.npz")
    row = np.flatnonzero((content["digit"] == 4) & (content["speaker"] == 2) & (content["take"] == 9))[0]
    (mine,) = ((clips.digit == 4) & (clips.speaker == 2) & (clips.take == 9)).nonzero()
    start, end = content["offsets"][row : row + 2]
    assert clips.of_clip(int(mine)).tolist() == content["samples"][start:end].tolist()


def refused(path: Path, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_clips(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folders_that_cannot_serve(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "no such file or folder")
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "no WAV file")
    refused(write(tmp_path / "named" / "seven.wav").parent, "must be named DIGIT_SPEAKER_TAKE.wav")
    write(tmp_path / "twice" / "a" / "1_x_0.wav")
    refused(write(tmp_path / "twice" / "b" / "1_x_0.wav").parent.parent, "is there twice")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as WAV"),
        (b"RIFF\x00\x00\x00\x00WAVE", "cannot be read as WAV"),
        (b"x" * 99, "cannot be read"),
    ],
)
def test_files_that_are_no_sound(content: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "1_x_0.wav").write_bytes(content)
    refused(tmp_path, words)


@pytest.mark.parametrize(
    "sound", [np.zeros(100, "i2"), np.zeros(0, "i2"), np.array([0.1, np.nan], "f4")], ids=["silent", "empty", "nan"]
)
def test_files_in_which_nothing_is_heard(sound: np.ndarray, tmp_path: Path) -> None:
    refused(write(tmp_path / "1_x_0.wav", 8000, sound).parent, "nothing to be heard")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"take": None}, "it lacks take"),
        ({"samples": np.zeros(2000)}, "samples must be int16"),
        ({"offsets": np.arange(0, 2000, 100)}, "21 offsets"),
        ({"offsets": np.arange(0, 4001, 200)}, "at most 2000 samples"),
        ({"offsets": np.zeros(21, int)}, "offsets must increase"),
        ({"digit": np.arange(20)}, "digits must be 0 to 9; got 0 to 19"),
        ({"speaker": np.array([object()] * 20)}, "neither a folder nor an npz"),
        ({"rate": np.array(0)}, "rate must be at least 1"),
        (
            {"digit": np.array([], int), "offsets": np.array([0]), "speaker": np.array([]), "take": np.array([])},
            "offsets",
        ),
    ],
)
def test_arrays_that_cannot_serve(changes: dict[str, object], words: str, tmp_path: Path) -> None:
    path = tmp_path / "clips.npz"
    np.savez(path, **arrays(**changes))
    refused(path, words)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"text"])
def test_files_that_are_no_arrays(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "clips.npz").write_bytes(content)
    refused(tmp_path / "clips.npz", f"neither a folder nor an npz file of clips: {tmp_path / 'clips.npz'}")


def test_one_array_alone_is_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "clips.npy", np.zeros(3))
    refused(tmp_path / "clips.npy", "")
