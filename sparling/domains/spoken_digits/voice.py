"""A built-in voice: digits by formant synthesis, so that the world needs no recordings.

Source and filter (Klatt, J. Acoust. Soc. Am. 1980): pulses of a glottis and breath noise pass through one resonator a
formant, one after the other, friction and bursts through a resonator of their own beside them. A voice has a pitch, a
length of its vocal tract, a pace and a breathiness; each take varies them a little, its melody and its loudness.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from sparling.domains.counter_random import sample_keys, uniforms, words
from sparling.domains.digit_sequence import DIGITS
from sparling.domains.spoken_digits.clips import Clips
from sparling.domains.spoken_digits.mel import RATE
from sparling.domains.spoken_digits.phonemes import WORDS, Phoneme

Array = NDArray[np.float64]
Sound = NDArray[np.float32]

STEP = 40
"""Samples for which the filters stand still, 5 ms."""
VOICES, TAKES = 24, 10
_SMOOTH = 5
"""Steps over which formants move from one sound into the next; sources take about half."""
_FOURTH, _WIDTHS = 3500.0, (70.0, 100.0, 150.0, 250.0)
"""Fourth formant and bandwidths of all four, Hz."""
_OPEN = 0.6
"""Share of a period for which the glottis is open."""
_TILT = 0.6
_LOUDEST = 0.5
"""Of full scale, the largest amplitude of the loudest take."""


class Speech(NamedTuple):
    """How the words of n clips are said; arrays (n,) unless said otherwise."""

    pitch: Array
    """Hz, at the middle of the word."""
    melody: Array
    """Fall of the pitch from begin to end, a fraction of it."""
    size: Array
    """Factor of all formants: a shorter vocal tract has higher ones."""
    pace: Array
    """Factor of all durations."""
    breath: Array
    """Amplitude of breath in voiced sounds."""
    loudness: Array
    """Largest amplitude, of full scale."""
    accent: Array
    """(n, 3) factors of the formants one by one, about 1."""


class Tracks(NamedTuple):
    """What is said, step by step: (n, steps) each, formants (n, steps, 4) in Hz."""

    formants: Array
    voicing: Array
    breath: Array
    noise: Array
    centre: Array
    width: Array


def built_in_voices(voices: int = VOICES, takes: int = TAKES) -> Clips:
    """Clips of all digits by so many voices, called voice-1 and so on; always the same."""
    voice, digit, take = (axis.ravel() for axis in np.indices((voices, DIGITS, takes)))
    said = speech(voice, digit, take)
    sounds = spoken(digit, said, _address(voice, digit, take))
    names = [f"voice-{number + 1}" for number in range(voices)]
    named = zip(digit.tolist(), voice.tolist(), take.tolist(), sounds, strict=True)
    return Clips.of((d, names[v], t, sound) for d, v, t, sound in named)


def speech(voice: NDArray[np.int64], digit: NDArray[np.int64], take: NDArray[np.int64]) -> Speech:
    """How take (n,) of a digit (n,) is said by a voice (n,)."""
    own = _uniforms(0, voice, 8)
    now = _uniforms(1, _address(voice, digit, take), 8)
    high = (voice % 3) / 2.0
    size = 0.92 + 0.24 * high + 0.06 * (own[:, 0] - 0.5)
    pitch = (100 + 120 * high) * 2 ** (0.5 * (own[:, 1] - 0.5))
    return Speech(
        pitch=pitch * 2 ** (0.25 * (now[:, 0] - 0.5)),
        melody=0.1 + 0.3 * now[:, 1],
        size=size * (1 + 0.04 * (now[:, 2] - 0.5)),
        pace=(0.85 + 0.4 * own[:, 2]) * (0.85 + 0.3 * now[:, 3]),
        breath=0.01 + 0.05 * own[:, 3],
        loudness=_LOUDEST * 10 ** (-0.5 * own[:, 4] - 0.3 * now[:, 4]),
        accent=1 + 0.1 * (own[:, 5:8] - 0.5) + 0.04 * (now[:, 5:8] - 0.5),
    )


def spoken(digit: NDArray[np.int64], said: Speech, address: NDArray[np.int64]) -> list[NDArray[np.int16]]:
    """The sound of n clips, each of its own length; the breath of each is that of its ``address`` (n,)."""
    steps, tracks = _tracks(digit, said)
    time = np.arange(steps.max() * STEP)[:, None]
    turns = said.pitch / RATE * time * (1 + said.melody * (0.5 - time / (2 * steps * STEP)))
    phase = (turns % 1.0 / _OPEN).astype(np.float32)
    pulses = (phase < 1) * (2 * phase - 3 * phase**2)
    hiss = _noise(2, address, len(time)).T
    sound = filtered(pulses, hiss, tracks, said).T
    whole = [row[: count * STEP] for row, count in zip(sound, steps.tolist(), strict=True)]
    loud = (level / max(np.abs(row).max(), 1e-9) for row, level in zip(whole, said.loudness.tolist(), strict=True))
    return [np.round(row * factor * (1 << 15)).astype(np.int16) for row, factor in zip(whole, loud, strict=True)]


def _address(voice: NDArray[np.int64], digit: NDArray[np.int64], take: NDArray[np.int64]) -> NDArray[np.int64]:
    address: NDArray[np.int64] = (voice * DIGITS + digit) * 1000 + take
    return address


def _tracks(digit: NDArray[np.int64], said: Speech) -> tuple[NDArray[np.int64], Tracks]:
    """Steps (n,) of each clip, and its tracks, silent after that."""
    tables = [_track_of(WORDS[d], pace) for d, pace in zip(digit.tolist(), said.pace.tolist(), strict=True)]
    steps = np.array([len(table) for table in tables])
    padded = np.stack([np.pad(table, ((0, steps.max() - len(table)), (0, 0)), mode="edge") for table in tables])
    formants = padded[..., :3] * (said.size[:, None] * said.accent)[:, None]
    fourth = np.broadcast_to(_FOURTH * said.size[:, None, None], (*formants.shape[:2], 1))
    formants = np.concatenate([formants, fourth], axis=2)
    return steps, Tracks(np.minimum(formants, 0.47 * RATE), *np.moveaxis(padded[..., 3:], 2, 0))


def _track_of(word: tuple[Phoneme, ...], pace: float) -> Array:
    """(steps, 8): three formants, voicing, breath, noise, its centre and width; smooth where two sounds meet."""
    rows = []
    for sound in word:
        count = max(2, round(sound.duration * pace * RATE / 1000 / STEP))
        way = np.linspace(0, 1, count)[:, None]
        formants = (1 - way) * np.array(sound.begin) + way * np.array(sound.end)
        rows.append(np.concatenate([formants, np.tile(np.array(sound[3:], float), (count, 1))], axis=1))
    table = np.concatenate(rows)
    table[:, :3] = _smooth(table[:, :3], 2 * _SMOOTH + 1)
    table[:, 3:6] = _smooth(table[:, 3:6], 3)
    edge = np.minimum(np.arange(1, len(table) + 1), np.arange(len(table), 0, -1)) / _SMOOTH
    table[:, 3:6] *= np.minimum(edge, 1.0)[:, None]
    return table


def _smooth(table: Array, width: int) -> Array:
    """Mean over ``width`` rows around each, those at the ends repeated."""
    padded = np.pad(table, ((width // 2, width // 2), (0, 0)), mode="edge")
    sums = np.cumsum(np.pad(padded, ((1, 0), (0, 0))), axis=0)
    mean: Array = (sums[width:] - sums[:-width]) / width
    return mean


def filtered(pulses: Sound, hiss: Sound, tracks: Tracks, said: Speech) -> Sound:
    """Sources (samples, n) through the resonators: y = gain · x + c₁ y₋₁ + c₂ y₋₂, for all clips at once.

    Pulses first lose what is high: y = (1 − `_TILT`) x + `_TILT` y₋₁.
    """
    steps = tracks.voicing.shape[1]
    out = np.zeros(pulses.shape, np.float32)
    hiss = np.ascontiguousarray(hiss)
    last, before = np.zeros((2, 5, len(said.size)))
    low = np.zeros(len(said.size))
    widths = np.array(_WIDTHS)[:, None] * said.size
    for step in range(steps):
        centres = np.concatenate([tracks.formants[:, step].T, tracks.centre[None, :, step]])
        broad = np.concatenate([widths, tracks.width[None, :, step]])
        shrink = np.exp(-np.pi * broad / RATE)
        first, second = 2 * shrink * np.cos(2 * np.pi * centres / RATE), -(shrink**2)
        gain = 1 - first - second
        gain[4] = (1 - shrink[4]) * 2
        voiced, friction = tracks.voicing[:, step], tracks.noise[:, step]
        breath = tracks.breath[:, step] + said.breath * voiced
        for sample in range(step * STEP, (step + 1) * STEP):
            low = (1 - _TILT) * pulses[sample] + _TILT * low
            x = voiced * low + breath * hiss[sample]
            for formant in range(4):
                x = gain[formant] * x + first[formant] * last[formant] + second[formant] * before[formant]
                before[formant], last[formant] = last[formant], x
            y = gain[4] * friction * hiss[sample] + first[4] * last[4] + second[4] * before[4]
            before[4], last[4] = last[4], y
            out[sample] = x + y
    return out


def _noise(stream: int, address: NDArray[np.int64], count: int) -> Sound:
    """(n, count) numbers in [-1, 1) of each address, four of 16 bits from each random word."""
    keys = sample_keys(stream, torch.from_numpy(np.ascontiguousarray(address)))
    bits = words(keys[:, None], torch.arange(-(-count // 4))).view(torch.int16)[:, :count]
    drawn: Sound = bits.numpy().astype(np.float32) / np.float32(1 << 15)
    return drawn


def _uniforms(stream: int, address: NDArray[np.int64], count: int) -> Array:
    """(n, count) numbers in [0, 1) of each address."""
    keys = sample_keys(stream, torch.from_numpy(np.ascontiguousarray(address)))
    drawn: Array = uniforms(keys[:, None], torch.arange(count)).numpy()
    return drawn
