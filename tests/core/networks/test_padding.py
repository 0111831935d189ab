"""Padding never counts: a sample has what it has alone, whatever else is in its batch."""

import copy

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from sparling.layer.calibration import calibrate
from sparling.layer.padding import PaddingAware, RealNorm, masked, real_rows
from sparling.layer.sparsity import SpatialSparsity
from sparling.networks.local import ResidualLocal
from sparling.networks.model import SparlingModel
from sparling.networks.readout import PositionReadout

LENGTHS = (7, 30, 1, 18, 30, 12)


TIGHT = {"atol": 1e-5, "rtol": 1e-5}


def shaken(module: nn.Module) -> nn.Module:
    """The module with BatchNorms whose zero input does not give zero."""
    generator = torch.Generator().manual_seed(5)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for part in (norm.running_mean, norm.bias.data):
                part.copy_(torch.randn(part.shape, generator=generator))
    return module


def samples(lengths: tuple[int, ...] = LENGTHS) -> list[Tensor]:
    generator = torch.Generator().manual_seed(2)
    return [torch.randn(length, 2, generator=generator) for length in lengths]


def padded(parts: list[Tensor], longer: int = 0, filling: float = 0.0) -> tuple[Tensor, Tensor]:
    """Samples (L, 2) as one batch, ``longer`` than it need be, and its mask."""
    x = pad_sequence(parts, batch_first=True, padding_value=filling)
    x = nn.functional.pad(x, (0, 0, 0, longer), value=filling)
    mask = torch.arange(x.shape[1]) < torch.tensor([len(part) for part in parts])[:, None]
    return x.transpose(1, 2).contiguous(), mask[:, None]


def local_model() -> ResidualLocal:
    torch.manual_seed(0)
    return ResidualLocal(2, 3, width=8, units=2, stem=5)


def position_model() -> SparlingModel:
    model = SparlingModel(local_model(), SpatialSparsity(3, 0.2), PositionReadout(3, 2, 4, 5, (1, 2, 4)))
    model.sparsity.set_threshold(torch.full((3,), 0.3))
    return model


@pytest.mark.parametrize("filling", [0.0, 3.0])
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 2, 0, 4, 1, 3), (0, 2)])
def test_scores_and_outputs_are_those_that_a_sample_has_alone(order: tuple[int, ...], filling: float) -> None:
    model = shaken(position_model()).eval()
    parts = [samples()[i] for i in order]
    x, mask = padded(parts, longer=4, filling=filling)
    together = model(x, mask)
    for row, part in enumerate(parts):
        alone = model(part.T[None])
        for one, many in zip(alone, together, strict=True):
            torch.testing.assert_close(many[row, :, : len(part)], one[0], **TIGHT)


def test_padding_may_lie_before_a_sample() -> None:
    model = shaken(position_model()).eval()
    part = samples()[3]
    x = nn.functional.pad(part.T[None], (5, 0))
    together = model(x, torch.arange(x.shape[2])[None, None] >= 5)
    for one, many in zip(model(part.T[None]), together, strict=True):
        torch.testing.assert_close(many[:, :, 5:], one, **TIGHT)


def test_images_too() -> None:
    torch.manual_seed(0)
    local = shaken(ResidualLocal(2, 3, width=8, units=1, stem=3, rank=2)).eval()
    x = torch.randn(2, 2, 9, 11)
    mask = torch.zeros(2, 1, 9, 11, dtype=torch.bool)
    mask[0, :, :6, :4] = True
    mask[1] = True
    torch.testing.assert_close(local(x, mask)[:1, :, :6, :4], local(x[:1, :, :6, :4]), **TIGHT)
    torch.testing.assert_close(local(x, mask)[1:], local(x[1:]), **TIGHT)


def test_training_is_the_same_with_more_padding() -> None:
    """Outputs, gradients and running averages of a step."""
    first = shaken(position_model()).train()
    second = copy.deepcopy(first)
    parts = samples()
    longest = max(LENGTHS)
    a = first(*padded(parts))
    b = second(*padded(parts, longer=9, filling=2.0))
    real = padded(parts)[1]
    for one, many in zip(a, b, strict=True):
        torch.testing.assert_close(many[..., :longest] * real, one * real, **TIGHT)
    for result in (a, b):
        (result.output[..., :longest] * real).square().sum().backward()
    for one, many in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(many.grad, one.grad, atol=1e-4, rtol=1e-4)
    for one, many in zip(first.buffers(), second.buffers(), strict=True):
        torch.testing.assert_close(many, one, **TIGHT)


def test_training_with_a_mask_that_hides_nothing_is_training_without() -> None:
    first = shaken(position_model()).train()
    second = copy.deepcopy(first)
    x, _ = padded(samples((20, 20, 20)))
    for one, many in zip(first(x), second(x, torch.ones(3, 1, 20, dtype=torch.bool)), strict=True):
        torch.testing.assert_close(many, one, **TIGHT)
    for one, many in zip(first.buffers(), second.buffers(), strict=True):
        torch.testing.assert_close(many, one, **TIGHT)


def test_norm_is_that_of_the_real_positions() -> None:
    norm, (x, mask) = RealNorm(2), padded(samples(), longer=3, filling=7.0)
    rows = x.transpose(1, 2)[mask[:, 0]]
    got = norm(x[:, :, None], real_rows(mask))[:, :, 0]
    expected = (rows - rows.mean(0)) / (rows.var(0, unbiased=False) + norm.eps).sqrt()
    torch.testing.assert_close(got.transpose(1, 2)[mask[:, 0]], expected, **TIGHT)
    assert not got.masked_select(~mask).any()
    torch.testing.assert_close(norm.running_mean, 0.1 * rows.mean(0), **TIGHT)
    torch.testing.assert_close(norm.running_var, 0.9 + 0.1 * rows.var(0), **TIGHT)


def test_calibration_is_the_same_with_more_padding() -> None:
    parts, found = samples(), []
    for longer in (0, 1, 20):
        model = shaken(position_model())
        batches = [padded(parts[:2], longer), padded(parts[2:], 2 * longer, filling=1.0)]
        told = calibrate(model.local, model.sparsity, batches)
        found.append((told, list(model.local.buffers()) + list(model.sparsity.buffers())))
    for told, state in found[1:]:
        assert told == found[0][0]
        for one, many in zip(found[0][1], state, strict=True):
            torch.testing.assert_close(many, one, **TIGHT)


def test_batches_weigh_by_their_real_positions() -> None:
    class Norm(RealNorm, PaddingAware):
        def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
            return super().forward(x[:, :, None], real_rows(mask))[:, :, 0]

    local, parts = Norm(2), samples()
    calibrate(local, SpatialSparsity(2, 0.5), [padded(parts[:1], longer=500), padded(parts[1:])])
    torch.testing.assert_close(local.running_mean, torch.cat(parts).mean(0), **TIGHT)


def test_local_models_that_take_no_mask_are_called_without() -> None:
    local = nn.Conv1d(2, 3, 3, padding=1)
    x, mask = padded(samples())
    assert torch.equal(masked(local, x, mask), local(x))
    model = SparlingModel(local, SpatialSparsity(3, 0.2), nn.Flatten())
    assert torch.equal(model(x, mask).scores, local(x))
    calibrate(local, model.sparsity, [(x, mask)])


def test_a_mask_of_another_shape_or_with_cells_is_refused() -> None:
    x, mask = padded(samples())
    with pytest.raises(ValueError, match=r"mask must be boolean of shape \(6, 1, 30\); got torch.bool \(6, 30\)"):
        local_model()(x, mask[:, 0])
    with pytest.raises(ValueError, match=r"mask must be boolean of shape \(6, 1, 30\)"):
        PositionReadout(2, 1)(x, mask.double())
    with pytest.raises(ValueError, match="takes no mask"):
        ResidualLocal(2, 3, cell=2)(x, mask)
