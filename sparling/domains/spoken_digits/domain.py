"""Clips of spoken digits at random places in noise, seen as mel frames; the output reads the digits in order of time.

Source: SPARLING (arXiv 2302.01976), AudioMNISTSequence. Which clips lie where, and every bit of the noise, follow from
seed and index alone; the sound is the same everywhere, its frames up to the rounding of a device's Fourier transform.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from sparling.domains.base import PAD, Samples
from sparling.domains.counter_random import sample_keys, uniforms, words
from sparling.domains.digit_sequence import DIGITS, END, DigitSequence
from sparling.domains.spoken_digits.clips import Clips
from sparling.domains.spoken_digits.mel import HOP, RATE, frames, mel_decibels
from sparling.evaluation.motif_errors import Motifs

NOISE = 2.0**-10
"""Standard deviation of the noise before it is cut, in units of full scale."""
CUT = 1.0
"""It is cut at so many standard deviations on either side."""

_LEVELS = 1 << 16
_PLACES = 1 << 40
"""Random numbers below this counter are for noise, the others for places."""
_AT_ONCE = 16
"""Sounds of which frames are made together: more do not fit the cache of a CPU."""


class Layout(NamedTuple):
    """What is said in B samples and when; slots past the first ``number`` of the k mean nothing."""

    number: Tensor
    """(B,) int64."""
    digit: Tensor
    """(B, k) int64."""
    clip: Tensor
    """(B, k) int64, index into `SpokenDigits.clips`."""
    start: Tensor
    """(B, k) int64, first sample of sound, increasing."""


@dataclass(frozen=True, eq=False)
class SpokenDigits(DigitSequence):
    """The world: ``seconds`` of sound with ``fewest`` to ``most`` of the ``clips``; the defaults are published.

    Raises ``ValueError`` where the longest clip, ``most`` times, does not fit, and where a digit has no clip.
    """

    clips: Clips
    seconds: float = 15.0
    fewest: int = 5
    most: int = 10
    _moved: dict[torch.device, Tensor] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 1 <= self.fewest <= self.most:
            raise ValueError(f"digits must satisfy 1 <= fewest <= most; got {self.fewest}, {self.most}")
        if missing := self.clips.missing():
            raise ValueError(f"every digit needs a clip; there is none of {', '.join(map(str, missing))}")
        longest = int(self.clips.length.max())
        if self.most * longest > self.sound_length:
            raise ValueError(f"{self.most} clips of {longest} samples do not fit into {self.sound_length}")

    @property
    def name(self) -> str:
        """AudioMNISTSequence."""
        return "AudioMNISTSequence"

    @property
    def sound_length(self) -> int:
        """Samples of sound."""
        return round(self.seconds * RATE)

    @property
    def size(self) -> tuple[int]:
        """Frames."""
        return (frames(self.sound_length),)

    def samples(self, seed: int, index: Tensor) -> Samples:
        """Mel frames (B, 64, frames) float16 in dB, targets, and the frames whose middle lies in each digit."""
        layout = self.layout(seed, index)
        x = torch.cat([self._frames(seed, *part) for part in self._parts(index, layout)])
        sample, slot = torch.nonzero(self._used(layout), as_tuple=True)
        start, clip = layout.start[sample, slot], layout.clip[sample, slot]
        low, high = -(-start // HOP), -(-(start + self.clips.length[clip]) // HOP)
        interval = low.minimum(high - 1)[:, None], high[:, None]
        motifs = Motifs(*(t.to(index.device) for t in (sample, layout.digit[sample, slot], *interval)))
        slots = torch.arange(self.length)
        y = torch.nn.functional.pad(layout.digit, (0, 1), value=PAD)
        y = y.masked_fill(slots > layout.number[:, None], PAD).masked_fill(slots == layout.number[:, None], END)
        return Samples(x, y.to(index.device), motifs)

    def sound(self, seed: int, index: Tensor) -> Tensor:
        """What is heard: (B, samples) float32, 1 is full scale."""
        return torch.cat([self._sound(seed, *part) for part in self._parts(index, self.layout(seed, index))])

    def demanded(self, y: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Digit ``target`` said wherever ``source`` was."""
        return torch.where(y == source[:, None], target[:, None], y)

    def layout(self, seed: int, index: Tensor) -> Layout:
        """What is said in the samples ``index`` (B,) int64, and when.

        Published are starts drawn uniformly and redrawn until no two clips overlap and none sticks out. Given that, the
        starts less the lengths of all clips before are uniform and sorted in the room that the clips leave, and so they
        are drawn here. Of each digit a speaker is drawn, then a clip.
        """
        k, keys = self.most, sample_keys(seed, index.cpu())
        u = uniforms(keys[:, None], _PLACES + torch.arange(1 + 4 * k))
        number = self.fewest + (u[:, 0] * (self.most - self.fewest + 1)).long()
        digit, speaker, take, place = u[:, 1:].view(len(keys), 4, k).unbind(1)
        digit = (digit * DIGITS).long()
        first, groups = self._of_digit
        group = first[digit] + (speaker * groups[digit]).long()
        first, clips = self._of_group
        clip = first[group] + (take * clips[group]).long()
        used = torch.arange(k) < number[:, None]
        length = self.clips.length[clip] * used
        room = self.sound_length - length.sum(1, keepdim=True) + 1
        place = place.masked_fill(~used, 1.0).sort(1).values
        return Layout(number, digit, clip, (place * room).long() + length.cumsum(1) - length)

    def _used(self, layout: Layout) -> Tensor:
        return torch.arange(self.most) < layout.number[:, None]

    def _parts(self, index: Tensor, layout: Layout) -> list[tuple[Tensor, Layout]]:
        split = (torch.split(part, _AT_ONCE) for part in (index, *layout))
        return [(part, Layout(*rest)) for part, *rest in zip(*split, strict=True)]

    def _frames(self, seed: int, index: Tensor, layout: Layout) -> Tensor:
        return mel_decibels(self._sound(seed, index, layout)).half()

    def _sound(self, seed: int, index: Tensor, layout: Layout) -> Tensor:
        """Noise (B, samples), and the clips added to it."""
        device, n = index.device, self.sound_length
        levels, recorded = _noise_levels(device), self._recorded(device)
        counter = torch.arange(-(-n // 4), device=device)
        bits = words(sample_keys(seed, index)[:, None], counter).view(torch.int16)[:, :n]
        sound = levels.take(bits.long() + (_LEVELS >> 1))
        sample, slot = torch.nonzero(self._used(layout), as_tuple=True)
        clip = layout.clip[sample, slot]
        length = self.clips.length[clip]
        begin = (self.clips.start[clip], sample * n + layout.start[sample, slot])
        source, place = (torch.repeat_interleave(t - (length.cumsum(0) - length), length).to(device) for t in begin)
        step = torch.arange(len(source), device=device)
        place += step
        flat = sound.view(-1)
        flat[place] += recorded[source + step]
        return sound

    def _recorded(self, device: torch.device) -> Tensor:
        """All clips as float32, kept where they were last needed."""
        if device not in self._moved:
            self._moved[device] = self.clips.sound.to(device).float() / (1 << 15)
        return self._moved[device]

    @property
    def _group(self) -> Tensor:
        """A number for digit and speaker of each clip, in their order."""
        return self.clips.digit * len(self.clips.speakers) + self.clips.speaker

    @cached_property
    def _of_digit(self) -> tuple[Tensor, Tensor]:
        """For each digit the first of its speakers' groups of clips, and their number."""
        speakers = len(self.clips.speakers)
        there = torch.bincount(self._group, minlength=DIGITS * speakers).view(DIGITS, speakers) > 0
        number = there.sum(1)
        return number.cumsum(0) - number, number

    @cached_property
    def _of_group(self) -> tuple[Tensor, Tensor]:
        """For each group of clips of one digit by one speaker the first, and their number."""
        number = torch.bincount(self._group)
        number = number[number > 0]
        return number.cumsum(0) - number, number


def _noise_levels(device: torch.device) -> Tensor:
    """The noise that 16 random bits stand for: the middles of so many equal parts of its distribution, increasing."""
    if device not in _LEVELS_ON:
        low, high = torch.special.ndtr(torch.tensor([-CUT, CUT], dtype=torch.float64))
        share = (torch.arange(_LEVELS, dtype=torch.float64) + 0.5) / _LEVELS
        _LEVELS_ON[device] = (NOISE * torch.special.ndtri(low + share * (high - low))).float().to(device)
    return _LEVELS_ON[device]


_LEVELS_ON: dict[torch.device, Tensor] = {}
