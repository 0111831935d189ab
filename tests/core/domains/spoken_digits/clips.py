"""Clips that can be told apart by their first sample: digit, speaker and take."""

import numpy as np

from sparling.domains.spoken_digits.clips import Clips


def marked_clips(speakers: int = 3, takes: int = 4, shortest: int = 200) -> Clips:
    """Each sample of a clip is 1000 · digit + 100 · speaker + take + 1; lengths differ."""
    return Clips.of(
        (
            digit,
            f"s{speaker}",
            take,
            np.full(shortest + 37 * digit + take, 1000 * digit + 100 * speaker + take + 1, "i2"),
        )
        for digit in range(10)
        for speaker in range(speakers)
        for take in range(takes)
    )
