"""A finished validation as it is read from its folder: the figures, the evaluations, and what the pictures show."""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.errors import InputError
from sparling.training.checkpoint import read_json
from sparling.training.records import MetricsLog

RESULT, METRICS, ARRAYS = "validation.json", "metrics.jsonl", "evidence.npz"

RIGHT, WRONG, OUTSIDE = "right", "wrong", "outside"
"""What a site is: in the box of a motif of its channel's class, of another class only, or in no box."""

_NEEDED = ("fpe", "fne", "ce", "e2ee", "density", "delta_star", "preset", "variant", "seed", "classes", "settings")
_ARRAYS_NEEDED = (
    "examples", "boxes", "sites", "truth", "guess", "patches", "confusion", "missed", "false_positives"
)  # fmt: skip


class Box(NamedTuple):
    """The place of a true motif, [top, bottom) × [left, right) in pixels."""

    kind: int
    top: int
    left: int
    bottom: int
    right: int


class Site(NamedTuple):
    """One activation: its channel, the pixel it stands for, its strength, and whether it is right."""

    channel: int
    row: float
    column: float
    strength: float
    judgement: str
    box: int | None
    """Index of the box it lies in, one of its own class before others."""


@dataclass(frozen=True)
class Evidence:
    """validation.json, the lines of metrics.jsonl, and the arrays of evidence.npz by name."""

    result: dict[str, Any]
    evaluations: list[dict[str, Any]]
    arrays: dict[str, NDArray[Any]]

    @property
    def channels(self) -> int:
        """C."""
        return int(self.arrays["confusion"].shape[1])

    @property
    def reads(self) -> bool:
        """Whether there is a readout to speak of: a local model trained alone has none."""
        return self.result["e2ee"] is not None

    @property
    def noun(self) -> str:
        """What a motif of this world is called."""
        return str(self.result.get("noun", "digit"))

    @property
    def class_names(self) -> list[str]:
        """One name a class."""
        return [str(item["name"]) for item in self.result["classes"]]

    @cached_property
    def class_of_channel(self) -> list[int | None]:
        """For each channel the class it was assigned to."""
        classes: list[int | None] = [None] * self.channels
        for k, item in enumerate(self.result["classes"]):
            if item["channel"] is not None:
                classes[item["channel"]] = k
        return classes

    @property
    def channel_order(self) -> list[int]:
        """All channels in the order of their classes, those without one last."""
        last = len(self.class_names)
        return sorted(range(self.channels), key=lambda c: (last if (k := self.class_of_channel[c]) is None else k, c))

    def channel_name(self, channel: int) -> str:
        """The class a channel stands for, else its number with a mark."""
        k = self.class_of_channel[channel]
        return f"c{channel}" if k is None else self.class_names[k]

    def marks(self, channel: int) -> int:
        """On test samples, motifs that the channel answered to and false positives of it."""
        return int(self.arrays["confusion"][:, channel].sum() + self.arrays["false_positives"][channel])

    def boxes(self, example: int) -> list[Box]:
        """The true motifs of one example."""
        rows = self.arrays["boxes"]
        return [Box(*(int(value) for value in row[1:6])) for row in rows[rows[:, 0] == example]]

    def sites(self, example: int) -> list[Site]:
        """The activations of one example, the strongest first."""
        boxes, rows = self.boxes(example), self.arrays["sites"]
        found = [self._judged(row[1:], boxes) for row in rows[rows[:, 0] == example].tolist()]
        return sorted(found, key=lambda site: -site.strength)

    def _judged(self, row: list[float], boxes: list[Box]) -> Site:
        channel, y, x, strength = int(row[0]), row[1], row[2], row[3]
        around = [i for i, box in enumerate(boxes) if box.top <= y < box.bottom and box.left <= x < box.right]
        own = [i for i in around if boxes[i].kind == self.class_of_channel[channel]]
        if not around:
            return Site(channel, y, x, strength, OUTSIDE, None)
        return Site(channel, y, x, strength, RIGHT if own else WRONG, (own or around)[0])

    def spelled(self, tokens: NDArray[Any]) -> list[str]:
        """Names of the tokens before the end, which is the first that is no class."""
        names: list[str] = []
        for token in tokens.tolist():
            if not 0 <= token < len(self.class_names):
                break
            names.append(self.class_names[token])
        return names


def read_evidence(
    folder: Path, fields: tuple[str, ...] = _NEEDED, arrays: tuple[str, ...] = _ARRAYS_NEEDED
) -> Evidence:
    """Read a finished run. Raises ``InputError`` where a file is missing, damaged or lacks one of these."""
    result = read_json(folder / RESULT)
    missing = [name for name in fields if name not in result]
    if missing:
        raise InputError(f"not the result of a validation, it lacks {', '.join(missing)}: {folder / RESULT}")
    return Evidence(result, MetricsLog(folder / METRICS).read(), _read_arrays(folder / ARRAYS, arrays))


def _read_arrays(path: Path, needed: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as content:
            return {name: content[name] for name in needed}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"cannot be read ({error}): {path}") from error
