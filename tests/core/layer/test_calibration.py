import math

import pytest
import torch
from torch import Tensor, nn

from sparling.layer.calibration import calibrate, evaluating
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import active_count
from sparling.layer.tracker import Mode
from sparling.networks.local import ResidualLocal

MODES: tuple[Mode, ...] = ("per_channel", "shared")
Batches = list[tuple[Tensor, Tensor | None]]


def local_model(rank: int = 1) -> nn.Module:
    torch.manual_seed(3)
    return ResidualLocal(1, 4, width=16, units=1, stem=3, rank=rank)


def split(x: Tensor, *sizes: int) -> Batches:
    return [(part, None) for part in x.split(sizes)]


def realised(local: nn.Module, sparsity: SpatialSparsity, batches: Batches) -> Tensor:
    """Number of non-zero activations of each channel."""
    with evaluating(local), evaluating(sparsity), torch.no_grad():
        return sum(
            (sparsity(local(x), mask).transpose(0, 1).flatten(1).count_nonzero(1) for x, mask in batches),
            torch.zeros(sparsity.channels, dtype=torch.int64),
        )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("density", [0.5, 0.05, 0.003, 1e-5])
@pytest.mark.parametrize("spatial", [(50,), (9, 11)])
def test_realised_density_is_the_target(
    mode: Mode, density: float, spatial: tuple[int, ...], rng: torch.Generator
) -> None:
    local, sparsity = local_model(len(spatial)), SpatialSparsity(4, density, mode)
    batches = split(torch.randn(12, 1, *spatial, generator=rng), 5, 5, 2)
    found = calibrate(local, sparsity, batches)
    n = 12 * math.prod(spatial)
    counts = realised(local, sparsity, batches)
    if mode == "per_channel":
        assert counts.tolist() == [active_count(n, density)] * 4
    else:
        assert int(counts.sum()) == active_count(4 * n, density)
    assert found.density == int(counts.sum()) / found.positions
    assert (found.target, found.positions) == (density, 4 * n)
    unit = 1 / n if mode == "per_channel" else 1 / (4 * n)
    assert abs(found.density - density) <= unit


@pytest.mark.parametrize("mode", MODES)
def test_realised_density_is_the_target_under_autocast(mode: Mode, rng: torch.Generator) -> None:
    """Scores that are themselves rounded to bf16 tie, and the density misses its target by some per cent."""
    torch.manual_seed(0)
    local, sparsity = ResidualLocal(4, 4, width=16, stem=9, units=1), SpatialSparsity(4, 0.02, mode)
    letters = torch.randint(0, 4, (64, 100), generator=rng)
    batches = split(nn.functional.one_hot(letters, 4).transpose(1, 2).float(), 32, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = calibrate(local, sparsity, batches)
        counts = realised(local, sparsity, batches)
    assert found.density == pytest.approx(0.02, abs=1 / 6400)
    assert int(counts.sum()) == pytest.approx(found.density * found.positions, abs=1)
    assert sparsity.threshold.dtype == torch.float32


@pytest.mark.parametrize("mode", MODES)
def test_calibrating_twice_changes_nothing(mode: Mode, rng: torch.Generator) -> None:
    local, sparsity = local_model(), SpatialSparsity(4, 0.05, mode)
    batches = split(torch.randn(12, 1, 50, generator=rng), 6, 6)
    found = calibrate(local, sparsity, batches)
    before = {name: tensor.clone() for name, tensor in (nn.ModuleList([local, sparsity])).state_dict().items()}
    assert calibrate(local, sparsity, batches) == found
    for name, tensor in nn.ModuleList([local, sparsity]).state_dict().items():
        if not name.endswith("num_batches_tracked"):
            assert torch.equal(tensor, before[name]), name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sizes", [(12,), (1, 11), (4, 4, 4), (1,) * 12])
def test_layer_does_not_see_how_the_data_were_split(mode: Mode, sizes: tuple[int, ...], rng: torch.Generator) -> None:
    local = nn.Conv1d(1, 4, 5, padding=2)
    x = 3.0 + torch.randn(12, 1, 50, generator=rng)
    whole, parts = SpatialSparsity(4, 0.05, mode), SpatialSparsity(4, 0.05, mode)
    assert calibrate(local, whole, [(x, None)]) == calibrate(local, parts, split(x, *sizes))
    for name, tensor in whole.state_dict().items():
        torch.testing.assert_close(parts.state_dict()[name], tensor)


def test_statistics_inside_the_local_model_weigh_batches_by_size(rng: torch.Generator) -> None:
    x = torch.randn(40, 1, 50, generator=rng)
    x[39] += 100.0
    norm = nn.BatchNorm1d(1)
    calibrate(norm, SpatialSparsity(1), split(x, 39, 1))
    assert float(norm.running_mean) == pytest.approx(float(x.mean()), rel=1e-4)


def test_padding_is_left_out(rng: torch.Generator) -> None:
    local, masked, bare = nn.Conv1d(1, 2, 1), SpatialSparsity(2, 0.1), SpatialSparsity(2, 0.1)
    x = torch.randn(3, 1, 40, generator=rng)
    mask = torch.arange(40).view(1, 1, 40) < torch.tensor([40, 12, 25]).view(3, 1, 1)
    valid = x[mask].view(1, 1, -1)
    found = calibrate(local, masked, [(x.masked_fill(~mask, 50.0), mask)])
    assert found == calibrate(local, bare, [(valid, None)])
    assert found.positions == 2 * 77
    torch.testing.assert_close(masked.state_dict(), bare.state_dict())


def test_moments_are_exact_far_from_zero(rng: torch.Generator) -> None:
    x = 1e4 + torch.randn(4, 1, 500, generator=rng)
    sparsity = SpatialSparsity(1, 0.1)
    calibrate(nn.Identity(), sparsity, split(x, 2, 2))
    assert float(sparsity.normaliser.running_var) == pytest.approx(float(x.double().var(correction=0)), rel=1e-4)


def test_modes_and_momenta_are_left_as_they_were(rng: torch.Generator) -> None:
    local, sparsity = local_model(), SpatialSparsity(4)
    local.train()
    list(local.modules())[-1].eval()
    frozen = next(m for m in local.modules() if isinstance(m, nn.BatchNorm2d))
    frozen.eval()
    frozen.momentum = 0.05
    modes = [m.training for m in local.modules()]
    momenta = [m.momentum for m in local.modules() if isinstance(m, nn.BatchNorm2d)]
    calibrate(local, sparsity, split(torch.randn(4, 1, 20, generator=rng), 2, 2))
    assert [m.training for m in local.modules()] == modes
    assert [m.momentum for m in local.modules() if isinstance(m, nn.BatchNorm2d)] == momenta
    assert sparsity.training

    with pytest.raises(RuntimeError):
        calibrate(local, sparsity, [(torch.zeros(1, 7, 20), None)])
    assert [m.training for m in local.modules()] == modes
    assert [m.momentum for m in local.modules() if isinstance(m, nn.BatchNorm2d)] == momenta


def test_calibration_needs_no_gradient_and_gives_none(rng: torch.Generator) -> None:
    local, sparsity = local_model(), SpatialSparsity(4)
    calibrate(local, sparsity, split(torch.randn(4, 1, 20, generator=rng), 4))
    assert all(p.grad is None for p in local.parameters())
    assert not sparsity.normaliser.running_mean.requires_grad


@pytest.mark.parametrize("batches", [[], [(torch.zeros(1, 1, 1), None)]])
def test_too_little_data_is_refused(batches: Batches) -> None:
    with pytest.raises(ValueError, match=f"calibration needs at least two positions; got {len(batches)}"):
        calibrate(nn.Identity(), SpatialSparsity(1), batches)


def test_training_after_calibration_moves_the_exact_threshold_on(rng: torch.Generator) -> None:
    local, sparsity = nn.Identity(), SpatialSparsity(1, 0.25)
    x = torch.randn(4, 1, 50, generator=rng)
    sparsity(torch.randn(1, 1, 8, generator=rng))
    calibrate(local, sparsity, [(x, None)])
    exact = sparsity.threshold.clone()
    sparsity(x)
    torch.testing.assert_close(sparsity.threshold, exact)


def test_a_mark_more_or_less_by_chance_puts_no_threshold_among_the_marks() -> None:
    """Marks stand 5 above the noise; the target is of 25 a channel, and the samples have 21 and 29."""
    n = 1000
    z = torch.rand(1, 2, n, generator=torch.Generator().manual_seed(1))
    wanted = [list(range(21)), list(range(500, 529))]
    for channel, marks in enumerate(wanted):
        z[0, channel, marks] += 5.0

    def marked(layer: SpatialSparsity) -> list[list[int]]:
        layer.eval()
        return [row.nonzero()[:, 0].tolist() for row in layer(z)[0]]

    for inhibition in (0, 1):
        layer = SpatialSparsity(2, 25 / n, inhibition=inhibition)
        calibrate(nn.Identity(), layer, [(z, None)])
        assert [len(row) for row in marked(layer)] == [25, 25]
        found = calibrate(nn.Identity(), layer, [(z, None)], slack=1.0)
        assert marked(layer) == wanted
        assert found.density == 50 / (2 * n)
