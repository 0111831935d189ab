"""Mel frames against loops, and what is known of them without any."""

import math

import numpy as np
import pytest
import torch

from sparling.domains.spoken_digits.mel import HOP, LEAST, MELS, RANGE, RATE, WINDOW, frames, mel_decibels, mel_filters


def naive_filters(bands: int, window: int, rate: int) -> np.ndarray:
    def mel(hertz: float) -> float:
        return 2595 * math.log10(1 + hertz / 700)

    def hertz(mels: float) -> float:
        return 700 * (10 ** (mels / 2595) - 1)

    corners = [hertz(i * mel(rate / 2) / (bands + 1)) for i in range(bands + 2)]
    filters = np.zeros((bands, window // 2 + 1))
    for band in range(bands):
        low, middle, high = corners[band : band + 3]
        for k in range(window // 2 + 1):
            f = k * rate / window
            if low < f <= middle:
                filters[band, k] = (f - low) / (middle - low)
            elif middle < f < high:
                filters[band, k] = (high - f) / (high - middle)
    return filters


def naive_decibels(sound: np.ndarray) -> np.ndarray:
    """By a Fourier transform written out, frame by frame."""
    padded = np.pad(sound, WINDOW // 2, mode="reflect")
    n = np.arange(WINDOW)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / WINDOW)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(WINDOW // 2 + 1), n) / WINDOW)
    rows = []
    for start in range(0, len(padded) - WINDOW + 1, HOP):
        power = np.abs(waves @ (hann * padded[start : start + WINDOW])) ** 2
        rows.append(10 * np.log10(np.maximum(naive_filters(MELS, WINDOW, RATE) @ power, LEAST)))
    decibels = np.array(rows).T
    return np.maximum(decibels, decibels.max() - RANGE)


def noise(seed: int, n: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


@pytest.mark.parametrize(("bands", "window", "rate"), [(64, 375, 8000), (5, 32, 16000), (1, 8, 100)])
def test_filters_are_triangles_on_the_mel_scale(bands: int, window: int, rate: int) -> None:
    assert np.allclose(mel_filters(bands, window, rate), naive_filters(bands, window, rate), atol=1e-6)


def test_no_band_is_deaf_and_together_they_hear_alike() -> None:
    filters = mel_filters()
    assert (filters.sum(1) > 0.5).all()
    inside = filters[:, 2:150].sum(0)
    assert torch.allclose(inside, torch.ones_like(inside), atol=1e-5)


def test_frames_are_those_of_a_transform_written_out() -> None:
    sound = noise(0, 1500) * np.linspace(0, 1, 1500) ** 8
    found = mel_decibels(torch.from_numpy(sound).float()[None])[0]
    assert found.shape == (MELS, frames(1500))
    assert np.allclose(found, naive_decibels(sound), atol=2e-3)


def test_fifteen_seconds_have_642_frames() -> None:
    assert mel_decibels(torch.zeros(1, 15 * RATE)).shape == (1, 64, 642)


@pytest.mark.parametrize("band", [3, 20, 50, 60])
def test_a_tone_is_loudest_in_its_band(band: int) -> None:
    middle = 700 * (10 ** ((band + 1) / 65 * math.log10(1 + 4000 / 700)) - 1)
    tone = torch.sin(2 * math.pi * middle * torch.arange(4000) / RATE)
    assert mel_decibels(tone[None])[0, :, 10].argmax() == band


def test_a_sound_ten_times_as_strong_is_twenty_decibels_louder() -> None:
    sound = torch.from_numpy(noise(1, 2000)).float()[None]
    difference = mel_decibels(10 * sound) - mel_decibels(sound)
    assert torch.allclose(difference, torch.full_like(difference, 20.0), atol=1e-3)


def test_what_is_far_softer_than_the_loudest_of_its_own_clip_is_cut_off() -> None:
    sound = torch.zeros(2, 4000)
    sound[0, 2000] = 1.0
    sound[1, 2000] = 1e-3
    decibels = mel_decibels(sound)
    assert (decibels.amax((1, 2)) - decibels.amin((1, 2)))[0].item() == pytest.approx(RANGE)
    assert decibels[1].amin() == pytest.approx(-100.0)


def test_clips_do_not_depend_on_each_other() -> None:
    sound = torch.from_numpy(noise(2, 3000)).float().view(3, 1000)
    assert torch.allclose(mel_decibels(sound)[1], mel_decibels(sound[1:2])[0], atol=1e-4)
