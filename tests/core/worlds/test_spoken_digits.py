"""Spoken digits as a world: clips kept apart, sounds at marks, a whole run with its report."""

import base64
import io
import json
import wave
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from sparling.domains.sequence_task import CALIBRATION, TEST, TRAIN, VALIDATION
from sparling.domains.spoken_digits.mel import HOP
from sparling.errors import InputError, SettingRefused
from sparling.networks.model import ForwardOutput
from sparling.training.annealing import Constant, simulate
from sparling.training.devices import choose_fabric
from sparling.training.revival.recoding import Recoding
from sparling.training.session import Session
from sparling.training.task import Batch
from sparling.validation.evidence import Arrays
from sparling.validation.flow import validate
from sparling.validation.report import evidence_of, write_report
from sparling.validation.result import ValidationResult
from sparling.validation.summary import in_percent
from sparling.validation.variants import VARIANTS
from sparling.worlds.spoken_digits.presets import PRESETS
from sparling.worlds.spoken_digits.sounds import STRONGEST, as_uri, as_wav, sounds_at_marks
from sparling.worlds.spoken_digits.sources import BUILT_IN, NOBODY, find_clips
from sparling.worlds.spoken_digits.world import SpokenDigitsWorld
from tests.core.validation.hand_made import RESULT
from tests.core.worlds.tiny_audio import tiny_preset, tiny_run, tiny_source
from tests.page import Page

WORLD = SpokenDigitsWorld.at(tiny_preset(), tiny_source())


def heard_in(world: SpokenDigitsWorld, side: int) -> set[tuple[int, ...]]:
    """Digit, speaker and take of every clip in 300 samples of one side."""
    domain = world.task(1, "cpu").drawn_from(side)
    layout = domain.layout(4 + side, torch.arange(300))
    used = torch.arange(domain.most) < layout.number[:, None]
    clips = domain.clips
    columns = (clips.digit, clips.speaker, clips.take)
    return set(zip(*(column[layout.clip[used]].tolist() for column in columns), strict=True))


def test_no_clip_of_the_test_is_heard_before() -> None:
    before = set.union(*(heard_in(WORLD, side) for side in (TRAIN, CALIBRATION, VALIDATION)))
    test = heard_in(WORLD, TEST)
    assert len(before) == len(test) == 20
    assert not before & test


def test_the_task_hears_the_test_from_clips_kept_apart() -> None:
    task = WORLD.task(1, "cpu")
    for side, domain in ((TRAIN, WORLD.domain), (TEST, WORLD.unseen)):
        batch, motifs = task.batch(side, 3, 5)
        expected = domain.samples(4 + side, torch.arange(3, 5))
        assert batch.x.equal(expected.x)
        assert motifs.low.equal(expected.motifs.low)


def test_noise_is_about_nothing_to_the_network() -> None:
    task = WORLD.task(1, "cpu")
    inputs, mask = task.inputs(task.batch(TRAIN, 0, 50)[0])
    assert mask is None
    assert abs(float(inputs.median())) < 0.5
    assert 2 < float(inputs.max()) < 6


def test_a_speaker_held_out_is_in_the_test_alone() -> None:
    source = find_clips(BUILT_IN, "voice-2, voice-10", 12_000)
    names = [source.train.speakers.index(name) for name in ("voice-2", "voice-10")]
    assert sorted(set(source.test.speaker.tolist())) == sorted(names)
    assert not set(source.train.speaker.tolist()) & set(names)


def test_longer_clips_are_left_out_and_counted() -> None:
    source = find_clips(BUILT_IN, NOBODY, 3_000)
    assert source.settings["left_out_as_too_long"] > 0
    assert max(int(part.length.max()) for part in (source.train, source.test)) <= 3_000
    with pytest.raises(SettingRefused, match=r"speakers of the clips, which are voice-1, .*, …"):
        find_clips(BUILT_IN, "jackson", 12_000)
    with pytest.raises(InputError, match="no such file or folder"):
        find_clips("/nowhere", NOBODY, 12_000)


@pytest.mark.parametrize("preset", PRESETS)
def test_each_preset_sees_a_radius_of_16_frames(preset: str) -> None:
    world = SpokenDigitsWorld.of(preset, "sparling", BUILT_IN, NOBODY)
    assert world.local().receptive_field == 33
    assert world.true_density == pytest.approx(world.domain.motifs_per_sample / (10 * world.map_size[0]))


def test_codes_become_channels_and_the_map_is_sparse_at_once() -> None:
    """Not without recruitment: then the density falls step by step."""
    assert isinstance(WORLD.revive, Recoding)
    assert "each channel inhibits itself alone, and codes get channels" in WORLD.in_words
    assert replace(WORLD, variant=VARIANTS["no-recruitment"]).revive is None


@pytest.mark.parametrize("variant", ["sparling", "no-recruitment"])
def test_the_map_stays_dense_until_no_more_is_learned_and_is_then_sparse(tmp_path: Path, variant: str) -> None:
    world = SpokenDigitsWorld.of("quick", variant, BUILT_IN, NOBODY)
    fabric = choose_fabric("cpu", "32")[0]
    rule = world.begin(world.task(0, "cpu"), 0, fabric, tmp_path, None).rule
    scores = [0.2, 0.3, 0.5, 0.6, 0.7, 0.7, 0.7, 0.7, 0.7]
    densities = [step.state.density for step in simulate(rule, [(n, score) for n, score in enumerate(scores, 1)])]
    schedule = world.schedule
    dense = schedule.rest_at * schedule.initial
    assert dense == pytest.approx(0.1125)
    steps = [dense * schedule.factor**n for n in (1, 2, 3)]
    assert densities == pytest.approx([dense] * 6 + ([world.true_density] * 3 if variant == "sparling" else steps))


def test_a_fixed_density_is_fixed(tmp_path: Path) -> None:
    fabric = choose_fabric("cpu", "32")[0]
    fixed = SpokenDigitsWorld.of("quick", "fixed", BUILT_IN, NOBODY)
    assert isinstance(fixed.begin(fixed.task(0, "cpu"), 0, fabric, tmp_path, None).rule, Constant)


def test_each_figure_stands_beside_the_published_one() -> None:
    result = ValidationResult.from_json(RESULT | WORLD.names, tuple(WORLD.names))
    rows = {row.name: (in_percent(row.value), in_percent(row.reference)) for row in WORLD.figures(result)}
    assert rows == {
        "FPE": ("2.00", "0.00"),
        "FNE": ("5.00", "4.46"),
        "CE many": ("8.00", "5.47"),
        "CE": ("8.00", "–"),
        "E2EE": ("1.23", "8.65"),
        "exact match": ("90.00", "–"),
        "perturbation": ("50.00", "93.40"),
    }
    words = WORLD.remarks(result)
    assert "60 million training samples" in words
    assert "1.6 s with 1–2 digits of built-in voice of 2 speakers, tested on 20 of takes not heard in training" in words
    held_out = replace(WORLD, chosen=("quick", "sparling", "/clips", "jackson"))
    assert "recordings of 2 speakers, tested on 20 of speaker jackson, held out" in held_out.remarks(result)
    assert "/clips, 20 clips, tested on 20 of speaker jackson" in held_out.in_words


class Marking:
    """A session whose channel 2 marks one frame of samples 1 and 4, the latter more strongly, and no other channel."""

    model = torch.nn.Module()
    model.local = torch.nn.Conv1d(64, 1, 9)

    def __init__(self, frames: int, place: int) -> None:
        self.frames, self.place, self.seen = frames, place, 0

    def forward(self, batch: Batch) -> ForwardOutput:
        maps = torch.zeros(len(batch.y), 10, self.frames)
        for sample, strength in ((1, 1.0), (4, 2.0)):
            if self.seen <= sample < self.seen + len(maps):
                maps[sample - self.seen, 2, self.place] = strength
        self.seen += len(maps)
        return ForwardOutput(maps, maps, maps)


@pytest.mark.parametrize("place", [0, 30, 68])
def test_sounds_are_those_around_the_strongest_marks(place: int) -> None:
    task, half = WORLD.task(1, "cpu"), 4 * HOP
    session = cast(Session, Marking(WORLD.map_size[0], place))
    sounds = sounds_at_marks(session, task)
    assert (sounds.shape, sounds.dtype) == ((10, STRONGEST, 2 * half), torch.int16)
    assert not sounds[[c for c in range(10) if c != 2]].any()
    assert not sounds[2, 2].any()
    whole = torch.nn.functional.pad(WORLD.unseen.sound(4 + TEST, torch.tensor([4, 1])), (half, half))
    expected = whole[:, place * HOP : place * HOP + 2 * half] * 2**15
    assert (sounds[2, :2] - expected).abs().max() <= 1


def test_a_sound_is_a_wav_file_as_loud_as_can_be() -> None:
    sound = np.array([0, 100, -200, 50], np.int16)
    with wave.open(io.BytesIO(as_wav(sound))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, 8000, 4)
        played = np.frombuffer(file.readframes(4), "<i2")
    assert np.abs(played - sound * (0.9 * 32767 / 200)).max() <= 0.5
    assert as_wav(np.zeros(3, np.int16))[44:] == bytes(6)
    assert base64.b64decode(as_uri(sound).removeprefix("data:audio/wav;base64,")) == as_wav(sound)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("audio") / "run"
    run = tiny_run()
    run.start(folder)
    validate(run, choose_fabric("cpu", "32")[0], folder)
    return folder


def test_a_run_is_told_in_full(finished: Path) -> None:
    known = json.loads((finished / "validation.json").read_text())
    assert (known["preset"], known["variant"], known["clips"], known["held_out"]) == (
        "quick",
        "sparling",
        BUILT_IN,
        NOBODY,
    )
    assert known["settings"]["recordings"] == {"speakers": 2, "train": 20, "test": 20}
    assert known["settings"]["domain"] == {"seconds": 1.6, "fewest": 1, "most": 2}
    arrays = Arrays.load(finished / "evidence.npz")
    assert arrays.examples.shape == (4, 64, 69)
    assert arrays.looked_for.shape == (10, 64, WORLD.local().receptive_field)
    assert arrays.heard.shape[:2] == (10, 3)
    assert arrays.heard.any()


def test_the_report_can_be_heard_and_loads_nothing(finished: Path) -> None:
    page = Page(write_report(finished, WORLD).read_text(encoding="utf-8"))
    sources = [value for tag, name, value in page.attributes if (tag, name) == ("audio", "src")]
    heard = Arrays.load(finished / "evidence.npz").heard
    assert len(sources) == int(heard.any(2).sum())
    for source in sources:
        with wave.open(io.BytesIO(base64.b64decode(source.removeprefix("data:audio/wav;base64,")))) as file:
            assert file.getnframes() == heard.shape[2]
    policy = next(value for _, name, value in page.attributes if name == "content" and "default-src" in value)
    assert "media-src data:" in policy
    for expected in ("To be heard", "tested on 20 of takes not heard in training", "recordings: speakers 2"):
        assert expected in page.text, expected


def test_pictures_are_drawn_with_channels_that_never_mark(finished: Path) -> None:
    evidence = evidence_of(finished, WORLD)
    arrays = evidence.arrays
    silent = replace(arrays, looked_for=arrays.looked_for * np.nan, heard=arrays.heard * 0)
    for each in (evidence, replace(evidence, arrays=silent)):
        assert [name for name, _ in WORLD.draw(each)] == ["examples", "patches"]
    told = cast(list[tuple[int, int | None, list[str]]], WORLD.told(replace(evidence, arrays=silent))["heard"])
    assert [sounds for _, _, sounds in told] == [[]] * 10
