"""Streams: what each of several models says of the same samples; checked together, and read a few samples at a time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sparling.alignment.rows import Rows, read_rows
from sparling.errors import InputError
from sparling.plurals import counted

CHUNK_BYTES = 1 << 24
"""Of features that are read at once, as float32, when all are looked at."""
LARGEST = 1e30
"""Of features, which are trained on as float32."""
LEAST = 3
"""Samples of an alignment: two that can differ, and one that is not trained on."""
SHOWN = 5
"""Columns that an error names."""


@dataclass(frozen=True)
class Stream:
    """Features of N samples, as one model gives them."""

    name: str
    rows: Rows
    """(N, D) finite numbers; an array, memory-mapped or not, or what gives rows when asked."""
    present: NDArray[np.bool_] | None = None
    """(N,) whether the stream has the sample; None: it has all. Rows of absent samples are never read."""
    samples: tuple[str, ...] | None = None
    """(N) names of the samples, where they have names; the same in all streams."""
    path: Path | None = None
    """The file that the rows lie in, if any."""

    @classmethod
    def read(cls, name: str, path: Path) -> "Stream":
        """The stream in a .npy or .safetensors file (`sparling.alignment.rows`), memory-mapped.

        Raises ``InputError`` where it cannot be read.
        """
        stored = read_rows(path)
        return cls(name, stored.rows, stored.present, stored.names, path)

    @property
    def where(self) -> str:
        """The stream in an error: its name, and its file."""
        return f"stream {self.name}" if self.path is None else f"stream {self.name}, {self.path}"


class Standard(NamedTuple):
    """Mean and standard deviation of every feature over training samples that have the stream: (ΣD,) float32 each."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]


class Streams:
    """Two streams or more of the same N samples.

    Raises ``InputError`` for one alone, for names that occur twice, for lengths or names of samples that differ, for
    fewer than three samples, and for samples that no stream has.
    """

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.streams = tuple(streams)
        if len(self.streams) < 2:
            raise InputError(f"alignment needs two streams or more; got {len(self.streams)}")
        for stream in self.streams:
            _check_stream(stream)
        self.names = tuple(stream.name for stream in self.streams)
        for name in self.names:
            if self.names.count(name) > 1:
                raise InputError(f"two streams are called {name}")
        self.samples = _common_names(self.streams)
        self.present = _presence(self.streams)

    def __len__(self) -> int:
        """N."""
        return len(self.present)

    @property
    def widths(self) -> tuple[int, ...]:
        """(D_1, …, D_M)."""
        return tuple(int(stream.rows.shape[1]) for stream in self.streams)

    def read(self, samples: NDArray[np.int64]) -> NDArray[np.float32]:
        """The features of n samples side by side, zeros where a stream lacks a sample: (n, ΣD)."""
        result = np.zeros((len(samples), sum(self.widths)), dtype=np.float32)
        order = np.argsort(samples, kind="stable")  # files are read forwards
        start = 0
        for number, (stream, width) in enumerate(zip(self.streams, self.widths, strict=True)):
            there = order[self.present[samples[order], number]]
            if len(there):
                result[there, start : start + width] = stream.rows[samples[there]]
            start += width
        return result

    def standard(self, training: NDArray[np.int64]) -> Standard:
        """Mean and scale of every feature over these samples; reads all rows once, a few at a time.

        Raises ``InputError`` for a number that is not finite anywhere, and for a feature that is the same in all
        training samples.
        """
        counted_in = np.zeros(len(self), dtype=bool)
        counted_in[training] = True
        found = [_moments(stream, self.present[:, i], counted_in) for i, stream in enumerate(self.streams)]
        mean, scale = (np.concatenate(parts).astype(np.float32) for parts in zip(*found, strict=True))
        return Standard(mean, scale)


def _check_stream(stream: Stream) -> None:
    if not stream.name.isprintable() or not stream.name.strip():
        raise InputError(f"a stream must have a name of printable characters; got {stream.name!r}")
    shape = stream.rows.shape
    if len(shape) != 2 or not shape[0] or not shape[1]:
        raise InputError(f"features must have shape (N, D) with samples; got {tuple(shape)}: {stream.where}")
    dtype = np.asarray(stream.rows[:1]).dtype
    if dtype.kind not in "fiub":
        raise InputError(f"features must be real numbers; got {dtype}: {stream.where}")
    present = stream.present
    if present is not None and (present.dtype != np.bool_ or present.shape != (shape[0],)):
        got = f"{present.dtype} of shape {present.shape}"
        raise InputError(f"which samples are there must be bool of shape ({shape[0]},); got {got}: {stream.where}")
    if present is not None and present.sum() < 2:
        raise InputError(f"{counted(int(present.sum()), 'sample')}, expected two or more: {stream.where}")
    if stream.samples is not None and len(stream.samples) != shape[0]:
        raise InputError(f"{len(stream.samples):,} names of {shape[0]:,} samples: {stream.where}")
    if stream.samples is not None and len(set(stream.samples)) < shape[0]:
        name, times = Counter(stream.samples).most_common(1)[0]
        raise InputError(f"{times:,} samples are called {name}: {stream.where}")


def _common_names(streams: Sequence[Stream]) -> tuple[str, ...] | None:
    """The names that all named streams have. Raises ``InputError`` where lengths or names differ."""
    first = streams[0]
    named: Stream | None = None
    for stream in streams:
        if stream.rows.shape[0] != first.rows.shape[0]:
            counts = f"{stream.rows.shape[0]:,} samples, but stream {first.name} has {first.rows.shape[0]:,}"
            raise InputError(f"{counts}: {stream.where}")
        if stream.rows.shape[0] < LEAST:
            got = counted(stream.rows.shape[0], "sample")
            raise InputError(f"{got}, expected {LEAST} or more, one of them held out: {stream.where}")
        if stream.samples is None:
            continue
        if named is None or named.samples is None:
            named = stream
        elif stream.samples != named.samples:
            pairs = enumerate(zip(stream.samples, named.samples, strict=True))
            number, (got, expected) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
            raise InputError(f"row {number} (from 0) is {got}, but {expected} in stream {named.name}: {stream.where}")
    return None if named is None else named.samples


def _presence(streams: Sequence[Stream]) -> NDArray[np.bool_]:
    """(N, M). Raises ``InputError`` for a sample that no stream has, and where no sample is in two."""
    samples = streams[0].rows.shape[0]
    columns = [np.ones(samples, dtype=bool) if s.present is None else s.present for s in streams]
    present = np.stack(columns, axis=1)
    had = present.sum(axis=1)
    if not had.all():
        raise InputError(
            f"row {int(np.argmin(had))} (from 0) is in no stream, and {int((had == 0).sum()) - 1:,} others"
        )
    if had.max() < 2:
        raise InputError("no sample is in two streams, so nothing says what is alike in them")
    return present


def _moments(
    stream: Stream, present: NDArray[np.bool_], training: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of every feature (Chan, Golub and LeVeque, 1979: chunk by chunk)."""
    count, mean, squares = 0, np.zeros(stream.rows.shape[1]), np.zeros(stream.rows.shape[1])
    low, high = np.full_like(mean, np.inf), np.full_like(mean, -np.inf)
    for numbers, chunk in _chunks(stream, present):
        _check_finite(stream, numbers, chunk)
        chunk = chunk[training[numbers]].astype(np.float32)  # as they are trained on
        if not len(chunk):
            continue
        centre = chunk.mean(axis=0, dtype=np.float64)
        apart = centre - mean
        total = count + len(chunk)
        squares += np.square(chunk - centre).sum(axis=0) + apart**2 * (count * len(chunk) / total)
        mean += apart * (len(chunk) / total)
        low, high = np.minimum(low, chunk.min(axis=0)), np.maximum(high, chunk.max(axis=0))
        count = total
    if not count:
        raise InputError(f"no training sample: {stream.where}")
    constant = np.flatnonzero(low == high)
    if len(constant):
        some = ", ".join(str(number) for number in constant[:SHOWN]) + ("…" if len(constant) > SHOWN else "")
        told = f"{counted(len(constant), 'column')} of {len(mean):,} the same in all training samples (from 0: {some})"
        raise InputError(f"{told}, leave out what tells nothing: {stream.where}")
    return mean, np.sqrt(squares / count)


def _chunks(stream: Stream, present: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Numbers and float64 rows of the samples that are there, a few at a time."""
    size = max(CHUNK_BYTES // (8 * stream.rows.shape[1]), 1)
    for start in range(0, len(present), size):
        there = np.flatnonzero(present[start : start + size])
        if len(there):
            yield start + there, np.asarray(stream.rows[start : start + size])[there].astype(np.float64)


def _check_finite(stream: Stream, numbers: NDArray[np.int64], chunk: NDArray[np.float64]) -> None:
    bad = np.argwhere(~(np.abs(chunk) <= LARGEST))
    if len(bad):
        row, column = bad[0]
        place = f"row {numbers[row]}, column {column} (from 0)"
        expected = f"numbers of at most {LARGEST:.0e}" if np.isfinite(chunk[row, column]) else "finite numbers"
        raise InputError(f"{chunk[row, column]} in {place}, expected {expected}: {stream.where}")
