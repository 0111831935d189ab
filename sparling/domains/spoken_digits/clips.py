"""Recordings of single digits: who said which, and how they are divided into those that are trained on and others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.domains.digit_sequence import DIGITS
from sparling.errors import InputError


@dataclass(frozen=True, eq=False)
class Clips:
    """n clips at `mel.RATE`, in order of digit, speaker and take."""

    sound: Tensor
    """(N,) int16, the sound of all clips; 2¹⁵ is full scale."""
    start: Tensor
    """(n,) int64, first sample of each in ``sound``."""
    length: Tensor
    """(n,) int64, samples of each."""
    digit: Tensor
    """(n,) int64, 0 to 9."""
    speaker: Tensor
    """(n,) int64, index into ``speakers``."""
    take: Tensor
    """(n,) int64, which of the recordings of one digit by one speaker."""
    speakers: tuple[str, ...]
    """Their names, all that there ever were, whether any of their clips is left or not."""

    @classmethod
    def of(cls, recorded: Iterable[tuple[int, str, int, NDArray[np.int16]]]) -> "Clips":
        """Clips of (digit, speaker, take, sound (samples,) int16) in any order."""
        ordered = sorted(recorded, key=lambda clip: clip[:3])
        speakers = tuple(sorted({name for _, name, _, _ in ordered}, key=_by_number))
        index = {name: i for i, name in enumerate(speakers)}
        ordered.sort(key=lambda clip: (clip[0], index[clip[1]], clip[2]))
        length = torch.tensor([len(sound) for _, _, _, sound in ordered], dtype=torch.int64)
        joined = np.concatenate([sound for _, _, _, sound in ordered]) if ordered else np.zeros(0, np.int16)
        digit, speaker, take = (
            torch.tensor(column, dtype=torch.int64)
            for column in (
                [digit for digit, _, _, _ in ordered],
                [index[name] for _, name, _, _ in ordered],
                [take for _, _, take, _ in ordered],
            )
        )
        return cls(torch.from_numpy(joined), length.cumsum(0) - length, length, digit, speaker, take, speakers)

    def __len__(self) -> int:
        return len(self.digit)

    def where(self, keep: Tensor) -> "Clips":
        """Those that ``keep`` (n,) bool."""
        parts = {name: getattr(self, name)[keep] for name in ("start", "length", "digit", "speaker", "take")}
        return replace(self, **parts)

    def at_most(self, samples: int) -> "Clips":
        """Those that are no longer."""
        return self.where(self.length <= samples)

    def of_speakers(self, names: Iterable[str]) -> Tensor:
        """Which clips (n,) are of these speakers. Raises ``InputError`` for one whom nobody knows."""
        chosen = []
        for name in names:
            if name not in self.speakers:
                known = ", ".join(self.speakers[:12]) + (", …" if len(self.speakers) > 12 else "")
                raise InputError(f"no clips of speaker {name!r}; there are {known}")
            chosen.append(self.speakers.index(name))
        return torch.isin(self.speaker, torch.tensor(chosen))

    def first_takes(self) -> Tensor:
        """Which clips (n,) are of the first tenth, at least one, of the takes of their digit and speaker."""
        group = self.digit * len(self.speakers) + self.speaker
        size = torch.bincount(group, minlength=DIGITS * len(self.speakers))
        rank = torch.arange(len(self)) - (size.cumsum(0) - size)[group]
        return rank < (size[group] // 10).clamp_min(1)

    def missing(self) -> list[int]:
        """Digits of which there is no clip."""
        return [digit for digit in range(DIGITS) if not bool((self.digit == digit).any())]

    def of_clip(self, index: int) -> Tensor:
        """The sound of one clip, (samples,) int16."""
        start = int(self.start[index])
        return self.sound[start : start + int(self.length[index])]


def divide(clips: Clips, held_out: tuple[str, ...] = ()) -> tuple[Clips, Clips]:
    """Clips to train on, and clips to test on that share no recording with them.

    With speakers ``held_out`` the test is all of theirs, and nothing else of theirs is used; without any it is the
    first tenth of the takes of each digit and speaker. Raises ``InputError`` for an unknown speaker, and where a digit
    is left without clips to train or to test on.
    """
    unseen = clips.of_speakers(held_out) if held_out else clips.first_takes()
    train, test = clips.where(~unseen), clips.where(unseen)
    for part, doing in ((train, "train"), (test, "test")):
        if missing := part.missing():
            digits = ", ".join(map(str, missing))
            raise InputError(f"no clip left to {doing} on of digit {digits}; {len(clips)} clips in all")
    return train, test


def _by_number(name: str) -> tuple[int, int, str]:
    """Numbers in order, then names in order."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
