"""Statistics and thresholds of scores that are walked, against an oracle that keeps and sorts them all."""

import itertools
import math
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from sparling.errors import ScoresNotFinite
from sparling.layer.calibration import calibrate
from sparling.layer.inhibition import maxima, unrivalled, window
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.streamed import selection
from sparling.layer.streamed.scores import summarised
from sparling.layer.streamed.selection import score_at_rank, threshold_of
from sparling.layer.thresholds import active_count
from sparling.layer.tracker import Mode

Batches = list[tuple[Tensor, Tensor | None]]


def batches(masked: bool, rank: int = 1, seed: int = 0) -> Batches:
    generator = torch.Generator().manual_seed(seed)
    sizes, shape = (3, 1, 4), ((40,), (7, 9))[rank - 1]
    parts: Batches = []
    for size in sizes:
        x = 2.0 + torch.randn(size, 3, *shape, generator=generator) * torch.tensor([1.0, 2.0, 0.5]).view(
            1, 3, *(1,) * rank
        )
        mask = torch.rand((size, 1, *shape), generator=generator) > 0.3
        parts.append((x.masked_fill(~mask, 50.0) if masked else x, mask if masked else None))
    return parts


def midway(rows: Tensor, counts: list[int]) -> list[float]:
    """Between the k-th and the next of each row, all sorted; the smallest where there is no next."""
    found = []
    for row, k in zip(rows, counts, strict=True):
        falling = sorted((value for value in row.tolist() if value > -math.inf), reverse=True)
        found.append((falling[k - 1] + falling[k]) / 2 if k < len(falling) else falling[-1])
    return found


def kept(layer: SpatialSparsity, parts: Batches) -> list[float]:
    """The thresholds that `layer` should have, everything in memory at once."""
    yes = torch.ones(1).bool()
    real = [x.movedim(1, -1)[yes.expand_as(x[:, 0]) if mask is None else mask[:, 0]] for x, mask in parts]
    every = torch.cat(real).double()
    mean, variance = every.mean(0), every.var(0, correction=0)
    view = (1, -1) + (1,) * (parts[0][0].ndim - 2)
    scores = [
        ((x - mean.view(view)) / (variance.view(view) + 1e-5).sqrt())
        .float()
        .masked_fill(torch.zeros_like(x[:, :1]).bool() if mask is None else ~mask, -math.inf)
        for x, mask in parts
    ]
    rows = 3 if layer.mode == "per_channel" else 1
    n = len(every) * 3 // rows
    if bool((layer.shares == 1).all()):
        counts = [active_count(n, layer.density)] * rows
    else:
        counts = [max(round(n * min(layer.density * share, 0.5)), 1) for share in layer.shares.tolist()]

    def in_rows(scores: list[Tensor]) -> Tensor:
        return torch.cat([z.transpose(0, 1).reshape(rows, -1) for z in scores], dim=1)

    width = window(layer.density, 3, parts[0][0].ndim - 2, layer.inhibition)
    if not width:
        return midway(in_rows(scores), counts)
    scores = [maxima(z, width) for z in scores]
    if not layer.rivals:
        return midway(in_rows(scores), counts)
    threshold = [math.inf] * rows
    for _ in range(50):
        standing = [unrivalled(z, torch.tensor(threshold), width, layer.by_excess) for z in scores]
        before, threshold = threshold, midway(in_rows(standing), counts)
        if before == threshold:
            break
    return threshold


@pytest.mark.parametrize(
    ("keep", "merged"), [(0, 0), (0, 1 << 22), (1 << 30, 1 << 22)], ids=["by bits", "merged", "kept"]
)
@pytest.mark.parametrize("mode", ["per_channel", "shared"])
@pytest.mark.parametrize(("masked", "rank"), [(False, 1), (True, 2)])
def test_thresholds_are_those_of_an_oracle_that_keeps_everything(
    keep: int, merged: int, mode: Mode, masked: bool, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MERGED", merged)
    parts = batches(masked, rank)
    for density, options in itertools.product(
        (0.4, 0.05, 0.01),
        ({}, {"inhibition": 3}, {"inhibition": 3, "rivals": False}, {"inhibition": 5, "by_excess": True}),
    ):
        layer = SpatialSparsity(3, density, mode, **options)
        calibrate(nn.Identity(), layer, parts, keep=keep)
        assert layer.threshold.tolist() == pytest.approx(kept(layer, parts), abs=1e-6), (density, options)
        if mode == "per_channel":
            layer.share_out(torch.tensor([0.5, 1.0, 1.4]))
            calibrate(nn.Identity(), layer, parts, keep=keep)
            assert layer.threshold.tolist() == pytest.approx(kept(layer, parts), abs=1e-6), (density, options)


@pytest.mark.parametrize("slack", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("settings", [{}, {"inhibition": 3}])
def test_kept_and_streamed_merged_and_by_bits_agree_to_the_bit(
    slack: float, settings: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    results = []
    for keep, merged in itertools.product((0, 5_000, 1 << 30), (0, 1 << 22)):
        monkeypatch.setattr(selection, "MERGED", merged)
        layer = SpatialSparsity(3, 0.05, **settings)
        found = calibrate(nn.Identity(), layer, batches(True), slack, keep)
        results.append((found, layer.threshold.tolist(), layer.normaliser.running_var.tolist()))
    assert all(result == results[0] for result in results)


class Counted(nn.Module):
    """A local model that counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.calls = nn.BatchNorm1d(3), 0

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        return self.norm(x)


def test_kept_scores_are_computed_once_and_streamed_ones_for_each_walk() -> None:
    parts, size = batches(False), 8 * 3 * 40 * 4
    for keep, walks in ((size, 2), (size - 1, 4)):
        local = Counted()
        calibrate(local, SpatialSparsity(3, 0.05), parts, keep=keep)
        assert local.calls == walks * len(parts)
    assert len(batches(False)) == 3


numbers = st.one_of(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from([0.0, -0.0, 1.0, -1.0]))
rows_of = st.lists(st.lists(numbers, min_size=1, max_size=9), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(1, 40), st.integers(1, 40), st.integers(0, 5))
def test_score_at_rank_is_that_of_a_sorted_list(rows: list[list[float]], first: int, second: int, empty: int) -> None:
    """Of two rows, the second with other scores and places that hold none."""
    parts = [torch.tensor([row, [-value for value in row]]) for row in rows]
    parts = [torch.cat([part, torch.full((2, empty), -math.inf)], dim=1) for part in parts]
    found = score_at_rank(parts, torch.tensor([[first, second], [second, first]]))
    for row, ranks, values in zip((0, 1), ((first, second), (second, first)), found.tolist(), strict=True):
        falling = sorted((v for part in parts for v in part[row].tolist() if v > -math.inf), reverse=True)
        assert values == [falling[min(rank, len(falling)) - 1] for rank in ranks]


@settings(max_examples=60, deadline=None)
@given(rows_of, st.integers(1, 30), st.integers(0, 8))
def test_threshold_by_bits_is_that_of_merged_scores(rows: list[list[float]], count: int, slack: int) -> None:
    parts = [torch.tensor([row, [value / 3 for value in row]]) for row in rows]
    there = sum(map(len, rows))
    assume(there > 1)
    counts = torch.tensor([count, count]).clamp_max(there - 1)
    merged = threshold_of(parts, counts, slack, counts)
    assert torch.equal(merged + 0.0, selection._by_bits(parts, counts, slack, counts) + 0.0)


def test_a_row_without_any_score_has_no_threshold() -> None:
    parts = [torch.tensor([[-math.inf, -math.inf], [1.0, 2.0]])]
    counts = torch.tensor([1, 1])
    for slack in (0, 1):
        assert selection._by_bits(parts, counts, slack, counts).tolist() == [math.inf, 1.5]


def test_summary_is_of_real_scores_and_counts_the_wrong_ones() -> None:
    parts = batches(True)
    summary = summarised(parts, 3, torch.empty(0))
    every = torch.cat([x.movedim(1, -1)[mask[:, 0]] for x, mask in parts if mask is not None])
    assert (summary.positions, summary.axes) == (len(every), 1)
    torch.testing.assert_close(summary.mean, every.double().mean(0))
    torch.testing.assert_close(summary.variance, every.double().var(0, correction=0))
    x, mask = parts[1]
    assert mask is not None
    x[:, 1, :][~mask[:, 0]] = math.nan
    assert summarised(parts, 3, torch.empty(0)).wrong.tolist() == [0, 0, 0]
    x[:, 2, :][mask[:, 0]] = math.inf
    assert summarised(parts, 3, torch.empty(0)).wrong.tolist() == [0, 0, int(mask.sum())]


def test_streamed_scores_that_are_not_finite_are_refused() -> None:
    parts = batches(False)
    parts[2][0][0, 1, 3] = math.nan
    with pytest.raises(ScoresNotFinite, match=r"got NaN or infinity in 1 of 960 scores \(of channels 1\)"):
        calibrate(nn.Identity(), SpatialSparsity(3, 0.1), parts, keep=0)


def once() -> Iterator[tuple[Tensor, None]]:
    yield torch.zeros(2, 3, 5), None


class Dwindling:
    """Batches of which fewer come each time."""

    def __init__(self) -> None:
        self.left = 3

    def __iter__(self) -> Iterator[tuple[Tensor, None]]:
        self.left -= 1
        return iter([(torch.randn(2, 3, 5), None)] * self.left)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([torch.zeros(2, 3, 5)], "must be a pair (x, mask), mask a tensor or None; got a tensor of shape (2, 3, 5)"),
        ([(torch.zeros(2, 3, 5),)], "must be a pair (x, mask), mask a tensor or None; got a tuple of Tensor"),
        ([(torch.zeros(2, 3, 5), 7)], "must be a pair (x, mask), mask a tensor or None; got a tuple of Tensor, int"),
        (["ab"], "must be a pair (x, mask), mask a tensor or None; got a str"),
        ([()], "must be a pair (x, mask), mask a tensor or None; got a tuple of nothing"),
        (once(), "batches are walked several times: give a list or a DataLoader; got a generator, used up by one"),
        (Dwindling(), "batches must be the same whenever they are walked; got 2, then 1"),
        ([(torch.zeros(2, 4, 5), None)], "scores must have shape (B, C=3, S...); got (2, 4, 5)"),
        ([(torch.zeros(2, 3, 5), torch.ones(2, 1, 6).bool())], "mask must be boolean of shape (2, 1, 5)"),
        ([], "calibration needs at least two positions; got 0"),
    ],
)
def test_bad_batches_are_refused_in_one_line(given: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        calibrate(nn.Identity(), SpatialSparsity(3), given, keep=0)  # type: ignore[arg-type]
    assert "\n" not in str(raised.value)


PEAK = """
import sys, torch
from torch import nn
from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity

class Batches:
    def __init__(self, number): self.number = number
    def __iter__(self):
        for number in range(self.number):
            yield DRAWN.roll(1000 * number, 3) + number / 100, None

torch.set_num_threads(1)
DRAWN = torch.randn(1, 32, 120, 360)
number, density, inhibition = int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
layer = SpatialSparsity(32, density, inhibition=inhibition)
found = calibrate(nn.Identity(), layer, Batches(number), keep=int(sys.argv[4]))
assert abs(found.density - density) < 1e-4, found
print(int(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))) // 1024)
"""


def peak(number: int, density: float, inhibition: int, keep: int) -> int:
    """MiB."""
    told = [str(each) for each in (number, density, inhibition, keep)]
    done = subprocess.run([sys.executable, "-c", PEAK, *told], check=True, capture_output=True, text=True)
    return int(done.stdout)


def test_memory_does_not_grow_with_the_number_of_samples() -> None:
    """Of maps as large as those of LaTeX-OCR: 5.3 MiB a sample; kept they are seen in the same measure."""
    few, many = peak(12, 0.3, 0, 0), peak(40, 0.3, 0, 0)
    assert many - few < 60
    assert peak(80, 0.3, 0, 1 << 30) - few > 90
