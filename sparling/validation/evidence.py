"""What a report draws: made when a model is measured, kept as evidence.npz, and read back with all else of the folder.

Boxes have any number of axes R: an interval of a sequence, a rectangle of an image.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.atomic import write_atomically
from sparling.domains.sequence_task import TEST, Placement, WorldTask, spelled
from sparling.errors import InputError
from sparling.evaluation.motif_errors import MotifCounts
from sparling.training.checkpoint import read_json
from sparling.training.records import MetricsLog
from sparling.training.session import Session
from sparling.validation.result import RESULT, Facts, FoundClass, ValidationResult

METRICS, ARRAYS = "metrics.jsonl", "evidence.npz"

RIGHT, WRONG, OUTSIDE = "right", "wrong", "outside"
"""What a site is: in the box of a motif of its channel's class, of another class only, or in no box."""


class Box(NamedTuple):
    """The place of a true motif, [low, high) along each axis, in inputs."""

    kind: int
    low: tuple[int, ...]
    high: tuple[int, ...]

    def has(self, place: Sequence[float]) -> bool:
        """Whether ``place`` lies inside."""
        return all(low <= at < high for low, at, high in zip(self.low, place, self.high, strict=True))


class Site(NamedTuple):
    """One activation: its channel, the input it stands for, its strength, and whether it is right."""

    channel: int
    place: tuple[float, ...]
    strength: float
    judgement: str
    box: int | None
    """Index of the box it lies in, one of its own class before others."""


@dataclass(frozen=True, eq=False)
class Arrays:
    """What is drawn of N test samples, and the counts over all of them."""

    examples: NDArray[Any]
    """(N, S...) inputs, (N, I, S...) where there is more than one a position."""
    boxes: NDArray[Any]
    """(M, 2 + 2R): sample, class, low and high of each motif."""
    sites: NDArray[Any]
    """(A, 3 + R): sample, channel, place and strength of each mark, placed."""
    truth: NDArray[Any]
    """(N, T) what is to be read."""
    guess: NDArray[Any]
    """(N, T) what was read."""
    looked_for: NDArray[Any]
    """(C, ...) what each channel looks for."""
    heard: NDArray[Any]
    """(C, n, samples) int16, sound around each channel's strongest marks; empty where samples are no sounds."""
    confusion: NDArray[Any]
    """(K, C), as in `MotifCounts`."""
    missed: NDArray[Any]
    """(K,)."""
    false_positives: NDArray[Any]
    """(C,)."""

    def save(self, path: Path) -> None:
        """Write them, by name, as a compressed npz file."""

        def write(temporary: Path) -> None:
            with temporary.open("wb") as handle:
                np.savez_compressed(handle, **asdict(self))

        write_atomically(path, write)

    @classmethod
    def load(cls, path: Path) -> "Arrays":
        """What `save` wrote. Raises ``InputError`` where it is missing or damaged."""
        try:
            with path.open("rb") as handle, np.load(handle, allow_pickle=False) as content:
                return cls(**{part.name: content[part.name] for part in fields(cls)})
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(f"cannot be read ({error}): {path}") from error


def gather(
    session: Session, task: WorldTask, counts: MotifCounts, place: Placement, looked_for: Tensor, heard: Tensor, n: int
) -> Arrays:
    """The first ``n`` test samples and their marks, put where ``place`` says; all places in inputs."""
    cell = task.cell
    batch, motifs = task.batch(TEST, 0, n)
    result = session.forward(batch)
    activations = place(batch, result.activations)
    sample, channel, *places = activations.nonzero(as_tuple=True)
    strength = activations[(sample, channel, *places)]
    sites = [sample, channel, *(axis * cell + cell // 2 for axis in places), strength]
    boxes = [motifs.sample, motifs.kind, *(motifs.low * cell).T, *(motifs.high * cell).T]
    length = max(len(spell) for spell in spelled(batch.y, task.domain.tokens - 1)) + 1
    tensors = {
        "examples": batch.x.squeeze(1),
        "boxes": torch.stack(boxes, 1),
        "sites": torch.stack([column.double() for column in sites], 1),
        "truth": batch.y[:, :length],
        "guess": result.output.argmax(2)[:, :length],
        "looked_for": looked_for,
        "heard": heard,
        "confusion": counts.confusion,
        "missed": counts.missed,
        "false_positives": counts.false_positives,
    }
    return Arrays(**{name: tensor.cpu().numpy() for name, tensor in tensors.items()})


@dataclass(frozen=True)
class Evidence:
    """A finished validation: its result, the lines of metrics.jsonl, and what is drawn."""

    result: ValidationResult
    evaluations: list[dict[str, Any]]
    arrays: Arrays
    several: bool = False
    """Whether a class may have several channels."""

    @property
    def channels(self) -> int:
        """C."""
        return int(self.arrays.confusion.shape[1])

    @property
    def reads(self) -> bool:
        """Whether there is a readout to speak of: a local model trained alone has none."""
        return self.result.output.e2ee is not None

    @property
    def classes(self) -> tuple[FoundClass, ...]:
        """Those of the result."""
        return self.result.classes

    @cached_property
    def class_of_channel(self) -> list[int | None]:
        """For each channel the class it was assigned to; with ``several``, of one left over its commonest."""
        classes: list[int | None] = [None] * self.channels
        if self.several:
            most = self.arrays.confusion.max(0)
            classes = [int(k) if n else None for k, n in zip(self.arrays.confusion.argmax(0), most, strict=True)]
        for k, item in enumerate(self.classes):
            if item.channel is not None:
                classes[item.channel] = k
        return classes

    @property
    def channel_order(self) -> list[int]:
        """All channels in the order of their classes, those without one last."""
        last = len(self.classes)
        return sorted(range(self.channels), key=lambda c: (last if (k := self.class_of_channel[c]) is None else k, c))

    def channel_name(self, channel: int) -> str:
        """The class a channel stands for, else its number with a mark."""
        k = self.class_of_channel[channel]
        return f"c{channel}" if k is None else self.classes[k].name

    def marks(self, channel: int) -> int:
        """On test samples, motifs that the channel answered to and false positives of it."""
        return int(self.arrays.confusion[:, channel].sum() + self.arrays.false_positives[channel])

    def boxes(self, example: int) -> list[Box]:
        """The true motifs of one example."""
        rows = self.arrays.boxes
        rank = (rows.shape[1] - 2) // 2
        mine = rows[rows[:, 0] == example].astype(int).tolist()
        return [Box(row[1], tuple(row[2 : 2 + rank]), tuple(row[2 + rank :])) for row in mine]

    def sites(self, example: int) -> list[Site]:
        """The activations of one example, the strongest first."""
        boxes, rows = self.boxes(example), self.arrays.sites
        found = [self._judged(row[1:], boxes) for row in rows[rows[:, 0] == example].tolist()]
        return sorted(found, key=lambda site: -site.strength)

    def _judged(self, row: list[float], boxes: list[Box]) -> Site:
        channel, place, strength = int(row[0]), tuple(row[1:-1]), row[-1]
        around = [i for i, box in enumerate(boxes) if box.has(place)]
        own = [i for i in around if boxes[i].kind == self.class_of_channel[channel]]
        if not around:
            return Site(channel, place, strength, OUTSIDE, None)
        return Site(channel, place, strength, RIGHT if own else WRONG, (own or around)[0])

    def spelled(self, tokens: NDArray[Any]) -> list[str]:
        """Names of the tokens before the end, which is the first that is no class."""
        names: list[str] = []
        for token in tokens.tolist():
            if not 0 <= token < len(self.classes):
                break
            names.append(self.classes[token].name)
        return names


def read_evidence(
    folder: Path, options: tuple[str, ...], facts: type[Facts] = Facts, several: bool = False
) -> Evidence:
    """Read a finished run of a world with these options and facts, whose classes may have ``several`` channels.

    Raises ``InputError`` where a file is missing, damaged or lacks something.
    """
    try:
        result = ValidationResult.from_json(read_json(folder / RESULT), options, facts)
    except InputError as error:
        raise error if RESULT in str(error) else InputError(f"{error}: {folder / RESULT}") from error
    return Evidence(result, MetricsLog(folder / METRICS).read(), Arrays.load(folder / ARRAYS), several)
