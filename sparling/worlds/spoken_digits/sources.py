"""The clips that a world is made of: recordings or the built-in voice, divided for training and test."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sparling.domains.spoken_digits.clips import Clips, divide
from sparling.domains.spoken_digits.recordings import fingerprint, read_clips
from sparling.domains.spoken_digits.voice import built_in_voices
from sparling.errors import SettingRefused

BUILT_IN, NOBODY = "built-in", "none"
"""What the options are called where nothing is given."""


class Source(NamedTuple):
    """Clips to train on and clips to test on, and what is said of them."""

    train: Clips
    test: Clips
    settings: dict[str, Any]
    """Numbers and names, as they are written."""


def find_clips(clips: str, held_out: str, longest: int) -> Source:
    """Those of at most ``longest`` samples in a folder or file, or `BUILT_IN`; of speakers ``held_out`` or `NOBODY`.

    Names of several speakers are joined by commas. Raises ``InputError`` where the clips are not as they must be, and
    ``SettingRefused`` for speakers who are not there.
    """
    everything = _built_in() if clips == BUILT_IN else read_clips(Path(clips))
    usable = everything.at_most(longest)
    names = () if held_out == NOBODY else tuple(name.strip() for name in held_out.split(","))
    unknown = [name for name in names if name not in usable.speakers]
    if unknown:
        known = ", ".join(usable.speakers[:12]) + (", …" if len(usable.speakers) > 12 else "")
        raise SettingRefused("held_out", f"must be speakers of the clips, which are {known}", ", ".join(unknown))
    train, test = divide(usable, names)
    settings = {
        "speakers": len(usable.speakers),
        "train": len(train),
        "test": len(test),
        "left_out_as_too_long": len(everything) - len(usable),
        "sha256": fingerprint(usable),
    }
    return Source(train, test, settings)


@cache
def _built_in() -> Clips:
    return built_in_voices()
