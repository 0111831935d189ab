"""The built-in voice: filters against scipy's, pitch and pace as asked for, and digits that can be told apart."""

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from sparling.domains.spoken_digits.clips import Clips
from sparling.domains.spoken_digits.mel import RATE, mel_decibels
from sparling.domains.spoken_digits.phonemes import WORDS
from sparling.domains.spoken_digits.voice import STEP, Speech, Tracks, built_in_voices, filtered, speech, spoken

VOICES, TAKES = 6, 2


@pytest.fixture(scope="module")
def clips() -> Clips:
    return built_in_voices(VOICES, TAKES)


def said(n: int, **changes: float) -> Speech:
    plain = {"pitch": 120.0, "melody": 0.0, "size": 1.0, "pace": 1.0, "breath": 0.0, "loudness": 0.5}
    columns = {name: np.full(n, value) for name, value in (plain | changes).items()}
    return Speech(**columns, accent=np.ones((n, 3)))


def word(digit: int, **changes: float) -> list[np.ndarray]:
    return spoken(np.array([digit]), said(1, **changes), np.array([0]))


def test_the_same_voices_at_any_time(clips: Clips) -> None:
    again = built_in_voices(VOICES, TAKES)
    assert again.sound.equal(clips.sound)
    fewer = built_in_voices(2, 1)
    for i in range(len(fewer)):
        same = (clips.digit == fewer.digit[i]) & (clips.speaker == fewer.speaker[i]) & (clips.take == fewer.take[i])
        assert clips.of_clip(int(same.nonzero())).equal(fewer.of_clip(i))


def test_all_are_there_none_too_loud_and_of_the_length_of_a_word(clips: Clips) -> None:
    assert len(clips) == 10 * VOICES * TAKES
    assert clips.speakers == tuple(f"voice-{i + 1}" for i in range(VOICES))
    loudest = torch.tensor([int(clips.of_clip(i).abs().max()) for i in range(len(clips))])
    assert 2**10 < loudest.min() < loudest.max() <= 2**14
    assert clips.length.min() > 0.15 * RATE
    assert clips.length.max() < 0.8 * RATE


def test_filters_that_stand_still_are_those_of_scipy() -> None:
    rng, steps = np.random.default_rng(0), 6
    formants = np.array([[500.0, 1500.0, 2500.0, 3500.0], [300.0, 900.0, 2200.0, 3300.0]])
    constant = {name: np.full((2, steps), value) for name, value in (("voicing", 0.8), ("breath", 0.1), ("noise", 0.3))}
    tracks = Tracks(np.repeat(formants[:, None], steps, 1), **constant, centre=np.full((2, steps), 3000.0),
                    width=np.full((2, steps), 800.0))  # fmt: skip
    pulses, hiss = rng.normal(size=(2, steps * STEP, 2)).astype(np.float32)
    found = filtered(pulses, hiss, tracks, said(2))
    for clip in range(2):
        x = 0.8 * lfilter([0.4], [1.0, -0.6], pulses[:, clip]) + 0.1 * hiss[:, clip]
        for centre, width in zip(formants[clip], (70.0, 100.0, 150.0, 250.0), strict=True):
            x = lfilter(*resonator(centre, width), x)
        gain, poles = resonator(3000.0, 800.0)
        friction = lfilter([2 * (1 - np.exp(-np.pi * 800 / RATE))], poles, 0.3 * hiss[:, clip])
        assert gain[0] > 0
        assert np.allclose(found[:, clip], x + friction, atol=1e-5)


def resonator(centre: float, width: float) -> tuple[list[float], list[float]]:
    shrink = np.exp(-np.pi * width / RATE)
    poles = [1.0, -2 * shrink * np.cos(2 * np.pi * centre / RATE), shrink**2]
    return [sum(poles)], poles


@pytest.mark.parametrize("pitch", [90.0, 160.0, 230.0])
def test_a_vowel_has_the_pitch_asked_for(pitch: float) -> None:
    (sound,) = word(2, pitch=pitch)
    vowel = sound[-1400:-300].astype(float)
    alike = np.correlate(vowel, vowel, "full")[len(vowel) - 1 :]
    period = 25 + int(alike[25:120].argmax())
    assert RATE / period == pytest.approx(pitch, rel=0.06)


def test_a_slow_voice_takes_longer_and_a_small_head_sounds_higher() -> None:
    slow, plain = (len(word(5, pace=pace)[0]) for pace in (1.5, 1.0))
    assert slow / plain == pytest.approx(1.5, rel=0.05)
    small, large = (word(1, size=size)[0] / 2**15 for size in (1.2, 0.9))
    centres = []
    for sound in (small, large):
        bands = 10 ** (mel_decibels(torch.from_numpy(sound).float()[None])[0].mean(1) / 10)
        centres.append(float((bands * torch.arange(64)).sum() / bands.sum()))
    assert centres[0] > centres[1] + 1


def test_takes_differ_and_so_do_voices() -> None:
    voice, digit, take = (np.array(column) for column in ([0, 0, 1], [4, 4, 4], [0, 1, 0]))
    ways = speech(voice, digit, take)
    for column in ways:
        if column.ndim == 1:
            assert len(set(column.tolist())) >= 2
    assert ways.pitch[0] != ways.pitch[1]


def test_every_word_begins_and_ends_softly_and_is_of_known_sounds() -> None:
    assert len(WORDS) == 10
    for digit, word in enumerate(WORDS):
        assert all(60 < formant < 4000 for sound in word for formant in (*sound.begin, *sound.end)), digit
        assert 200 < sum(sound.duration for sound in word) < 600, digit


def test_digits_of_unheard_voices_are_nearest_to_the_mean_of_their_own(clips: Clips) -> None:
    frames = torch.stack([patch(clips.of_clip(i)) for i in range(len(clips))])
    heard = clips.speaker % 2 == 0
    means = torch.stack([frames[heard & (clips.digit == digit)].mean(0) for digit in range(10)])
    nearest = torch.cdist(frames[~heard].flatten(1), means.flatten(1)).argmin(1)
    right = (nearest == clips.digit[~heard]).float()
    assert right.mean() >= 0.9
    assert min(right[clips.digit[~heard] == digit].mean() for digit in range(10)) >= 0.6


def patch(sound: torch.Tensor) -> torch.Tensor:
    """Mel frames stretched to a common length, as loud as each other."""
    frames = mel_decibels(sound.float()[None] / 2**15)
    frames = (frames - frames.mean()).clamp_min(-20)
    return torch.nn.functional.interpolate(frames, 20, mode="linear")[0]
