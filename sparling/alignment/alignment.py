"""An alignment as a value: what it was told, its model, and what that says of samples; saved, and read back."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sparling.alignment.codes import Codes
from sparling.alignment.model import AlignmentModel, Latents
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Standard, Stream, Streams
from sparling.alignment.task import AlignmentTask, pair_means
from sparling.alignment.topk import StreamTopK
from sparling.errors import InputError, NothingToResume
from sparling.layer.calibration import evaluating
from sparling.training.checkpoint import load_weights, read_json, save_model, write_json
from sparling.training.devices import FabricLike
from sparling.training.session import Session
from sparling.training.task import Batch

CONFIG = "align-config.json"
"""The file that tells the folder of an alignment from any other."""
MODEL = "model"
SIDES = "held-out.txt"
ENCODED = 1024
"""Samples that are encoded at once."""


@dataclass(frozen=True)
class Alignment:
    """M streams in one space of L latents."""

    settings: AlignmentSettings
    streams: Streams
    """What is looked at: the streams that it was trained on, or others of the same names and widths (`of`)."""
    held_out: NDArray[np.int64]
    """Which of the samples that it was trained on were held out; sorted."""
    session: Session

    @property
    def latents(self) -> int:
        """L."""
        return self.settings.latents

    @property
    def names(self) -> tuple[str, ...]:
        """Of the streams."""
        return self.streams.names

    @property
    def model(self) -> AlignmentModel:
        """Encoders, TopK and decoders."""
        model = self.session.model
        assert isinstance(model, AlignmentModel)
        return model

    def of(self, streams: Sequence[Stream]) -> "Alignment":
        """The same model, looking at other samples. Raises ``InputError`` unless streams have the names and widths."""
        others = Streams(streams)
        check_same(others, self.names, self.streams.widths)
        return replace(self, streams=others, session=Session(self.model, self._task(others), self.session.fabric))

    def codes(self, name: str, samples: NDArray[np.int64] | None = None, alone: bool = False) -> Codes:
        """Sparse latents of a stream in these samples [all], rows of zeros where a sample lacks it.

        ``alone``: as if samples had no other stream, so that what is active says nothing of the others; else all
        streams of a sample have a say in Global TopK. Raises ``KeyError`` for a name that there is not.
        """
        stream = self._number(name)
        index, value = [], []
        for _, latents in self._encoded(samples, stream if alone else None):
            index.append(latents.which[stream].to(torch.int32).cpu().numpy())
            value.append(latents.value[stream].float().cpu().numpy())
        return Codes(np.concatenate(index), np.concatenate(value), self.latents)

    def reconstruct(
        self, source: str, target: str, samples: NDArray[np.int64] | None = None, alone: bool = False
    ) -> NDArray[np.float32]:
        """Features (n, D) of stream ``target``, in its own units, from the latents of ``source``; ``alone`` as `codes`.

        Where a sample lacks ``source`` nothing is known, and it gets about the means.
        """
        s, t = self._number(source), self._number(target)
        start = sum(self.streams.widths[:t])
        part = slice(start, start + self.streams.widths[t])
        mean, scale = self._standard.mean[part], self._standard.scale[part]
        rebuilt = []
        for _, latents in self._encoded(samples, s if alone else None):
            with torch.no_grad():
                one = self.model.readout.decode(t, Latents(latents.which[s : s + 1], latents.value[s : s + 1]))
            rebuilt.append(one[0].float().cpu().numpy() * scale + mean)
        return np.concatenate(rebuilt)

    def errors(self, samples: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Normalised mean squared error (M, M) of stream t (column) reconstructed from stream s (row)."""
        sums = np.zeros((len(self.names), len(self.names)))
        pairs = np.zeros_like(sums)
        for batch in self._batches(samples):
            have = batch.y.double()
            counts = (have.T @ have).numpy()
            output = self.session.forward(batch).output[:, :, :-1].double().cpu()
            sums += pair_means(output, batch.y).numpy() * np.maximum(counts, 1)
            pairs += counts
        return sums / np.maximum(pairs, 1)

    @property
    def _standard(self) -> Standard:
        task = self.session.task
        assert isinstance(task, AlignmentTask)
        return Standard(task.mean.numpy(), task.scale.numpy())

    def _task(self, streams: Streams) -> AlignmentTask:
        nothing = np.zeros(0, dtype=np.int64)
        return make_task(self.settings, streams, self._standard, nothing, nothing)

    def _number(self, name: str) -> int:
        if name not in self.names:
            raise KeyError(f"no stream {name}; there are {', '.join(self.names)}")
        return self.names.index(name)

    def _batches(self, samples: NDArray[np.int64] | None) -> Iterator[Batch]:
        numbers = np.arange(len(self.streams)) if samples is None else np.asarray(samples, dtype=np.int64)
        for start in range(0, len(numbers), ENCODED):
            part = numbers[start : start + ENCODED]
            yield Batch(torch.from_numpy(self.streams.read(part)), torch.from_numpy(self.streams.present[part]))

    def _encoded(self, samples: NDArray[np.int64] | None, alone: int | None) -> Iterator[tuple[Tensor, Latents]]:
        for batch in self._batches(samples):
            x, present = batch
            if alone is not None:
                only = torch.zeros_like(present)
                only[:, alone] = present[:, alone]
                present = only
            on_device = self.session.on_device(Batch(x, present))
            inputs, _ = self.session.task.inputs(on_device)
            with torch.no_grad(), evaluating(self.model), self.session.autocast():
                yield present, self.model.encode(inputs, on_device.y)

    def save(self, folder: Path) -> None:
        """Write what `read` reads into ``folder``."""
        write_config(folder, self.settings, self.streams, self._standard, self.held_out)
        save_model(folder / MODEL, self.model, {"widths": list(self.streams.widths)} | asdict(self.settings))

    @classmethod
    def read(
        cls, folder: Path | str, streams: Sequence[Stream] | None = None, device: FabricLike | str = "auto"
    ) -> "Alignment":
        """The alignment in ``folder``; of streams that were not files, ``streams`` must be given.

        Raises ``InputError`` where the folder has none that is finished, or the streams are not those that it is of.
        """
        folder = Path(folder)
        started = Started.read(folder)
        found = started.open() if streams is None else Streams(streams)
        check_same(found, started.names, started.widths)
        model = make_model(started.settings, started.widths)
        load_weights(folder / MODEL, model)
        nothing = np.zeros(0, dtype=np.int64)
        task = make_task(started.settings, found, started.standard, nothing, nothing)
        return cls(started.settings, found, started.held_out, Session(model, task, device))


@dataclass(frozen=True)
class Started:
    """What the folder of an alignment says from its start on."""

    settings: AlignmentSettings
    names: tuple[str, ...]
    widths: tuple[int, ...]
    paths: tuple[Path | None, ...]
    standard: Standard
    held_out: NDArray[np.int64]
    samples: int

    @classmethod
    def read(cls, folder: Path) -> "Started":
        """Raises ``NothingToResume`` where there is none, ``InputError`` where it is damaged."""
        path = folder / CONFIG
        if not path.is_file():
            raise NothingToResume(folder, CONFIG)
        said = read_json(path)
        try:
            streams = said["streams"]
            numbers = (np.array([v for s in streams for v in s[key]], dtype=np.float32) for key in ("mean", "scale"))
            return cls(
                AlignmentSettings(**said["settings"]),
                tuple(str(s["name"]) for s in streams),
                tuple(int(s["width"]) for s in streams),
                tuple(None if s["path"] is None else Path(s["path"]) for s in streams),
                Standard(*numbers),
                np.array(said["held_out"], dtype=np.int64),
                int(said["samples"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"not the configuration of an alignment ({error}): {path}") from error

    def open(self) -> Streams:
        """The streams' files again. Raises ``InputError`` where a stream was not a file, or its file is gone."""
        streams = []
        for name, path in zip(self.names, self.paths, strict=True):
            if path is None:
                raise InputError(f"stream {name} was not a file: give the streams")
            streams.append(Stream.read(name, path))
        return Streams(streams)


def write_config(
    folder: Path, settings: AlignmentSettings, streams: Streams, standard: Standard, held_out: NDArray[np.int64]
) -> None:
    """Write what `Started` reads."""
    described, start = [], 0
    for stream, width in zip(streams.streams, streams.widths, strict=True):
        part = slice(start, start + width)
        start += width
        described.append(
            {
                "name": stream.name,
                "width": width,
                "path": None if stream.path is None else str(stream.path.resolve()),
                "mean": standard.mean[part].tolist(),
                "scale": standard.scale[part].tolist(),
            }
        )
    content: dict[str, Any] = {"settings": asdict(settings), "samples": len(streams), "streams": described}
    write_json(folder / CONFIG, content | {"held_out": held_out.tolist()})


def check_same(streams: Streams, names: tuple[str, ...], widths: tuple[int, ...]) -> None:
    """Raise ``InputError`` unless the streams have these names and widths."""
    if streams.names != names:
        raise InputError(f"streams must be {', '.join(names)}; got {', '.join(streams.names)}")
    for stream, got, width in zip(streams.streams, streams.widths, widths, strict=True):
        if got != width:
            raise InputError(f"{got} features, expected {width}: {stream.where}")


def make_model(settings: AlignmentSettings, widths: Sequence[int]) -> AlignmentModel:
    """The untrained model of these settings."""
    sparsity = StreamTopK(settings.latents, settings.k, settings.choice)
    generator = torch.Generator().manual_seed(settings.seed)
    return AlignmentModel(widths, sparsity, generator, settings.cross > 0, settings.dead_after)


def make_task(
    settings: AlignmentSettings,
    streams: Streams,
    standard: Standard,
    training: NDArray[np.int64],
    held_out: NDArray[np.int64],
) -> AlignmentTask:
    """The task of these settings."""
    return AlignmentTask(
        streams,
        standard,
        training,
        held_out,
        cross=settings.cross,
        auxiliary=settings.auxiliary,
        batch=settings.batch,
        seed=settings.seed,
    )
