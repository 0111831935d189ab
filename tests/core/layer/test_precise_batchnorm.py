"""Statistics inside a local model: BatchNorm of every kind, and what a calibration leaves behind."""

import math
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.streamed.batchnorm import average_statistics

SIZES = (3, 1, 6)


def parts(rng: torch.Generator) -> list[tuple[Tensor, None]]:
    return [((1 + number) * torch.randn(size, 2, 20, generator=rng), None) for number, size in enumerate(SIZES)]


def expected(batches: list[tuple[Tensor, None]]) -> tuple[Tensor, Tensor]:
    """Means and unbiased variances of each batch, averaged by size, in a loop."""
    mean, variance = torch.zeros(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    for x, _ in batches:
        for channel in range(2):
            values = x[:, channel].double().flatten()
            mean[channel] += len(x) * values.mean() / sum(SIZES)
            variance[channel] += len(x) * values.var() / sum(SIZES)
    return mean, variance


@pytest.mark.parametrize(
    "norm",
    [
        lambda: nn.BatchNorm1d(2),
        lambda: nn.BatchNorm1d(2, affine=False),
        lambda: nn.BatchNorm1d(2, momentum=None),
        lambda: nn.SyncBatchNorm(2),
        lambda: nn.LazyBatchNorm1d(),
    ],
    ids=["plain", "no affine", "momentum None", "SyncBatchNorm", "lazy"],
)
def test_statistics_are_the_weighted_mean_of_those_of_the_batches(norm, rng: torch.Generator) -> None:
    made, batches = norm(), parts(rng)
    momentum = made.momentum
    calibrate(made, SpatialSparsity(2), batches)
    mean, variance = expected(batches)
    torch.testing.assert_close(made.running_mean, mean.float())
    torch.testing.assert_close(made.running_var, variance.float())
    assert (int(made.num_batches_tracked), made.momentum, made.training) == (3, momentum, True)
    assert "forward" not in vars(made)
    assert not made._forward_hooks


def test_lazy_convolutions_learn_their_shape_from_the_first_batch(rng: torch.Generator) -> None:
    local = nn.Sequential(nn.LazyConv1d(3, 3, padding=1), nn.LazyBatchNorm1d())
    found = calibrate(local, SpatialSparsity(3, 0.1), parts(rng))
    assert found.density == pytest.approx(0.1, abs=1 / 200)
    with pytest.raises(ValueError, match="needs a batch to find the shapes of lazy modules; got none"):
        calibrate(nn.LazyBatchNorm1d(), SpatialSparsity(3), [])


def test_one_without_running_statistics_goes_by_its_batch(rng: torch.Generator) -> None:
    local, layer, batches = nn.BatchNorm1d(2, track_running_stats=False), SpatialSparsity(2, 0.1), parts(rng)
    found = calibrate(local, layer, batches, keep=0)
    assert found.density == pytest.approx(0.1, abs=1 / 200)
    with torch.no_grad():
        active = sum(int(layer.eval()(local(x)).count_nonzero()) for x, _ in batches)
    assert active == round(found.density * found.positions)


def test_one_that_is_never_called_keeps_its_statistics(rng: torch.Generator) -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.idle, self.used = nn.BatchNorm1d(2), nn.BatchNorm1d(2)

        def forward(self, x: Tensor) -> Tensor:
            return self.used(x)

    local = Idle()
    local.idle.running_mean.fill_(7.0)
    calibrate(local, SpatialSparsity(2), parts(rng))
    assert local.idle.running_mean.tolist() == [7.0, 7.0]
    assert local.used.running_mean.tolist() != [0.0, 0.0]


def test_one_that_is_called_twice_averages_both(rng: torch.Generator) -> None:
    norm = nn.BatchNorm1d(2, affine=False)
    x = 5.0 + torch.randn(4, 2, 20, generator=rng)
    calibrate(nn.Sequential(norm, norm), SpatialSparsity(2), [(x, None)])
    torch.testing.assert_close(norm.running_mean, x.mean((0, 2)) / 2, atol=1e-5, rtol=1e-5)


def test_poisoned_statistics_are_forgotten(rng: torch.Generator) -> None:
    norm = nn.BatchNorm1d(2)
    norm.running_mean.fill_(math.nan)
    norm.running_var.fill_(math.inf)
    calibrate(norm, SpatialSparsity(2), parts(rng))
    assert norm.running_var.isfinite().all()


class Breaks:
    """Batches of which the second raises."""

    def __init__(self, x: Tensor) -> None:
        self.x = x

    def __iter__(self) -> Iterator[tuple[Tensor, None]]:
        yield self.x, None
        raise KeyboardInterrupt


@pytest.mark.parametrize("norm", [lambda: nn.BatchNorm1d(2, momentum=0.03), lambda: nn.SyncBatchNorm(2)])
def test_a_calibration_that_is_cut_off_leaves_everything_as_it_was(norm, rng: torch.Generator) -> None:
    local, layer = nn.Sequential(norm(), nn.Dropout()), SpatialSparsity(2)
    local(torch.randn(4, 2, 20, generator=rng))
    local[1].eval()
    before = {name: tensor.clone() for name, tensor in local.state_dict().items()}
    momentum, modes = local[0].momentum, [m.training for m in local.modules()]
    with pytest.raises(KeyboardInterrupt):
        calibrate(local, layer, Breaks(torch.randn(2, 2, 20, generator=rng)))
    torch.testing.assert_close(local.state_dict(), before, atol=0, rtol=0)
    assert (local[0].momentum, [m.training for m in local.modules()]) == (momentum, modes)
    assert "forward" not in vars(local[0])
    assert not local[0]._forward_hooks


def test_without_batchnorm_no_batch_is_looked_at() -> None:
    average_statistics(nn.Conv1d(1, 1, 1), Breaks(torch.zeros(1)))
