"""Laws of the layers, what is refused, and that the rest of the package takes them."""

import math
import re
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sparling.compat import (
    ChangingSparsityForL1,
    EnforceSparsityPerChannel,
    EnforceSparsityPerChannel1D,
    EnforceSparsityPerChannel2D,
    EnforceSparsityPerChannelAccumulated,
    EnforceSparsityUniversally,
    LinearThresholdAdaptiveSUO,
    NoiseRatherThanSparsity,
    NoopSUO,
    NoSparsity,
    ParallelSparsityLayers,
    SparseLayerWithBatchNorm,
    Sparsity,
    SparsityForKL,
    SparsityUpdateOptimizer,
    sparsity_types,
)
from sparling.layer.calibration import calibrate
from sparling.networks.model import SparlingModel

BUILT = {
    "1D": (EnforceSparsityPerChannel1D(0.9, 3), (4, 3, 50)),
    "2D": (EnforceSparsityPerChannel2D(0.9, 3), (4, 3, 5, 10)),
    "universally": (EnforceSparsityUniversally(0.9), (4, 1, 3, 50)),
    "after BatchNorm": (
        SparseLayerWithBatchNorm(
            {"type": "EnforceSparsityPerChannel2D"}, starting_sparsity=0.9, channels=3, affine=True
        ),
        (4, 3, 5, 10),
    ),
    "universally after BatchNorm": (
        SparseLayerWithBatchNorm(
            {"type": "EnforceSparsityUniversally"}, starting_sparsity=0.9, channels=3, affine=False
        ),
        (4, 3, 5, 10),
    ),
    "of noise": (NoiseRatherThanSparsity(0.9), (4, 1, 15, 10)),
}


@pytest.mark.parametrize("name", ["1D", "2D", "universally", "after BatchNorm", "universally after BatchNorm"])
def test_calibrated_the_density_is_exact(name: str, rng: torch.Generator) -> None:
    layer, shape = BUILT[name]
    batches = [(7.0 + 3.0 * torch.randn(shape, generator=rng), None) for _ in range(3)]
    layer.density = 0.1
    found = calibrate(nn.Identity(), layer, batches)
    assert found == (0.1, layer.density, 1800)
    active = sum(int(layer.eval()(z).count_nonzero()) for z, _ in batches)
    assert active == 180


def test_calibrated_noise_is_on_scores_of_mean_0_and_variance_1(rng: torch.Generator) -> None:
    layer, shape = BUILT["of noise"]
    z = 7.0 + 3.0 * torch.randn(shape, generator=rng)
    calibrate(nn.Identity(), layer, [(z, None)])
    layer.sparsity = 0.5
    repeated = torch.stack([layer.eval()(z) for _ in range(400)])
    torch.testing.assert_close(repeated.mean(0), (z - z.mean()) / z.std(correction=0), atol=0.15, rtol=0)
    assert float(repeated.std(0).mean()) == pytest.approx(3**-0.5, rel=0.02)


def test_padding_is_refused(rng: torch.Generator) -> None:
    z, mask = torch.randn(4, 3, 50, generator=rng), torch.ones(4, 1, 50, dtype=torch.bool)
    layer = EnforceSparsityPerChannel1D(0.9, 3)
    with pytest.raises(TypeError, match=r"know no padding: disable_relu is True or False; got a mask"):
        layer(z, mask)
    with pytest.raises(ValueError, match=r"know no padding: calibrate without masks, or spatial_sparsity\(layer\)"):
        calibrate(nn.Identity(), layer, [(z, mask)])


def test_scores_to_calibrate_on_have_their_channels(rng: torch.Generator) -> None:
    for layer in (EnforceSparsityUniversally(0.9), NoiseRatherThanSparsity(0.9)):
        with pytest.raises(ValueError, match=r"must have shape \(B, C=1, S...\); got \(4, 3, 5, 10\)"):
            calibrate(nn.Identity(), layer, [(torch.randn(4, 3, 5, 10, generator=rng), None)])


def test_channels_that_come_last_are_not_calibrated(rng: torch.Generator) -> None:
    spec = {"type": "EnforceSparsityPerChannel1D"}
    last = SparseLayerWithBatchNorm(spec, starting_sparsity=0.9, channels=3, affine=False, input_dimensions=1)
    beside = ParallelSparsityLayers([spec], [3], 0.9, 3)
    for layer in (last, beside):
        with pytest.raises(ValueError, match="channels must come second to be calibrated, not last"):
            calibrate(nn.Identity(), layer, [(torch.randn(4, 3, 50, generator=rng), None)])


def test_a_model_takes_a_layer_in_the_place_of_ours(rng: torch.Generator) -> None:
    model = SparlingModel(nn.Conv1d(4, 3, 5), EnforceSparsityPerChannel1D(0.9, 3, momentum=1.0), nn.Flatten())
    output = model(torch.randn(8, 4, 54, generator=rng))
    assert output.activations.count_nonzero() == 8 * 3 * 50 / 10


def test_sparsity_is_handed_on_to_every_layer_within() -> None:
    spec = {"type": "SparseLayerWithBatchNorm", "affine": True, "underlying_sparsity_spec": {"type": "SparsityForL1"}}
    layer = ParallelSparsityLayers([spec, {"type": "EnforceSparsityPerChannel1D"}], [1, 2], 0.5, 3)
    layer.sparsity = 0.75
    told = [part.sparsity for part in layer.modules() if isinstance(part, Sparsity)]
    assert told == [0.75] * 5
    assert (layer.density, layer.channels) == (0.25, 3)


def test_a_subclass_needs_only_forward_and_is_told_of_its_sparsity() -> None:
    class Scaled(Sparsity):
        factor = 1.0

        def forward(self, x: Tensor, disable_relu: Any = False) -> Tensor:
            return x * self.factor

        def notify_sparsity(self) -> None:
            self.factor = self.density

    layer = Scaled(0.5, 3)
    layer.sparsity = 0.75
    assert layer(torch.ones(2)).tolist() == [0.25, 0.25]
    assert layer.threshold.tolist() == [0.0, 0.0, 0.0]


def test_what_was_accumulated_is_of_one_update(rng: torch.Generator) -> None:
    """The threshold of both halves together, from 0."""
    whole = EnforceSparsityPerChannel(0.9, 3)
    halves = EnforceSparsityPerChannelAccumulated(
        0.9, 3, accumulation_stop_strategy={"type": "StopAtFixedNumber", "num_elements": 80}
    )
    z = torch.randn(80, 3, generator=rng)
    whole(z)
    halves(z[:40])
    assert halves.thresholds.tolist() == [0.0, 0.0, 0.0]
    halves(z[40:])
    assert torch.equal(halves.thresholds, whole.thresholds)
    assert (halves.num_elements, halves.accumulated_batches) == (0, [])


def test_noise_leaves_the_nats_of_a_coin() -> None:
    for sparsity in (0.5, 0.9, 0.9999):
        nats = -(sparsity * math.log(sparsity) + (1 - sparsity) * math.log1p(-sparsity))
        sigma = NoiseRatherThanSparsity(sparsity).sigma
        assert 0.5 * math.log1p(1 / sigma**2) == pytest.approx(nats)


WRONG = {
    "unknown layer": (
        lambda: SparseLayerWithBatchNorm({"type": "Nothing"}, starting_sparsity=0.5, channels=2, affine=True),
        f"\"type\" must be one of {', '.join(sorted(sparsity_types()))}; got {{'type': 'Nothing'}}",
    ),
    "no type": (lambda: ParallelSparsityLayers([{}], [3], 0.5, 3), '"type" must be one of'),
    "dimensions": (
        lambda: SparseLayerWithBatchNorm(
            {"type": "NoSparsity"}, starting_sparsity=0.5, channels=2, affine=True, input_dimensions=3
        ),
        "input_dimensions must be 1 or 2; got 3",
    ),
    "channels of parts": (
        lambda: ParallelSparsityLayers([{"type": "NoSparsity"}], [2], 0.5, 3),
        "channels_each must be 1 numbers, in all 3; got [2]",
    ),
    "two dimensions in 1D": (
        lambda: EnforceSparsityPerChannel1D(0.5, 3)(torch.zeros(2, 3, 4, 5)),
        "scores must have shape (B, C=3, L); got (2, 3, 4, 5)",
    ),
    "channels": (
        lambda: EnforceSparsityPerChannel2D(0.5, 3)(torch.zeros(2, 4, 4, 5)),
        "scores must have shape (B, C=3, H, W); got (2, 4, 4, 5)",
    ),
    "rows": (
        lambda: EnforceSparsityPerChannel(0.5, 3)(torch.zeros(2, 4)),
        "scores must have shape (N, C=3); got (2, 4)",
    ),
    "channels side by side": (
        lambda: ParallelSparsityLayers([{"type": "NoSparsity"}], [3], 0.5, 3)(torch.zeros(2, 3, 9)),
        "scores must have shape (B, L, C=3); got (2, 3, 9)",
    ),
    "noise in 1D": (
        lambda: NoiseRatherThanSparsity(0.5)(torch.zeros(2, 3, 9)),
        "scores must have shape (B, C, H, W); got (2, 3, 9)",
    ),
    "no noise": (
        lambda: NoiseRatherThanSparsity(0.0)(torch.randn(2, 3, 4, 5)),
        "noise needs a sparsity strictly between 0 and 1; got 0.0",
    ),
    "no fraction": (lambda: EnforceSparsityUniversally(1.5)(torch.zeros(9)), "sparsity must lie in 0 to 1; got 1.5"),
    "KL without its sigmoid": (
        lambda: SparsityForKL(0.5, 3)(torch.zeros(9), disable_relu=True),
        "SparsityForKL cannot leave out its nonlinearity: disable_relu must be False",
    ),
    "L1 without its ReLU": (
        lambda: ChangingSparsityForL1(0.5, 3)(torch.zeros(9), True),
        "ChangingSparsityForL1 cannot leave out its nonlinearity",
    ),
    "a step gone by": (
        lambda: adaptive(initial_step=10).update_sparsity(None, 9, {"acc": 1.0}),
        "step must not fall; got 9 after 10",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    make, message = WRONG[what]
    with pytest.raises(ValueError, match=re.escape(message)):
        make()


def test_a_flag_is_taken_by_name_by_position_and_not_at_all(rng: torch.Generator) -> None:
    z = torch.randn(4, 3, 50, generator=rng)
    layer = EnforceSparsityPerChannel1D(0.9, 3).eval()
    assert torch.equal(layer(z), layer(z, disable_relu=False))
    assert torch.equal(layer(z, True), z)
    assert torch.equal(NoSparsity(0.5, 3)(z, True), z)


def adaptive(optimizer: Any = None, initial_step: int = 0) -> LinearThresholdAdaptiveSUO:
    return LinearThresholdAdaptiveSUO(
        optimizer,
        initial_threshold=1.0,
        minimal_threshold=0.0,
        maximal_threshold=1.0,
        threshold_decrease_per_iter=0.0,
        minimal_update_frequency=1,
        information_multiplier=0.5,
        initial_step=initial_step,
    )


@pytest.mark.parametrize("made", [adaptive, NoopSUO])
def test_updates_hand_on_to_the_optimizer_and_print_nothing(made: Any, capsys: pytest.CaptureFixture[str]) -> None:
    weight: Tensor = torch.nn.Parameter(torch.ones(1))
    rule = made(torch.optim.SGD([weight], lr=1.0))
    assert isinstance(rule, SparsityUpdateOptimizer)
    weight.sum().backward()
    rule.step()
    assert weight.item() == 0.0
    rule.zero_grad()
    assert weight.grad is None
    rule.update_sparsity(nn.Identity(), 1, {"acc": 0.0})
    assert capsys.readouterr() == ("", "")
