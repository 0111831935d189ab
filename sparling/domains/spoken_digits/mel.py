"""Sound → mel frames in decibels, by short-time Fourier transforms; all settings are those of the publication.

Source: SPARLING (arXiv 2302.01976), AudioMNISTSequence. The filters are triangles of height 1 between points that lie
evenly on the mel scale of O'Shaughnessy (1987), 2595 log₁₀(1 + f / 700).
"""

from functools import cache

import torch
from torch import Tensor

RATE = 8_000
"""Samples of sound a second."""
WINDOW = 375
"""Samples that a frame sees, weighted by a Hann window, and points of its Fourier transform."""
HOP = 187
"""Samples from the middle of one frame to that of the next; frame 0 has its middle at sample 0."""
MELS = 64
"""Bands, from 0 to half the rate."""
RANGE = 80.0
"""Decibels below a clip's loudest band at which all that is softer is kept."""
LEAST = 1e-10
"""Power that counts as silence."""


def frames(samples: int) -> int:
    """Number of frames of so many samples.

    >>> frames(15 * RATE)
    642
    """
    return 1 + samples // HOP


@cache
def mel_filters(bands: int = MELS, window: int = WINDOW, rate: int = RATE) -> Tensor:
    """What each frequency of a Fourier transform adds to each band: (bands, window // 2 + 1) float32.

    >>> mel_filters(bands=2, window=8).shape
    torch.Size([2, 5])
    """
    hertz = torch.arange(window // 2 + 1, dtype=torch.float64) * rate / window
    highest = 2595 * torch.tensor(1 + rate / 2 / 700, dtype=torch.float64).log10()
    corners = 700 * (10 ** (torch.linspace(0, 1, bands + 2, dtype=torch.float64) * highest / 2595) - 1)
    below, middle, above = (corners[i : bands + i, None] for i in range(3))
    rising, falling = (hertz - below) / (middle - below), (above - hertz) / (above - middle)
    return torch.minimum(rising, falling).clamp_min(0).float()


@cache
def _on(device: torch.device) -> tuple[Tensor, Tensor]:
    """Window and filters, where they are needed."""
    return torch.hann_window(WINDOW, device=device), mel_filters().to(device)


def mel_decibels(sound: Tensor) -> Tensor:
    """Sound (B, n) float32, n > `WINDOW` / 2 samples → (B, `MELS`, frames) in dB of power, at most `RANGE` apart.

    Silence has −100 dB. The ends are mirrored, so that the first and last frame are whole.

    >>> mel_decibels(torch.zeros(1, 400)).unique(), mel_decibels(torch.zeros(1, 400)).shape
    (tensor([-100.]), torch.Size([1, 64, 3]))
    """
    window, filters = _on(sound.device)
    spectrum = torch.stft(sound, WINDOW, HOP, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = spectrum.real.square() + spectrum.imag.square()
    decibels = torch.matmul(filters, power).clamp_min_(LEAST).log10_().mul_(10)
    loudest = decibels.amax((1, 2), keepdim=True)
    return torch.maximum(decibels, loudest - RANGE)
