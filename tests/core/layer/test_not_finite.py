"""Numbers that are none, and batches without a real position: what is known stays, and training goes on."""

import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sparling.errors import ScoresNotFinite, SparlingError
from sparling.layer.baselines import Noisy, PenalisedKL, PenalisedL1, TopK, Unsparse
from sparling.layer.bottleneck import Bottleneck
from sparling.layer.calibration import calibrate
from sparling.layer.normaliser import Normaliser
from sparling.layer.padding import RealNorm, real_rows
from sparling.layer.sparsity import SpatialSparsity

NAN, INFINITE = float("nan"), float("inf")
BAD = [NAN, INFINITE, -INFINITE]
LAYERS: dict[str, Any] = {
    "sparse": lambda: SpatialSparsity(2, 0.1),
    "shared": lambda: SpatialSparsity(2, 0.1, mode="shared"),
    "inhibited": lambda: SpatialSparsity(2, 0.05, inhibition=3),
    "alone": lambda: SpatialSparsity(2, 0.05, inhibition=3, rivals=False),
    "as they are": lambda: SpatialSparsity(2, 0.1, normalise=False),
    "budgets": lambda: shared_out(SpatialSparsity(2, 0.1)),
    "dense": lambda: Unsparse(2),
    "L1": lambda: PenalisedL1(2),
    "KL": lambda: PenalisedKL(2),
    "top-k": lambda: TopK(2),
    "noise": lambda: Noisy(2, bits=lambda density: density),
}


def shared_out(layer: SpatialSparsity) -> SpatialSparsity:
    layer.share_out(torch.tensor([0.5, 1.5]))
    return layer


def scores(n: int, length: int = 50) -> list[Tensor]:
    generator = torch.Generator().manual_seed(5)
    return [torch.randn(4, 2, length, generator=generator) for _ in range(n)]


def padding(length: int = 50) -> Tensor:
    """The last 10 positions, and all of the first sample, are padding."""
    mask = torch.ones(4, 1, length, dtype=torch.bool)
    mask[:, :, -10:] = False
    mask[0] = False
    return mask


def state(layer: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in layer.state_dict().items()}


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("bad", BAD)
def test_what_lies_in_padding_changes_nothing(name: str, bad: float) -> None:
    """Neither activations nor gradients nor what the layer remembers; zeros there are the referee."""
    mask, parts, seen = padding(), scores(3), []
    for value in (0.0, bad):
        layer: Bottleneck = LAYERS[name]()
        torch.manual_seed(0)
        for part in parts:
            z = part.masked_fill(~mask, value).requires_grad_()
            active = layer(z, mask)
            (active.square().sum() + layer.penalty(active)).backward()
        weights = [p.grad for p in layer.parameters()]
        seen.append([active.detach(), z.grad, *weights, *state(layer).values(), layer.eval()(z, mask).detach()])
    for zero, other in zip(*seen, strict=True):
        assert not zero.isnan().any()
        assert torch.equal(zero, other)


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("masked", [False, True])
def test_a_score_that_is_none_leaves_the_running_averages_of_its_channel_alone(bad: float, masked: bool) -> None:
    first, second, third = scores(3)
    mask = torch.ones(4, 1, 50, dtype=torch.bool) if masked else None
    layer, clean = Normaliser(2), Normaliser(2)
    broken = first.clone()
    broken[0, 0, 0] = bad
    for z, other in ((broken, first), (second, second)):
        layer(z, mask)
        clean(other, mask)
    once = Normaliser(2)
    once(second, mask)
    for name in ("running_mean", "running_var"):
        got, referee, later = (getattr(each, name) for each in (layer, clean, once))
        assert got[0] == later[0]
        assert got[1] == referee[1]
    assert layer.eval()(third).isfinite().all()


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("when", ["first", "later"])
def test_a_batch_of_nothing_but_padding_changes_nothing(name: str, when: str) -> None:
    layer: Bottleneck = LAYERS[name]()
    mask, (first, second, third) = padding(), scores(3)
    none = torch.zeros_like(mask)
    if when == "later":
        layer(first, mask)
    before = state(layer)
    z = second.requires_grad_()
    active = layer(z, none)
    (active.sum() + layer.penalty(active)).backward()
    assert active.count_nonzero() == 0
    assert z.grad is not None
    assert z.grad.count_nonzero() == 0
    for key, tensor in state(layer).items():
        assert torch.equal(tensor, before[key]), key
    assert layer(third, mask).isfinite().all()
    assert layer.eval()(third, mask).count_nonzero() > 0


def test_such_a_batch_is_no_start() -> None:
    layer = SpatialSparsity(2, 0.1)
    z, mask = scores(1)[0], padding()
    layer(z, torch.zeros_like(mask))
    with pytest.raises(RuntimeError, match="no threshold yet"):
        layer.eval()(z, mask)


def test_batchnorm_of_real_positions_has_nothing_to_learn_from_padding() -> None:
    norm, x = RealNorm(2), torch.randn(3, 2, 1, 5, requires_grad=True)
    before = state(norm)
    out = norm(x, real_rows(torch.zeros(3, 1, 1, 5, dtype=torch.bool)))
    out.sum().backward()
    assert out.shape == x.shape
    assert out.count_nonzero() == 0
    assert x.grad is not None
    assert x.grad.count_nonzero() == 0
    assert all(torch.equal(tensor, before[key]) for key, tensor in state(norm).items())


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("bad", BAD)
def test_calibration_refuses_scores_that_are_none(name: str, bad: float) -> None:
    layer: Bottleneck = LAYERS[name]()
    first, second = scores(2)
    before = state(layer)
    second[1, 1, 3] = second[2, 1, 0] = bad
    told = "scores must be finite for a calibration; got NaN or infinity in 2 of 800 scores (of channels 1)"
    with pytest.raises(ValueError, match=re.escape(told)) as caught:
        calibrate(nn.Identity(), layer, [(first, None), (second, None)])
    assert isinstance(caught.value, ScoresNotFinite)
    assert isinstance(caught.value, SparlingError)
    assert all(torch.equal(tensor, before[key]) for key, tensor in state(layer).items())


@pytest.mark.parametrize("name", LAYERS)
def test_calibration_does_not_look_at_padding(name: str) -> None:
    mask, (first, second) = padding(), scores(2)
    seen = []
    for value in (0.0, NAN):
        layer: Bottleneck = LAYERS[name]()
        calibration = calibrate(nn.Identity(), layer, [(z.masked_fill(~mask, value), mask) for z in (first, second)])
        seen.append((calibration, [tensor.tolist() for tensor in state(layer).values()]))
    assert seen[0] == seen[1]


def test_many_channels_that_are_none_are_told_in_short() -> None:
    assert str(ScoresNotFinite(list(range(9)), 2000, 90_000)).endswith(
        "in 2,000 of 90,000 scores (of channels 0, 1, 2, 3, 4, …)"
    )
