"""Clips from recordings: a folder of WAV files named DIGIT_SPEAKER_TAKE.wav, or arrays in one npz file.

Such folders are those of AudioMNIST and of the Free Spoken Digit Dataset (docs/file_formats.md). Other rates are
resampled, several channels averaged.
"""

import hashlib
import math
import re
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sparling.domains.spoken_digits.clips import Clips
from sparling.domains.spoken_digits.mel import RATE
from sparling.errors import InputError

NAME = re.compile(r"(\d)_([^_]+)_(\d+)")
ARRAYS = ("samples", "offsets", "digit", "speaker", "take", "rate")


def read_clips(path: Path) -> Clips:
    """The clips of a folder of WAV files, looked for in its folders too, or of an npz file.

    Raises ``InputError`` where there is none or something is not as it must be.
    """
    if path.is_dir():
        return _from_folder(path)
    if not path.is_file():
        raise InputError(f"no such file or folder: {path}")
    return _from_arrays(path)


def fingerprint(clips: Clips) -> str:
    """SHA-256 of all that a sample can follow from: the sound, and whose it is."""
    digest = hashlib.sha256(repr(clips.speakers).encode())
    for part in (clips.sound, clips.start, clips.length, clips.digit, clips.speaker, clips.take):
        digest.update(part.numpy().tobytes())
    return digest.hexdigest()


def _from_folder(folder: Path) -> Clips:
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() == ".wav")
    if not files:
        raise InputError(f"no WAV file in this folder or its folders: {folder}")
    recorded = []
    seen: dict[tuple[int, str, int], Path] = {}
    for file in files:
        named = NAME.fullmatch(file.stem)
        if named is None:
            raise InputError(f"a WAV file must be named DIGIT_SPEAKER_TAKE.wav, as 7_jackson_0.wav: {file}")
        key = int(named[1]), named[2], int(named[3])
        if key in seen:
            raise InputError(f"digit {key[0]} by {key[1]}, take {key[2]}, is there twice: {seen[key]} and {file}")
        seen[key] = file
        recorded.append((*key, read_wav(file)))
    return Clips.of(recorded)


def read_wav(path: Path) -> NDArray[np.int16]:
    """The sound of a WAV file at `RATE`, 2¹⁵ full scale. Raises ``InputError`` where it is none, or is silent."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, sound = wavfile.read(path)
    except (OSError, ValueError, EOFError, LookupError, ArithmeticError, NameError, struct.error) as error:
        raise InputError(f"cannot be read as WAV ({str(error) or type(error).__name__}): {path}") from error
    if sound.dtype == np.uint8:
        wave = (sound.astype(np.float64) - 128) / 128
    elif np.issubdtype(sound.dtype, np.integer):
        wave = sound / -float(np.iinfo(sound.dtype).min)
    else:
        wave = sound.astype(np.float64)
    return _at_rate(wave.mean(1) if wave.ndim == 2 else wave, int(rate), path)


def _at_rate(wave: NDArray[np.float64], rate: int, path: Path) -> NDArray[np.int16]:
    from scipy.signal import resample_poly

    if not len(wave) or not np.isfinite(wave).all() or not wave.any():
        raise InputError(f"there is nothing to be heard in it, or what is no number: {path}")
    if rate < 1:
        raise InputError(f"its rate must be at least 1 sample a second; got {rate}: {path}")
    if rate != RATE:
        shared = math.gcd(rate, RATE)
        wave = resample_poly(wave, RATE // shared, rate // shared)
    return np.round(np.clip(wave, -1, 1 - 2.0**-15) * (1 << 15)).astype(np.int16)


def _from_arrays(path: Path) -> Clips:
    try:
        if not zipfile.is_zipfile(path):
            raise InputError(f"neither a folder nor an npz file of clips: {path}")
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as content:
            if missing := [name for name in ARRAYS if name not in content]:
                raise InputError(f"the arrays must be {', '.join(ARRAYS)}; it lacks {', '.join(missing)}: {path}")
            samples, offsets, digit, speaker, take, rate = (content[name] for name in ARRAYS)
    except (OSError, ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(f"neither a folder nor an npz file of clips ({error}): {path}") from error
    n = len(digit) if digit.ndim else 0
    if samples.dtype != np.int16 or samples.ndim != 1:
        raise InputError(f"samples must be int16, one after the other; got {samples.dtype} {samples.shape}: {path}")
    if rate.size != 1 or not (offsets.shape == (n + 1,) and speaker.shape == take.shape == (n,)):
        raise InputError(f"of {n} digits there must be {n + 1} offsets, {n} speakers and takes, and one rate: {path}")
    if n == 0 or offsets[0] < 0 or offsets[-1] > len(samples) or (np.diff(offsets) < 1).any():
        raise InputError(f"offsets must increase from 0 to at most {len(samples)} samples: {path}")
    if digit.min() < 0 or digit.max() > 9:
        raise InputError(f"digits must be 0 to 9; got {digit.min()} to {digit.max()}: {path}")
    sounds = (samples[low:high] for low, high in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True))
    if int(rate) != RATE:
        sounds = (_at_rate(sound / 2.0**15, int(rate), path) for sound in sounds)
    named = zip(digit.tolist(), map(str, speaker.tolist()), take.tolist(), sounds, strict=True)
    return Clips.of(named)
