"""Streams together: what does not fit, what is read of them, their means and scales."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sparling.alignment import streams as module
from sparling.alignment.streams import Stream, Streams
from sparling.errors import InputError

N = 10
RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(N, 3)), RNG.normal(size=(N, 5))
NAMES = tuple(f"n{i}" for i in range(N))
EVERY = np.arange(N)


class Counting:
    """Rows that count how many are asked for at once, as a memory-mapped file reads them."""

    def __init__(self, rows: NDArray[np.floating]) -> None:
        self.rows, self.most, self.all = rows, 0, 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.rows.shape

    def __getitem__(self, index: Any) -> NDArray[np.floating]:
        found = self.rows[index]
        self.most, self.all = max(self.most, len(found)), self.all + len(found)
        return found


def test_features_stand_side_by_side_with_zeros_where_absent() -> None:
    present = EVERY % 3 != 0
    found = Streams([Stream("a", A), Stream("b", B, present)])
    assert found.widths == (3, 5)
    assert len(found) == N
    numbers = np.array([7, 0, 9, 3, 1])
    expected = np.concatenate([A, B * present[:, None]], axis=1).astype(np.float32)[numbers]
    assert np.array_equal(found.read(numbers), expected)


def test_rows_of_absent_samples_are_never_looked_at() -> None:
    present = EVERY != 4
    broken = np.where(present[:, None], B, np.nan)
    found = Streams([Stream("a", A), Stream("b", broken, present)])
    assert np.isfinite(found.standard(EVERY).mean).all()
    assert np.isfinite(found.read(EVERY)).all()


@pytest.mark.parametrize("chunk", [1, 100, 1 << 24])
def test_mean_and_scale_are_those_of_training_samples_that_are_there(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", chunk)
    present, training = EVERY % 3 != 0, np.array([1, 2, 3, 5, 8, 9])
    counting = Counting(1000 + B)
    found = Streams([Stream("a", A), Stream("b", counting, present)]).standard(training)
    there = (1000 + B[np.array([1, 2, 5, 8])]).astype(np.float32).astype(float)  # as they are read
    assert np.allclose(found.mean, np.concatenate([A[training].mean(0), there.mean(0)]))
    assert np.allclose(found.scale, np.concatenate([A[training].std(0), there.std(0)]), rtol=1e-5)
    assert counting.most <= max(chunk // (8 * 5), 1)


def refused(streams: list[Stream], message: str) -> None:
    with pytest.raises(InputError, match=message) as told:
        Streams(streams).standard(EVERY[:8])
    assert "\n" not in str(told.value)


def changed(rows: NDArray[np.floating], row: int, column: int, value: float) -> NDArray[np.floating]:
    result = rows.copy()
    result[row, column] = value
    return result


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (Stream("b", B[:-1]), "9 samples, but stream a has 10: stream b$"),
        (Stream("b", B[:-1], path=Path("b.npy")), "9 samples, but stream a has 10: stream b, b.npy$"),
        (Stream("b\tc", B), r"a stream must have a name of printable characters; got 'b\\tc'"),
        (Stream(" ", B), "a stream must have a name of printable characters; got ' '"),
        (Stream("a", B), "two streams are called a$"),
        (Stream("b", B[:, 0]), r"features must have shape \(N, D\) with samples; got \(10,\): stream b"),
        (Stream("b", B[:0]), r"with samples; got \(0, 5\): stream b"),
        (Stream("b", B[:, :0]), r"with samples; got \(10, 0\): stream b"),
        (Stream("b", B + 1j), "features must be real numbers; got complex128: stream b"),
        (Stream("b", B.astype("U3")), "features must be real numbers; got <U3: stream b"),
        (
            Stream("b", changed(B, 6, 2, np.nan)),
            r"nan in row 6, column 2 \(from 0\), expected finite numbers: stream b",
        ),
        (
            Stream("b", changed(B, 9, 4, -np.inf)),
            r"-inf in row 9, column 4 \(from 0\), expected finite numbers: stream b",
        ),
        (
            Stream("b", changed(B, 6, 2, 1e300)),
            r"1e\+300 in row 6, column 2 \(from 0\), expected numbers of at most 1e\+30",
        ),
        (Stream("b", 1e-60 * B), r"5 columns of 5 the same in all training samples"),
        (Stream("b", B, samples=(*NAMES[:9], "n3")), "2 samples are called n3: stream b"),
        (
            Stream("b", np.where(EVERY[:, None] < 8, 1.0, B)),
            r"5 columns of 5 the same in all training samples \(from 0: 0, 1,",
        ),
        (Stream("b", B * [1, 0, 1, 1, 1]), r"1 column of 5 the same in all training samples \(from 0: 1\), leave out"),
        (Stream("b", B, EVERY > 7), "no training sample: stream b"),
        (Stream("b", B, EVERY > 8), "1 sample, expected two or more: stream b"),
        (Stream("b", B, np.zeros(N, bool)), "0 samples, expected two or more: stream b"),
        (Stream("b", B, np.ones(N)), r"must be bool of shape \(10,\); got float64 of shape \(10,\): stream b"),
        (Stream("b", B, np.ones(N - 1, bool)), r"must be bool of shape \(10,\); got bool of shape \(9,\): stream b"),
        (Stream("b", B, samples=NAMES[:9]), "9 names of 10 samples: stream b"),
        (Stream("b", B, samples=(*NAMES[:4], "x", *NAMES[5:])), r"row 4 \(from 0\) is x, but n4 in stream a: stream b"),
    ],
)
def test_a_stream_that_does_not_fit_is_told(second: Stream, message: str) -> None:
    refused([Stream("a", A, samples=NAMES), second], message)


def test_one_stream_alone_is_no_alignment() -> None:
    refused([Stream("a", A)], "alignment needs two streams or more; got 1")
    refused([], "alignment needs two streams or more; got 0")


def test_two_samples_are_too_few() -> None:
    refused([Stream("a", A[:2]), Stream("b", B[:2])], "2 samples, expected 3 or more, one of them held out: stream a")
    refused([Stream("a", A[:1]), Stream("b", B[:1])], "1 sample, expected 3 or more")


def test_each_sample_must_be_somewhere_and_some_in_two_streams() -> None:
    first, second = EVERY < 5, EVERY > 5
    refused([Stream("a", A, first), Stream("b", B, second)], r"row 5 \(from 0\) is in no stream, and 0 others")
    refused([Stream("a", A, first), Stream("b", B, ~first)], "no sample is in two streams, so nothing says")


def test_unnamed_streams_go_with_named_ones() -> None:
    assert Streams([Stream("a", A), Stream("b", B, samples=NAMES)]).samples == NAMES
    assert Streams([Stream("a", A), Stream("b", B)]).samples is None
