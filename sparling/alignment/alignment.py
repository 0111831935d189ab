"""An alignment as a value: what it was told, its model, and what that says of samples; saved, and read back."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save
from torch import Tensor

from sparling.alignment.codes import Codes
from sparling.alignment.model import AlignmentModel, Latents
from sparling.alignment.settings import AlignmentSettings
from sparling.alignment.streams import Standard, Stream, Streams
from sparling.alignment.task import AlignmentTask, pair_means
from sparling.alignment.topk import StreamTopK
from sparling.atomic import write_atomically
from sparling.errors import InputError, NothingToResume
from sparling.layer.calibration import evaluating
from sparling.training.checkpoint import load_weights, read_json, save_model, write_json
from sparling.training.devices import FabricLike, memory
from sparling.training.session import Session
from sparling.training.task import Batch

CONFIG = "align-config.json"
"""The file that tells the folder of an alignment from any other."""
ARRAYS = "align-data.safetensors"
"""Beside it: mean and scale of the features, and which samples are held out."""
MODEL = "model"
WEIGHTS = 8
"""Numbers in training for each latent and feature: encoder and decoder, their gradients, two moments of both."""
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
        Started.of(self.settings, self.streams, self._standard, self.held_out).write(folder)
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
        found = Streams(started.open() if streams is None else streams)
        check_same(found, started.names, started.widths)
        model = make_model(started.settings, started.widths)
        load_weights(folder / MODEL, model)
        nothing = np.zeros(0, dtype=np.int64)
        task = make_task(started.settings, found, started.standard, nothing, nothing)
        return cls(started.settings, found, started.held_out, Session(model, task, device))


class Described(NamedTuple):
    """A stream as the configuration has it."""

    name: str
    width: int
    present: int
    """Samples that it has."""
    path: str | None


@dataclass(frozen=True)
class Started:
    """What the folder of an alignment says from its start on."""

    settings: AlignmentSettings
    streams: tuple[Described, ...]
    samples: int
    standard: Standard
    held_out: NDArray[np.int64]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the streams."""
        return tuple(stream.name for stream in self.streams)

    @property
    def widths(self) -> tuple[int, ...]:
        """Of the streams."""
        return tuple(stream.width for stream in self.streams)

    @classmethod
    def of(
        cls, settings: AlignmentSettings, streams: Streams, standard: Standard, held_out: NDArray[np.int64]
    ) -> "Started":
        """What is to be written of these streams."""
        described = [
            Described(stream.name, width, count, None if stream.path is None else str(stream.path.resolve()))
            for stream, width, count in zip(
                streams.streams, streams.widths, streams.present.sum(axis=0).tolist(), strict=True
            )
        ]
        return cls(settings, tuple(described), len(streams), standard, held_out)

    def write(self, folder: Path) -> None:
        """Write what `read` reads."""
        arrays = save(self.standard._asdict() | {"held_out": self.held_out})
        write_atomically(folder / ARRAYS, lambda path: path.write_bytes(arrays))
        streams = [stream._asdict() for stream in self.streams]
        content = {"settings": asdict(self.settings), "samples": self.samples, "streams": streams}
        write_json(folder / CONFIG, content)

    @classmethod
    def read(cls, folder: Path) -> "Started":
        """Raises ``NothingToResume`` where there is none, ``InputError`` where it is damaged."""
        path = folder / CONFIG
        if not path.is_file():
            raise NothingToResume(folder, CONFIG)
        said = read_json(path)
        try:
            arrays = load_file(folder / ARRAYS)
            streams = tuple(Described(**stream) for stream in said["streams"])
            standard = Standard(arrays["mean"], arrays["scale"])
            return cls(AlignmentSettings(**said["settings"]), streams, said["samples"], standard, arrays["held_out"])
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"not the beginning of an alignment ({str(error).splitlines()[0]}): {path}") from error

    def open(self) -> tuple[Stream, ...]:
        """The streams' files again. Raises ``InputError`` where one was no file, is gone, or is not as it was."""
        streams = []
        for was in self.streams:
            if was.path is None:
                raise InputError(f"stream {was.name} was not a file: give the streams")
            stream = Stream.read(was.name, Path(was.path))
            shape = stream.rows.shape
            count = shape[0] if stream.present is None else int(stream.present.sum())
            if shape != (self.samples, was.width) or count != was.present:
                expected = f"({self.samples}, {was.width}) with {was.present:,} samples there"
                raise InputError(f"{shape} with {count:,} there, but was {expected}: {stream.where}")
            streams.append(stream)
        return tuple(streams)


def check_same(streams: Streams, names: tuple[str, ...], widths: tuple[int, ...]) -> None:
    """Raise ``InputError`` unless the streams have these names and widths."""
    if streams.names != names:
        raise InputError(f"streams must be {', '.join(names)}; got {', '.join(streams.names)}")
    for stream, got, width in zip(streams.streams, streams.widths, widths, strict=True):
        if got != width:
            raise InputError(f"{got} features, expected {width}: {stream.where}")


def make_model(settings: AlignmentSettings, widths: Sequence[int]) -> AlignmentModel:
    """The untrained model of these settings. Raises ``InputError`` where there is no memory for it."""
    needed, there = WEIGHTS * 4 * settings.latents * sum(widths), memory()
    if needed > there:
        sizes = f"{needed / 1e9:,.0f} GB of memory, {there / 1e9:,.0f} GB are there"
        raise InputError(f"{settings.latents:,} latents of {sum(widths):,} features need {sizes}")
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
