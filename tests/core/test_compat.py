"""The adapters behave as `sparling` 0.3.0 describes its layers, apart from what their docstring says differs."""

import random
import re
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sparling.compat import (
    EnforceSparsityPerChannel1D,
    EnforceSparsityPerChannel2D,
    EnforceSparsityUniversally,
    LinearThresholdAdaptiveSUO,
    NoSparsity,
    SparseLayerWithBatchNorm,
)
from sparling.layer.calibration import calibrate
from sparling.layer.sparsity import SpatialSparsity
from sparling.layer.thresholds import quantile_threshold

ACCUMULATED = {
    "type": "EnforceSparsityPerChannelAccumulated",
    "accumulation_stop_strategy": {"type": "StopAtFixedNumberMotifs", "num_motifs": 10},
}


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (EnforceSparsityPerChannel1D(0.9, 3), (4, 3, 50)),
        (EnforceSparsityPerChannel2D(0.9, 3), (4, 3, 5, 10)),
    ],
)
def test_each_channel_passes_its_share_of_the_scores_as_they_are(
    layer: nn.Module, shape: tuple[int, ...], rng: torch.Generator
) -> None:
    z = 7.0 + 3.0 * torch.randn(shape, generator=rng)
    active = layer(z)
    assert active.transpose(0, 1).flatten(1).count_nonzero(1).tolist() == [20, 20, 20]
    threshold = quantile_threshold(z.transpose(0, 1).flatten(1), 0.1).view(1, 3, *[1] * (z.ndim - 2))
    torch.testing.assert_close(active, (z - threshold).relu())


@pytest.mark.parametrize("shape", [(200,), (4, 50), (4, 3, 50), (2, 3, 5, 10)])
def test_all_scores_together_pass_their_share(shape: tuple[int, ...], rng: torch.Generator) -> None:
    z = torch.randn(shape, generator=rng)
    active = EnforceSparsityUniversally(0.9)(z)
    assert active.shape == z.shape
    assert active.count_nonzero() == z.numel() // 10


def test_momentum_is_the_weight_of_the_new(rng: torch.Generator) -> None:
    layer = EnforceSparsityPerChannel1D(0.9, 2, momentum=0.25)
    first, second = torch.randn(2, 4, 2, 50, generator=rng)
    old, new = (quantile_threshold(z.transpose(0, 1).flatten(1), 0.1) for z in (first, second))
    layer(first)
    torch.testing.assert_close(layer.threshold, old)
    layer(second)
    torch.testing.assert_close(layer.threshold, 0.75 * old + 0.25 * new)


@pytest.mark.parametrize("spec", [None, {"type": "EnforceSparsityPerChannel"}])
def test_without_accumulation_every_batch_updates(spec: dict[str, Any] | None, rng: torch.Generator) -> None:
    layer = EnforceSparsityPerChannel1D(0.99, 1, enforce_sparsity_per_channel_spec=spec)
    layer(torch.randn(1, 1, 20, generator=rng))
    before = layer.threshold.clone()
    layer(torch.randn(1, 1, 20, generator=rng))
    assert not torch.equal(layer.threshold, before)


def test_accumulation_waits_for_the_number_of_motifs(rng: torch.Generator) -> None:
    layer = EnforceSparsityPerChannel2D(0.99, 1, enforce_sparsity_per_channel_spec=ACCUMULATED)
    moved = []
    for _ in range(11):
        before = layer.threshold.clone()
        layer(torch.randn(2, 1, 10, 10, generator=rng))
        moved.append(not torch.equal(layer.threshold, before))
    assert [i for i, changed in enumerate(moved) if changed] == [0, 5, 10]


@pytest.mark.parametrize(
    ("kind", "mode"), [("EnforceSparsityPerChannel2D", "per_channel"), ("EnforceSparsityUniversally", "shared")]
)
def test_batch_norm_and_threshold_are_our_layer(kind: str, mode: Any, rng: torch.Generator) -> None:
    images = 3.0 + 2.0 * torch.randn(4, 3, 5, 10, generator=rng)
    ours = SpatialSparsity(3, 0.1, mode, min_expected=0)
    theirs = SparseLayerWithBatchNorm({"type": kind}, starting_sparsity=0.9, channels=3, affine=False)
    for training in (True, True, False):
        assert torch.equal(theirs.train(training)(images), ours.train(training)(images))


def test_one_dimensional_scores_have_their_channels_last(rng: torch.Generator) -> None:
    spec = {"type": "EnforceSparsityPerChannel1D", "momentum": 0.5}
    layer = SparseLayerWithBatchNorm(spec, starting_sparsity=0.9, channels=3, affine=False, input_dimensions=1)
    z = torch.randn(4, 50, 3, generator=rng)
    ours = SpatialSparsity(3, 0.1, momentum=0.5, min_expected=0)
    for _ in range(2):
        assert torch.equal(layer(z), ours(z.transpose(1, 2)).transpose(1, 2))


def test_sparsity_is_one_minus_density(rng: torch.Generator) -> None:
    layer = EnforceSparsityPerChannel1D(0.9, 2)
    layer.sparsity = 0.75
    assert (layer.sparsity, layer.density) == (0.75, 0.25)
    calibrate(nn.Identity(), layer, [(torch.randn(4, 2, 50, generator=rng), None)])
    assert layer.eval()(torch.randn(400, 2, 50, generator=rng)).count_nonzero() / 40_000 == pytest.approx(0.25, rel=0.2)


def test_no_sparsity_lets_everything_through(rng: torch.Generator) -> None:
    z = torch.randn(2, 3, 4, generator=rng)
    assert torch.equal(NoSparsity(0.5, 3)(z), z)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: SparseLayerWithBatchNorm(
                {"type": "EnforceSparsityUniversally"}, starting_sparsity=0.5, channels=2, affine=True
            ),
            "affine=True has no equivalent",
        ),
        (
            lambda: SparseLayerWithBatchNorm(
                {"type": "SparsityForL1"}, starting_sparsity=0.5, channels=2, affine=False
            ),
            "underlying layer must be one of EnforceSparsityPerChannel1D, EnforceSparsityPerChannel2D, "
            "EnforceSparsityUniversally; got SparsityForL1",
        ),
        (
            lambda: EnforceSparsityPerChannel1D(
                0.5,
                2,
                enforce_sparsity_per_channel_spec=ACCUMULATED
                | {"accumulation_stop_strategy": {"type": "StopAtFixedNumber", "num_elements": 10}},
            ),
            "only StopAtFixedNumberMotifs has an equivalent; got StopAtFixedNumber",
        ),
    ],
)
def test_what_has_no_equivalent_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_the_adaptive_rule_follows_its_description() -> None:
    """A loop over the description of 0.3.0 beside the adapter."""
    settings = {
        "initial_threshold": 0.9,
        "minimal_threshold": 0.55,
        "maximal_threshold": 0.95,
        "threshold_decrease_per_iter": 0.002,
        "minimal_update_frequency": 20,
        "information_multiplier": 0.75,
    }
    rng = random.Random(0)
    model = SimpleNamespace(sparsity_value=0.5)
    rule = LinearThresholdAdaptiveSUO(torch.optim.SGD([torch.zeros(1)]), **settings)
    bar, last, information, changes = 0.9, 0, 0.5, 0
    for step in range(5, 2000, 5):
        accuracy = rng.uniform(0.3, 1.0)
        rule.update_sparsity(model, step, {"acc": accuracy})
        if step - last >= 20:
            bar = min(max(bar - 0.002 * (step - last), 0.55), 0.95)
            last = step
            if accuracy > bar:
                information *= 0.75
                changes += 1
                bar = accuracy
        assert 1.0 - model.sparsity_value == pytest.approx(information, abs=1e-9)
    assert 5 < changes < 60


def test_the_adaptive_rule_hands_on_to_the_optimizer() -> None:
    weight: Tensor = torch.nn.Parameter(torch.ones(1))
    rule = LinearThresholdAdaptiveSUO(
        torch.optim.SGD([weight], lr=1.0),
        initial_threshold=1.0,
        minimal_threshold=0.0,
        maximal_threshold=1.0,
        threshold_decrease_per_iter=0.0,
        minimal_update_frequency=1,
        information_multiplier=0.5,
    )
    weight.sum().backward()
    rule.step()
    assert weight.item() == 0.0
    rule.zero_grad()
    assert weight.grad is None
